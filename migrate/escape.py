"""Text that every reader takes: no bytes that aren't UTF-8, no control characters where none may stand."""

from __future__ import annotations

import json
import re
from typing import Any

from migrate.regex import regex

_LONE = regex("[\ud800-\udfff]")
_UNSEEN = regex("[\x00-\x1f\x7f-\x9f\xad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ufffe\uffff\ud800-\udfff]")


def _code(match: re.Match[str]) -> str:
    """The escape of one character; a byte that Python smuggled in as U+DC80 to U+DCFF is that byte again."""
    point = ord(match[0])
    if 0xDC80 <= point <= 0xDCFF:
        point -= 0xDC00
    return f"\\x{point:02x}" if point < 0x100 else f"\\u{point:04x}"


def encodable(text: str) -> str:
    """The text with what UTF-8 can't hold (undecodable bytes of a file name) written as ``\\xNN``."""
    return text if text.isascii() else _LONE.sub(_code, text)


def visible(text: str) -> str:
    """The text on one line: control characters and direction marks written as ``\\xNN`` or ``\\uNNNN``."""
    return text if text.isprintable() else _UNSEEN.sub(_code, text)


def dumps(value: Any) -> str:
    """Compact JSON in UTF-8; a lone surrogate, which many parsers refuse, becomes ``\\xNN`` as text."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return text if text.isascii() else _LONE.sub(lambda match: "\\" + _code(match), text)
