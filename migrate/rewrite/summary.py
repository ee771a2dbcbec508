"""What a rewrite did and what it left, for people."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator

from migrate import messages
from migrate.escape import visible
from migrate.model import Finding
from migrate.rewrite import shim
from migrate.rewrite.changes import FilePlan, Left, Reason
from migrate.rewrite.outcome import Outcome

_REASONS: dict[Reason, tuple[str, str]] = {
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
    "kernels": (
        "its sources are, or may be, CUDA kernels: port these first",
        "其源文件是(或可能是)CUDA 核函数:需先移植",
    ),
    "no-torch": ("the file doesn't import torch", "该文件没有导入 torch"),
    "config": (
        "a fixed value outside of code, whose readers need not know another word: leave it out, or set it per machine",
        "代码之外的固定值,读取它的程序未必认识其他写法:可省去,或按机器设置",
    ),
    "guard": (
        "stays with a test for CUDA in front of it, or behind it",
        "与其前后保留的 CUDA 判断一同保留",
    ),
    "overlap": ("another change covers the place", "与另一处修改重叠"),
    "syntax": ("can't be read for certain", "无法可靠解析"),
    "binding": ("its name is bound in more than one way", "该名称有多种绑定"),
}
_KEEPS = (
    "PyTorch for {} keeps torch.cuda, 'cuda' and 'nccl': these names stay as they are",
    "{} 的 PyTorch 沿用 torch.cuda、'cuda' 与 'nccl':这些名称保持不变",
)
_TEXTS = {
    "changed": (
        "{}: {} uses changed in {} files ({} safe, {} to review)",
        "{}:{} 处修改,{} 个文件(可靠 {} 处,需确认 {} 处)",
    ),
    "needs": ("what was written needs torch {} or newer", "改写后的代码需要 torch {} 或更高版本"),
    "left": ("left {}: {}", "保留 {}:{}"),
    "more": ("  … {} more (--verbose)", "  … 另有 {} 处未列出(--verbose)"),
    "hazards": (
        "not renamed, look at them: {} hazards (see `cuda-migrate scan`)",
        "不能靠改名解决、需查看:{} 处风险(见 `cuda-migrate scan`)",
    ),
    "native": (
        "C and C++ are left out: {} uses (see `cuda-migrate scan`)",
        "不改写 C/C++:{} 处使用(见 `cuda-migrate scan`)",
    ),
    "others": (
        "all but C and C++ is left out, build files too: {} uses (see `cuda-migrate scan`)",
        "只改写 C/C++;其余文件(包括构建文件)中有 {} 处使用(见 `cuda-migrate scan`)",
    ),
    "review": (" (review)", "(需确认)"),
    "todo": ("# TODO(cuda-migrate[…]) stands above {} of them", "其中 {} 处上方有 # TODO(cuda-migrate[…])"),
    "imported": (
        "{}: {} imported at {} entry points; nothing else is changed",
        "{}:在 {} 个入口导入 {};其余不变",
    ),
    "no entry": (
        "no file that is run and reaches torch was found: put {} where the program starts",
        "没有找到会运行且用到 torch 的文件:请在程序入口加入 {}",
    ),
    "effects": (
        "side effects of the patch in this code base (from {}):",
        "该补丁在本代码库中的副作用(依据 {}):",
    ),
    "no effects": (
        "no known side effect of the patch touches this code base",
        "该补丁已知的副作用均未涉及本代码库",
    ),
    "closed": (
        "the patch's source isn't public: what it changes, and leaves, isn't known",
        "该补丁的源码未公开:无法得知它改动与未改动的内容",
    ),
    "effect": ("{}: {}", "{}:{}"),
}
_SHOWN = 5


def lines(outcome: Outcome, lang: str, verbose: bool) -> Iterator[str]:
    """What was changed, what was left and why, what remains; long lists are cut unless ``verbose``."""
    zh = lang == "zh"

    def said(name: str, *values: object) -> str:
        return _TEXTS[name][zh].format(*values)

    def listed(places: list[str]) -> Iterator[str]:
        yield from (f"  {place}" for place in (places if verbose else places[:_SHOWN]))
        if not verbose and len(places) > _SHOWN:
            yield said("more", len(places) - _SHOWN)

    if outcome.goal.shim:
        yield from _shim(outcome, zh, said, listed)
        return
    changes = outcome.changes
    safe = sum(change.safety == "safe" for change in changes)
    yield said("changed", outcome.goal.asked.label, len(changes), len(outcome.done), safe, len(changes) - safe)
    yield from listed([_file(plan, said("review")) for plan in outcome.done])
    if outcome.needs:
        yield said("needs", outcome.needs)
    if outcome.goal.target.family == "A" and not outcome.goal.rename:
        yield _KEEPS[zh].format(outcome.goal.target.id)
    yield from failures(outcome, lang)
    for reason, count in Counter(item.reason for _, item in outcome.left).most_common():
        yield said("left", count, reason_text(reason, lang))
        yield from listed([_place(path, item) for path, item in outcome.left if item.reason == reason])
    if todo := sum(item.todo for _, item in outcome.left):
        yield said("todo", todo)
    if hazards := outcome.hazards:
        yield said("hazards", hazards.total())
        yield from listed([f"{messages.check(name, lang).title}: {count}" for name, count in hazards.most_common()])
    if outcome.outside:
        yield said("others" if outcome.goal.rename else "native", outcome.outside)


def _shim(
    outcome: Outcome, zh: bool, said: Callable[..., str], listed: Callable[[list[str]], Iterator[str]]
) -> Iterator[str]:
    """Where the run-time patch went in, and what it does to this code base."""
    target = outcome.goal.asked.target
    patch = shim.patch_of(target)
    places = [outcome.goal.asked.label, patch.module, len(outcome.done)]
    yield said("imported", *(places if not zh else (places[0], places[2], places[1])))
    yield from listed([visible(plan.path) for plan in outcome.done])
    if not outcome.plans:
        yield said("no entry", "; ".join(patch.imports))
    yield from failures(outcome, "zh" if zh else "en")
    effects = list(shim.effects(outcome.report, target))
    if effects:
        yield said("effects", patch.source)
    else:
        yield said("no effects" if patch.effects else "closed")
    for effect in effects:
        yield said("effect", effect.zh if zh else effect.en, len(effect.uses))
        yield from listed([f"{visible(found.path)}:{found.line} {visible(found.text)}" for found in effect.uses])
    if outcome.outside:
        yield said("others" if outcome.goal.rename else "native", outcome.outside)


def failures(outcome: Outcome, lang: str) -> Iterator[str]:
    """The files that could not be read, planned or written."""
    for path, reason in outcome.failed:
        yield f"{visible(path)}: {messages.told(reason, lang)}"
    for plan in outcome.plans:
        if plan.problem:
            yield f"{visible(plan.path)}: {messages.told(plan.problem, lang)}"


def reason_text(reason: Reason, lang: str = "en") -> str:
    """Why something was left, in words."""
    return _REASONS[reason][lang == "zh"]


def _file(plan: FilePlan, review: str) -> str:
    """A file's path, and the names changed in it with their number."""
    names = Counter(
        _name(change.finding) + (review if change.safety == "review" else "") for change in plan.changes
    ).most_common()
    told = ", ".join(name if count == 1 else f"{name} × {count}" for name, count in names)
    return f"{visible(plan.path)}: {told}" if told else visible(plan.path)


def _place(path: str, left: Left) -> str:
    return f"{visible(path)}:{left.finding.line} {_name(left.finding)}"


def _name(finding: Finding) -> str:
    return visible(finding.use.symbol.partition(":")[2])
