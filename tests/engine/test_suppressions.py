"""Which comments hide findings, in each language, and what only looks like one."""

from __future__ import annotations

import pytest
from support import source

from migrate import suppressions


def found(code: str | bytes, language: str = "python") -> list[str]:
    """``LINE CHECKS`` of each suppression, ``alone`` where it covers the next line."""
    return [
        f"{hit.line} {' '.join(hit.checks)}{' alone' * hit.alone}"
        for hit in suppressions.find(source(code, language, "a"))
    ]


@pytest.mark.parametrize(
    ("language", "line", "said"),
    [
        ("python", "f(x)  # cuda-migrate: ignore[device, warp-*] on purpose", "1 device warp-*"),
        ("python", "    # cuda-migrate: ignore[*]", "1 * alone"),
        ("python", "f('it\\'s', \"a # b\")  # noqa  # cuda-migrate: ignore[device]", "1 device"),
        ("cuda", "f(x);  // cuda-migrate: ignore[cuda-runtime]", "1 cuda-runtime"),
        ("cuda", "/* cuda-migrate: ignore[cuda-runtime] */", "1 cuda-runtime alone"),
        ("cuda", "/* cuda-migrate: ignore[cuda-runtime] */ f(x);", "1 cuda-runtime"),
        ("shell", "don't # cuda-migrate: ignore[commands]", "1 commands"),
        ("config", "image: nvidia/cuda  # cuda-migrate: ignore[images]", "1 images"),
        ("config", "; cuda-migrate: ignore[env]", "1 env alone"),
        ("docker", "# cuda-migrate: ignore[images]", "1 images alone"),
        ("python", "\ufeff# cuda-migrate: ignore[device]", "1 device alone"),
    ],
)
def test_comments(language: str, line: str, said: str) -> None:
    assert found(line, language) == [said]


@pytest.mark.parametrize(
    ("language", "code"),
    [
        ("python", 'print("# cuda-migrate: ignore[device]")'),
        ("python", "'\\'# cuda-migrate: ignore[device]'"),
        ("python", '"""\nAs in\n    # cuda-migrate: ignore[device]\n"""'),
        ("cuda", 'puts("// cuda-migrate: ignore[cuda-runtime]");'),
        ("cuda", 'R"(\n// cuda-migrate: ignore[cuda-runtime]\n)"'),
        ("config", "text: '# cuda-migrate: ignore[env]'"),
        ("shell", "echo a#cuda-migrate: ignore[env]"),
    ],
)
def test_strings_are_no_comments(language: str, code: str) -> None:
    assert found(code, language) == []


def test_notebook() -> None:
    cell = r"""
     "# cuda-migrate: ignore[device] here\n",
     "x.cuda()  # cuda-migrate: ignore[torch-cuda]\n",
     "print(\"# cuda-migrate: ignore[env]\")\n",
     "# cuda-migrate: ignore[backend]"
    """
    assert found(cell, "notebook") == ["1 device alone", "2 torch-cuda", "4 backend alone"]


def test_a_long_line_of_quotes_takes_no_time() -> None:
    assert found(b'\\"' * 500_000 + b"'\" # cuda-migrate: ignore[device]") == ["1 device"]
