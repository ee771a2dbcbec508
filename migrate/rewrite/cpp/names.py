"""Names in C and C++: each use gets its counterpart's name, spelled as the file's namespaces allow."""

from __future__ import annotations

from migrate.model import Finding, Judgement
from migrate.regex import regex
from migrate.rewrite.changes import Reason, Splice

_BLANK = regex(r"[\s\\]+")
_NAME = regex(r"[A-Za-z_]\w*(::[A-Za-z_]\w*)*")


def renamed(data: bytes, finding: Finding, judgement: Judgement) -> tuple[Splice, ...] | Reason:
    """The name in its place; no splice where a using directive or an alias that changes itself makes it right."""
    use = finding.use
    name, to = use.symbol.partition(":")[2], judgement.to
    if judgement.args not in ("", "$*") or not _NAME.fullmatch(to):
        return "arguments"
    text = _BLANK.sub("", data[use.start : use.end].decode("utf-8", "replace"))
    whole = (Splice.text(use.start, use.end, to),)
    if text == name:
        return whole
    if name.endswith(f"::{text}"):  # by ``using namespace``
        return () if to.endswith(f"::{text}") else whole
    below = text.partition("::")[2]
    if below and name.endswith(f"::{below}") and to.endswith(f"::{below}"):  # by ``namespace alias = …``
        return ()
    return "binding"
