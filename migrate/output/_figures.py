"""The figures of a report: counted once, finding by finding, for every output that shows totals."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, field

from migrate.model import Finding


@dataclass
class Area:
    """The uses of one check that need work on some target."""

    uses: int = 0
    names: set[str] = field(default_factory=set)
    files: set[str] = field(default_factory=set)


class Figures:
    """Counts over findings.

    A *distinct change* is one symbol with one outcome on a target: what is decided once and then
    applied everywhere, so it says more about the work than the number of uses.
    """

    def __init__(self, targets: tuple[str, ...]) -> None:
        self.uses: dict[str, Counter[str]] = {target: Counter() for target in targets}
        self.total = 0
        self.open = 0
        """Findings that need work, or aren't verified, on at least one target."""
        self.files: set[str] = set()
        """Paths with at least one such finding."""
        self.areas: defaultdict[str, Area] = defaultdict(Area)
        self.hazards: defaultdict[str, Area] = defaultdict(Area)
        self.notes: Counter[str] = Counter()
        self._changes: defaultdict[tuple[str, str], set[tuple[str, str, str]]] = defaultdict(set)

    def add(self, finding: Finding) -> None:
        """Count one finding."""
        symbol = finding.use.symbol
        self.total += 1
        for target, judgement in finding.judgements.items():
            self.uses[target][judgement.verdict] += 1
            self._changes[target, judgement.verdict].add((symbol, judgement.to, judgement.args))
            if judgement.verdict != "same":
                self.notes.update(judgement.note.split())
        if finding.worst == "same":
            return
        self.open += 1
        self.files.add(finding.path)
        area = (self.hazards if symbol.startswith("hazard:") else self.areas)[finding.check]
        area.uses += 1
        area.names.add(symbol)
        area.files.add(finding.path)

    def distinct(self, target: str, verdict: str) -> int:
        """The number of distinct changes with a verdict on a target."""
        return len(self._changes[target, verdict])
