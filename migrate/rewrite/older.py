"""Portable code for torch before 2.6, which has no ``torch.accelerator``: names of a helper module instead."""

from __future__ import annotations

from functools import cache

from migrate.facts import targets
from migrate.facts.evidence import sources
from migrate.facts.lookup import Rules
from migrate.model import Judgement, Safety

SINCE = "2.6"
"""The first version of torch that needs no helper."""
DEVICE_TYPE = "DEVICE_TYPE"
DEVICE_MODULE = "device_module"
DEFAULT_BACKEND = "default_backend"
HELPERS = (DEVICE_TYPE, DEFAULT_BACKEND, DEVICE_MODULE)
"""What the helper module may define, in the order of an import."""

SPELLED = {
    "torch.accelerator.current_accelerator().type": DEVICE_TYPE,
    "torch.distributed.get_default_backend_for_device": DEFAULT_BACKEND,
}
"""The helper's names for what newer versions of torch have."""

CONTEXTS = ("py:torch.cuda.device", "py:torch.cuda.stream")
"""Uses whose portable form is another one from torch 2.6 on."""

_CUDA = "py:torch.cuda"
_NEWER = "torch.get_device_module()"


@cache
def judgement(symbol: str, known: Judgement, version: str) -> Judgement:
    """What a use becomes with the helper's names, on this version of torch.

    Plug-ins copy the names of ``torch.cuda`` (their tables say which), so that ``device_module().NAME``
    is right wherever each of them has it, with the arguments as they are.
    """
    if known.to.startswith(_NEWER):
        return known._replace(to=f"{DEVICE_MODULE}(){known.to.removeprefix(_NEWER)}", needs="")
    if known.to and known.verdict != "partial" and symbol not in CONTEXTS:
        return known
    newest = Rules((targets.ask("portable"),)).judge(symbol).judgements.get("portable", known)
    if newest.to == "torch.amp.autocast":
        return newest._replace(to="torch.autocast", needs="")
    name = symbol.removeprefix(_CUDA)
    if name == symbol or name[:1] not in ("", "."):
        return known
    safety = _safety(symbol, version)
    if not safety:
        return known
    return known._replace(verdict="rewrite", to=f"{DEVICE_MODULE}(){name}", args="$*", safety=safety)


def _safety(symbol: str, version: str) -> Safety:
    """``safe`` where all plug-ins have the name, ``review`` where some have."""
    plugins = _plugins()
    found = Rules(plugins, {"torch": version}).judge(symbol).judgements
    have = sum(_has(symbol.removeprefix(_CUDA), found[asked.label], asked) for asked in plugins)
    return "safe" if have == len(plugins) else "review" if have else ""


def _has(name: str, known: Judgement, asked: targets.Asked) -> bool:
    """Whether a plug-in has a name of ``torch.cuda`` in its own module.  Where the tables name torch's own
    ``torch.amp``, which is newer, the plug-in has the name in its ``amp``, too."""
    return known.to == asked.target.torch_module + name or (
        name.startswith(".amp.") and known.to.startswith("torch.amp.")
    )


@cache
def _plugins() -> tuple[targets.Asked, ...]:
    """The plug-ins whose names were seen in their own sources."""
    found = (targets.ask(name) for name in targets.ids() if targets.target(name).family == "B")
    return tuple(asked for asked in found if sources()[asked.target.source].evidence == "symbol")
