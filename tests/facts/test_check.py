"""``rules check``: every mistake that a table can hold is named."""

from __future__ import annotations

import pytest
from support import HEADER, Write

from migrate.facts.check import problems

DAY = "2026-11-24"
TWO = 'title = "two"\nzh = "two"\nvendor = "v"\nfamily = "B"\nsource = "docs"\n'
PATCH = f'[patch]\nimports = ["import two"]\nsource = "{{}}"\nchecked = "{DAY}"\neffects = {{{{ {{}} = "f" }}}}\n'


@pytest.mark.parametrize(
    ("row", "message"),
    [
        (f"cudaA,rename,,,,,,,wheel,{DAY}", "verdict rename needs a counterpart in `to`"),
        (f"cudaA,none,x,,,,,,wheel,{DAY}", "verdict none can't have a counterpart; empty `to`"),
        (f"cudaA,rename,x,$1,,,,,wheel,{DAY}", "only verdict rewrite (or partial) takes `args`"),
        (f"cudaA,rewrite,x,stream,,,,,wheel,{DAY}", "`args` 'stream' names no argument ($1, $2, $*)"),
        (f"cudaA,unknown,,,,,,,wheel,{DAY}", "a row that knows nothing; leave it out"),
        (f"cudaA,same,,,,,,,wheels,{DAY}", "source 'wheels' is not in rules/SOURCES.md"),
        (f"cudaA,same,,,,,,,naming,{DAY}", "a naming rule alone makes no verdict better than unknown"),
        ("cudaA,same,,,,,,,wheel,today", "`checked` 'today' is not a date like 2026-11-24"),
        (f"cudaA,same,,,,,,fast,wheel,{DAY}", "note 'fast' has no text in rules/notes.toml"),
        (f"cudaA,same,,,~12,,,,wheel,{DAY}", "'~12' is not a range of versions; write it like >=11,<13"),
        (f"cudaA,same,,,,new,,,wheel,{DAY}", "'new' is not a version; write it like 12.4"),
        (f"cudaB,same,,,,,,,wheel,{DAY}\ncudaA,same,,,,,,,wheel,{DAY}", "not in order; sort the rows by name"),
        (
            f"cudaA,same,,,,,,,wheel,{DAY}\ncudaA,none,,,,,,,docs,{DAY}",
            "a row for the same versions and chips stands above",
        ),
    ],
)
def test_rows(rules: Write, row: str, message: str) -> None:
    rules("targets/one/runtime.csv", HEADER + row + "\n")
    line = row.count("\n") + 2
    assert list(problems()) == [f"rules/targets/one/runtime.csv:{line}: cudaA: {message}"]


@pytest.mark.parametrize(
    ("path", "text", "message"),
    [
        ("targets/one/runtme.csv", HEADER, "rules/targets/one/runtme.csv:1: there is no library 'runtme'"),
        ("targets/three/runtime.csv", HEADER, "there is no target 'three'; known: one, two"),
        ("targets/two/target.toml", 'titel = "x"\n', "unknown key 'titel'; did you mean 'title'?"),
        ("targets/two/target.toml", TWO + '[patch]\nimport = ["import two"]\n', "two/target.toml: [patch]: "),
        (
            "targets/two/target.toml",
            TWO + PATCH.format("seen:a.py", "slower"),
            "effect 'slower' is not in rules/patches",
        ),
        (
            "targets/two/target.toml",
            TWO + PATCH.format("heard:a.py", "jit"),
            "source 'heard:a.py' is not in rules/SOURCES",
        ),
        ("notes.toml", '[slow]\nen = "slow"\n', "rules/notes.toml: [slow] has no text 'zh'"),
        ("patches.toml", '[jit]\nsymbols = []\nen = "jit"\n', "rules/patches.toml: [jit] has no text 'zh'"),
        ("sources/runtime.csv", "name\n", "rules/sources/runtime.csv:1: the header must read name,kind,module"),
        (
            "sources/runtime.csv",
            "name,kind,module,added,deprecated,removed\ncudaB,function,a.h,,,\ncudaA,function,a.h,,,\n",
            "rules/sources/runtime.csv:3: 'cudaA' is not in order (or is there twice)",
        ),
    ],
)
def test_files(rules: Write, path: str, text: str, message: str) -> None:
    rules(path, text)
    found = list(problems())
    assert len(found) == 1
    assert message in found[0]


def test_a_prefix_row_shows_no_symbol(rules: Write) -> None:
    rules("targets/one/runtime.csv", HEADER + f"cuda*,same,,,,,,,wheel,{DAY}\n")
    assert list(problems()) == [
        "rules/targets/one/runtime.csv:2: cuda*: nobody looked up all names that a prefix stands for; "
        "its source can't be of class symbol"
    ]


def test_a_row_speaks_of_a_name_that_the_headers_have(rules: Write) -> None:
    listed = ("cudaA,class,a.h,,,", "cudaNs::f,function,a.h,,,")
    rules("sources/runtime.csv", "name,kind,module,added,deprecated,removed\n" + "\n".join(listed) + "\n")
    known = [f"{name},same,,,,,,,wheel,{DAY}\n" for name in ("cudaA", "cudaA::member", "cudaB", "cudaNs")]
    rules("targets/one/runtime.csv", HEADER + "".join(known))
    assert list(problems()) == [
        "rules/targets/one/runtime.csv:4: cudaB: no such name in rules/sources/runtime.csv; drop the row"
    ]


def test_sound_rules_have_no_problems(rules: Write) -> None:
    rules(
        "targets/one/runtime.csv",
        HEADER
        + f'cudaA,rewrite,oneA,"$2, $1",>=11,8.0,9,slow,wheel:a.h,{DAY}\n'
        + f"cudaA,none,,,<11,,,needs-version=8,docs,{DAY}\n".replace("needs-version=8", "slow")
        + f"cuda_*,same,,,,,,,docs,{DAY}\n",
    )
    assert list(problems()) == []


def test_the_real_rules() -> None:
    assert list(problems()) == []
