"""Textures and surfaces, launches from the device, and groups of threads beyond a block.

Finds: texture and surface references, objects and fetches; ``<<<…>>>`` and device-side launches in code that runs on
the device; cooperative launches, the first use of cooperative groups in a file and every group beyond a block.

Why it matters: several targets have none of these; kernels that rest on them must be restructured.

Instead: plain loads with index arithmetic; launches from the host; two kernels in place of a barrier over the grid.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from migrate.cpp.unit import Unit
from migrate.model import Use

MARKERS = (b"<<<", b"tex", b"surf", b"Tex", b"ooperative")

_ID = "texture-and-nested-launch"
_NAMES = re.compile(
    r"c:(tex(1D|2D|3D|Cubemap)\w*|surf(1D|2D|3D|Cubemap)\w*|texture|surface|(texture|surface)Reference"
    r"|cuda(Create|Destroy|Get|Bind|Unbind)?(Texture|Surface)\w*|cu(Tex|Surf)(Ref|Object)\w*|CU(tex|surf)(ref|Object)\w*"
    r"|cudaLaunchCooperativeKernel\w*|cuLaunchCooperativeKernel\w*|cudaLaunchDevice\w*|cudaLaunchAttributeCooperative)$"
)
_WIDE = re.compile(r"c:cooperative_groups::(this_(multi_)?grid|this_cluster|(multi_)?grid_group|cluster_group)$")
"""Groups beyond one block."""
_ASKED = re.compile(rb"\s*\(\s*\)\s*\.\s*(?:\w*(?:rank|index|size|dim|num)\w*)\s*\(")
"""A group that is only asked for a number, such as a thread's rank in the grid: that takes no cooperation."""


def find(unit: Unit) -> Iterator[Use]:
    """The names, the nested launches and the groups."""
    grouped = False
    for use in unit.uses:
        if use.symbol == "include:cooperative_groups.h" or use.symbol.startswith("c:cooperative_groups::"):
            if not grouped or (_WIDE.match(use.symbol) and not _ASKED.match(unit.text, use.end)):
                yield unit.hazard(_ID, use.start, use.end, kind="cooperative-groups")
            grouped = True
        elif _NAMES.match(use.symbol):
            yield unit.hazard(_ID, use.start, use.end)
        elif use.role == "launch" and unit.function_at(use.start):
            yield unit.hazard(_ID, use.start, use.end, kind="dynamic-parallelism")
