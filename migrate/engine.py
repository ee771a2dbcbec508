"""Uses × facts → findings: one scan from the walk to the report."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

from migrate import __version__, pool, selection, stated
from migrate.analysis import Located
from migrate.cache import Cache
from migrate.commit import head, origin, prefix
from migrate.facts import data, digest, versions
from migrate.facts.lookup import Answer, Rules
from migrate.facts.sources import names
from migrate.facts.targets import Asked
from migrate.files import Entry, WalkOptions, walk
from migrate.model import CONTEXTS, Category, Context, Finding, Skip, Use
from migrate.packed import Packed
from migrate.regex import regex
from migrate.report import Report, UnusedSuppression
from migrate.suppressions import Suppression

_TEST = regex(r"(^|/)(tests?|testing|unittests?)/|(^|/)(test_[^/]*|[^/]*_test|conftest)\.\w+$")
_PROJECT_FILES = ("setup.py", "setup.cfg", "pyproject.toml")
_OPTIONAL: set[Context] = {"portable", "multi-vendor", "extension-guard", "fallback", "dead"}

Progress = Callable[[int, int], None]
"""Told after each step: files done, files in all."""


@dataclass(frozen=True)
class ScanOptions:
    """What to scan for, and how.  ``select`` and ``ignore`` hold checks, ``*`` allowed."""

    targets: tuple[Asked, ...]
    versions: dict[str, str] = field(default_factory=dict)
    walk: WalkOptions = field(default_factory=WalkOptions)
    select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    minor: bool = False
    """Whether operators with nothing but minor limits are findings, too."""
    rules: tuple[Path, ...] = ()
    """Folders with the user's own tables; they win over ours."""
    jobs: int = 1
    cache: bool = True
    file_seconds: float = 30.0


def _silent(done: int, total: int) -> None:
    """Says nothing."""


def scan(root: Path, options: ScanOptions, progress: Progress = _silent) -> Report:
    """Scan a folder or a file.  An interrupt ends it early with what was found so far."""
    rules = Rules(options.targets, options.versions, options.rules)
    skips: list[Skip] = []
    entries: list[Entry] = []
    results: dict[str, tuple[Entry, Packed]] = {}
    interrupted = False
    cache = Cache(root, use=options.cache)
    try:
        for item in walk(root, options.walk):
            if isinstance(item, Skip):
                skips.append(item)
            else:
                entries.append(item)
        _analyse(entries, cache, options, results, progress)
    except KeyboardInterrupt:
        interrupted = True
    cache.save({entry.path for entry in entries}, complete=not interrupted)
    scanned = [results[entry.path] for entry in entries if entry.path in results]
    judged = _Judge(rules, options, entries, [result for _, result in scanned])
    findings = [finding for entry, result in scanned for finding in judged.findings(entry, result)]
    skips.extend(problem for _, result in scanned for problem in result.problems)
    return Report(
        tool_version=__version__,
        rules_version=digest.rules(options.rules),
        root=root.resolve().name,
        commit=head(root),
        prefix=prefix(root),
        repository=origin(root),
        targets=tuple(asked.label for asked in options.targets),
        versions=rules.versions,
        assumed=tuple(source for source in rules.versions if source not in options.versions),
        findings=tuple(findings),
        scanned=_languages(scanned),
        skips=tuple(sorted(skips)),
        notices=tuple(_notices(options, rules, judged.minor, [result for _, result in scanned])),
        suppressed=judged.suppressed,
        unselected=judged.unselected,
        unused_suppressions=tuple(judged.unused),
        interrupted=interrupted,
    )


def _analyse(
    entries: list[Entry],
    cache: Cache,
    options: ScanOptions,
    results: dict[str, tuple[Entry, Packed]],
    progress: Progress,
) -> None:
    todo = []
    for entry in entries:
        if (result := cache.unchanged(entry)) is None:
            todo.append(entry)
        else:
            results[entry.path] = entry, Packed(result)
    progress(len(results), len(entries))
    known = cache.digests(todo)
    with closing(pool.run(todo, known, options.jobs, options.file_seconds)) as run:
        for answers in run:
            for entry, mark, result in answers:
                results[entry.path] = entry, Packed(cache.keep(entry, mark, result))
            progress(len(results), len(entries))


def _languages(scanned: Iterable[tuple[Entry, Packed]]) -> dict[str, int]:
    """Files read, per language; those that were refused whole don't count."""
    counts: dict[str, int] = {}
    for entry, result in scanned:
        refused = result.problems and not result.counts and result.problems[0].kind != "parse-error"
        if entry.language != "unread" and not refused:
            counts[entry.language] = counts.get(entry.language, 0) + 1
    return dict(sorted(counts.items()))


def _notices(options: ScanOptions, rules: Rules, minor: int, results: list[Packed]) -> Iterable[str]:
    """What a reader must know: where silence about an operator means nothing, what was left out, which
    versions the verdicts don't hold for."""
    if minor:
        yield f"minor-limits={minor:,}"
    folder = data.folder("rules") / "targets"
    silent = [a.label for a in options.targets if not (folder / a.target.id / "torch-operators.csv").is_file()]
    if silent:
        yield f"no-operator-table={','.join(silent)}"
    if unknown := [*versions.beyond(options.versions), *(a.label for a in options.targets if a.is_beyond)]:
        yield f"version-not-covered={','.join(unknown)}"
    assumed = {source: version for source, version in rules.versions.items() if source not in options.versions}
    uses = (located.use for result in results for located in result.located(filter(stated.may_say, result.counts)))
    if other := stated.others(uses, assumed):
        yield f"version-stated={other}"


class _Judge:
    """Turns located uses into findings, with what the whole repository says."""

    def __init__(self, rules: Rules, options: ScanOptions, entries: list[Entry], results: list[Packed]) -> None:
        self.rules = rules
        self.options = options
        self.suppressed = 0
        self.unselected = 0
        self.minor = 0
        self.unused: list[UnusedSuppression] = []
        self._declared = {name for result in results for name in result.declares}
        self._files = {entry.path.rpartition("/")[2] for entry in entries if entry.language == "cuda"}
        self._modules = _modules([entry.path for entry in entries])
        self._selection = selection.Selection(options.select, options.ignore)
        self._own: dict[str, bool] = {}
        self._weights: dict[str, str] = {}

    def findings(self, entry: Entry, result: Packed) -> Iterable[Finding]:
        """The findings of one file, in order of place."""
        covering: dict[int, list[Suppression]] = {}
        for suppression in result.suppressions:
            covering.setdefault(suppression.line + suppression.alone, []).append(suppression)
        used: set[Suppression] = set()
        test = bool(_TEST.search(entry.path))
        for located in result.located(self._open(result)):
            answer = self.rules.judge(located.use.symbol)
            if self._is_own_package(located.use):
                continue
            check = _check(located.use.symbol, answer)
            weight = self._weight(located.use.symbol, answer)
            if hit := next((s for s in covering.get(located.line, ()) if selection.names(s.checks, check)), None):
                used.add(hit)
                self.suppressed += 1
            elif weight == "minor" and not self.options.minor:
                self.minor += self._selection.wants(check)
            elif not self._selection.wants(check):
                self.unselected += 1
            else:
                yield _finding(entry.path, located, check, answer, test)
        for suppression in result.suppressions:
            if suppression not in used and (not suppression.checks or self._selection.wants_any(suppression.checks)):
                self.unused.append(UnusedSuppression(entry.path, suppression.line, suppression.checks))

    def _open(self, result: Packed) -> Iterable[str]:
        """The symbols whose uses are looked at one by one; minor limits are only counted."""
        for symbol, count in result.counts.items():
            answer = self.rules.judge(symbol)
            weight = self._weight(symbol, answer)
            if not weight or not answer.judgements or self._is_own(symbol, answer.library):
                continue
            if weight == "minor" and not self.options.minor and not result.suppressions:
                self.minor += count * self._selection.wants(_check(symbol, answer))
            else:
                yield symbol

    def _weight(self, symbol: str, answer: Answer) -> str:
        if (weight := self._weights.get(symbol)) is None:
            weight = self._weights[symbol] = _weight(answer)
        return weight

    def _is_own(self, key: str, library: str) -> bool:
        """Whether the symbol is the repository's own, and no real list holds it."""
        if (own := self._own.get(key)) is None:
            scheme, _, name = key.partition(":")
            if scheme == "c":
                own = key in self._declared and name not in names(library)
            elif scheme == "include":
                own = name not in names("headers") and name.rpartition("/")[2] in self._files
            elif scheme == "py" and not name.startswith("torch."):
                own = name.partition(".")[0] in self._modules
            else:
                own = False
            self._own[key] = own
        return own

    def _is_own_package(self, use: Use) -> bool:
        """Whether the use is of a package, imported, that is the repository itself."""
        if not use.symbol.startswith("package:") or use.role not in ("import", "call"):
            return False
        known = names("packages").get(use.symbol.removeprefix("package:"))
        modules = (dict(use.details).get("module", ""), *(known.module.split() if known else ()))
        return any(module.partition(".")[0] in self._modules for module in modules if module)


def _modules(paths: list[str]) -> set[str]:
    """The top-level Python modules that the files make importable, beside a ``setup.py`` or
    ``pyproject.toml`` (or in its ``src`` or ``python``) wherever it lies, and at the root."""
    roots = {"", *(path.rpartition("/")[0] for path in paths if path.endswith(_PROJECT_FILES))}
    found = set()
    for path in paths:
        folder, _, name = path.rpartition("/")
        if name == "__init__.py":
            folder, _, name = folder.rpartition("/")
        elif not name.endswith(".py"):
            continue
        outer, _, last = folder.rpartition("/")
        if folder in roots or (last in ("src", "python") and outer in roots):
            found.add(name.removesuffix(".py"))
    return found - {""}


def _check(symbol: str, answer: Answer) -> str:
    scheme, _, name = symbol.partition(":")
    return name if scheme == "hazard" else answer.library or scheme


def _weight(answer: Answer) -> str:
    """What is to be said of an operator: "" nothing, "minor" only limits that notes.toml calls minor,
    else "major".  Everything but operators is major."""
    if not data.toml("libraries.toml").get(answer.library, {}).get("optional"):
        return "major"
    open_ = [judgement for judgement in answer.judgements.values() if judgement.verdict != "same"]
    if not all(judgement.verdict == "partial" and _is_minor(judgement.note) for judgement in open_):
        return "major"
    return "minor" if open_ else ""


def _is_minor(note: str) -> bool:
    return bool(note) and all((data.entry("notes.toml", name) or {}).get("minor") for name in note.split())


def _finding(path: str, located: Located, check: str, answer: Answer, test: bool) -> Finding:
    use = located.use
    if test:
        order = [context for context in CONTEXTS if context in (*use.context, "test")]
        use = use._replace(context=tuple(order))
    finding = Finding(path, *located[1:5], use, check, "mandatory", located.text, located.snippet, answer.judgements)
    return finding._replace(category=_category(finding, answer))


def _category(finding: Finding, answer: Answer) -> Category:
    """Must change, may have to, or may; by what stands around the use, then by the verdicts."""
    if _OPTIONAL.intersection(finding.use.context) or finding.worst == "same":
        return "optional"
    verdicts = {judgement.verdict for judgement in answer.judgements.values()}
    if answer.library in ("hazard", "torch-operators") or verdicts <= {"same", "unknown", "partial"}:
        return "potential"
    return "mandatory"
