"""CUDA C and C++: the uses of CUDA's libraries, headers, kernels, launches and macros in one file.

``find`` reads a file.  ``find_in`` reads CUDA source that stands inside another file, such as the
string that a Python program hands to ``load_inline`` or ``RawKernel``; its spans are offsets into
that file.

Names are looked for in the text with comments and strings blanked, so that broken or macro-laden
code costs nothing but itself; the parse tree only says which spans touch a parse error.
"""

from __future__ import annotations

from migrate import checks
from migrate.cpp.references import references
from migrate.cpp.unit import Unit
from migrate.frontend import FileUses
from migrate.model import CONTEXTS, Skip, Use
from migrate.source import SourceFile

_BY_LINE = frozenset(("include", "compare"))
"""Uses in directives stand on a line of their own: no need to parse the rest for them."""
_TOLD = 3
"""Parse errors that are reported by place; of the rest only how many they are."""


def find(source: SourceFile) -> FileUses:
    """All that the file says.  Never raises for what the file holds."""
    unit = Unit(source.path, source.data)
    declares = _collect(unit)
    if all(use.role in _BY_LINE for use in unit.uses):
        return FileUses(unit.uses, declares)
    broken = unit.broken
    uses = (
        [_marked(use) if broken.touches(use.start, use.end) else use for use in unit.uses]
        if broken.spans
        else unit.uses
    )
    return FileUses(uses, declares, _problems(source, broken.spans))


def find_in(data: bytes, start: int, end: int, path: str = "") -> list[Use]:
    """The uses in CUDA source that spans ``start`` to ``end`` of ``data``; spans are offsets into ``data``.

    The source counts as CUDA code whatever it includes.  Escape sequences are left as they stand.
    """
    unit = Unit(path, data[start:end], embedded=True)
    _collect(unit)
    return [_moved(use, start) for use in unit.uses]


def _collect(unit: Unit) -> tuple[str, ...]:
    found, declares = references(unit)
    unit.uses = _ordered(found)
    if hazards := list(checks.run("cuda", unit.data, unit)):
        unit.uses = _ordered([*unit.uses, *hazards])
    return declares


def _ordered(uses: list[Use]) -> list[Use]:
    once = {(use.start, use.end, use.symbol): use for use in reversed(uses)}
    return [once[key] for key in sorted(once)]


def _marked(use: Use) -> Use:
    return use._replace(context=tuple(word for word in CONTEXTS if word in use.context or word == "parse-error"))


def _moved(use: Use, by: int) -> Use:
    args = tuple(arg._replace(start=arg.start + by, end=arg.end + by) for arg in use.args)
    return use._replace(start=use.start + by, end=use.end + by, args=args)


def _problems(source: SourceFile, spans: list[tuple[int, int]]) -> tuple[Skip, ...]:
    told = []
    for start, end in spans[:_TOLD]:
        text = source.decode(start, min(end, start + 120)).split("\n")[0].strip()[:60]
        line = source.data.count(b"\n", 0, start) + 1
        told.append(Skip("", "parse-error", f"line {line}: not understood: {text}"))
    if len(spans) > _TOLD:
        told.append(Skip("", "parse-error", f"{len(spans) - _TOLD} more places not understood"))
    return tuple(told)
