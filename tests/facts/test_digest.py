"""The rules' version: the same for the same rules, another one after any change, remembered in the user's cache."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from support import Write

from migrate.facts import digest


def fresh() -> str:
    digest.rules.cache_clear()
    return digest.rules()


def test_it_changes_with_the_rules_and_comes_back_with_them(rules: Write, tmp_path: Path) -> None:
    rules("targets/one/runtime.csv", "a\n")
    first = fresh()
    assert fresh() == first
    rules("targets/one/runtime.csv", "b\n")
    os.utime(tmp_path / "rules/targets/one/runtime.csv", ns=(1, 1))  # changed within one tick of the clock
    assert fresh() != first
    rules("targets/one/runtime.csv", "a\n")
    assert fresh() == first


@pytest.mark.parametrize("content", ["", "x", "one two three", "\xff\xfe", "key not-a-digest"])
def test_something_else_in_its_place_is_no_matter(rules: Write, content: str) -> None:
    rules("targets/one/runtime.csv", "a\n")
    first = fresh()
    place = Path(os.environ["XDG_CACHE_HOME"]) / "cuda-migrate" / "rules-digest"
    assert place.read_text().split()[1] == first
    place.write_text(content, encoding="latin-1")
    assert fresh() == first
