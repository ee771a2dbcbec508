"""Packages, channels and indexes in the install commands of pip, conda, apt and their like."""

from __future__ import annotations

import re

from migrate.build.requirements import requirement_uses
from migrate.collect import Collector
from migrate.vocabulary import index_symbol, package_symbol

PROGRAMS = {
    **dict.fromkeys(b"pip uv poetry pipx pdm rye".split(), "pip"),
    **dict.fromkeys(b"apt-get apt aptitude".split(), "apt"),
    **dict.fromkeys(b"yum dnf microdnf zypper".split(), "yum"),
    **dict.fromkeys(b"conda mamba micromamba".split(), "conda"),
}
"""Program (without its version) → the package manager that it speaks to."""

Word = tuple[tuple[int, int], bytes]
"""One argument: its span, and its text without the quotes around it."""

_ADDING = frozenset(b"install add wheel download create update upgrade reinstall".split())
_INDEXES = frozenset(b"-i --index-url --extra-index-url -f --find-links --index --default-index".split())
_VALUED = frozenset(
    b"-r --requirement -t --target --prefix -n --name -p --platform --python -o --cache-dir --constraint --file "
    b"--python-version --root --src --group --timeout --trusted-host --retries --config-settings -C".split()
)
_CHANNELS = (b"nvidia", b"rapidsai", b"rapidsai-nightly")
_TORCH_INDEX = b"download.pytorch.org/whl"
_PLAIN_TORCH = re.compile(rb"torch(vision|audio)?(?![\w.+-])(?!.*\+cu)")
"""torch itself, where the index in the same command says which build it is."""
_TORCH = re.compile(rb"(pytorch|torchvision|torchaudio|pytorch-gpu)\s*[=<>*].*cuda")
_APT_NAME = re.compile(rb"[A-Za-z0-9][\w.+-]*")


def inside(data: bytes, word: Word) -> int:
    """Where the text of a word starts, behind its opening quote."""
    (start, end), _ = word
    return start + len(data[start:end]) - len(data[start:end].lstrip(b"\"'"))


def find_packages(out: Collector, manager: str, words: list[Word]) -> None:
    """Adds what an install command brings in; ``words``: the arguments behind the program's name."""
    verb = next((index for index, (_, text) in enumerate(words) if text in _ADDING), None)
    if verb is None:
        return
    has_index = manager == "pip" and any(_TORCH_INDEX in text for _, text in words)
    option = b""
    for word in words:
        first, text = inside(out.data, word), word[1]
        if text.startswith(b"-"):
            option, _, value = text.partition(b"=")
            if value:
                _option_value(out, manager, option, first + len(option) + 1, value)
                option = b""
        elif option and _option_value(out, manager, option, first, text):
            option = b""
        else:
            if text not in _ADDING and not (has_index and _PLAIN_TORCH.match(text)):
                find_package(out, manager, first, first + len(text))
            option = b""


def _option_value(out: Collector, manager: str, option: bytes, start: int, value: bytes) -> bool:
    """Whether the option takes a value; adds what the value is."""
    if option in _INDEXES:
        out.add(index_symbol(value.decode("utf-8", "replace")), start, start + len(value), "requirement")
    elif option in (b"-c", b"--channel"):
        if manager == "conda":
            find_channel(out, start, start + len(value))
    elif option not in _VALUED:
        return False
    return True


def find_channel(out: Collector, start: int, end: int) -> None:
    """Adds a conda channel that carries CUDA packages (``nvidia``, ``nvidia/label/cuda-12.1.0``)."""
    name = out.data[start:end].partition(b"/")[0].lower()
    if name in _CHANNELS:
        out.add(f"index:conda:{name.decode()}", start, end, "requirement")


def find_package(out: Collector, manager: str, start: int, end: int) -> None:
    """Adds one package as the manager writes it."""
    text = out.data[start:end]
    if manager == "pip":
        if not text.startswith((b".", b"/", b"$")):
            out.extend(requirement_uses(out.data, start, end))
        return
    details = [("manager", manager)]
    if manager == "conda" and b"::" in text:
        channel = text.partition(b"::")[0]
        find_channel(out, start, start + len(channel))
        start += len(channel) + 2
        text = out.data[start:end]
    name = _APT_NAME.match(text)
    if name is None:
        return
    if version := text[name.end() :].decode("utf-8", "replace").strip():
        details.append(("version", version))
    symbol = "package:torch+cuda" if manager == "conda" and _TORCH.match(text) else package_symbol(name[0].decode())
    out.add(symbol, start, end, "requirement", tuple(details))
