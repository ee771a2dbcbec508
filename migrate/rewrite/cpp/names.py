"""Names in C and C++: each use gets its counterpart's name, spelled as the file's namespaces allow."""

from __future__ import annotations

from migrate.facts import template
from migrate.model import Finding, Judgement, Use
from migrate.regex import regex
from migrate.rewrite.changes import Reason, Splice

_BLANK = regex(r"[\s\\]+")
_NAME = regex(r"[A-Za-z_]\w*(::[A-Za-z_]\w*)*")


def renamed(data: bytes, finding: Finding, judgement: Judgement) -> tuple[Splice, ...] | Reason:
    """The name in its place; no splice where a using directive or an alias that changes itself makes it right."""
    added = _added(finding.use, judgement.args)
    if isinstance(added, str):
        return added
    named = _named(data, finding.use, judgement.to)
    return named if isinstance(named, str) else (*named, *added)


def _added(use: Use, args: str) -> tuple[Splice, ...] | Reason:
    """The arguments that the counterpart needs written after those given: CUDA has a default for them."""
    if args in ("", "$*"):
        return ()
    if use.role != "call":
        return "value"
    try:  # a template's view of a text is Python's, so it isn't shown any
        made = template.fill(template.parse(args), [template.Given("", "")] * len(use.args))
    except template.ArgumentsError:
        return "arguments"
    given, new = made[: len(use.args)], made[len(use.args) :]
    if any(argument.parts != (index,) for index, argument in enumerate(given)):
        return "arguments"
    text = "".join(f", {part}" for argument in new for part in argument.parts)
    end = use.args[-1].end if use.args else use.end
    return (Splice.text(end, end, text),) if text else ()


def _named(data: bytes, use: Use, to: str) -> tuple[Splice, ...] | Reason:
    name = use.symbol.partition(":")[2]
    if not _NAME.fullmatch(to):
        return "arguments"
    text = _BLANK.sub("", data[use.start : use.end].decode("utf-8", "replace"))
    whole = (Splice.text(use.start, use.end, to),)
    if text == name:
        return whole
    if name.endswith(f"::{text}"):  # by ``using namespace``
        return () if to.endswith(f"::{text}") else whole
    below = text.partition("::")[2]
    if below and name.endswith(f"::{below}") and to.endswith(f"::{below}"):  # by ``namespace alias = …``
        return ()
    return "binding"
