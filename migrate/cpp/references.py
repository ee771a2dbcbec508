"""From words to uses: every name, header, kernel and launch of a unit, with its role."""

from __future__ import annotations

import re
from collections.abc import Hashable, Iterator
from itertools import islice

from migrate.cpp import names, torch
from migrate.cpp.kernels import features, template_call
from migrate.cpp.lexer import arguments
from migrate.cpp.names import Hit
from migrate.cpp.scopes import Declared, Scopes, read_scopes
from migrate.cpp.unit import Unit, is_cuda_header
from migrate.model import Arg, Role, Use

_NAMES = re.compile(rb"[A-Za-z_]\w*(?:::\s*[A-Za-z_]\w*)*")
_BLANK = re.compile(rb"\s+")
_COMPARED = re.compile(rb"\s*(?:[<>]=?|==|!=)|\s*\)?\s*(?:[<>]=?|==|!=)")
_SPACING = b" \t\r\n\\"

_TELLING = re.compile(r"c:__(half|nv_|shfl|ballot_|syncthreads|syncwarp|CUDA|NVCC|activemask|threadfence|float2half)")
"""Names of lists that nothing but CUDA (or what copies it) has."""

_WEAK = frozenset(("cuda-driver", "npp", "nvdec"))
"""Libraries whose pattern other names fit too (CUser, nppFoo_x): a name that no list holds counts in CUDA code only."""

_words: dict[Hashable, dict[bytes, Hit | None]] = {}
"""What each word seen so far names (None for nearly all), by what the file brings into scope."""
_MOST_WORDS = 100_000
"""Words that are remembered; then memory starts anew."""

MOST = 100_000
"""Uses of one file that are kept, so that a generated file of many megabytes doesn't fill the memory."""

_PARTS = Hit("", "", "", False, False)
"""Stands for a qualified name whose root is a name of CUDA's: an enumerator with its type."""


def references(unit: Unit) -> tuple[list[Use], tuple[str, ...]]:
    """The uses by name of a unit, and the symbols that it declares itself."""
    scopes = read_scopes(unit.text)
    declared = Declared(unit.text, unit.pre)
    uses = [*_headers(unit), *_kernels(unit), *_launches(unit), *_imports(unit, scopes), *torch.uses(unit)]
    candidates = list(islice(_candidates(unit, scopes), MOST))
    plain = [(start, end, hit) for start, end, hit in candidates if b":" not in unit.text[start:end]]
    own = {(start, end) for start, end, hit in plain if declared.declares(start, end, hit)}
    for start, end, hit in plain:
        if (start, end) in own:
            declared.add(unit.text[start:end], start, hit)
    for start, end, hit in candidates:
        if (start, end) not in own and not declared.hides(unit.text[start:end], start):
            uses.append(_use(unit, start, end, hit))
    kept = tuple(sorted(f"c:{name.decode('ascii')}" for name in declared.names if names.word(name)))
    return uses, kept


def _candidates(unit: Unit, scopes: Scopes) -> Iterator[tuple[int, int, Hit]]:
    """Each word that may name something of CUDA's and isn't a member or in a namespace of the user's."""
    known = _known(scopes)
    for match in _NAMES.finditer(unit.text):
        word = match[0]
        try:
            hit = known[word]
        except KeyError:
            if len(known) >= _MOST_WORDS:
                known.clear()
            hit = known[word] = _meaning(word, scopes)
        if hit is None:
            continue
        if not scopes.empty and unit.text[max(0, match.start() - 2) : match.start()] == b"::":
            hit = _everywhere(word)  # ``::cuda::barrier`` takes no using directive
            if hit is None:
                continue
        if hit is _PARTS:
            yield from _in_chain(unit, match)
        elif _counts(unit, hit, match.start(), match.end()):
            yield match.start(), match.end(), hit


def _known(scopes: Scopes) -> dict[bytes, Hit | None]:
    if sum(map(len, _words.values())) > _MOST_WORDS:
        _words.clear()
    return _words.setdefault(scopes.key, {})


def _meaning(word: bytes, scopes: Scopes) -> Hit | None:
    """What a word means in this file: by its own spelling, its aliases and using directives."""
    hit = _everywhere(word)
    if not scopes.empty and (hit is None or hit.generic or hit is _PARTS or b":" in word):
        text = _BLANK.sub(b"", word).decode("ascii")
        return scopes.resolve(text, hit)
    return hit


def _everywhere(word: bytes) -> Hit | None:
    """What a word means in a file without any using directive."""
    if b":" not in word:
        hit = names.word(word)
    else:
        hit = names.chain(_BLANK.sub(b"", word).decode("ascii"))
        if hit is None and names.word(word.partition(b":")[0]):
            hit = _PARTS
    return hit


def _in_chain(unit: Unit, match: re.Match[bytes]) -> Iterator[tuple[int, int, Hit]]:
    """``cudaMemcpyKind::cudaMemcpyHostToDevice``: both parts are CUDA's; ``mine::cudaFree`` is not."""
    root = re.match(rb"\w+", match[0])
    if (
        not root
        or not (hit := names.word(root[0]))
        or not _counts(unit, hit, match.start(), match.start() + root.end())
    ):
        return
    yield match.start(), match.start() + root.end(), hit
    last = match[0].rpartition(b":")[2].strip()
    if found := names.word(last):
        yield match.end() - len(last), match.end(), found


def _counts(unit: Unit, hit: Hit, start: int, end: int) -> bool:
    """Whether the word at this place can be the library's name."""
    text = unit.text
    before = text[max(0, start - 16) : start].rstrip(_SPACING)
    last = before[-1:]
    if last == b"." and not before.endswith(b"..."):
        return False
    if last == b">" and before.endswith(b"->"):
        return False
    if before.endswith(b"::") and (before[:-2].rstrip(_SPACING)[-1:] or b" ") not in b' ;{}(),=&*<!|?:+-[\n#"~^%':
        return _after_keyword(text, start)
    if start and (text[start - 1] == 0x23 or 0x30 <= text[start - 1] <= 0x39):
        return False
    if (macro := unit.pre.macro_at(start)) is not None and text[start:end] in macro.params:
        return False
    if not hit.listed and hit.library in _WEAK and not unit.is_cuda and b"UDA" not in text[start:end]:
        return False
    if not hit.generic:
        return "::" not in hit.symbol or b":" in text[start:end] or _is_visible(text, hit, end)
    if not unit.is_cuda:
        return not unit.is_other_vendors and bool(_TELLING.match(hit.symbol))
    return _fits(unit, text, hit, end)


def _is_visible(text: bytes, hit: Hit, end: int) -> bool:
    """Whether a name that ``using`` makes visible stands as its kind does: a function must be called."""
    if hit.kind == "function":
        return template_call(text, end) >= 0
    return hit.kind != "enumerator" or text[end : end + 40].lstrip()[:1] != b"("


def _after_keyword(text: bytes, start: int) -> bool:
    """Whether a leading ``::`` follows a keyword, as in ``return ::cudaFree(p)``."""
    word = re.search(rb"([A-Za-z_]\w*)\s+::\s*\Z", text[max(0, start - 60) : start])
    return (
        bool(word)
        and word is not None
        and word[1] in (b"return", b"case", b"throw", b"else", b"const", b"new", b"typename")
    )


def _fits(unit: Unit, text: bytes, hit: Hit, end: int) -> bool:
    """Whether a generic name stands as its kind does: a function called, a texture with its type."""
    name = hit.symbol[2:]
    if name in ("texture", "surface"):
        return text[end : end + 2].lstrip()[:1] == b"<" and text[end : end + 2] != b"<<"
    if hit.kind == "function" and not name.startswith("__"):
        return template_call(text, end) >= 0 and (unit.has_device_code or name.startswith(("make_", "cu")))
    if hit.kind == "variable" and not name.startswith("__"):
        return unit.has_device_code
    return True


def _use(unit: Unit, start: int, end: int, hit: Hit) -> Use:
    args: tuple[Arg, ...] = ()
    role: Role = "type" if hit.is_type else "name"
    if (opening := template_call(unit.text, end)) >= 0:
        spans, closed = arguments(unit.text, opening)
        if closed >= 0:
            args = tuple(Arg("", *span) for span in spans)
        role = "call"
    elif unit.text[max(0, start - 8) : start].rstrip().endswith(b"using"):
        role = "import"
    elif unit.text[start - 2 : start] == b"::" and role == "type" and "::" not in hit.symbol:
        role = "name"  # cudaMemcpyKind::cudaMemcpyHostToDevice
    if unit.pre.guards and unit.pre.in_guard(start):
        role = "compare" if _compared(unit.text, start, end) else "name"
        return unit.use(hit.symbol, start, end, role)
    return unit.use(hit.symbol, start, end, role, args)


def _compared(text: bytes, start: int, end: int) -> bool:
    line = text.rfind(b"\n", 0, start) + 1
    return bool(_COMPARED.match(text, end) or re.search(rb"(?:[<>]=?|==|!=)\s*\Z", text[line:start]))


def _imports(unit: Unit, scopes: Scopes) -> Iterator[Use]:
    """``using namespace cub;`` and ``namespace cg = cooperative_groups;``."""
    for name, start, end in scopes.imports:
        root = name.partition("::")[0]
        if root in scopes.own_spaces or (name in ("cuda", "nv") and not _includes(unit, f"{name}/")):
            continue
        if symbol := names.namespace(name):
            yield unit.use(symbol, start, end, "import")


def _includes(unit: Unit, folder: str) -> bool:
    return any(include.path.startswith(folder) for include in unit.includes)


def _headers(unit: Unit) -> Iterator[Use]:
    for include in unit.includes:
        if is_cuda_header(include.path):
            yield unit.use(f"include:{include.path}", include.start, include.end, "include")


def _kernels(unit: Unit) -> Iterator[Use]:
    if b"__global__" not in unit.text or not unit.is_cuda:
        return
    for function in unit.functions:
        if function.kernel:
            lines = unit.text.count(b"\n", function.head, function.body_end) + 1
            words = features(unit.text, unit.data, function)
            details = (("features", " ".join(words)), ("lines", str(lines)))
            yield unit.use(f"kernel:cuda:{function.name}", function.start, function.end, "definition", details=details)


def _launches(unit: Unit) -> Iterator[Use]:
    if not unit.is_cuda:
        return
    for launch in unit.launches:
        name = launch.name.rpartition("::")[2]
        if name:
            yield unit.use(f"kernel:cuda:{name}", launch.start, launch.end, "launch", launch.args)
