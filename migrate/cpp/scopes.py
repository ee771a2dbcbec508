"""What a file brings into scope and what it declares itself: aliases, using, own names and where they hold."""

from __future__ import annotations

import re
import string
from bisect import bisect_right
from collections.abc import Hashable
from dataclasses import dataclass, field

from migrate.cpp.lexer import closing
from migrate.cpp.names import NAMESPACED, Hit, chain, inside
from migrate.cpp.preprocessor import Preprocessor

_NAMESPACE = re.compile(
    rb"namespace\s+([A-Za-z_][\w:]*)\s*(?:=\s*(?:::\s*)?([A-Za-z_][\w:]*)\s*;|\{)"  # a literal first: quick to search
)
_USING = re.compile(
    rb"using\s+(?:namespace\s+(?:::\s*)?([A-Za-z_][\w:\s]*?)\s*;"
    rb"|(?:typename\s+)?(?:::\s*)?((?:[A-Za-z_]\w*\s*::\s*)+[A-Za-z_]\w*)\s*;)"
)
_BLANK = re.compile(rb"\s+")
_ENUM = re.compile(rb"\benum\b[^;{}()]{0,200}\{([^{}]*)\}")
_BRACES = re.compile(rb"[{}]")
_PAREN = re.compile(rb"[(){}]")
_WORD = string.ascii_letters.encode() + b"0123456789_"
_POINTER = re.compile(
    rb"(?:\A|[;{}(,:]|\b(?:const|static|extern|inline|constexpr|unsigned|struct|mutable|__device__|__host__|__shared__))"
    rb"\s*(?:[A-Za-z_]\w*\s*::\s*)*([A-Za-z_]\w*)(?:\s*<[^;{}()]*>)?(?:\s+const)?\s*[*&]+\s*(?:const|__restrict__)?\s*\Z"
)
_POINTED = re.compile(rb"\s*\)\s*\(")
"""What follows the name of a pointer to a function."""
_NOT_TYPES = frozenset(
    b"return else do case throw new delete sizeof goto co_return co_await co_yield typename const static inline extern "
    b"volatile struct class enum union operator not and or public private protected template using namespace typedef "
    b"mutable register virtual explicit friend defined if ifdef ifndef elif endif undef while for __device__ __host__ "
    b"__global__ __forceinline__ __inline__ __noinline__ __shared__ __constant__ __managed__ __restrict__ __align__ "
    b"alignof decltype default".split()
)
_TAGS = frozenset((b"struct", b"class", b"enum", b"union", b"typename", b"concept", b"namespace"))


@dataclass
class Scopes:
    """The names that a file makes visible: namespace → canonical namespace, name → full name."""

    namespaces: tuple[str, ...] = ()
    aliases: dict[str, str] = field(default_factory=dict)
    names: dict[str, str] = field(default_factory=dict)
    own_spaces: frozenset[str] = frozenset()
    inner: tuple[str, ...] = ()
    """Torch's namespaces that the file's own code stands in, where short forms such as cuda:: mean at::cuda."""
    imports: tuple[tuple[str, int, int], ...] = ()
    """Namespaces that using directives and aliases name: the canonical name and the span of its text."""

    @property
    def key(self) -> Hashable:
        """The same for two files in which every name means the same."""
        names = (tuple(self.aliases.items()), tuple(self.names.items()))
        return () if self.empty else (self.namespaces, *names, self.own_spaces, self.inner)

    @property
    def empty(self) -> bool:
        """Whether every name means what it means everywhere."""
        return not (self.namespaces or self.names or self.aliases or self.own_spaces or self.inner)

    def resolve(self, text: str, hit: Hit | None) -> Hit | None:
        """What a name means here, where elsewhere it means ``hit``."""
        root, colons, rest = text.partition("::")
        if not colons:
            if text in self.names:
                return chain(self.names[text])
            return hit or next((found for space in self.namespaces if (found := inside(space, text))), None)
        if root in self.aliases:
            return chain(self.aliases[root] + colons + rest)
        if root in self.names:
            return chain(self.names[root] + colons + rest)
        for space in (*self.namespaces, *self.inner):
            if found := inside(space, text):
                return found
        return None if root in self.own_spaces else hit


def read_scopes(text: bytes) -> Scopes:
    """Read using directives, using declarations, namespace aliases and the namespaces that the file opens."""
    spaces: list[str] = []
    aliases: dict[str, str] = {}
    using: dict[str, str] = {}
    opened: set[str] = set()
    imports: list[tuple[str, int, int]] = []
    for match in _NAMESPACE.finditer(text):
        name, target = (_BLANK.sub(b"", group or b"").decode("ascii") for group in match.groups())
        if target:
            aliases[name] = _canonical(target, aliases)
            imports.append((aliases[name], *match.span(2)))
        else:
            opened.add(name)
    for match in _USING.finditer(text):
        space, name = (_BLANK.sub(b"", group or b"").decode("ascii") for group in match.groups())
        if space:
            spaces.append(_canonical(space, aliases))
            imports.append((spaces[-1], *match.span(1)))
        else:
            full = _canonical(name, aliases)
            using[full.rpartition("::")[2]] = full
    known = tuple(dict.fromkeys(space for space in spaces if space.partition("::")[0] in NAMESPACED))
    inner = tuple(f for f in ("at", "c10", "torch", "c10d") if any(space.split("::")[0] == f for space in opened))
    aliases = {alias: target for alias, target in aliases.items() if target.partition("::")[0] in NAMESPACED}
    using = {name: full for name, full in using.items() if full.partition("::")[0] in NAMESPACED}
    parts = {part for space in opened for part in space.split("::")}
    own = frozenset(parts & NAMESPACED.keys() - {"at", "c10", "torch"})
    return Scopes(known, aliases, using, own, inner, tuple(imports))


def _canonical(name: str, aliases: dict[str, str]) -> str:
    root, colons, rest = name.removeprefix("::").partition("::")
    return aliases.get(root, root) + colons + rest


class Declared:
    """Names that look like CUDA's and that the file declares: which, and over which part of the file."""

    def __init__(self, text: bytes, pre: Preprocessor) -> None:
        self.names: set[bytes] = set()
        self._text = text
        self._pre = pre
        self._ranges: dict[bytes, list[tuple[int, int]]] = {}
        self._blocks: list[tuple[int, int]] | None = None
        self.enumerators = self._enumerators() if b"enum" in text else frozenset()

    def hides(self, name: bytes, start: int) -> bool:
        """Whether the name at this place means the file's own thing."""
        return any(low <= start < high for low, high in self._ranges.get(name, ()))

    def add(self, name: bytes, at: int, hit: Hit) -> None:
        """The file declares the name at this place.

        A name that no list holds is the file's own everywhere.  A real one is hidden only in the
        block of its declaration, and not by a stand-in for builds without CUDA or an overload of
        a device function.
        """
        self.names.add(name)
        if not hit.listed:
            self._ranges[name] = [(0, len(self._text))]
            return
        if self._pre.context(at):
            return
        if hit.generic and hit.kind == "function" and self._pre.macro_at(at) is None:
            return
        self._ranges.setdefault(name, []).append(self._block(at))

    def declares(self, start: int, end: int, hit: Hit) -> bool:
        """Whether the word in the span is being declared."""
        text = self._text
        if (macro := self._pre.macro_at(start)) is not None:
            if macro.start == start:
                return True
            if not text[macro.body : start].strip():
                return False
        if hit.kind in ("qualifier", "macro") and hit.generic:
            return False
        name = text[start:end]
        after = text[end : end + 40].lstrip()[:1]
        before, word = _token_before(text, start)
        if not word or self._line_apart(before, start):
            return False
        if word in _TAGS:
            return (
                (after in (b"{", b":", b";") and word != b"typename")
                or (word in (b"typename", b"class") and after in (b",", b">", b"="))
                or (word == b"namespace")
            )
        if word == b"using":
            return after == b"="
        if after == b"" or after not in b"(;=,)[{":
            return False
        if word == b"*" and _POINTED.match(text, end) and text[max(0, before - 40) : before].rstrip().endswith(b"("):
            return True
        if word[0:1].isalpha() or word[0:1] == b"_":
            if word in _NOT_TYPES:
                return False
            return not (hit.listed and word.isupper() and b"\n" in text[before:start])
        if word == b"}":
            return after in b";,"
        if word in (b",", b"{") and name in self.enumerators:
            return True
        if word in (b"*", b"&"):
            pointer = _POINTER.search(text, max(0, start - 160), start)
            return (
                bool(pointer)
                and pointer is not None
                and pointer[1] not in _NOT_TYPES
                and not (hit.listed and (after not in b"(;" or (after == b"(" and pointer[0][:1] in b"(,:")))
            )
        return word == b">" and after in b"(;=" and text[before - 1 : before] != b"-" and not hit.listed

    def _line_apart(self, before: int, start: int) -> bool:
        """Whether the word before belongs to a directive that ends before this place."""
        if self._pre.in_guard(before):
            return not self._pre.in_guard(start)
        macro = self._pre.macro_at(before)
        return macro is not None and start >= macro.body_end

    def _enumerators(self) -> frozenset[bytes]:
        found: set[bytes] = set()
        for match in _ENUM.finditer(self._text):
            found.update(part.split(b"=")[0].strip() for part in match[1].split(b","))
        return frozenset(found)

    def _block(self, at: int) -> tuple[int, int]:
        """The brace block around a declaration; for a parameter, its function; else the whole file."""
        if (macro := self._pre.macro_at(at)) is not None:
            return (0, len(self._text)) if macro.start == at else (macro.body, macro.body_end)
        depth = 0
        for match in reversed(list(_PAREN.finditer(self._text, max(0, at - 4000), at))):
            if match[0] in b")}":
                depth += 1
            elif depth:
                depth -= 1
            elif match[0] == b"(":
                return at, self._function_end(match.start())
            else:
                break
        if self._blocks is None:
            self._blocks = _pairs(self._text)
        index = bisect_right(self._blocks, (at, 0)) - 1
        while index >= 0:
            if self._blocks[index][1] > at:
                return self._blocks[index]
            index -= 1
        return 0, len(self._text)

    def _function_end(self, opening: int) -> int:
        end = closing(self._text, opening)
        if end < 0:
            return len(self._text)
        body = re.compile(rb"[{;]").search(self._text, end)
        if not body or body[0] == b";":
            return end
        return max(end, closing(self._text, body.start()))


def _token_before(text: bytes, start: int) -> tuple[int, bytes]:
    """The word or the character in front of a place, and where it stands."""
    head = text[max(0, start - 80) : start].rstrip()
    rest = head.rstrip(_WORD)
    word = head[len(rest) :] or head[-1:]
    return start - min(start, 80) + len(head) - len(word), word


def _pairs(text: bytes) -> list[tuple[int, int]]:
    """The brace blocks of a text, in order of their starts."""
    stack: list[int] = []
    found = []
    for match in _BRACES.finditer(text):
        if match[0] == b"{":
            stack.append(match.start())
        elif stack:
            found.append((stack.pop(), match.end()))
    return sorted(found)
