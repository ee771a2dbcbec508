"""``CUDAExtension(…)`` in a build script: a plug-in's class builds C++ sources; kernels have to be ported first."""

from __future__ import annotations

import libcst as cst

from migrate.model import Finding, Judgement
from migrate.rewrite.changes import Reason, Splice
from migrate.rewrite.goal import Goal
from migrate.rewrite.python import names
from migrate.rewrite.python.bindings import Bindings


def wanted(
    bindings: Bindings, finding: Finding, judgement: Judgement, goal: Goal
) -> names.Wanted | tuple[Splice, ...] | Reason:
    """The target's class in its place, where all sources are seen to be C++."""
    tree = bindings.tree
    callee = tree.expression(finding.use.start, finding.use.end)
    call = tree.parent(callee) if callee else None
    if not isinstance(call, cst.Call) or call.func is not callee:
        return "value"
    if not _is_host_code(call):
        return "kernels"
    return names.wanted(bindings, finding, judgement, goal)


def _is_host_code(call: cst.Call) -> bool:
    by_name = [argument.value for argument in call.args if argument.keyword and argument.keyword.value == "sources"]
    by_place = [argument.value for argument in call.args[1:2] if argument.keyword is None and not argument.star]
    for sources in by_name or by_place:
        if isinstance(sources, (cst.List, cst.Tuple)):
            texts = [element.value for element in sources.elements]
            return all(isinstance(text, cst.SimpleString) and not text.raw_value.endswith(".cu") for text in texts)
    return False
