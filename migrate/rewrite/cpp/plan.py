"""The plan for one CUDA C or C++ file."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from migrate.model import Finding, Judgement
from migrate.rewrite.changes import Change, Left, Reason, Splice, accepted
from migrate.rewrite.cpp import masks, names
from migrate.rewrite.cpp.headers import Headers
from migrate.rewrite.goal import Goal, is_left_alone, is_written

_DEVICE_CODE = (".cu", ".CU")


class CppPlan:
    """Plans the changes of one file: ``changes``, ``left``, and ``extra`` splices that are no finding's."""

    def __init__(self, data: bytes, place: Path, root: Path, goal: Goal) -> None:
        self.data = data
        self.goal = goal
        self.changes: list[Change] = []
        self.left: list[Left] = []
        self.extra: tuple[Splice, ...] = ()
        self._place, self._root = place, root
        self._headers = Headers(data)

    def plan(self, findings: Iterable[Finding]) -> None:
        """Decide about each finding, in order of place."""
        for finding in findings:
            judgement = self.goal.judgement(finding)
            if judgement is None or finding.use.role == "hazard" or finding.use.symbol.startswith("kernel:"):
                continue
            if is_left_alone(finding):
                if judgement.verdict != "same":
                    self.left.append(Left(finding, "context"))
                continue
            self._decide(finding, judgement)
        self.changes, refused = accepted(self.changes)
        self.left += [Left(change.finding, "overlap") for change in refused]
        if self.changes and self._place.suffix in _DEVICE_CODE:
            self.extra = self._headers.runtime(self._place, self._root)

    def _decide(self, finding: Finding, judgement: Judgement) -> None:
        if mask := masks.widened(self.data, finding):
            self._take(finding, mask, "review")
        elif judgement.verdict == "same":
            return
        elif not is_written(judgement):
            self.left.append(Left(finding, "verdict"))
        elif finding.use.symbol.startswith("include:"):
            self._take(finding, self._headers.replaced(finding, judgement), judgement.safety or "review")
        else:
            self._take(finding, names.renamed(self.data, finding, judgement), judgement.safety or "review")

    def _take(self, finding: Finding, answer: tuple[Splice, ...] | Reason, safety: str) -> None:
        if isinstance(answer, str):
            self.left.append(Left(finding, answer))
        elif not answer:
            return
        elif not self.goal.allows(safety):  # type: ignore[arg-type]
            self.left.append(Left(finding, "review"))
        else:
            self.changes.append(Change(finding, answer, safety))  # type: ignore[arg-type]
