"""Strings that carry a dependency: collective back ends, tensor types, variables, tools, libraries, providers."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from itertools import chain

from tree_sitter import Node

from migrate.model import Role, Use
from migrate.python.module import Module
from migrate.python.places import ROLES, Place, place_of
from migrate.python.words import COMMANDS, LOADERS, PROCESSES, PROFILER
from migrate.regex import regex
from migrate.vocabulary import command_symbol, env_symbol, lib_symbol

_ENV = regex(rb"\b[A-Z][A-Z0-9]*_[A-Z0-9_]+(?=[\"'=])")
_COMMAND = regex(rb"[a-z][a-z0-9_-]+")
_ALWAYS: tuple[tuple[bytes, str, re.Pattern[bytes]], ...] = (
    (b"nccl", "backend", regex(rb"nccl(?=[\"',])")),
    (b"torch.cuda.", "type", regex(rb"torch\.cuda\.\w*(?:Tensor|Storage)\b")),
    (b"ExecutionProvider", "provider", regex(rb"\b(?:CUDA|Tensorrt|NvTensorRTRTX)ExecutionProvider\b")),
    (b"CUDA_", "env", _ENV),
    (b"NCCL_", "env", _ENV),
)
"""A literal that is fast to search for, what it may be part of, and the pattern of the whole."""

_GATED: tuple[tuple[tuple[bytes, ...], tuple[tuple[bytes, str, re.Pattern[bytes]], ...]], ...] = (
    ((b"env",), tuple((word, "env", _ENV) for word in (b"CUDNN_", b"CUBLAS", b"NVIDIA_", b"TORCH_", b"TRITON_"))),
    (
        PROCESSES,
        tuple((word, "command", _COMMAND) for word in COMMANDS),
    ),
    (
        LOADERS,
        ((b".so", "lib", regex(rb"lib[a-z]\w*\.so[.\d]*")), (b".dll", "lib", regex(rb"[a-z]\w+\.dll"))),
    ),
)
"""Searches that are worth their time only where one of the first literals stands in the file."""

_BEFORE = 48
_WORD = frozenset(b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-")
_BACKEND_NAME = regex(rb"(?i)backend|process_group|dist|comm|collective|pg|protocol")
_COMMAND_CALLS = regex(
    rb"^(run|call|check_call|check_output|Popen|system|popen|getoutput|getstatusoutput|which|find_executable|"
    rb"create_subprocess_\w+|run_\w+|exec\w*|execute\w*|\w*_cmd|\w*_command|cmd|command|spawn\w*|sh|shell|Path|join|split)$"
)
_COMMAND_NAMES = regex(rb"(?i)cmd|command|args|argv|exe|binary|nvcc|smi|prog|path|script|query|tool")
_ENV_MAPS = regex(rb"(?i)environ\b|env(s|_vars?|ironment|iron)?\b|_env\b")
_ENV_CALLS = regex(
    rb"^(getenv|putenv|unsetenv|get|pop|setdefault|setenv|delenv|getenv_\w+|get_\w*env\w*|\w*env\w*|int_from_env|"
    rb"parse_flag_from_env|str_to_bool|addoption|system|run|Popen|popen|check_call|check_output|call|append|export)$"
)
_ENV_HOLDERS = regex(rb"(?i)env|^dict$|\.update$")
_PROFILER_KEY = regex(rb"\b(?:cuda_time|cuda_time_total|self_cuda_time_total|self_cuda_memory_usage)\b")
_LIBRARY_CALLS = regex(rb"(?i)^(\w*dll|load\w*|dlopen\w*|\w*lib\w*|r?glob|join|exists)$")
_FIND_LIBRARY = regex(rb"""find_library\(\s*["'](cu\w+|nv\w+|nccl\w*)["']\s*\)""")


def find(module: Module) -> Iterator[Use]:
    """The uses that strings carry."""
    data = module.data
    words = module.words
    gated = (anchors for gates, anchors in _GATED if not words.isdisjoint(gates))
    for literal, kind, pattern in chain(_ALWAYS, *gated):
        if literal not in words:
            continue
        finder = _FINDERS[kind]
        at = data.find(literal)
        while at >= 0 and not module.deep:
            match = _around(pattern, data, at)
            if match is not None and (node := _literal(module, match.start(), match.end())) is not None:
                yield from finder(module, node, match)
            elif match is not None and kind == "env":
                yield from _env_keyword(module, match)
            at = data.find(literal, match.end() if match is not None else at + len(literal))
    if b"find_library" in words:
        yield from _found_libraries(module)
    if not words.isdisjoint(PROFILER):
        yield from _profiler_keys(module)


def _around(pattern: re.Pattern[bytes], data: bytes, at: int) -> re.Match[bytes] | None:
    """The match of the pattern that holds the offset."""
    low = at
    while low > 0 and at - low < _BEFORE and data[low - 1] in _WORD:
        low -= 1
    match = pattern.match(data, low)
    return match if match is not None and match.end() > at else None


def _found_libraries(module: Module) -> Iterator[Use]:
    for match in _FIND_LIBRARY.finditer(module.data):
        literal = _literal(module, match.start(1), match.end(1))
        symbol = lib_symbol(f"lib{match.group(1).decode()}.so")
        if literal is not None and symbol:
            yield module.use(symbol, literal, "string")


def _profiler_keys(module: Module) -> Iterator[Use]:
    """``sort_by="cuda_time_total"`` and ``event.self_cuda_time_total`` of PyTorch's profiler."""
    if b"torch" not in module.data or b"profile" not in module.data:
        return
    for match in _PROFILER_KEY.finditer(module.data):
        node = module.root.descendant_for_byte_range(*match.span())
        if node is None:
            continue
        symbol = f"py:torch.autograd.profiler_util.FunctionEvent.{match.group().decode()}"
        parent = node.parent
        if node.type == "identifier" and parent is not None and parent.type == "attribute":
            receiver = parent.child_by_field_name("object")
            own = receiver is None or module.text(receiver) == b"self"
            if parent.child_by_field_name("attribute") == node and not own:
                yield module.use(symbol, node, "name")
        elif (literal := _literal(module, *match.span())) is not None and _whole(module, literal) == match.group():
            place = place_of(module, literal)
            if place.kind not in ("text", "key"):
                yield module.use(symbol, literal, ROLES.get(place.kind, "string"))


def _literal(module: Module, start: int, end: int) -> Node | None:
    node = module.root.descendant_for_byte_range(start, end)
    for _ in range(3):
        if node is None or node.type == "string":
            return node
        node = node.parent
    return None


def _whole(module: Module, literal: Node) -> bytes:
    """The content of a literal without prefix and quotes."""
    return module.text(literal).lstrip(b"rRbBuUfF").strip(b"\"'")


def _backend(module: Module, literal: Node, _match: re.Match[bytes]) -> Iterator[Use]:
    text = _whole(module, literal)
    if text != b"nccl" and not re.fullmatch(rb"[\w:,]*cuda:nccl[\w:,]*", text):
        return
    place = place_of(module, literal)
    if place.kind in ("text", "key", "index") or (place.kind == "argument" and place.name in (b"join", b"append")):
        return
    if place.kind in ("other",) or (place.kind == "argument" and place.position > 0 and place.name == b"isinstance"):
        return
    details = (("value", text.decode()),) if text != b"nccl" else ()
    yield module.use("backend:nccl", literal, ROLES.get(_default_role(place), "string"), details=details)


def _default_role(place: Place) -> str:
    """An option's default is a default, though it is written as an argument."""
    return "parameter" if place.kind == "keyword" and place.name in (b"default", b"choices") else place.kind


def _tensor_type(module: Module, literal: Node, match: re.Match[bytes]) -> Iterator[Use]:
    if _whole(module, literal) != match.group():
        return
    place = place_of(module, literal)
    if place.kind != "text":
        yield module.use(f"py:{match.group().decode()}", literal, "compare" if place.kind == "compare" else "string")


def _env(module: Module, literal: Node, match: re.Match[bytes]) -> Iterator[Use]:
    name = match.group().decode()
    symbol = env_symbol(name)
    if symbol is None:
        return
    place = place_of(module, literal)
    role = _env_role(module, literal, match, place)
    if role:
        yield Use(symbol, match.start(), match.end(), role, (), module.regions.at(match.start(), match.end()))


def _env_keyword(module: Module, match: re.Match[bytes]) -> Iterator[Use]:
    """``dict(os.environ, CUDA_VISIBLE_DEVICES="0")``: a variable as the keyword of a call about variables."""
    node = module.node(match.start(), match.end())
    keyword = node.parent if node is not None else None
    arguments = keyword.parent if keyword is not None and keyword.type == "keyword_argument" else None
    call = arguments.parent if arguments is not None else None
    if node is None or call is None or keyword is None or keyword.child_by_field_name("name") != node:
        return
    function = call.child_by_field_name("function")
    symbol = env_symbol(match.group().decode())
    if symbol and function is not None and _ENV_HOLDERS.search(module.text(function)):
        yield module.use(symbol, node, "argument")


def _env_role(module: Module, literal: Node, match: re.Match[bytes], place: Place) -> Role | None:
    exact = _whole(module, literal) == match.group()
    following = module.data[match.end() : match.end() + 1]
    if not exact:
        before = module.data[match.start() - 1 : match.start()]
        in_shell = following == b"=" and before in (b" ", b'"', b"'", b"\n", b";", b"{")
        return "string" if in_shell and place.kind not in ("text", "key") else None
    if place.kind == "index":
        return "name" if _ENV_MAPS.search(place.name) else None
    if place.kind == "argument":
        return "argument" if _ENV_CALLS.match(place.name) else None
    if place.kind == "compare":
        return "compare" if _ENV_MAPS.search(place.name) else None
    if place.kind == "key":
        return "config"
    if place.kind == "keyword":
        return "argument" if b"env" in place.name.lower() else None
    return "string" if place.kind in ("assign", "loop", "return") else None


def _provider(module: Module, literal: Node, match: re.Match[bytes]) -> Iterator[Use]:
    if _whole(module, literal) == match.group():
        place = place_of(module, literal)
        if place.kind != "text":
            role = ROLES.get(place.kind, "string")
            yield module.use(f"device:{match.group().decode()}", literal, role)


def _command(module: Module, literal: Node, match: re.Match[bytes]) -> Iterator[Use]:
    text = _whole(module, literal)
    word = match.group()
    symbol = command_symbol(word.decode())
    if symbol is None or not _is_word(module.data, match) or not _leads(text, word):
        return
    place = place_of(module, literal)
    if place.kind == "argument":
        fits = _COMMAND_CALLS.match(place.name) is not None or (text != word and b" -" in text)
    elif place.kind in ("assign", "keyword", "return", "pair", "parameter", "loop"):
        fits = _COMMAND_NAMES.search(place.name) is not None or b" -" in text
    else:
        fits = False
    if fits:
        span = (match.start(), match.end())
        yield Use(symbol, *span, "command", (), module.regions.at(*span))


def _is_word(data: bytes, match: re.Match[bytes]) -> bool:
    before, after = data[match.start() - 1 : match.start()], data[match.end() : match.end() + 1]
    return not re.match(rb"[\w.-]", before) and not re.match(rb"[\w-]", after)


def _leads(text: bytes, word: bytes) -> bool:
    """Whether the word is the program of a command line, also behind a path, ``sudo`` or a pipe."""
    before, after = rb"(?:^|[|;&(]\s*|\bsudo\s+|/|\w=\S*\s+)", rb"(?:\.exe)?(?:$|\s|[;|&)])"
    return re.search(before + re.escape(word) + after, text) is not None


def _library(module: Module, literal: Node, match: re.Match[bytes]) -> Iterator[Use]:
    symbol = lib_symbol(match.group().decode())
    if symbol is None:
        return
    place = place_of(module, literal)
    if place.kind == "text" or (place.kind == "argument" and not _LIBRARY_CALLS.match(place.name)):
        return
    yield module.use(symbol, literal, "string")


_FINDERS: dict[str, Callable[[Module, Node, re.Match[bytes]], Iterator[Use]]] = {
    "backend": _backend,
    "type": _tensor_type,
    "env": _env,
    "provider": _provider,
    "command": _command,
    "lib": _library,
}
