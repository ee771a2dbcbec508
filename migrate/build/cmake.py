"""CMake: packages, languages, targets, variables, properties, legacy commands, flags, libraries."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from migrate.build.architectures import architecture_uses, lists_architectures
from migrate.facts.sources import names
from migrate.flags import flag_uses
from migrate.frontend import FileUses
from migrate.model import Context, Role, Use
from migrate.source import SourceFile
from migrate.vocabulary import env_symbol, lib_symbol

_TOKEN = re.compile(
    rb"#\[(?P<c>=*)\[.*?\](?P=c)\]|#[^\r\n]*"  # comments
    rb"|\[(?P<b>=*)\[.*?\](?P=b)\]"  # bracket argument
    rb'|"(?:[^"\\]|\\.)*"'
    rb"|(?P<open>\()|(?P<close>\))"
    rb"|(?P<word>(?:[^\s()#\"\\]|\\.)+)",
    re.DOTALL,
)
_PACKAGES = frozenset(
    "CUDA CUDAToolkit CUDNN cuDNN cudnn NCCL nccl TensorRT TENSORRT Thrust CUB libcudacxx CCCL cccl CUTLASS "
    "NvidiaCutlass CUTENSOR cuTENSOR cusparselt CUSPARSELT NVTX nvtx3 NVSHMEM nvcomp CUFFT CUPTI NVML "
    "cudnn_frontend cuFile rmm raft cudf".split()
)
_PACKAGE_NAMES = {name.lower() for name in _PACKAGES}
_FIND = frozenset(("find_package", "find_dependency", "rapids_find_package", "check_language"))
_LEGACY = re.compile(
    r"cuda_(add_(library|executable|cublas_to_target|cufft_to_target)|compile(_ptx|_fatbin|_cubin)?|include_directories"
    r"|select_nvcc_arch_flags|wrap_srcs|source_get_format|build_clean_target|link_separable_compilation_objects"
    r"|convert_flags|detect_installed_gpus|compute_separable_compilation_object_file_name)$",
    re.IGNORECASE,
)
_TARGET = re.compile(rb"\b(CUDA|CUDNN|cudnn|NCCL|CCCL|Thrust|CUB|libcudacxx|nvidia|nvtx3|TensorRT|CUTLASS)::[\w-]+")
_VARIABLE = re.compile(
    rb"\b(CMAKE_CUDA_\w+|CUDAToolkit_\w+|CUDA_(TOOLKIT_\w+|NVCC_\w+|ARCH(ITECTURES|_LIST|_BIN|_PTX|_NAME)?|GENERATION|LIBRARIES|INCLUDE_DIRS?|VERSION\w*"
    rb"|FOUND|HOST_COMPILER|SEPARABLE_COMPILATION|PROPAGATE_HOST_FLAGS|USE_STATIC_CUDA_RUNTIME|STANDARD\w*|EXTENSIONS"
    rb"|RESOLVE_DEVICE_SYMBOLS|RUNTIME_LIBRARY|PTX_COMPILATION|CUBIN_COMPILATION|HAS_FP16|VERBOSE_BUILD|64_BIT_DEVICE_CODE"
    rb"|\w+_LIBRARY|\w+_LIBRARIES)|CUDNN_(LIBRARY|LIBRARIES|INCLUDE_DIRS?|ROOT\w*|VERSION\w*|FOUND)"
    rb"|NCCL_(LIBRARY|LIBRARIES|INCLUDE_DIRS?|ROOT\w*|VERSION\w*|FOUND)|TENSORRT_\w+)\b"
)
_ENVIRONMENT = re.compile(rb"\$?ENV\{(\w+)\}")
_GENERATOR = re.compile(
    rb"\$<(COMPILE_LANGUAGE|COMPILE_LANG_AND_ID|CUDA_COMPILER_ID|LINK_LANGUAGE):(CUDA\b|(?<=ID:)\w+)>?"
)
_LINKING = frozenset(("target_link_libraries", "link_libraries", "find_library", "set_target_properties"))
_LANGUAGE = frozenset(("project", "enable_language", "check_language", "set_source_files_properties", "set_property"))
_DOTTED = re.compile(rb"\d{1,2}\.\d[af]?(\+PTX)?(;|$)")
_SETTING = frozenset(("set", "list", "set_target_properties", "set_property", "cuda_select_nvcc_arch_flags"))
_CUDA = re.compile(rb"CUDA|NVIDIA|NVCC|CUDNN|NCCL", re.IGNORECASE)
_VENDOR = re.compile(rb"HIP|ROCM|MUSA|SYCL|ONEAPI|ASCEND|NPU|CANN|MLU|METAX|MACA|XPU|VULKAN|METAL\b|OPENCL")


class Argument(NamedTuple):
    """One argument of a command; for a quoted one the span is inside the quotes."""

    start: int
    end: int
    text: bytes


class Command(NamedTuple):
    """One command call: its lower-case name and place, its arguments, where its closing bracket ends."""

    name: str
    start: int
    end: int
    arguments: tuple[Argument, ...]


def commands(data: bytes) -> Iterator[Command]:
    """The command calls of a file, in order; what isn't CMake is passed over."""
    name: tuple[str, int] | None = None
    depth = 0
    arguments: list[Argument] = []
    for token in _TOKEN.finditer(data):
        text = token[0]
        if text.startswith(b"#"):
            continue
        if token["open"]:
            depth += 1 if name else 0  # a bracket without a command before it is none of CMake's
        elif token["close"]:
            depth = max(0, depth - 1)
            if depth == 0 and name:
                yield Command(*name, token.end(), tuple(arguments))
                name, arguments = None, []
        elif depth == 0:
            name = text.decode("utf-8", "replace").lower(), token.start()
        else:
            quoted = text.startswith(b'"')
            arguments.append(Argument(token.start() + quoted, token.end() - quoted, text[1:-1] if quoted else text))


def find(source: SourceFile) -> FileUses:
    """The uses in a CMake file, in order of their start."""
    found: dict[tuple[int, str], Use] = {}
    conditions = _Conditions(source.data)
    for command in commands(source.data):
        context = conditions.step(command)
        for use in _uses(source.data, command):
            found.setdefault((use.start, use.symbol), use._replace(context=context))
    return FileUses([found[key] for key in sorted(found)])


def _uses(data: bytes, command: Command) -> Iterator[Use]:
    first = command.arguments[0] if command.arguments else None
    if command.name in _FIND and first and first.text.decode("utf-8", "replace").lower() in _PACKAGE_NAMES:
        version = next((a.text.decode() for a in command.arguments[1:2] if re.match(rb"\d[\d.]*$", a.text)), "")
        details = (("version", version),) if version else ()
        name = _spelling(first.text.decode())
        yield Use(f"cmake:find_package({name})", first.start, first.end, "call", details=details)
    if _LEGACY.match(command.name):
        end = command.start + len(command.name)
        yield Use(f"cmake:{command.name}", command.start, end, "call")
    if command.name in _LANGUAGE:
        yield from _languages(command)
    yield from _architectures(data, command)
    for argument in command.arguments:
        yield from _in_argument(data, argument, command)


def _spelling(package: str) -> str:
    """A find module's file decides how a package is spelt (``Nccl``, ``nccl``); the facts know one spelling."""
    if f"find_package({package})" in names("cmake"):
        return package
    spelt = (name[len("find_package(") : -1] for name in names("cmake") if name.startswith("find_package("))
    return next((name for name in spelt if name.lower() == package.lower()), package)


def _languages(command: Command) -> Iterator[Use]:
    """CUDA as a language, but not as a project's name."""
    for at, argument in enumerate(command.arguments):
        if argument.text == b"CUDA" and (at or command.name == "enable_language"):
            yield Use("cmake:enable_language(CUDA)", argument.start, argument.end, "argument")


def _architectures(data: bytes, command: Command) -> Iterator[Use]:
    """``set(CMAKE_CUDA_ARCHITECTURES 80 90)`` and the property CUDA_ARCHITECTURES: the values behind the name."""
    if "cuda_arch" in command.name:  # cuda_archs_loose_intersection(FOUND "8.0;9.0a" ...) and the like
        for argument in command.arguments:
            if _DOTTED.match(argument.text):
                yield from architecture_uses(data, argument.start, argument.end)
    if command.name not in _SETTING:
        return
    listing = False
    for argument in command.arguments:
        name = argument.text.decode("utf-8", "replace")
        if lists_architectures(name):
            listing = True
        elif re.match(r"[A-Z][A-Z_]+$", name):
            listing = False  # the next property, or CACHE and its help text
        elif listing:
            yield from architecture_uses(data, argument.start, argument.end)


def _in_argument(data: bytes, argument: Argument, command: Command) -> Iterator[Use]:
    role: Role = "argument"
    for pattern in (_TARGET, _GENERATOR):
        for match in pattern.finditer(data, argument.start, argument.end):
            symbol = "$<COMPILE_LANGUAGE:CUDA>" if pattern is _GENERATOR else match[0].decode()
            yield Use(f"cmake:{symbol}", match.start(), match.end(), role)
    for match in _VARIABLE.finditer(data, argument.start, argument.end):
        if data[match.start() - 4 : match.start()] == b"ENV{":
            continue
        value = b";".join(a.text for a in command.arguments[1:]) if argument is command.arguments[0] else b""
        details = (("value", value.decode("utf-8", "replace")[:200]),) if command.name == "set" and value else ()
        yield Use(f"cmake:{match[0].decode()}", match.start(), match.end(), "name", details=details)
    for match in _ENVIRONMENT.finditer(data, argument.start, argument.end):
        if variable := env_symbol(match[1].decode()):
            yield Use(variable, match.start(1), match.end(1), "name")
    if command.name in _LINKING and (library := lib_symbol(f"lib{argument.text.decode('utf-8', 'replace')}.so")):
        yield Use(library, argument.start, argument.end, role)
    yield from flag_uses(data, argument.start, argument.end)


class _Branch(NamedTuple):
    """An open ``if`` block: the conditions of its branches, whether one names another vendor, which branch this
    is, and what it and the blocks around it say."""

    conditions: list[bytes]
    vendors: bool
    at: int
    context: tuple[Context, ...]


class _Conditions:
    """What the ``if`` blocks around a command say of it."""

    def __init__(self, data: bytes) -> None:
        self._chains = iter(_chains(data))
        self._open: list[_Branch] = []

    def step(self, command: Command) -> tuple[Context, ...]:
        """Takes the next command; returns the context in which it stands."""
        around = self._open[-1].context if self._open else ()
        if command.name == "if":
            conditions = next(self._chains)
            self._enter(conditions, any(_VENDOR.search(text) for text in conditions), 0)
            return around
        if command.name in ("elseif", "else") and self._open:
            last = self._open.pop()
            self._enter(last.conditions, last.vendors, last.at + 1)
        elif command.name == "endif" and self._open:
            self._open.pop()
        return self._open[-1].context if self._open else ()

    def _enter(self, conditions: list[bytes], vendors: bool, at: int) -> None:
        found = set(self._open[-1].context) if self._open else set()
        if _CUDA.search(conditions[at]) and not conditions[at].startswith(b"NOT"):
            found.add("guarded")
            if vendors:
                found.add("multi-vendor")
        order: tuple[Context, ...] = ("guarded", "multi-vendor")
        self._open.append(_Branch(conditions, vendors, at, tuple(context for context in order if context in found)))


def _chains(data: bytes) -> list[list[bytes]]:
    """For each ``if`` in order: the conditions of its branches (empty for ``else``)."""
    chains: list[list[bytes]] = []
    stack: list[list[bytes]] = []
    for command in commands(data):
        condition = b" ".join(argument.text for argument in command.arguments)
        if command.name == "if":
            stack.append([condition])
            chains.append(stack[-1])
        elif command.name in ("elseif", "else") and stack:
            stack[-1].append(condition if command.name == "elseif" else b"")
        elif command.name == "endif" and stack:
            stack.pop()
    return chains
