"""The public names of a target's plug-in: ``rules/plugins/<target>.csv``, and what the tables name besides."""

from __future__ import annotations

import csv
import re
from functools import cache

from migrate.facts import data
from migrate.facts.evidence import sources
from migrate.facts.tables import read
from migrate.facts.targets import target

CONTRACT = frozenset(
    "current_device current_stream device device_count get_amp_supported_dtype get_rng_state is_available "
    "is_initialized manual_seed manual_seed_all set_device set_rng_state stream synchronize "
    "_is_in_bad_fork _lazy_init".split()
)
"""What torch itself asks of every device module, so that every plug-in has it whatever the tables know
(torch.utils.rename_privateuse1_backend, torch.random, torch.amp, DistributedDataParallel)."""

_DOTTED = re.compile(r"[A-Za-z_][\w.]*\w")


@cache
def known(target_id: str) -> frozenset[str]:
    """Every known name below the plug-in's modules, with the modules it lies in."""
    found = target(target_id)
    roots = (f"torch.{found.device}.", f"{found.plugin}.")
    names: set[str] = {f"torch.{found.device}.{name}" for name in CONTRACT}
    with (data.folder("rules") / "plugins" / f"{target_id}.csv").open(encoding="utf-8", newline="") as file:
        names.update(row["name"] for row in csv.DictReader(file))
    for path in sorted((data.folder("rules") / "targets" / target_id).glob("*.csv")):
        for _, row in read(path, path.name):
            names.update(name for name in _DOTTED.findall(row.to) if name.startswith(roots))
    for name in tuple(names):
        while (name := name.rpartition(".")[0]).startswith(roots):
            names.add(name)
    return frozenset(names)


def lacking(target_id: str, name: str) -> str:
    """Why ``name`` can't be had: the plug-in was searched for it, or no table knows it."""
    found = target(target_id)
    source = sources()[found.source]
    seen = f"{found.plugin} {source.version}"
    if source.evidence == "symbol":
        return f"{seen} has no {name}"
    return f"no use of {name} is known ({source.what}); {found.plugin} may lack it"
