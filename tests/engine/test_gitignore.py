"""Patterns of .gitignore: what git itself says of them, in a time that no pattern can blow up."""

from __future__ import annotations

import time

import pytest

from migrate.gitignore import Patterns


@pytest.mark.parametrize(
    ("pattern", "out", "stays"),
    [
        ("a.py", "a.py x/a.py a.py/", "b.py a.pyc"),
        ("/a.py", "a.py", "x/a.py"),
        ("a/", "a/ x/a/", "a"),
        ("a/b", "a/b a/b/", "x/a/b"),
        ("log/*", "log/a log/a/", "log/ log/a/b"),
        ("*", "a x/b", ""),
        ("*.py", "a.py x/.py", "a.pyc"),
        ("a*b*c", "abc aXbbcc x/abc", "acb"),
        ("?", "a x/b", "ab"),
        ("**/a", "a x/a x/y/a", "xa"),
        ("x/**", "x/a x/y/a", "x/ a/x/b"),
        ("x/**/a", "x/a x/y/z/a", "xa x/ya"),
        ("x/**/y/**/a*", "x/y/a x/1/y/2/3/ab", "x/a"),
        ("a**b", "ab axb", "a/b"),
        ("[ab]", "a b", "c"),
        ("[!a-c]", "d", "a b c"),
        ("[^a]x[]]", "bx]", "ax]"),
        ("[[:digit:][:upper:]_-]", "1 A _ -", "a"),
        ("[a\\]]", "a ]", "\\"),
        ("a[/]b", "", "a/b"),
        ("[z-a]", "z", "a b"),
        ("\\#a", "#a", "a"),
        ("\\*", "*", "a"),
        ("a   ", "a", ""),
        ("# a", "", "a"),
        ("[a", "", "a [a"),
        ("[[:odd:]]", "", "o"),
        ("a\\", "", "a a\\"),
        ("/", "", "a a/"),
        ("", "", "a"),
        ("a\r", "a", ""),
        ("a\x0bb\x1e\u2028", "a\x0bb\x1e\u2028", "a"),
    ],
)
def test_one_pattern(pattern: str, out: str, stays: str) -> None:
    patterns = Patterns([pattern])
    assert [path for path in out.split(" ") if path and not patterns.says(path)] == []
    assert [path for path in stays.split(" ") if path and patterns.says(path)] == []


def test_the_last_pattern_decides() -> None:
    patterns = Patterns(["*.py", "!a.py", "/x/a.py"])
    said = {path: patterns.says(path) for path in ("b.py", "a.py", "x/a.py", "a.txt")}
    assert said == {"b.py": True, "a.py": False, "x/a.py": True, "a.txt": None}


@pytest.mark.parametrize("pattern", ["*a" * 60 + "b", "**/a" * 60 + "/b", "*a*a*a/**/" * 30 + "b", "[^b]*" * 60 + "b"])
def test_no_pattern_takes_long(pattern: str) -> None:
    patterns = Patterns([pattern])
    start = time.process_time()
    assert [patterns.says(path) for path in ("a" * 250, "aaa/" * 1000 + "a")] == [None, None]
    assert time.process_time() - start < 1
