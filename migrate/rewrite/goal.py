"""What a rewrite aims at: the target, the strategy, and which judgement of a finding counts."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from typing import NamedTuple

from migrate.facts.lookup import Rules
from migrate.facts.targets import Asked, Target
from migrate.model import Finding, Judgement, Safety
from migrate.rewrite import older

DEVICE_TYPE = older.DEVICE_TYPE
"""The constant that a portable file computes its device's type into, or imports."""

EXTENSION = "py:torch.utils.cpp_extension.CUDAExtension"
"""By hand, as a rule; where its sources hold no kernels, the table's counterpart is written nevertheless."""

_LEFT_ALONE = {"extension-guard", "multi-vendor", "portable", "dead", "parse-error"}
_TORCH = ("py", "device", "backend", "param")
_WRITTEN = ("rename", "rewrite", "code")


class Goal(NamedTuple):
    """The asked target; ``torch`` says what judges PyTorch code: the target itself, or ``portable``."""

    asked: Asked
    torch: Asked
    unsafe: bool = False
    older: str = ""
    """The version of torch that portable code is for, where that has no torch.accelerator; "" for newer ones."""
    shim: bool = False
    """Whether the vendor's run-time patch is imported, and nothing else done."""

    rename: bool = False
    """Whether CUDA C and C++ get the target's names, and nothing else is done."""

    @property
    def strategy(self) -> str:
        """The strategy by its name."""
        if self.rename:
            return "rename"
        return "shim" if self.shim else "portable" if self.portable else "native"

    @property
    def portable(self) -> bool:
        """Whether PyTorch code becomes device-agnostic."""
        return self.torch.target.family == "portable"

    @property
    def target(self) -> Target:
        """The target that judges PyTorch code."""
        return self.torch.target

    @property
    def device_type(self) -> str:
        """The Python expression for the device's type."""
        return DEVICE_TYPE if self.portable else f'"{self.target.device}"'

    def judgement(self, finding: Finding) -> Judgement | None:
        """What counts for this finding; None where the target says nothing of it."""
        scheme = finding.use.symbol.partition(":")[0]
        found = finding.judgements.get((self.torch if scheme in _TORCH else self.asked).label)
        return older.judgement(finding.use.symbol, found, self.older) if found and self.older else found

    @property
    def is_sure(self) -> bool:
        """Whether the device's own name is: with it in doubt no edit is safe, as the others lean on it."""
        return self.portable or _device(self.torch).safety in ("safe", "")

    def leaves_alone(self, finding: Finding) -> bool:
        """Whether what stands around the use makes it right as it is.  A plug-in's own names may stand beside
        other vendors' cases, if not beside its own, which the rewriter sees to."""
        found = _LEFT_ALONE.intersection(finding.use.context)
        return bool(found if self.portable else found - {"multi-vendor"})

    def allows(self, safety: Safety) -> bool:
        """Whether an edit of this safety is applied."""
        return safety == "safe" or (safety == "review" and self.unsafe)


@cache
def _device(asked: Asked) -> Judgement:
    """What the device string becomes."""
    return Rules((asked,)).judge("device:cuda").judgements[asked.label]


def is_written(judgement: Judgement) -> bool:
    """Whether the tables give something that can be written in the use's place."""
    if judgement.verdict == "partial":
        return bool(judgement.to and judgement.args)
    return judgement.verdict in _WRITTEN and bool(judgement.to)


def is_left_alone(finding: Finding) -> bool:
    """Whether what stands around the use makes it right as it is."""
    return bool(_LEFT_ALONE.intersection(finding.use.context))


def _may_change(finding: Finding, judgement: Judgement) -> bool:
    return is_written(judgement) or (finding.use.symbol == EXTENSION and bool(judgement.to))


def is_concerned(findings: Iterable[Finding], goal: Goal) -> bool:
    """Whether anything could be written in a file, or stands behind a guard; if not, it needn't be parsed."""
    return any(
        "extension-guard" in finding.use.context or (_may_change(finding, judgement) and not goal.leaves_alone(finding))
        for finding in findings
        if finding.use.role != "hazard" and (judgement := goal.judgement(finding)) is not None
    )
