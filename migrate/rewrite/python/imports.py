"""Imports: what becomes of each imported name, decided together with all of its uses.

An import *follows* where its name can go on standing for the counterpart of every use (``from
torch.cuda.amp import autocast`` → ``from torch.amp import autocast``).  Otherwise the uses are spelled
in full, and the import goes where nothing else needs it.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import NamedTuple

import libcst as cst

from migrate.model import Finding
from migrate.rewrite.changes import Change, Left, Span, Splice
from migrate.rewrite.goal import Goal, is_written
from migrate.rewrite.python.bindings import Bindings, Item
from migrate.rewrite.python.names import Wanted
from migrate.rewrite.python.tree import Tree

_HELD = ("review", "guard", "context", "multi-vendor", "verdict")
_WORD = re.compile(rb"[^\W\d]\w*")


class _Fate(NamedTuple):
    """What becomes of an imported thing: kept (None), gone (""), or the dotted name imported instead."""

    new: str | None = None
    local: str = ""


class Resolved(NamedTuple):
    """The changes, and what was left."""

    changes: list[Change]
    left: list[Left]


def resolve(
    bindings: Bindings, wanted: list[Wanted], found: list[Finding], goal: Goal, left: Iterable[Left] = ()
) -> Resolved:
    """Spell all wanted names and rewrite the imports; ``found`` are the findings at imported names.

    What is ``left`` for what stands around it goes on meaning what it did.
    """
    resolver = _Resolver(bindings, found, goal)
    held = (item.finding.use for item in left if item.reason in _HELD)
    words = (_WORD.match(bindings.tree.data, use.start) for use in held if use.role != "import")
    resolver.held = {word[0].decode() for word in words if word}
    by_local: dict[str, list[Wanted]] = defaultdict(list)
    for use in wanted:
        by_local[use.local].append(use)
    for item in bindings.items:
        if item.name in resolver.at and item.local not in by_local:
            by_local[item.local] = []
    for local, uses in by_local.items():
        resolver.local(local, uses)
    return resolver.result()


class _Resolver:
    def __init__(self, bindings: Bindings, found: list[Finding], goal: Goal) -> None:
        self.bindings = bindings
        self.tree = bindings.tree
        self.goal = goal
        self.at: dict[Span, Finding] = {(f.use.start, f.use.end): f for f in found}
        self.held: set[str] = set()
        self.fates: dict[Item, _Fate] = {}
        self.changes: list[Change] = []
        self.left: list[Left] = []

    def local(self, local: str, uses: list[Wanted]) -> None:
        """Decide about everything that goes through one local name."""
        if not local:
            for use in uses:
                self._change(use, self._spell(use.new))
            return
        items = self.bindings.of(local)
        canonicals = {item.binds for item in items}
        if len(canonicals) != 1:
            self.left += [Left(use.finding, "binding") for use in uses]
            return
        canonical = canonicals.pop()
        if canonical == "torch" and not any(item.binds != item.canonical for item in items if item.name in self.at):
            for use in uses:
                self._change(use, self._spell(use.new, local))
            return
        if canonical == "torch":
            self._submodule(items, uses, local)
            return
        places = {self.tree.span(node)[0] for node in self.bindings.occurrences(local)}
        covered = places <= {use.place[0] for use in uses}
        if local not in self.held and (new := self._follows(items, uses, covered)):
            self._follow(items, uses, new, covered)
            return
        for use in uses:
            self._change(use, self._spell(use.new))
        if covered and uses:
            self.fates.update((item, _Fate("")) for item in items)

    def _submodule(self, items: list[Item], uses: list[Wanted], local: str) -> None:
        """``import torch.cuda``: binds ``torch``, and goes to plain ``import torch``."""
        for use in uses:
            self._change(use, self._spell(use.new, local))
        gone = {use.finding.use.symbol for use in uses}
        plain = any(item.canonical == "torch" for item in items)
        for item in items:
            if item.name in self.at and any(symbol.startswith(f"py:{item.canonical}") for symbol in gone):
                self.fates[item] = _Fate("" if plain else "torch", "torch")

    def _follows(self, items: list[Item], uses: list[Wanted], covered: bool) -> str:
        """The dotted name that the import can bind instead; "" where there is none."""
        own = self._own(items)
        news = {use.new.removesuffix(use.rest) if use.new.endswith(use.rest) else "" for use in uses} or {own}
        if len(news) != 1 or not all(_is_alone(self.tree, item) for item in items):
            return ""
        new = news.pop()
        return new if new and (covered or new == own) and self._is_importable(new) else ""

    def _own(self, items: list[Item]) -> str:
        """The counterpart of what is imported itself, as its finding has it."""
        finding = next((self.at[item.name] for item in items if item.name in self.at), None)
        judgement = self.goal.judgement(finding) if finding else None
        usable = judgement and is_written(judgement) and self.goal.allows(judgement.safety or "review")
        return judgement.to if judgement and usable else ""

    def _is_importable(self, dotted: str) -> bool:
        """Whether ``from … import …`` finds it.  A plug-in registers its module in ``sys.modules`` as
        ``torch.npu``, but not what lies below."""
        module = dotted.rpartition(".")[0]
        return bool(module) and "(" not in dotted and not module.startswith(f"{self.goal.target.torch_module}.")

    def _follow(self, items: list[Item], uses: list[Wanted], new: str, covered: bool) -> None:
        last, local = new.rpartition(".")[2], items[0].local
        if last != local and not items[0].alias.asname and covered and not self.bindings.occurrences(last):
            local = last
        for item in items:
            self.fates[item] = _Fate(new, local)
        for use in uses:
            self._change(use, local + use.rest)

    def _change(self, use: Wanted, text: str) -> None:
        self.changes.append(Change(use.finding, (Splice.text(*use.place, text), *use.splices), use.safety))

    def _spell(self, new: str, torch: str = "") -> str:
        """A dotted name as this file can say it; ``torch`` is how the use itself names torch."""
        plain, bracket, rest = new.partition("(")
        spelled = self.bindings.spelled(plain)
        own = torch + plain.removeprefix("torch") if torch and plain.startswith("torch.") else ""
        if own and (not spelled or spelled.count(".") >= own.count(".")):
            spelled = own
        return (spelled or plain) + bracket + rest

    def result(self) -> Resolved:
        """The imports' own changes, statement by statement."""
        statements: dict[cst.CSTNode, list[Item]] = defaultdict(list)
        for item in self.bindings.items:
            statements[item.statement].append(item)
        for statement, items in statements.items():
            fates = [self.fates.get(item, _Fate()) for item in items]
            splices = tuple(_statement(self.tree, statement, items, fates))
            for item, fate in zip(items, fates, strict=True):
                if (finding := self.at.pop(item.name, None)) is None:
                    continue
                if fate.new is None:
                    self._keep(finding)
                else:
                    self.changes.append(Change(finding, splices, "safe"))
        for finding in self.at.values():
            self._star(finding)
        return Resolved(self.changes, self.left)

    def _keep(self, finding: Finding) -> None:
        judgement = self.goal.judgement(finding)
        if judgement and judgement.verdict != "same":
            self.left.append(Left(finding, "binding" if is_written(judgement) else "verdict"))

    def _star(self, finding: Finding) -> None:
        """``from torch.cuda.amp import *``."""
        judgement = self.goal.judgement(finding)
        if judgement is None or judgement.verdict == "same":
            return
        if not is_written(judgement) or not self._is_importable(judgement.to + ".x"):
            self.left.append(Left(finding, "verdict"))
        elif not self.goal.allows("review"):
            self.left.append(Left(finding, "review"))
        else:
            splice = Splice.text(finding.use.start, finding.use.end, judgement.to)
            self.changes.append(Change(finding, (splice,), "review"))


def _is_alone(tree: Tree, item: Item) -> bool:
    """Whether the import has its line to itself, and no comments inside."""
    start, end = tree.span(item.statement)
    line = tree.enclosing(item.statement, cst.SimpleStatementLine)
    alone = isinstance(line, cst.SimpleStatementLine) and len(line.body) == 1
    return alone and not tree.data[tree.line_start(start) : start].strip() and b"#" not in tree.data[start:end]


def _statement(tree: Tree, statement: cst.CSTNode, items: list[Item], fates: list[_Fate]) -> Iterator[Splice]:
    """The splices of one import statement."""
    moved = [(item, fate) for item, fate in zip(items, fates, strict=True) if fate.new]
    kept = [item for item, fate in zip(items, fates, strict=True) if fate.new is None]
    if len(kept) == len(items) or not all(_is_alone(tree, item) for item in items):
        return
    modules = {(fate.new or "").rpartition(".")[0] for _, fate in moved}
    start, end = tree.span(statement)
    module = statement.module if isinstance(statement, cst.ImportFrom) else None
    if module and len(moved) == len(items) and len(modules) == 1:
        yield Splice.text(*tree.span(module), modules.pop())
        for item, fate in moved:
            yield Splice.text(*tree.span(item.alias), _imported(fate))
        return
    lines = list(_lines(moved))
    if not kept:
        first, last = tree.line_start(start), tree.line_end(end)
        if lines:
            indent = tree.newline + tree.data[first:start].decode()
            yield Splice.text(start, end, indent.join(lines))
        elif _is_only(tree, statement):
            yield Splice.text(start, end, "pass")
        else:
            yield Splice.text(first, last, "")
        return
    yield from _without(tree, items, fates)
    if lines:
        indent = tree.data[tree.line_start(start) : start].decode()
        at = tree.line_end(end)
        yield Splice.text(at, at, "".join(f"{indent}{line}{tree.newline}" for line in lines))


def _without(tree: Tree, items: list[Item], fates: list[_Fate]) -> Iterator[Splice]:
    """Takes the names that don't stay out of a list."""
    spans = [tree.span(item.alias) for item in items]
    stays = [index for index, fate in enumerate(fates) if fate.new is None]
    for index, fate in enumerate(fates):
        if fate.new is not None and index < stays[-1]:
            yield Splice.text(spans[index][0], spans[index + 1][0], "")
    if stays[-1] + 1 < len(items):
        yield Splice.text(spans[stays[-1]][1], spans[-1][1], "")


def _lines(moved: Iterable[tuple[Item, _Fate]]) -> Iterator[str]:
    """New import statements, one a module."""
    by_module: dict[str, list[str]] = defaultdict(list)
    for _, fate in moved:
        module = (fate.new or "").rpartition(".")[0]
        by_module[module].append(_imported(fate))
    for module, names in by_module.items():
        yield f"from {module} import {', '.join(names)}" if module else f"import {', '.join(names)}"


def _imported(fate: _Fate) -> str:
    last = (fate.new or "").rpartition(".")[2]
    return last if last == fate.local else f"{last} as {fate.local}"


def _is_only(tree: Tree, statement: cst.CSTNode) -> bool:
    """Whether the statement is all that its block holds."""
    block = tree.enclosing(statement, cst.IndentedBlock)
    return isinstance(block, cst.IndentedBlock) and len(block.body) == 1
