"""Every reason for not reading a file has words in both languages."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from migrate import messages, reasons
from migrate.model import Skip

SOURCE = Path(messages.__file__).parent


def test_every_kind_of_skip_has_words() -> None:
    code = "\n".join(path.read_text("utf-8") for path in SOURCE.rglob("*.py"))
    kinds = set(re.findall(r'Skip\(\s*[^,()]+(?:\([^()]*\))?[^,()]*,\s*"([a-z-]+)"', code))
    assert {"ignored", "parse-error", "lfs-pointer", "too-slow"} <= kinds
    for kind in kinds:
        assert messages.skipped(kind) != messages.skipped(kind, "zh")


def written() -> Iterator[str]:
    """The reasons that the code gives, a number in the place of each value."""
    for path in SOURCE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if not isinstance(node, ast.Call) or ast.unparse(node.func) != "Skip" or len(node.args) != 3:
                continue
            reason = node.args[2]
            if isinstance(reason, ast.Constant) and isinstance(reason.value, str):
                yield reason.value
            elif isinstance(reason, ast.JoinedStr):
                yield "".join(part.value if isinstance(part, ast.Constant) else "1" for part in reason.values)


def test_every_reason_has_a_chinese_text() -> None:
    found = set(written())
    assert {"binary data (NUL bytes)", "not a notebook: 1", "only its first 1 uses are listed"} <= found
    assert [reason for reason in found if reasons.chinese(reason) == reason] == []


@pytest.mark.parametrize(
    ("reason", "said"),
    [
        ("line 7: not valid Python 3 (and 2 more)", "第 7 行:不是有效的 Python 3(另有 2 处)"),
        (r"line 7: not understood: f(\1<\2>; 1 more place", r"第 7 行:无法解析:f(\1<\2>;另有 1 处"),
        ("line 7: not understood (nor is it UTF-8)", "第 7 行:无法解析(且不是 UTF-8)"),
        ("byte 16 is not utf-8: invalid continuation byte", "第 16 字节不是 utf-8"),
        ("unknown encoding 'x' in the coding line", "编码声明行中的编码 'x' 未知"),
        ("took over 0.5 s (--file-timeout)", "超过 0.5 秒(--file-timeout)"),
        ("internal problem, please report it: ValueError: x", "内部错误,请反馈:ValueError: x"),
        ("of another tool", "of another tool"),
    ],
)
def test_reasons_with_values(reason: str, said: str) -> None:
    assert messages.reason(Skip("a.py", "parse-error", reason), "zh") == said
    assert messages.reason(Skip("a.py", "parse-error", reason), "en") == reason
