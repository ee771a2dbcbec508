"""Bad input never ends a run: problems are told, what can be read is read."""

from __future__ import annotations

import pytest
from support import read, uses

CALL = "torch.cuda.synchronize()"


@pytest.mark.parametrize(
    "code",
    [
        b"",
        b"\n",
        b"\x00\x00\x00",
        b"import torch\x00\ntorch.cuda.x()\n",
        b"\xff\xfe\x00i\x00m",
        b"import torch\nx = (" + b"(" * 30_000,
        b"import torch\nx = " + b"(" * 5_000 + b"torch.cuda" + b")" * 5_000,
        b"import torch\nx = " + b"[" * 20_000,
        b"import torch\nx = torch" + b".cuda" * 50_000,
        b"import torch\nx = " + b"not " * 50_000 + b"torch.cuda",
        b"import torch\nx = 'cuda'" + b" + 'cuda'" * 20_000,
        b"import torch\nif x:\n" + b"".join(b" " * i + b"if x:\n" for i in range(1, 1_000)),
        b"import torch\na0 = torch\n" + b"".join(b"a%d = a%d\n" % (i + 1, i) for i in range(3_000)) + b"a3000.cuda\n",
        b"a = b\nb = a\nimport torch\ntorch = torch\ntorch.cuda.x()\n",
        b"import torch\nx" + b" = x" * 20_000,
        b"# -*- coding: no-such-thing -*-\nimport torch\n",
        b"def f(" + b"x=lambda: " * 5_000,
        b"import torch\n" + b"x = '" + b"\\" * 100_001,
    ],
    ids=range(18),
)
def test_no_crash(code: bytes) -> None:
    read(code)


def test_what_stands_beside_a_parse_error_is_read() -> None:
    found = read("import torch\ndef f(:\n    pass\ntorch.cuda.synchronize()\n")
    assert "py:torch.cuda.synchronize" in [use.symbol for use in found.uses]
    assert [problem.kind for problem in found.problems] == ["parse-error"]
    assert "line 2" in found.problems[0].reason


def test_python_2() -> None:
    assert uses("import torch\nprint 'cuda', torch.cuda.device_count()\nexec 'x'\n") == [
        "2 py:torch.cuda.device_count call"
    ]


@pytest.mark.parametrize("newline", ["\r\n", "\r", "\n\x0c"])
def test_newlines(newline: str) -> None:
    found = read(f"import torch{newline}{CALL}{newline}".encode())
    assert [use.symbol for use in found.uses] == ["py:torch.cuda.synchronize"]


def test_spans_count_the_bytes_of_the_file_with_a_mark() -> None:
    code = b"\xef\xbb\xbfimport torch\nx = '\xc3\xa9'; torch.cuda.synchronize()\n"
    (use,) = read(code).uses
    assert code[use.start : use.end] == b"torch.cuda.synchronize"


def test_another_encoding() -> None:
    code = "# coding: latin-1\nimport torch\nx = 'é'; torch.cuda.synchronize()\n".encode("latin-1")
    found = read(code)
    assert [code[use.start : use.end] for use in found.uses] == [b"torch.cuda.synchronize"]
    assert found.problems == ()


def test_a_wrong_cookie_is_told() -> None:
    (problem,) = read(b"# coding: nonsense-8\nimport torch\n").problems
    assert "nonsense-8" in problem.reason


def test_uses_are_sorted_and_unique() -> None:
    found = read("import torch\n" + "torch.cuda.synchronize(); x.to('cuda')\n" * 20).uses
    keys = [(use.start, use.end, use.symbol) for use in found]
    assert keys == sorted(set(keys))


def test_an_encoding_with_ascii_bytes_inside_of_characters() -> None:
    code = "# coding: gbk\nimport torch\nx = '癩乗'; torch.cuda.synchronize()\n".encode("gbk")
    found = read(code)
    assert [code[use.start : use.end] for use in found.uses] == [b"torch.cuda.synchronize"]
    assert found.problems == ()


def test_a_bare_star_among_the_parameters() -> None:
    assert uses('def f(a, *, device): ...\nf(1, "cuda")\n') == []
