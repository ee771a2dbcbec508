"""The public names that a C or C++ header declares, read without a compiler (``cuda-migrate rules refresh``).

A header of CUDA's does not parse without its macros, and a preprocessor would show one configuration
only.  So declarations are read token by token, in all branches of the conditionals.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import NamedTuple


class Declared(NamedTuple):
    """A name, qualified by its namespaces and classes, and what it is."""

    name: str
    kind: str


class _Scope(NamedTuple):
    prefix: str
    public: bool
    is_class: bool


_COMMENT = re.compile(r'//[^\n]*|/\*.*?\*/|("(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\')', re.DOTALL)
_DIRECTIVE = re.compile(r"\s*#\s*(\w+)\s*(.*)")
_DEFINE = re.compile(r"(\w+)(\(?)\s*(.*)", re.DOTALL)
_TOKEN = re.compile(r"[A-Za-z_]\w*|::|\d[\w.']*|\"[^\"\n]*\"|'[^'\n]*'|->|[^\s\w]")
_WORD = re.compile(r"[A-Za-z_]\w*$")
_ATTRIBUTE = re.compile(
    r"(_*[A-Z][A-Z0-9_]*|__\w+__|__declspec|__align__|alignas|decltype|noexcept|explicit|requires|__pragma|"
    r"__nv_\w*deprecated\w*|static_assert|throw|sizeof|if|while|for|switch|return|constexpr|operator|__tile\w*)$"
)
_TRAILING = re.compile(r"[A-Z_0-9]*(DEPRECATED|ALIGN|EXPORT|ATTRIBUTE)[A-Z_0-9]*$|__\w+__$")
_CLASS = {"struct", "class", "union"}
_NAMESPACE_BEGIN = re.compile(
    r"\b(_CCCL_BEGIN_NAMESPACE_(\w+)(\(\w+\))?|(THRUST|CUB|_CG)_(?:BEGIN_NAMESPACE|NAMESPACE_BEGIN))\b"
)
_NAMESPACE_END = re.compile(r"\b(_CCCL_END_NAMESPACE_\w+(\(\w+\))?|(THRUST|CUB|_CG)_(?:END_NAMESPACE|NAMESPACE_END))\b")
_NAMESPACES = {"THRUST": "thrust", "CUB": "cub", "_CG": "cooperative_groups"}
_TRANSPARENT = {"CPO", "ARCH_DEPENDENT", "ABI_VER"}


def declared(text: str) -> Iterator[Declared]:
    """The names a header declares or defines, in order, with repetitions.  A macro that only renames
    (``#define cublasCreate cublasCreate_v2``) is given as kind ``alias``."""
    code, macros = _split(text)
    yield from macros
    yield from _Reader(_TOKEN.findall(code)).read()


def _split(text: str) -> tuple[str, list[Declared]]:
    """The text without comments and directives, and the macros."""
    text = _COMMENT.sub(lambda match: match[1] or " ", text.replace("\r\n", "\n")).replace("\\\n", " ")
    macros: list[Declared] = []
    blocks: list[list[list[str]]] = [[[]]]
    for line in text.split("\n"):
        directive = _DIRECTIVE.match(line)
        if directive is None:
            blocks[-1][-1].append(line)
        elif directive[1] == "define" and (macro := _DEFINE.match(directive[2])):
            renames = not macro[2] and _WORD.match(macro[3].strip())
            macros.append(Declared(macro[1], "alias" if renames else "macro"))
            if re.fullmatch(re.escape(macro[1]) + r"_v\d+", macro[3].strip()):
                macros.append(Declared(macro[3].strip(), "function"))
        elif directive[1] in ("if", "ifdef", "ifndef"):
            blocks.append([[]])
        elif directive[1] in ("else", "elif") and len(blocks) > 1:
            blocks[-1].append([])
        elif directive[1] == "endif" and len(blocks) > 1:
            branches = blocks.pop()
            blocks[-1][-1].extend(_joined(branches))
    while len(blocks) > 1:
        branches = blocks.pop()
        blocks[-1][-1].extend(_joined(branches))
    code = "\n".join(blocks[0][0]).replace("__DEF_IF_HOST", ";")
    return _NAMESPACE_END.sub(" } ", _NAMESPACE_BEGIN.sub(_opening, code)), macros


def _joined(branches: list[list[str]]) -> list[str]:
    """All branches; only the first where one leaves a brace, bracket or declaration open."""
    texts = ["\n".join(branch) for branch in branches]
    whole = all(
        text.count("{") == text.count("}")
        and text.count("(") == text.count(")")
        and text.rstrip()[-1:] in ("", ";", "}")
        for text in texts
    )
    return [line for branch in branches for line in branch] if whole else branches[0]


def _opening(match: re.Match[str]) -> str:
    if match[4]:
        return f" namespace {_NAMESPACES[match[4]]} {{ "
    words = match[2]
    if words in _TRANSPARENT:
        return " inline namespace x { "
    inner = words.removesuffix("_NOVERSION").lower().replace("cuda_std", "cuda::std").split("_")
    return f" namespace {'::'.join(inner)} {{ "


class _Reader:
    """Walks the tokens declaration by declaration, keeping the stack of open namespaces and classes."""

    def __init__(self, tokens: list[str]) -> None:
        self._tokens, self._at = tokens, 0
        self._scopes = [_Scope("", True, False)]
        self._closing: list[Callable[[], Iterator[Declared]]] = [lambda: iter(())]

    def read(self) -> Iterator[Declared]:
        """All declarations."""
        tokens, start, depth = self._tokens, 0, 0
        while self._at < len(tokens):
            token = tokens[self._at]
            if token in "([":
                depth += 1
            elif token in ")]":
                depth = max(0, depth - 1)
            elif depth and token in "{":
                self._skip_block()
                continue
            elif depth == 0 and token in ("{", "}", ";", ":"):
                words = tokens[start : self._at]
                if token == ":" and words[-1:] not in (["public"], ["private"], ["protected"]):
                    self._at += 1
                    continue
                self._at += 1
                yield from self._end(token, words)
                start = self._at
                continue
            self._at += 1

    def _end(self, token: str, words: list[str]) -> Iterator[Declared]:
        scope = self._scopes[-1]
        if token == ":":
            self._scopes[-1] = scope._replace(public=words[-1] == "public")
        elif token == "}":
            if len(self._scopes) > 1:
                self._scopes.pop()
                yield from self._closing.pop()()
        elif token == ";":
            yield from self._statement(words)
        else:
            yield from self._block(words)

    def _skip_block(self) -> None:
        """From an opening brace to behind its closing one."""
        depth = 0
        while self._at < len(self._tokens):
            token = self._tokens[self._at]
            self._at += 1
            depth += (token == "{") - (token == "}")
            if depth == 0:
                return

    def _skip(self) -> None:
        self._at -= 1
        self._skip_block()

    def _until_semicolon(self) -> list[str]:
        start = self._at
        while self._at < len(self._tokens) and self._tokens[self._at] not in (";", "{", "}"):
            self._at += 1
        words = self._tokens[start : self._at]
        if self._tokens[self._at : self._at + 1] == [";"]:
            self._at += 1
        return words

    def _emit(self, name: str, kind: str) -> Iterator[Declared]:
        scope = self._scopes[-1]
        if scope.public and name and name not in ("operator", "const"):
            yield Declared(scope.prefix + name, kind)

    def _open(self, name: str, is_class: bool, public: bool) -> None:
        scope = self._scopes[-1]
        prefix = f"{scope.prefix}{name}::" if name else scope.prefix
        self._scopes.append(_Scope(prefix, public and scope.public, is_class))

    def _block(self, words: list[str]) -> Iterator[Declared]:
        """What a brace opens: a namespace, a class, an enumeration, or a body to be skipped."""
        typedef = "typedef" in words
        words = _plain(words)
        if "namespace" in words:
            name = "".join(words[words.index("namespace") + 1 :])
            hidden = "detail" in name or "impl" in name or name.startswith("_") or not name
            unnamed = "inline" in words or name.isupper()  # a macro names the version
            self._open("" if unnamed else name, False, unnamed or not hidden)
            self._closing.append(lambda: iter(()))
        elif [word for word in words if word != "extern"] in (['"C"'], ['"C++"']):
            self._open("", False, True)
            self._closing.append(lambda: iter(()))
        elif "enum" in words and "(" not in words[: words.index("enum")]:
            yield from self._enumeration(words, typedef)
        elif (key := _class_key(words)) is not None:
            name = _class_name(words)
            if name:
                yield from self._emit(name, "class" if key == "class" else "type")
            cxx = bool(self._scopes[-1].prefix)
            self._open(name, True, key != "class" and cxx and bool(name))
            self._closing.append(lambda: self._declarators(typedef))
        elif "(" in words and "=" not in words[: words.index("(")]:
            self._skip()
            yield from self._function(words)
        else:
            self._skip()

    def _declarators(self, typedef: bool) -> Iterator[Declared]:
        """What stands between a type's closing brace and the semicolon."""
        words = self._until_semicolon()
        if typedef:
            for name in _names(words):
                yield from self._emit(name, "type")

    def _enumeration(self, words: list[str], typedef: bool) -> Iterator[Declared]:
        after = [word for word in words[words.index("enum") + 1 :] if word not in _CLASS]
        after = after[: after.index(":")] if ":" in after else after
        name = next((word for word in reversed(after) if _WORD.match(word)), "")
        scoped = name and any(word in _CLASS for word in words)
        if name:
            yield from self._emit(name, "type")
        depth, fresh = 0, True
        while self._at < len(self._tokens):
            token = self._tokens[self._at]
            self._at += 1
            if depth == 0 and token == "}":
                break
            if fresh and _WORD.match(token):
                yield from self._emit(f"{name}::{token}" if scoped else token, "enumerator")
            depth += (token in "({[") - (token in ")}]")
            fresh = depth == 0 and token == ","
        yield from self._declarators(typedef)

    def _statement(self, words: list[str]) -> Iterator[Declared]:
        typedef = "typedef" in words
        words = _plain(words)
        scope = self._scopes[-1]
        if not words or "friend" in words or words[0] in ("return", "template"):
            return
        if typedef:
            for name in (*words[1:2] * (words[0] in _CLASS), *_typedef_names(words)):
                yield from self._emit(name, "type")
        elif words[0] == "using":
            yield from self._using(words)
        elif _class_key(words) is not None and "(" not in words and "=" not in words:
            if (name := _class_name(words)) and len(words) <= 6:
                yield from self._emit(name, "type")
        elif "(" in words and ("=" not in words or words.index("(") < words.index("=")):
            yield from self._function(words)
        elif not scope.is_class and words[0] not in ("enum", "namespace"):
            head = words[: words.index("=")] if "=" in words else words
            head = head[: head.index("[")] if "[" in head else head
            names = [word for word in head if _WORD.match(word)]
            if len(names) > 1:
                yield from self._emit(names[-1], "variable")

    def _using(self, words: list[str]) -> Iterator[Declared]:
        if "namespace" in words:
            return
        if "=" in words:
            yield from self._emit(words[1], "type")
        elif not self._scopes[-1].is_class and _WORD.match(words[-1]):
            yield from self._emit(words[-1], "type" if words[-1].endswith("_t") else "function")

    def _function(self, words: list[str]) -> Iterator[Declared]:
        scope = self._scopes[-1]
        if scope.is_class and "static" not in words:
            return
        for at, word in enumerate(words[1:]):
            if word == "(" and _WORD.match(words[at]) and not _ATTRIBUTE.match(words[at]):
                if (at and words[at - 1] in ("::", "~", "operator")) or "operator" in words[:at]:
                    return
                if at or not scope.is_class:
                    yield from self._emit(words[at], "function")
                return


def _plain(words: list[str]) -> list[str]:
    """The words without ``template <…>``, attributes with arguments, ``[[…]]`` and storage words."""
    kept: list[str] = []
    at = 0
    while at < len(words):
        word = words[at]
        following = words[at + 1] if at + 1 < len(words) else ""
        if word == "template" and following == "<":
            at = _behind(words, at + 1, "<", ">")
        elif word == "[" and following == "[":
            at = _behind(words, at, "[", "]")
        elif following == "(" and _ATTRIBUTE.match(word) and word != "operator":
            at = _behind(words, at + 1, "(", ")")
        else:
            if word not in ("typedef", "__extension__"):
                kept.append(word)
            at += 1
    return kept


def _behind(words: list[str], at: int, left: str, right: str) -> int:
    """The position behind the bracket that closes the one at ``at``."""
    depth = round_depth = 0
    while at < len(words):
        word = words[at]
        round_depth += (word == "(") - (word == ")")
        if left == "(" or round_depth <= 0:
            depth += (word == left) - (word == right)
        at += 1
        if depth <= 0:
            return at
    return at


def _class_key(words: list[str]) -> str | None:
    """``struct``, ``class`` or ``union`` where the words begin a class and no function."""
    for at, word in enumerate(words):
        if word in _CLASS:
            rest = words[at + 1 :]
            head = rest[: rest.index(":")] if ":" in rest else rest
            return None if "(" in head or "=" in head else word
        if not _WORD.match(word):
            return None
    return None


def _class_name(words: list[str]) -> str:
    at = next(at for at, word in enumerate(words) if word in _CLASS)
    name = ""
    for word in words[at + 1 :]:
        if word in (":", "<"):
            break
        if _WORD.match(word) and word != "final":
            name = word
    return name


def _names(words: list[str]) -> Iterator[str]:
    """The declared names of a comma-separated list of declarators."""
    name, depth = "", 0
    for word in [*words, ","]:
        depth += (word in "([<") - (word in ")]>")
        if word == "," and depth == 0:
            if name:
                yield name
            name = ""
        elif depth == 0 and _WORD.match(word) and not _TRAILING.match(word):
            name = word


def _typedef_names(words: list[str]) -> Iterator[str]:
    if "(" in words:
        at = words.index("(")
        inner = words[at + 1 : _behind(words, at, "(", ")") - 1]
        if "*" in inner[:4]:
            inner = inner[: inner.index("(")] if "(" in inner else inner
            yield next(word for word in reversed(inner) if _WORD.match(word))
        elif at and _WORD.match(words[at - 1]):
            yield words[at - 1]
    else:
        yield from _names(words)
