"""CUDA C and C++: the uses of CUDA's libraries, headers, kernels, launches and macros in one file.

``find`` reads a file.  ``find_in`` reads CUDA source that stands inside another file, such as the
string that a Python program hands to ``load_inline`` or ``RawKernel``; its spans are offsets into
that file.

Names are looked for in the text with comments and strings blanked, so that broken or macro-laden
code costs nothing but itself; the parse tree only says which spans touch a parse error.
"""

from __future__ import annotations

from collections.abc import Iterator

from migrate import checks
from migrate.cpp import errors
from migrate.cpp.references import MOST, references
from migrate.cpp.unit import Unit
from migrate.frontend import FileUses
from migrate.model import CONTEXTS, Skip, Use
from migrate.source import SourceFile

_BY_LINE = frozenset(("include", "compare"))
"""Uses in directives stand on a line of their own: no need to parse the rest for them."""
_HOPELESS = 0.5
"""Share of a file's bytes in parse errors from which on it counts as not understood."""


def find(source: SourceFile) -> FileUses:
    """All that the file says.  Never raises for what the file holds."""
    unit = Unit(source.path, source.data)
    declares = _collect(unit)
    if all(use.role in _BY_LINE for use in unit.uses):
        return FileUses(unit.uses, declares)
    broken = unit.broken
    if not broken.spans:
        return FileUses(unit.uses, declares, tuple(_limits(source, unit)))
    touched = [broken.touching(use.start, use.end) for use in unit.uses]
    uses = [use if at is None else _marked(use) for use, at in zip(unit.uses, touched, strict=True)]
    told = [broken.spans[at] for at in sorted({at for at in touched if at is not None})]
    if not told and broken.share > _HOPELESS:
        told = broken.spans
    return FileUses(uses, declares, (_told(source, told),) if told else ())


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


def _told(source: SourceFile, spans: list[tuple[int, int]]) -> Skip:
    """One line about the places that weren't understood and that matter."""
    start, end = spans[0]
    text = source.decode(start, min(end, start + 120)).strip().split("\n")[0][:60]
    line = source.data.count(b"\n", 0, start) + 1
    shown = "not understood (nor is it UTF-8)" if "\ufffd" in text else f"not understood: {text}"
    more = f"; {len(spans) - 1} more place{'s' * (len(spans) > 2)}" if len(spans) > 1 else ""
    return Skip("", "parse-error", f"line {line}: {shown}{more}")


def _limits(source: SourceFile, unit: Unit) -> Iterator[Skip]:
    """What a very large file costs itself."""
    if len(source.data) > errors.PARSED:
        yield Skip("", "not-parsed", f"over {errors.PARSED / 1e6:g} MB: read by words, not parsed")
    if len(unit.uses) >= MOST:
        yield Skip("", "too-many-uses", f"only its first {MOST:,} uses are listed")
