"""What a rewrite did and what it left, for people."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator

from migrate.escape import visible
from migrate.rewrite.changes import FilePlan, Left
from migrate.rewrite.goal import Goal
from migrate.rewrite.write import Failure

_REASONS = {
    "verdict": (
        "no counterpart that could be written (see `cuda-migrate scan`)",
        "没有可直接写出的对应(见 `cuda-migrate scan`)",
    ),
    "context": (
        "right as it stands: guarded, portable or another vendor's case",
        "保持原样即正确:已有判断、已可移植或属其他厂商分支",
    ),
    "multi-vendor": ("other devices stand beside it", "旁边已有其他设备的分支"),
    "review": ("needs a review; --unsafe makes the change", "需人工确认;加 --unsafe 则改写"),
    "arguments": ("has arguments that the counterpart doesn't take", "含有对应接口没有的参数"),
    "value": ("passed on as a value", "作为值传递,调用方式未知"),
    "comments": ("comments stand among arguments that would move", "参数需移动,而其间有注释"),
    "string": ("not a literal that can be edited", "不是可编辑的字面量"),
    "no-torch": ("the file doesn't import torch", "该文件没有导入 torch"),
    "overlap": ("another change covers the place", "与另一处修改重叠"),
    "syntax": ("can't be read for certain", "无法可靠解析"),
    "binding": ("its name is bound in more than one way", "该名称有多种绑定"),
}
_KEEPS = (
    "PyTorch for {} keeps torch.cuda, 'cuda' and 'nccl': these names stay as they are",
    "{} 的 PyTorch 沿用 torch.cuda、'cuda' 与 'nccl':这些名称保持不变",
)
_SHOWN = 5


def lines(plans: Iterable[FilePlan], goal: Goal, failed: list[Failure], lang: str, verbose: bool) -> Iterator[str]:
    """What was changed and left, a line each."""
    plans = list(plans)
    zh = lang == "zh"
    bad = dict(failed)
    done = [plan for plan in plans if plan.edits and plan.path not in bad]
    changes = [change for plan in done for change in plan.changes]
    review = sum(change.safety == "review" for change in changes)
    if zh:
        yield f"{goal.asked.label}:{len(done)} 个文件,{len(changes)} 处修改(其中 {review} 处需确认)"
    else:
        yield f"{goal.asked.label}: {len(changes)} uses changed in {len(done)} files ({review} to review)"
    if goal.target.family == "A":
        yield _KEEPS[zh].format(goal.target.id)
    yield from failures(plans, failed)
    left = [(plan.path, item) for plan in plans for item in plan.left]
    for reason, count in Counter(item.reason for _, item in left).most_common():
        yield f"{'保留' if zh else 'left'} {count}: {_REASONS[reason][zh]}"
        places = [_place(path, item) for path, item in left if item.reason == reason]
        yield from (f"  {place}" for place in (places if verbose else places[:_SHOWN]))
        if not verbose and len(places) > _SHOWN:
            yield f"  … {len(places) - _SHOWN} {'处未列出(--verbose)' if zh else 'more (--verbose)'}"


def failures(plans: Iterable[FilePlan], failed: list[Failure]) -> Iterator[str]:
    """The files that could not be read, planned or written."""
    for path, reason in failed:
        yield f"{visible(path)}: {reason}"
    for plan in plans:
        if plan.problem:
            yield f"{visible(plan.path)}: {plan.problem}"


def _place(path: str, left: Left) -> str:
    return f"{visible(path)}:{left.finding.line} {left.finding.use.symbol.partition(':')[2]}"
