"""What a rewrite did, for people and programs alike: the files, and what was not a matter of any one change."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import NamedTuple

from migrate.facts import versions
from migrate.files import language
from migrate.model import Finding
from migrate.report import Report
from migrate.rewrite.changes import Change, FilePlan, Left
from migrate.rewrite.goal import Goal
from migrate.rewrite.write import Failure


class Outcome(NamedTuple):
    """The planned files, those that could not be written, and the scan that they come from."""

    plans: list[FilePlan]
    failed: list[Failure]
    goal: Goal
    report: Report

    @property
    def done(self) -> list[FilePlan]:
        """The files that changed (or would, where nothing was to be written)."""
        bad = {failure.path for failure in self.failed}
        return [plan for plan in self.plans if plan.edits and plan.path not in bad]

    @property
    def changes(self) -> list[Change]:
        """All that was changed."""
        return [change for plan in self.done for change in plan.changes]

    @property
    def left(self) -> list[tuple[str, Left]]:
        """All that was left, with its path."""
        return [(plan.path, item) for plan in self.plans for item in plan.left]

    @property
    def needs(self) -> str:
        """The first version of torch that has all that was written; "" where any will do."""
        judged = (self.goal.judgement(change.finding) for change in self.changes)
        needs = [judgement.needs for judgement in judged if judgement is not None and judgement.needs]
        return max(needs, key=versions.parse, default="")

    @property
    def hazards(self) -> Counter[str]:
        """What no edit mends, such as assumptions on the warp's size: how often each, in the files of this rewrite."""
        return Counter(
            finding.check for finding in self._open() if finding.use.role == "hazard" and self._is_ours(finding)
        )

    @property
    def outside(self) -> int:
        """Uses in files that this rewrite leaves out: those in C and C++, or all others."""
        return sum(not self._is_ours(finding) for finding in self._open())

    def _is_ours(self, finding: Finding) -> bool:
        return (language(finding.path) == "cuda") == self.goal.rename

    def _open(self) -> Iterable[Finding]:
        for finding in self.report.findings:
            judgement = self.goal.judgement(finding)
            if judgement and judgement.verdict != "same":
                yield finding
