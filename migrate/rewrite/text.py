"""Files without a structure of their own to keep: a word gives way to another one."""

from __future__ import annotations

import re

from migrate.model import Finding, Judgement
from migrate.rewrite.changes import Reason, Splice

_LITERAL_START = re.compile(r"[A-Za-z]*['\"]+")


def word(data: bytes, finding: Finding, judgement: Judgement) -> tuple[Splice, ...] | Reason:
    """The use's own word in its span gives way to the counterpart."""
    use = finding.use
    text = data[use.start : use.end].decode()
    old = use.symbol.partition(":")[2]
    offset = _offset(text, old)
    if offset < 0 or "(" in judgement.to:
        return "string"
    start = use.start + len(text[:offset].encode())
    return (Splice.text(start, start + len(old.encode()), judgement.to),)


def _offset(text: str, old: str) -> int:
    """Where the word stands: at the start of the literal, or at its only place in the text."""
    if (match := _LITERAL_START.match(text)) and text.startswith(old, match.end()):
        return match.end()
    return text.find(old) if text.count(old) == 1 else -1
