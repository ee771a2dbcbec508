"""Lane masks: HIP takes 64-bit masks on every device, also where a warp has 32 lanes."""

from __future__ import annotations

from migrate.model import Finding
from migrate.regex import regex
from migrate.rewrite.changes import Splice

_TAKES_MASK = regex(r"c:__(shfl|shfl_up|shfl_down|shfl_xor|ballot|any|all|match_any|match_all|reduce_\w+)_sync$")
_ALL_LANES = regex(r"0[xX][fF]{8}([uU]?)[lL]{0,2}|~0[uU]?[lL]{0,2}|-1|UINT32_MAX")


def widened(data: bytes, finding: Finding) -> tuple[Splice, ...]:
    """The mask argument in 64 bits: all lanes stay all lanes, anything else keeps its value."""
    if not _TAKES_MASK.match(finding.use.symbol) or not finding.use.args:
        return ()
    start, end = finding.use.args[0].start, finding.use.args[0].end
    text = data[start:end].decode("utf-8", "replace")
    if _ALL_LANES.fullmatch(text):
        return (Splice.text(start, end, "~0ULL"),)
    if "64_t" in text or "long long" in text or text.endswith(("ULL", "ull", "LLU")):
        return ()
    return (Splice(start, end, ("static_cast<unsigned long long>(", (start, end), ")")),)
