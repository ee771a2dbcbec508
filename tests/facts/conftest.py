"""A small set of rules of the test's own, in place of the real ones."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from textwrap import dedent

import pytest
from support import HEADER, Write

from migrate.facts import data, digest, evidence, sources, tables, targets

CACHED = (
    data.entry,
    data.toml,
    data._text,
    digest.rules,
    evidence.sources,
    sources.names,
    sources._families,
    sources._holders,
    sources.of_scheme,
    sources._patterns,
    sources.listed,
    sources.library_of,
    targets.ids,
    targets.target,
    targets._by_name,
    tables.built_in,
    tables.extra,
    tables.chain,
)


def forget() -> None:
    for function in CACHED:
        function.cache_clear()


@pytest.fixture
def rules(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Write]:
    folder = tmp_path / "rules"

    def write(path: str, text: str) -> None:
        place = folder / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(dedent(text).lstrip("\n"))
        forget()

    monkeypatch.setattr(data, "folder", lambda name: tmp_path / name)
    write(
        "SOURCES.md",
        """
        | id | what | version | licence | evidence | limits |
        |---|---|---|---|---|---|
        | wheel | the wheel | 1.0 | BSD-3 | symbol | |
        | docs | the manual | 2 | CC-BY | documentation | |
        | seen | public code | | MIT | attested | |
        | naming | naming rule | | none | rule | |
        """,
    )
    write("notes.toml", '[slow]\nen = "slow"\nzh = "慢"\n')
    write("patches.toml", '[jit]\nsymbols = ["a"]\nen = "jit"\nzh = "jit"\n')
    write("versions.toml", '[cuda]\nassumed = "13.0"\n')
    write(
        "libraries.toml",
        """
        [runtime]
        scheme = "c"
        names = '^cuda[A-Z]'
        versions = "cuda"
        [operators]
        scheme = "py"
        names = '^torch[.]'
        optional = true
        [env]
        scheme = "env"
        """,
    )
    for name, keys in (
        ("one", 'chips = ["A2", "B"]\ndefault_chip = "A2"\naliases = ["uno"]\nnaming = [["^cuda", "one"]]'),
        ("two", 'inherits = "one"'),
    ):
        write(
            f"targets/{name}/target.toml",
            f'title = "{name}"\nzh = "{name}"\nvendor = "v"\nfamily = "B"\nsource = "docs"\n{keys}\n',
        )
    write("targets/one/runtime.csv", HEADER)
    yield write
    forget()
