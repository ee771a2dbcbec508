"""Configuration: YAML, JSON, TOML, INI and .env, with compose, Kubernetes and workflow files among them.

A value is a device, a back end, an image … where its key says so; what its own form shows
(addresses, flags, variables) is found anywhere but in prose.
"""

from __future__ import annotations

import re
from bisect import bisect
from collections.abc import Iterable

from migrate import parameters
from migrate.collect import Collector
from migrate.deploy.packages import find_channel, find_package
from migrate.deploy.readers import Scalar, ini_scalars, json_scalars, without_comments, yaml_scalars
from migrate.deploy.shell import shell_uses
from migrate.deploy.words import drop_own_variables, find_image, find_value, find_words
from migrate.frontend import FileUses
from migrate.model import Context
from migrate.source import SourceFile
from migrate.vocabulary import env_symbol

_DEVICE_KEY = re.compile(
    r"((.*[_-])?(device|devices|device_?type|device_?map|map_?location|accelerators?|dev)|device_ids|target_devices?)$",
    re.I,
)
_DEVICE = re.compile(rb"cuda(:(?P<index>\d+))?$")
_BACKEND_KEY = re.compile(r"(.*[_-])?back_?end(_name)?$", re.I)
_IMAGE_KEY = re.compile(r"((.*[_-])?(image|container)|image_?name|docker|repository|from|base_?image|image_uri)$", re.I)
_PLAIN_IMAGE = re.compile(rb"(nvcr\.io/|nvidia/cuda:)[\w./:-]+$")
_DEFAULT = re.compile(r"\$\{\w+:?-([^}]*)\}")
_PROSE = re.compile(
    r"(description|title|help|doc|docs|summary|comment|comments|label|labels|message|text|content|prompt)$", re.I
)
_SCRIPT = re.compile(
    r"(run|script|before_script|after_script|setup|bash|shell|cmds?|commands?|args|entrypoint|exec|test|(pre|post)\w*install"
    r"|(pre|post)[_-]?\w*command|(setup|run|build|install|start)[_-]?commands?|before[_-](all|build|test)\w*|inline|.*\.sh)$",
    re.I,
)
_SETTINGS = re.compile(
    r"(.*env(ironment|s)?|.*env[_-]?vars|variables|(.*[_-])?(args|arguments|options|opts|flags|url|urls))$", re.I
)
_PROSE_WORDS = 12
"""A value of more words under a key that doesn't say what it is, is taken for prose."""

_ARGV = ("runargs", "command", "args", "entrypoint", "cmd", "test", "exec")
_PACKAGES = (
    "dependencies",
    "pip",
    "pip_packages",
    "requirements",
    "additional_dependencies",
    "python_packages",
    "packages",
)
_RESOURCE = re.compile(rb"(nvidia\.com/(?:gpu|mig-)[\w.-]*)")
_OTHER_VENDOR = re.compile(
    rb"\b(?:amd|huawei|intel|cambricon|mthreads|metax-tech|iluvatar|kunlunxin|enflame|hygon|birentech|alibabacloud)\.com/|/dev/kfd"
    rb"|\b(?:ASCEND|HIP|MUSA|MLU)_[A-Z_]*VISIBLE_DEVICES"
)


_BESIDE = 6
"""Another vendor's resource so many lines away at most stands beside NVIDIA's."""


def find(source: SourceFile) -> FileUses:
    """The uses in a configuration file."""
    suffix = source.path.rpartition(".")[2].lower()
    ini = suffix in ("ini", "cfg", "conf", "env", "properties") or "/.env" in f"/{source.path}"
    out = Collector(source.data if suffix == "json" else without_comments(source.data, ini))
    if suffix == "json":
        scalars: Iterable[Scalar] = json_scalars(out.data)
    elif ini or suffix == "toml":
        scalars = ini_scalars(out.data, toml=not ini)
    else:
        scalars = yaml_scalars(out.data)
    find_scalars(out, scalars)
    drop_own_variables(out)
    _mark_vendors(out)
    return out.result()


def find_scalars(out: Collector, scalars: Iterable[Scalar]) -> None:
    """Adds what each key and value says."""
    arguments: list[Scalar] = []
    for scalar in scalars:
        key = scalar.path[-1] if scalar.path else ""
        argument = scalar.item and key.lower() in _ARGV
        if arguments and not (argument and arguments[-1].key_start == scalar.key_start):
            _arguments(out, arguments)
            arguments = []
        if argument:
            arguments.append(scalar)
        _key(out, scalar, key)
        _value(out, scalar, key, argument)
    _arguments(out, arguments)


def _key(out: Collector, scalar: Scalar, key: str) -> None:
    """What the key itself is: a variable, a resource."""
    value = out.text(scalar.start, min(scalar.end, scalar.start + 200)).strip()
    symbol = env_symbol(key)
    if symbol or "cuda_arch" in key.lower():
        find_value(out, key, scalar.start, scalar.end)
    if symbol:
        if not scalar.item:
            out.add(symbol, scalar.key_start, scalar.key_end, "config", (("value", value),))
    elif match := _RESOURCE.fullmatch(out.data, scalar.key_start, scalar.key_end):
        out.add(f"resource:{match[1].decode()}", scalar.key_start, scalar.key_end, "config", (("value", value),))


def _value(out: Collector, scalar: Scalar, key: str, argument: bool) -> None:
    start, end, low = scalar.start, scalar.end, key.lower()
    value = out.data[start:end]
    if low in ("name", "key") and len(value) < 100:
        out.add(env_symbol(out.text(start, end)), start, end, "config")
    if match := _RESOURCE.fullmatch(value):
        out.add(f"resource:{match[1].decode()}", start, end, "config")
    elif _vendor_value(out, scalar, low, value):
        pass
    elif len(value) < 40 and (symbol := parameters.in_file(low, value.decode("utf-8", "replace"))):
        out.add(symbol, start, end, "config")
    elif _is_device_key(scalar.path) and (found := _DEVICE.match(value)):
        index = found["index"]
        out.add("device:cuda", start, end, "config", (("index", index.decode()),) if index else ())
    elif _BACKEND_KEY.match(key) and value in (b"nccl", b"NCCL", b"cpu:gloo,cuda:nccl"):
        out.add("backend:nccl" if len(value) == 4 else f"backend:{value.decode()}", start, end, "config")
    elif (_IMAGE_KEY.match(key) or _PLAIN_IMAGE.match(value)) and find_image(
        out, start, end, _DEFAULT.sub(r"\1", out.text(start, end))
    ):
        pass
    elif low in _PACKAGES and scalar.item:
        find_package(out, "pip", start, end)
    elif low == "channels":
        find_channel(out, start, end)
    elif low == "uses" and b"/cuda-toolkit" in value:
        out.add("package:cuda-toolkit", start, end, "requirement", (("manager", "github-actions"),))
    _text(out, scalar, low, argument)


def _text(out: Collector, scalar: Scalar, key: str, argument: bool) -> None:
    """Shell in the keys that run it; elsewhere what shows by its own form, but for prose."""
    text = out.data[scalar.start : scalar.end]
    if argument or _PROSE.match(key):
        return
    if _SCRIPT.match(key) or (b"\n" in text and text.lstrip().startswith(b"#!/")):
        out.extend(shell_uses(out.data, scalar.start, scalar.end))
    elif _SETTINGS.match(key) or (b"\n" not in text and text.count(b" ") <= _PROSE_WORDS):
        find_words(out, scalar.start, scalar.end)


def _vendor_value(out: Collector, scalar: Scalar, key: str, value: bytes) -> bool:
    """NVIDIA's run time and devices in compose, Kubernetes and Docker's own configuration."""
    symbol = None
    if value == b"nvidia":
        if key == "runtimeclassname":
            symbol = "resource:runtimeclass:nvidia"
        elif key in ("runtime", "driver", "default-runtime", "default_runtime"):
            symbol = "resource:docker:nvidia"
    elif key == "capabilities" and value == b"gpu" and b"driver: nvidia" not in out.data:
        symbol = "resource:docker:nvidia"
    elif key == "gpus" and value == b"all":
        symbol = "flag:--gpus"
    return out.add(symbol, scalar.start, scalar.end, "config")


def _is_device_key(path: tuple[str, ...]) -> bool:
    named = path[-2:-1] if path[-1:] == ("type",) else path[-1:]
    return any(_DEVICE_KEY.match(key) for key in named) or any(key.lower() == "device_map" for key in path[-2:])


def _arguments(out: Collector, scalars: list[Scalar]) -> None:
    """A command written as a list: its elements side by side are read as one command."""
    if not scalars:
        return
    first, last = scalars[0].start, scalars[-1].end
    line = bytearray(b" " * (last - first))
    for scalar in scalars:
        line[scalar.start - first : scalar.end - first] = out.data[scalar.start : scalar.end]
    found = shell_uses(bytes(line).replace(b"\n", b" "), 0, len(line))
    out.extend(use._replace(start=use.start + first, end=use.end + first) for use in found)


def _mark_vendors(out: Collector) -> None:
    """Marks resources and variables beside which another vendor's stand."""
    others = [match.start() for match in _OTHER_VENDOR.finditer(out.data)]
    if not others:
        return
    kinds = ("resource:", "env:NVIDIA_VISIBLE", "env:CUDA_VISIBLE")
    context: tuple[Context, ...] = ("multi-vendor",)
    marked = (
        use._replace(context=context) if use.symbol.startswith(kinds) and _near(out.data, use.start, others) else use
        for use in out.uses()
    )
    out.replace(list(marked))


def _near(data: bytes, place: int, others: list[int]) -> bool:
    """Whether one of the other places (in order) is a few lines away at most."""
    at = bisect(others, place)
    return any(data.count(b"\n", *sorted((place, other))) <= _BESIDE for other in others[max(0, at - 1) : at + 1])
