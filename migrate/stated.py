"""What a repository itself says about the versions it is written for: requirements, images, build files."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from migrate.facts import versions
from migrate.model import Use
from migrate.regex import regex

_CUDA_LABEL = regex(r"\+cu(\d+)(\d)$")
_IN_IMAGE = regex(r"cuda(\d+\.\d+)")
_PACKAGES = {
    **dict.fromkeys(("package:torch", "package:torch+cuda"), "torch"),
    "package:triton": "triton",
    **dict.fromkeys(("package:pytorch-cuda", "package:cudatoolkit", "package:cuda-toolkit", "package:cuda"), "cuda"),
    "package:cuda-version": "cuda",
}
_SHOWN = 6


def others(uses: Iterable[Use], taken: dict[str, str]) -> str:
    """The versions that the uses state and that don't go with those taken, as one word: ``torch==2.1,cuda==11.8``."""
    said = dict.fromkeys(
        f"{source}{_wide(spec).removesuffix('.*')}"
        for use in uses
        for source, spec in _stated(use)
        if source in taken and not versions.holds(_wide(spec), taken[source])
    )
    shown = sorted(said)[:_SHOWN]
    return ",".join([*shown, "…"] if len(said) > _SHOWN else shown)


def may_say(symbol: str) -> bool:
    """Whether a use of the symbol may state a version."""
    return symbol in _PACKAGES or symbol.startswith(("image:", "cmake:find_package(CUDA"))


def _stated(use: Use) -> Iterator[tuple[str, str]]:
    """(source, range) of what a use says."""
    if use.role not in ("requirement", "image") and not use.symbol.startswith("cmake:"):
        return
    details = dict(use.details)
    version, tag = details.get("version", "").replace(" ", ""), details.get("tag", "")
    if use.symbol == "image:nvidia/cuda":
        yield from _exact("cuda", tag.partition("-")[0])
    elif use.symbol == "image:pytorch/pytorch":
        yield from _exact("torch", tag.partition("-")[0])
        yield from (("cuda", f"=={found}") for found in _IN_IMAGE.findall(tag))
    elif use.symbol.startswith("cmake:find_package(CUDA") and version:
        yield from _exact("cuda", version, ">=")
    elif source := _PACKAGES.get(use.symbol):
        if label := _CUDA_LABEL.search(version):
            yield "cuda", f"=={label[1]}.{label[2]}"
            version = version[: label.start()]
        yield from _exact(source, version.lstrip("=")) if version[:1] in "=0123456789" else _range(source, version)


def _exact(source: str, version: str, operator: str = "==") -> Iterator[tuple[str, str]]:
    if re.fullmatch(r"\d+(\.\d+)*", version):
        yield source, f"{operator}{version}"


def _range(source: str, spec: str) -> Iterator[tuple[str, str]]:
    if re.fullmatch(r"((>=|<=|<|>|~=|!=)\d+(\.\d+)*(\.\*)?,?)+", spec):
        yield source, spec.rstrip(",")


def _wide(spec: str) -> str:
    """The range with each exact version standing for all its patches: ``==2.6.0`` → ``==2.6.*``."""
    return re.sub(r"^==(\d+(\.\d+)?)[\d.]*$", r"==\1.*", spec)
