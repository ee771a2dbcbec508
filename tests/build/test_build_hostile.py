"""Build files that no person would write: read to their end, in time that grows with their size."""

from __future__ import annotations

import pytest
from support import read

CASES = [
    ("cmake", b"if(USE_CUDA)\n" * 20_000 + b"enable_language(CUDA)\n"),
    ("cmake", b"if(A)\n" + b"elseif(CUDA)\n" * 5_000 + b"enable_language(CUDA)\n"),
    ("cmake", b"(" * 200_000 + b")" * 200_000 + b"\nenable_language(CUDA)\n"),
    ("make", b"ifdef X\n" * 5_000 + b"NVCC = nvcc\n"),
    ("requirements", b"a" * 1_000_000 + b"\nxformers\n"),
    ("requirements", b"\0\xff\r\n\xef\xbb\xbf\r\nxformers==0.0.1\r\n"),
    ("pyproject", b"[" * 300_000 + b"\n" + b"]" * 300_000 + b'\n[project]\ndependencies = ["xformers"]\n'),
    ("conda", b"dependencies:\n" + b"  - - " * 100_000 + b"\n  - cudatoolkit\n"),
]


@pytest.mark.parametrize(("language", "code"), CASES)
def test_the_use_at_the_end_is_found(language: str, code: bytes) -> None:
    assert read(code, language, {"conda": "environment.yml", "pyproject": "pyproject.toml"}.get(language, "a")).uses


def test_windows_lines_and_a_mark_of_byte_order() -> None:
    found = read(b"\xef\xbb\xbfnumpy\r\nxformers==0.0.1\r\n", "requirements", "requirements.txt").uses
    assert [(use.symbol, use.start, use.end) for use in found] == [("package:xformers", 10, 25)]


def test_stray_ends_of_blocks() -> None:
    code = "endif()\nelse()\nelseif(X)\nif(USE_CUDA)\nenable_language(CUDA)\nendif()\nenable_language(CUDA)\n"
    assert [use.context for use in read(code, "cmake").uses] == [("guarded",), ()]
