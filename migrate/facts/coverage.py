"""How much of each library is known on each target; the denominator comes from real headers and wheels."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import NamedTuple

from migrate.facts import data
from migrate.facts.lookup import Rules
from migrate.facts.sources import library_of, listed, names, of_scheme
from migrate.model import VERDICTS, Judgement


class Coverage(NamedTuple):
    """One library on one target: its public names by verdict.  ``silent``: the target has no table
    for this optional library, so that nothing is said of its names."""

    library: str
    target: str
    total: int
    verdicts: dict[str, int]
    silent: int


def coverage(rules: Rules) -> Iterator[Coverage]:
    """The figures, library by library in file order, target by target as asked."""
    for library, entry in data.toml("libraries.toml").items():
        universe = names(library)
        if not universe:
            continue
        counts = {asked.label: Counter[str]() for asked in rules.asked}
        for name in universe:
            answer = rules.judge(f"{entry['scheme']}:{name}")
            for asked in rules.asked:
                judged = answer.judgements.get(asked.label)
                counts[asked.label][judged.verdict if judged else "silent"] += 1
        for label, counted in counts.items():
            verdicts: dict[str, int] = {verdict: counted[verdict] for verdict in VERDICTS}
            yield Coverage(library, label, len(universe), verdicts, counted["silent"])


def symbols(name: str) -> list[str]:
    """The symbols that a name may stand for, known ones first: ``cudaMalloc`` → ``c:cudaMalloc``.

    A name with its scheme stands for itself.
    """
    schemes = dict.fromkeys(entry["scheme"] for entry in data.toml("libraries.toml").values())
    if name.partition(":")[0] in schemes and not name.startswith(("cuda::", "c::")):
        return [name]
    found = [
        f"{scheme}:{name}"
        for scheme in schemes
        if name in listed(scheme) or any(name in names(library) for library in of_scheme(scheme))
    ]
    if found:
        return found
    return [f"{scheme}:{name}" for scheme in ("py", "c") if library_of(f"{scheme}:{name}")]


class Difference(NamedTuple):
    """One name that two targets (or two versions of one) judge differently."""

    symbol: str
    first: Judgement
    second: Judgement


def differences(rules: Rules) -> Iterator[Difference]:
    """The public names that the first two asked targets judge differently, by library and name."""
    first, second = (asked.label for asked in rules.asked[:2])
    silent = Judgement("unknown")
    for library, entry in data.toml("libraries.toml").items():
        for name in names(library):
            symbol = f"{entry['scheme']}:{name}"
            judgements = rules.judge(symbol).judgements
            one, two = judgements.get(first, silent), judgements.get(second, silent)
            if (one.verdict, one.to, one.args) != (two.verdict, two.to, two.args):
                yield Difference(symbol, one, two)
