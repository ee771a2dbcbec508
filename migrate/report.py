"""The report of one scan: all that outputs render, and that gate, cost and pull request build on."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from migrate.model import Finding, Skip


@dataclass(frozen=True)
class UnusedSuppression:
    """A ``cuda-migrate: ignore[...]`` comment that suppressed nothing."""

    path: str
    line: int
    checks: tuple[str, ...]


@dataclass(frozen=True)
class Report:
    """One scan.  Everything in it is in a fixed order, whatever the number of jobs.

    ``findings`` holds every judged use in order of path and place, also those that work unchanged
    (``worst == "same"``); of torch's operators only those that don't.
    """

    tool_version: str
    rules_version: str
    """Digest of rules/ (12 hexadecimal digits), user's rules included."""
    root: str
    """Name of the scanned folder or file; never a path of the machine."""
    commit: str
    """The checked-out commit, or "" outside git."""
    targets: tuple[str, ...]
    """As asked for: ``cann:A2@8.3``, ``rocm``.  The keys of the findings' judgements."""
    versions: dict[str, str]
    """Source versions that the verdicts hold for, such as {"torch": "2.6", "cuda": "12.4"}."""
    assumed: tuple[str, ...] = ()
    """Those of ``versions`` that nobody asked for."""
    findings: tuple[Finding, ...] = ()
    scanned: dict[str, int] = field(default_factory=dict)
    """Files read, per language."""
    skips: tuple[Skip, ...] = ()
    notices: tuple[str, ...] = ()
    """What the reader must know to read the figures: ids of notes.toml, ``no-operator-table=dcu``."""
    suppressed: int = 0
    """Findings hidden by comments."""
    unselected: int = 0
    """Findings hidden by the options or settings ``select`` and ``ignore``."""
    unused_suppressions: tuple[UnusedSuppression, ...] = ()
    interrupted: bool = False
    prefix: str = ""
    """What stands before the findings' paths in the repository, where only a part of it was scanned: ``sub/``."""
    repository: str = ""
    """Address of the repository that ``commit`` is in, without credentials; "" where it isn't known."""

    def in_repository(self) -> Report:
        """The report with the paths of the repository, for services that know nothing of the scanned folder."""
        if not self.prefix:
            return self
        return replace(
            self,
            findings=tuple(finding._replace(path=self.prefix + finding.path) for finding in self.findings),
            skips=tuple(skip._replace(path=self.prefix + skip.path) for skip in self.skips),
            unused_suppressions=tuple(
                replace(unused, path=self.prefix + unused.path) for unused in self.unused_suppressions
            ),
        )
