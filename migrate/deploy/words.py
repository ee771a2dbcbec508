"""What depends on CUDA in any command text, whatever the command: variables, options, addresses, paths."""

from __future__ import annotations

import re

from migrate import parameters
from migrate.collect import Collector
from migrate.facts.sources import names
from migrate.flags import flag_uses
from migrate.vocabulary import env_symbol, image_symbol, index_symbol

_SET = re.compile(
    rb"(?<![\w$/.{-])(?:-[Dex])?(?P<name>[A-Za-z_]\w*)(?::[A-Z]+)?\+?=(?P<value>\"[^\"\n]*\"|'[^'\n]*'|\$\{\{[^}\n]*\}\}|[^\s\"';)]*)"
)
_DEFINE = re.compile(
    rb"(?<![\w-])-D[ \t]?(?P<name>\w*(?:CUDA|CUDNN|NCCL|CUBLAS|NVCC)\w*)(?::[A-Z]+)?=(?P<value>\"[^\"\n]*\"|[^\s\"']*)"
)
_OFF = frozenset((b"off", b"0", b"no", b"false"))
"""Values by which a build is told to do without."""

_READ = re.compile(
    rb"\$\{?(?P<name>[A-Za-z_]\w*)|\$(?:ENV|env)\{(?P<other>\w+)\}|\$\(\{?(?P<make>[A-Z]\w*)\)|%(?P<win>[A-Z]\w+)%"
)
_NAMED = re.compile(
    rb"(?<![\w-])(?:export|unset|declare -x|-x|-e|--env|--env=|--export=)[ \t]*(?P<name>[A-Z]\w+)(?=[\s,;]|$)"
)
_ADDRESS = re.compile(rb"https?://[^\s\"'<>|;()`]+")
_DEVICE = re.compile(
    rb"--?(?:[a-z]+[_-])*(?:device|device[_-]?type|device[_-]?map|map[_-]location|accelerator)[= \t]+[\"']?"
    rb"(?P<value>cuda(?P<index>:\d+)?)(?![\w-])"
)
_SETTING = re.compile(
    rb"(?<![\w.-])\+{0,2}(?:\w+\.)*(?:device|device_type|map_location|accelerator)=[\"']?(?P<value>cuda(?P<index>:\d+)?)(?![\w-])"
)
_ACCELERATOR = re.compile(rb"(?<![\w-])(?:--|\+{0,2}(?:\w+\.)*)accelerator[= \t]+[\"']?(?P<value>gpu)(?![\w-])")
_BACKEND = re.compile(
    rb"(?:--?(?:[\w.]+[_.-])?backend[= \t]+|(?<![\w-])(?:[\w.]+[_.])?backend=)[\"']?(?P<value>nccl)(?![\w-])"
)
_ARCH_VALUE = re.compile(rb"(?<![\w.+-])(?P<major>\d{1,2})\.(?P<minor>\d)(?P<suffix>[af]?)(?P<ptx>\+PTX)?(?![\w.])")
_ARCH_NUMBER = re.compile(rb"(?<![\w.+-])(?P<arch>\d{2,3}[af]?)(?P<kind>-real|-virtual)?(?![\w.-])")
_DOCKER = re.compile(rb"(?<![\w-])(?P<flag>--gpus|--runtime)(?:=|[ \t]+)(?P<value>\"[^\"\n]*\"|'[^'\n]*'|[^\s;|&)]+)")
_SLURM = re.compile(
    rb"(?<![\w-])(?:--gres(?:-flags)?=[\w:,\[\]-]*gpu[\w:,\[\]-]*"
    rb"|--gpus(?:-per-(?:node|task|socket))?(?:=|[ \t]+)[\w:{}$,-]+|-G[ \t]*\d+|--(?:cpus|mem|ntasks)-per-gpu=\w+)"
)
_LOCAL_SET = re.compile(rb"^[ \t]*(?:export[ \t]+)?(?P<name>[A-Z]\w*)[ \t]*[:?+]?=", re.MULTILINE)
_READ_BY_LIBRARIES = (b"NCCL_", b"TORCH_", b"NVSHMEM_", b"CUDNN_", b"CUBLAS", b"NVTE_", b"CUPY_")
"""Variables of such names are read by a library, listed or not."""

_READ_HERE = re.compile(rb"\$\{?([A-Z]\w*)|\benv\.([A-Z]\w*)")
_EXPORTED = re.compile(rb"(?<!\w)(?:export|declare -x)[ \t]+([^\n;&|]*)")


def find_words(out: Collector, start: int, end: int, slurm: bool = False) -> None:
    """Adds everything in the span that its own form shows to depend on CUDA."""
    piece = out.data[start:end]
    out.extend(flag_uses(out.data, start, end))
    _variables(out, piece, start)
    _addresses(out, piece, start)
    for pattern in (_DEVICE, _SETTING):
        for match in pattern.finditer(piece):
            details = (("index", match["index"][1:].decode()),) if match["index"] else ()
            out.add("device:cuda", start + match.start("value"), start + match.end("value"), "argument", details)
    for match in _ACCELERATOR.finditer(piece):
        symbol = parameters.in_file("accelerator", "gpu")
        out.add(symbol, start + match.start("value"), start + match.end("value"), "argument")
    for match in _BACKEND.finditer(piece):
        out.add("backend:nccl", start + match.start("value"), start + match.end("value"), "argument")
    if slurm:
        for match in _SLURM.finditer(piece):
            out.add("resource:gres:gpu", start + match.start(), start + match.end(), "flag")
        return
    for match in _DOCKER.finditer(piece):
        _docker_option(out, match, start)
    for match in re.finditer(rb"--gres=[\w:,]*gpu[\w:,]*", piece):
        out.add("resource:gres:gpu", start + match.start(), start + match.end(), "flag")


def _docker_option(out: Collector, match: re.Match[bytes], start: int) -> None:
    value = match["value"].strip(b"\"'").decode("utf-8", "replace")
    if match["flag"] == b"--gpus":
        out.add("flag:--gpus", start + match.start(), start + match.end(), "flag", (("value", value),))
    elif value == "nvidia":
        out.add("flag:--runtime=nvidia", start + match.start(), start + match.end(), "flag")


def _variables(out: Collector, piece: bytes, start: int) -> None:
    for match in _DEFINE.finditer(piece):
        if match["value"].strip(b"\"'").lower() in _OFF:
            continue
        name = match["name"].decode()
        out.add(f"cmake:{name}", start + match.start("name"), start + match.end("name"), "flag")
        find_value(out, name, start + match.start("value"), start + match.end("value"))
    for match in _SET.finditer(piece):
        if match[0].startswith(b"-D"):
            continue
        name = match["name"].decode()
        value = match["value"].strip(b"\"'").decode("utf-8", "replace")[:200]
        details = (("value", value),) if value and not value.startswith(("$(", "`")) else ()
        out.add(env_symbol(name), start + match.start("name"), start + match.end("name"), "config", details)
        find_value(out, name, start + match.start("value"), start + match.end("value"))
    for pattern in (_NAMED, _READ):
        for match in pattern.finditer(piece):
            group = match.lastgroup or "name"
            out.add(env_symbol(match[group].decode()), start + match.start(group), start + match.end(group), "name")


def find_value(out: Collector, name: str, start: int, end: int) -> None:
    """Adds what the value of a variable holds: architectures, a device."""
    upper = name.upper()
    if upper.endswith("CUDA_ARCHITECTURES") or upper == "CUDAARCHS":
        find_arch_numbers(out, start, end)
    elif "CUDA_ARCH" in upper:
        find_arch_list(out, start, end)
    value = out.data[start:end].strip(b"\"'")
    if upper.endswith("DEVICE") and re.fullmatch(rb"cuda(:\d+)?", value):
        at = out.data.index(value, start)
        out.add("device:cuda", at, at + len(value), "config")
    elif upper.endswith("BACKEND") and value == b"nccl":
        at = out.data.index(value, start)
        out.add("backend:nccl", at, at + len(value), "config")


def _addresses(out: Collector, piece: bytes, start: int) -> None:
    for match in _ADDRESS.finditer(piece):
        if match[0].endswith((b".whl", b".git")):
            continue
        text = match[0].rstrip(b".,").decode("utf-8", "replace")
        out.add(
            index_symbol(text), start + match.start(), start + match.start() + len(match[0].rstrip(b".,")), "string"
        )


def find_arch_list(out: Collector, start: int, end: int) -> None:
    """Adds the architectures of a list like ``7.0;8.0+PTX`` (TORCH_CUDA_ARCH_LIST)."""
    for match in _ARCH_VALUE.finditer(out.data, start, end):
        name = (match["major"] + match["minor"] + match["suffix"]).decode()
        out.add(f"arch:sm_{name}", *match.span(), "config", (("ptx", "yes"),) if match["ptx"] else ())


def find_arch_numbers(out: Collector, start: int, end: int) -> None:
    """Adds the architectures of a list like ``70;80-real;90-virtual`` (CMAKE_CUDA_ARCHITECTURES)."""
    for match in _ARCH_NUMBER.finditer(out.data, start, end):
        kind = "compute" if match["kind"] == b"-virtual" else "sm"
        out.add(f"arch:{kind}_{match['arch'].decode()}", *match.span(), "config")


def find_image(out: Collector, start: int, end: int, reference: str = "") -> bool:
    """Adds the container image that the span names; ``reference``: the same with its variables filled in."""
    found = image_symbol(reference or out.text(start, end))
    if found is None:
        return False
    symbol, tag = found
    return out.add(symbol, start, end, "image", (("tag", tag),) if tag else ())


def drop_own_variables(out: Collector) -> None:
    """Drops variables that no list holds and that are the file's own: it sets them and doesn't export them, or
    reads them itself."""
    exported = {word.partition(b"=")[0] for found in _EXPORTED.findall(out.data) for word in found.split()}
    read = {first or second for first, second in _READ_HERE.findall(out.data)}
    unlisted = {use.symbol[4:].encode() for use in out.uses() if use.symbol[:4] == "env:"}
    unlisted -= {name.encode() for name in names("env")}
    local = {match["name"] for match in _LOCAL_SET.finditer(out.data)} - exported
    given = {use.symbol[4:].encode() for use in out.uses() if use.symbol[:4] == "env:" and use.role == "config"}
    own = {name for name in unlisted & (given & read) if not name.startswith(_READ_BY_LIBRARIES)} | (unlisted & local)
    out.replace([use for use in out.uses() if use.symbol[:4] != "env:" or use.symbol[4:].encode() not in own])
