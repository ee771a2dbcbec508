"""Findings and reports for the tests of the outputs, built from a few words each."""

from __future__ import annotations

from collections.abc import Mapping

from hypothesis import strategies as st

from migrate.model import SEVERITY, VERDICTS, Category, Context, Finding, Judgement, Role, Skip, Use
from migrate.output import View, render
from migrate.report import Report, UnusedSuppression


def judgement(words: str) -> Judgement:
    """``"rename torch.npu.synchronize"``: a verdict and, where there is one, what takes its place."""
    verdict, _, to = words.partition(" ")
    assert verdict in SEVERITY
    return Judgement(verdict, to)  # type: ignore[arg-type]


def finding(
    symbol: str,
    targets: Mapping[str, str | Judgement],
    path: str = "a.py",
    line: int = 1,
    snippet: str = "",
    text: str = "",
    check: str = "torch-cuda",
    category: Category = "mandatory",
    role: Role = "call",
    context: tuple[Context, ...] = (),
    details: tuple[tuple[str, str], ...] = (),
) -> Finding:
    """A finding; its column is that of ``text`` in ``snippet``, which both default to the name."""
    text = text or symbol.partition(":")[2]
    snippet = snippet or text
    column = snippet.index(text.splitlines()[0]) + 1
    lines = text.split("\n")
    end_line = line + len(lines) - 1
    end = len(lines[-1]) + (column if len(lines) == 1 else 1)
    judged = {label: judgement(words) if isinstance(words, str) else words for label, words in targets.items()}
    use = Use(symbol, 0, 1, role, context=context, details=details)
    return Finding(path, line, column, end_line, end, use, check, category, text, snippet, judged)


def report(*findings: Finding, **fields: object) -> Report:
    """A report of these findings, for the targets that they judge."""
    targets = dict.fromkeys(target for found in findings for target in found.judgements) or {"cann": None}
    known: dict[str, object] = {
        "tool_version": "0.1.0",
        "rules_version": "0123456789ab",
        "root": "project",
        "commit": "",
        "targets": tuple(targets),
        "versions": {"torch": "2.6"},
        "findings": findings,
        "scanned": {"python": 3},
    }
    return Report(**(known | fields))  # type: ignore[arg-type]


def shown(made: Report, name: str, **view: object) -> str:
    """The report in a format."""
    return "".join(render(made, name, View(**view)))  # type: ignore[arg-type]


_any_text = st.text(st.characters(codec=None), max_size=30)
_paths = st.binary(min_size=1, max_size=20).map(
    lambda data: data.replace(b"\0", b"x").decode("utf-8", "surrogateescape")
)
_words = st.text(st.characters(codec=None, exclude_characters="/"), min_size=1, max_size=20)


@st.composite
def _findings(draw: st.DrawFn) -> Finding:
    verdicts = st.sampled_from(VERDICTS)
    judged = st.builds(Judgement, verdicts, _any_text, _any_text, st.just("safe"), _any_text, _any_text, _any_text)
    line, column = draw(st.integers(1, 10**6)), draw(st.integers(1, 500))
    use = Use("c:" + draw(_words), 0, 1, "call", details=((draw(_words), draw(_any_text)),))
    return Finding(
        path=draw(_paths),
        line=line,
        column=column,
        end_line=line + draw(st.integers(0, 3)),
        end_column=column + draw(st.integers(0, 30)),
        use=use,
        check=draw(_words),
        category=draw(st.sampled_from(["mandatory", "potential", "optional"])),
        text=draw(_any_text),
        snippet=draw(_any_text),
        judgements={"cann": draw(judged), "rocm": draw(judged)},
    )


def any_report() -> st.SearchStrategy[Report]:
    """Reports whose strings hold anything that Python's can: controls, quotes, lone surrogates."""
    skips = st.builds(Skip, _paths, st.sampled_from(["binary", "vendored"]), _any_text)
    unused = st.builds(UnusedSuppression, _paths, st.integers(1, 10**6), st.tuples(_words))
    return st.builds(
        Report,
        tool_version=st.just("0.1.0"),
        rules_version=st.just("0123456789ab"),
        root=_words,
        commit=st.sampled_from(["", "0" * 40]),
        targets=st.just(("cann", "rocm")),
        versions=st.just({"torch": "2.6"}),
        findings=st.lists(_findings(), max_size=4).map(tuple),
        scanned=st.just({"python": 3}),
        skips=st.lists(skips, max_size=3).map(tuple),
        notices=st.lists(_any_text, max_size=2).map(tuple),
        suppressed=st.integers(0, 5),
        unused_suppressions=st.lists(unused, max_size=2).map(tuple),
        interrupted=st.booleans(),
    )
