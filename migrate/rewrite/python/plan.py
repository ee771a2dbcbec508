"""The plan for one Python text: what to do about each finding, and what the file must import for it."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cached_property

from migrate.model import Finding, Judgement, Safety
from migrate.rewrite import older
from migrate.rewrite.changes import Change, Left, Reason, Splice, accepted
from migrate.rewrite.goal import DEVICE_TYPE, EXTENSION, Goal, is_written
from migrate.rewrite.python import extensions, guards, imports, literals, moves, names, portable, prelude, vendors
from migrate.rewrite.python.bindings import Bindings
from migrate.rewrite.python.groups import Decision, settled
from migrate.rewrite.python.tree import Tree


class PythonPlan:
    """Plans the changes of one text.  Raises SyntaxProblemError where it can't be read.

    ``home`` is the helper module to import from, where portable code is for an older torch.
    """

    def __init__(self, data: bytes, goal: Goal, home: str = "") -> None:
        self.tree = Tree(data)
        self.bindings = Bindings(self.tree)
        self.goal = goal
        self.home = home
        self.changes: list[Change] = []
        self.left: list[Left] = []
        self._wanted: list[names.Wanted] = []
        self._decisions: list[Decision] = []

    def plan(self, findings: Iterable[Finding]) -> list[Splice]:
        """Fill ``changes`` and ``left``; the splices of what isn't any one finding's: imports added, the constant."""
        imported = []
        findings = list(findings)
        self.bindings.uses_torch = any(finding.use.symbol.startswith("py:torch.") for finding in findings)
        behind_guards = guards.extensions(self.bindings, findings)
        for finding in findings:
            judgement = self.goal.judgement(finding)
            if judgement is None or judgement.verdict == "same" or finding.use.role == "hazard":
                continue
            if self.goal.leaves_alone(finding) or guards.is_of(finding, self.bindings, behind_guards):
                self._decisions.append(Decision(finding, "context"))
            elif vendors.has_own_case(self.tree, finding, self.goal.target):
                self._decisions.append(Decision(finding, "multi-vendor"))
            elif finding.use.role == "import" and finding.use.symbol.startswith("py:"):
                imported.append(finding)
            else:
                self._decide(finding, judgement)
        for decision in settled(self.tree, self._decisions):
            self._take(*decision)
        resolved = imports.resolve(self.bindings, self._wanted, imported, self.goal, self.left)
        self.left += resolved.left
        self.changes, refused = accepted(self.changes + resolved.changes)
        self.left += [Left(change.finding, "overlap") for change in refused]
        return prelude.splices(self.bindings, self.changes, self.goal, self.home)

    def _decide(self, finding: Finding, judgement: Judgement) -> None:
        safety: Safety = judgement.safety or "review"
        answer: tuple[Splice, ...] | names.Wanted | Reason
        own = self.goal.portable and not (self.goal.older and finding.use.symbol in older.CONTEXTS)
        made = portable.answer(self.bindings, finding, self._spell) if own else None
        if finding.use.symbol == EXTENSION and judgement.to:
            answer = extensions.wanted(self.bindings, finding, judgement, self.goal)
        elif finding.use.role == "import" or (made is None and not is_written(judgement)):
            answer = "verdict"
        elif made is not None:
            answer, safety = (made, safety) if isinstance(made, str) else made
        elif judgement.verdict == "code" and finding.use.symbol == "py:torch.Tensor.is_cuda":
            answer = moves.tested(self.bindings, finding, f"== {self.goal.device_type}")
            safety = "safe"
        elif judgement.verdict == "code" and finding.use.symbol.endswith(".cuda"):
            found = moves.moved(self.bindings, finding, lambda _: self.goal.device_type)
            answer, safety = (found, judgement.safety or "review") if isinstance(found, str) else found
        elif finding.use.symbol.startswith("py:") and not literals.is_literal(self.tree, finding):
            answer = names.wanted(self.bindings, finding, judgement, self.goal)
        else:
            found = literals.native(self.bindings, finding, judgement, self.goal.target.device)
            answer, safety = (found, safety) if isinstance(found, str) else found
        if isinstance(answer, names.Wanted):
            safety = answer.safety
            if self.goal.portable:
                guard = portable.guard(self.bindings, finding, judgement, self._spell)
                answer = guard if isinstance(guard, str) else _joined(answer, guard)
        if not isinstance(answer, str):
            key = vendors.with_key(self.bindings, finding, self.goal, self._spell)
            answer = key if isinstance(key, str) else _joined(answer, key)
        if (
            not self.goal.is_sure
            or moves.may_be_own(self.tree, finding)
            or (self.goal.portable and portable.needs_a_look(self.bindings, finding))
        ):
            safety = "review"
        if self.goal.portable and not isinstance(answer, str) and self._needs_constant(answer):
            answer = "no-torch"
        self._decisions.append(Decision(finding, answer, safety))

    def _needs_constant(self, answer: tuple[Splice, ...] | names.Wanted) -> bool:
        """Whether what is written asks for the device's type, and the file has no place to compute it."""
        splices = answer.splices if isinstance(answer, names.Wanted) else answer
        written = any(isinstance(part, str) and DEVICE_TYPE in part for splice in splices for part in splice.parts)
        return written and not self._has_place

    @cached_property
    def _has_place(self) -> bool:
        return prelude.has_place(self.bindings)

    def _take(self, finding: Finding, answer: tuple[Splice, ...] | names.Wanted | Reason, safety: Safety) -> None:
        if isinstance(answer, str):
            self.left.append(Left(finding, answer))
        elif not self.goal.allows(safety):
            self.left.append(Left(finding, "review"))
        elif isinstance(answer, names.Wanted):
            self._wanted.append(answer._replace(safety=safety))
        else:
            self.changes.append(Change(finding, answer, safety))

    def _spell(self, dotted: str) -> str:
        if self.goal.older and dotted in older.SPELLED:
            return older.SPELLED[dotted]
        plain, bracket, rest = dotted.partition("(")
        return (self.bindings.spelled(plain) or plain) + bracket + rest


def _joined(answer: tuple[Splice, ...] | names.Wanted, more: tuple[Splice, ...]) -> tuple[Splice, ...] | names.Wanted:
    if isinstance(answer, names.Wanted):
        return answer._replace(splices=(*answer.splices, *more))
    return (*answer, *more)
