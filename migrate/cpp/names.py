"""Which words of a C/C++ text name something of CUDA's: by the patterns of the libraries and by their lists."""

from __future__ import annotations

import re
from functools import cache, lru_cache
from typing import NamedTuple

from migrate.facts import sources

NAMESPACED = {
    "thrust": "thrust",
    "cub": "cub",
    "cuda": "libcudacxx",
    "nv": "libcudacxx",
    "cooperative_groups": "cooperative-groups",
    "nvcuda": "wmma",
    "cutlass": "cutlass",
    "cute": "cutlass",
    "cudnn_frontend": "cudnn-frontend",
    "nvtx3": "nvtx",
    "at": "torch-cpp",
    "c10": "torch-cpp",
    "torch": "torch-cpp",
    "c10d": "torch-cpp",
}
"""Root namespace → the library that it belongs to."""

_TORCH = frozenset(root for root, library in NAMESPACED.items() if library == "torch-cpp")
_KEYWORDS = frozenset(
    "assert auto bool char class const double enum float for if int long short signed struct unsigned void while "
    "rounding printf malloc free memcpy memset min max abs static inline template typename".split()
)
"""Words of C and C++ that a list of names may hold by mistake, or that CUDA merely provides on the device too."""

_STANDARD = re.compile(
    r"u?int(8|16|32|64|ptr|max)?_t|size_t|ptrdiff_t|s?size_type|true|false|swap|move|forward|get|tuple"
)
"""Names that a namespace repeats from the standard library: unqualified they say nothing."""

_ENDS_AS_TYPE = re.compile(r"_t$|(Guard|Stream|Event|Handle|Info|Desc|Descriptor|Prop|Params|Type|Kind)$")


class Hit(NamedTuple):
    """A word that names something of CUDA's.

    ``generic``: nothing in the word itself says CUDA (``float4``), so that it counts only in CUDA code.
    ``listed``: a list of real names holds it.  ``kind``: the list's kind, or "" where none holds it.
    """

    symbol: str
    library: str
    kind: str
    generic: bool
    listed: bool

    @property
    def is_type(self) -> bool:
        """Whether the name is a type, by the list or, without one, by its spelling."""
        if self.listed:
            return self.kind in ("type", "class")
        return bool(_ENDS_AS_TYPE.search(self.symbol))


@cache
def _wanted() -> re.Pattern[str]:
    """One pattern for all libraries: which words are worth a closer look."""
    patterns = [entry["names"] for entry in sources.of_scheme("c").values() if "names" in entry]
    return re.compile("|".join(f"(?:{pattern})" for pattern in patterns))


@lru_cache(maxsize=1 << 14)
def word(text: bytes) -> Hit | None:
    """What an identifier without a namespace names."""
    name = text.decode("ascii")
    if name in _KEYWORDS:
        return None
    if library := sources.listed("c").get(name):
        kind = sources.names(library)[name].kind
        return Hit(f"c:{name}", library, kind, True, True)
    if not _wanted().search(name) or name in NAMESPACED:
        return None
    return _hit(name)


@lru_cache(maxsize=1 << 14)
def chain(text: str) -> Hit | None:
    """What a qualified name (``a::b::c``, canonical, no blanks) names."""
    root, _, rest = text.partition("::")
    if root not in NAMESPACED or not rest:
        return None
    if root == "cuda" and not rest.startswith("std::") and not _known(text):
        return None
    if root in _TORCH and not _wanted().search(text):
        return None
    return _hit(text)


@lru_cache(maxsize=1 << 14)
def namespace(text: str) -> str | None:
    """The symbol of a namespace of a library's, named by a using directive or an alias."""
    root = text.partition("::")[0]
    library = NAMESPACED.get(root)
    if library is None or (text != root and text not in prefixes(library)):
        return None
    return f"c:{text}" if sources.library_of(f"c:{text}") == library else None


@lru_cache(maxsize=1 << 14)
def library(symbol: str) -> str:
    """The library of a symbol; "" where none claims it."""
    return sources.library_of(symbol)


def _hit(name: str) -> Hit | None:
    library = sources.library_of(f"c:{name}")
    if not library:
        return None
    row = sources.names(library).get(name)
    return Hit(f"c:{name}", library, row.kind if row else "", False, row is not None)


def _known(text: str) -> bool:
    """Whether libcu++ has the name, or a class or namespace that it stands in."""
    spaces = prefixes("libcudacxx")
    parts = text.split("::")
    return text in sources.names("libcudacxx") or "::".join(parts[:2]) in spaces


@cache
def prefixes(library: str) -> frozenset[str]:
    """The namespaces and classes that the names of a library stand in."""
    found: set[str] = set()
    for name in sources.names(library):
        parts = name.split("::")
        found.update("::".join(parts[:end]) for end in range(1, len(parts)))
    return frozenset(found)


@lru_cache(maxsize=1 << 14)
def inside(namespace: str, text: str) -> Hit | None:
    """What a name means where ``using namespace`` (or being inside it) makes the namespace's names visible."""
    library = NAMESPACED.get(namespace.partition("::")[0])
    if library is None:
        return None
    if _STANDARD.fullmatch(text):
        return None
    full = f"{namespace}::{text}"
    if full in sources.names(library):
        return _hit(full)
    first = text.partition("::")[0]
    if "::" in text and f"{namespace}::{first}" in prefixes(library):
        return _hit(full)
    return None
