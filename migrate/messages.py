"""What is said to people about findings, in English and Chinese; the texts themselves stand in rules/."""

from __future__ import annotations

from functools import lru_cache
from typing import Literal, NamedTuple

from migrate import reasons
from migrate.facts import data
from migrate.facts.evidence import sources
from migrate.model import SEVERITY, Finding, Judgement, Skip

Level = Literal["error", "warning", "note"]

_VERDICTS = {
    "same": ("works unchanged", "无需修改"),
    "rename": ("rename", "改名"),
    "rewrite": ("rewrite", "改写"),
    "code": ("rewrite in context", "按上下文改写"),
    "partial": ("works with limits", "部分支持"),
    "manual": ("change by hand", "需人工修改"),
    "none": ("no equivalent", "无对应"),
    "unknown": ("not verified", "未核实"),
}
_SHORT = {
    "same": ("same", "不变"),
    "rename": ("rename", "改名"),
    "rewrite": ("rewrite", "改写"),
    "code": ("in context", "按上下文"),
    "partial": ("limits", "有限制"),
    "manual": ("by hand", "人工"),
    "none": ("none", "无对应"),
    "unknown": ("unverified", "未核实"),
}
_OF_HAZARDS = {
    "same": ("not affected", "不受影响"),
    "partial": ("affected", "受影响"),
    "manual": ("affected, change by hand", "受影响,需人工修改"),
}
"""What a verdict means where the use is a hazard: nothing is renamed, something may go wrong."""

_KINDS = {
    "include": ("header", "头文件"),
    "device": ("device", "设备"),
    "provider": ("provider", "执行提供程序"),
    "backend": ("back end", "通信后端"),
    "env": ("variable", "环境变量"),
    "command": ("command", "命令"),
    "lib": ("library", "库文件"),
    "flag": ("flag", "编译选项"),
    "arch": ("architecture", "架构"),
    "package": ("package", "软件包"),
    "image": ("image", "镜像"),
    "index": ("package index", "软件源"),
    "resource": ("resource", "资源"),
    "kernel": ("kernel", "核函数"),
}
_CONTEXTS = {
    "guarded": ("guarded", "已有判断保护"),
    "fallback": ("fallback branch", "回退分支"),
    "extension-guard": ("guards an extension", "保护扩展的判断"),
    "portable": ("already portable", "已可移植"),
    "multi-vendor": ("multi-vendor", "多厂商"),
    "test": ("test", "测试"),
    "dead": ("dead code", "死代码"),
    "parse-error": ("parse error", "语法错误"),
}
_CATEGORIES = {
    "mandatory": ("must change", "必须修改"),
    "potential": ("may have to change", "可能需要修改"),
    "optional": ("may change", "可选修改"),
}
_EVIDENCE = {
    "symbol": ("symbol in {}", "符号见于 {}"),
    "documentation": ("documented: {}", "文档:{}"),
    "attested": ("attested: {}", "见于:{}"),
    "rule": ("naming rule only", "仅按命名规则推测"),
}
_INTENDED = frozenset("excluded ignored tools build vendored symlink special report".split())
_SKIPS = {
    "binary": ("binary data", "二进制数据"),
    "build": ("build folder", "构建目录"),
    "encoding": ("encoding not read", "编码无法读取"),
    "excluded": ("excluded", "按设置排除"),
    "ignored": ("ignored by git", "被 .gitignore 排除"),
    "internal": ("internal problem", "内部错误"),
    "lfs-pointer": ("Git LFS pointer", "Git LFS 指针"),
    "not-parsed": ("not parsed", "未作语法分析"),
    "parse-error": ("not understood in part", "部分内容无法解析"),
    "report": ("report of a scan", "扫描报告"),
    "special": ("no regular file", "非普通文件"),
    "symlink": ("symbolic link", "符号链接"),
    "too-large": ("too large", "文件过大"),
    "too-slow": ("took too long", "耗时过长"),
    "too-many-uses": ("too many uses", "使用处过多"),
    "tools": ("folder of a tool", "工具目录"),
    "unreadable": ("unreadable", "无法读取"),
    "unsupported": ("language not read", "不支持的语言"),
    "vendored": ("other people's code", "第三方代码"),
}
_LEVELS: dict[str, Level] = {"same": "note", "unknown": "note", "manual": "error", "none": "error"}
_RANK = {"note": 0, "warning": 1, "error": 2}


class Check(NamedTuple):
    """What is said about a check: a hazard's title, effect and fix, or a library's title."""

    title: str
    effect: str = ""
    fix: str = ""


def _pick(pair: tuple[str, str], lang: str) -> str:
    return pair[lang == "zh"]


def verdict(name: str, lang: str = "en", *, hazard: bool = False) -> str:
    """A verdict in words; those of a hazard say whether the target has it."""
    return _pick((hazard and _OF_HAZARDS.get(name)) or _VERDICTS[name], lang)


def heading(name: str, lang: str = "en") -> str:
    """A verdict in a word or two, for the head of a column."""
    return _pick(_SHORT[name], lang)


def context(name: str, lang: str = "en") -> str:
    """A context in words."""
    return _pick(_CONTEXTS[name], lang)


def category(name: str, lang: str = "en") -> str:
    """A category in words."""
    return _pick(_CATEGORIES[name], lang)


@lru_cache(4096)
def check(name: str, lang: str = "en") -> Check:
    """What is said about a check; its id stands for a title where the rules know none."""
    if hazard := data.entry("hazards.toml", name):
        return Check(*(hazard[key].get(lang) or hazard[key]["en"] for key in Check._fields))
    library = data.toml("libraries.toml").get(name, {})
    return Check(library.get("zh" if lang == "zh" else "title") or library.get("title", name))


@lru_cache(4096)
def note(ids: str, lang: str = "en") -> str:
    """The texts of space-separated note ids, sentence by sentence, with the value of ``id=value`` in its
    place; an id without a text stands for itself."""
    return _pick((" ", ""), lang).join(_note(*word.partition("=")[::2], lang) for word in ids.split())


def _note(name: str, value: str, lang: str) -> str:
    entry = data.entry("notes.toml", name)
    return (entry.get(lang) or entry["en"]).replace("{}", value) if entry else " ".join(filter(None, (name, value)))


@lru_cache(4096)
def evidence(source: str, lang: str = "en") -> str:
    """How a verdict is known: class of evidence, what was looked at, its version.  "" where nothing is."""
    name, _, locator = source.partition(":")
    if not name:
        return ""
    if (row := sources().get(name)) is None:
        return source
    what = f"{row.what} {row.version}" if row.version and row.version not in row.what else row.what
    text = _pick(_EVIDENCE.get(row.evidence, ("{}", "{}")), lang).format(what)
    return f"{text}, {locator}" if locator and row.evidence != "rule" else text


def replacement(judgement: Judgement) -> str:
    """What the use becomes, with the template of its arguments: ``aclrtMemcpy($1, $3, $2, $3, $4)``."""
    return f"{judgement.to}({judgement.args})" if judgement.args else judgement.to


def guess(judgement: Judgement) -> bool:
    """Whether ``to`` is only a guess that nobody has verified."""
    return judgement.verdict == "unknown" and bool(judgement.to)


def name(symbol: str, lang: str = "en") -> str:
    """A symbol as people know it: without its scheme, a hazard by its title."""
    scheme, _, rest = symbol.partition(":")
    return check(rest, lang).title if scheme == "hazard" else rest


def kind(symbol: str, lang: str = "en") -> str:
    """What sort of thing a symbol is, where its name alone doesn't say it: "device", "package"; else ""."""
    scheme = "provider" if symbol.endswith("ExecutionProvider") else symbol.partition(":")[0]
    return _pick(_KINDS.get(scheme, ("", "")), lang)


@lru_cache(65536)
def brief(judgement: Judgement, lang: str = "en", *, hazard: bool = False) -> str:
    """What one use becomes on one target, without the evidence: ``→ torch.npu.Event``, ``no equivalent``."""
    to = replacement(judgement) if judgement.verdict not in ("same", "code", "none") else ""
    if guess(judgement):
        text = verdict("unknown", lang) + _pick((", guess: ", ",推测:"), lang) + to
    elif to:
        arrow = f"→ {to}"
        text = arrow if judgement.verdict in ("rename", "rewrite") else f"{heading(judgement.verdict, lang)} {arrow}"
    else:
        text = verdict(judgement.verdict, lang, hazard=hazard)
    return f"{text} [{judgement.note}]" if judgement.note else text


@lru_cache(65536)
def outcome(judgement: Judgement, lang: str = "en", *, hazard: bool = False) -> str:
    """What one use becomes on one target, in one line: ```torch.npu.Event` (rename; symbol in torch_npu 2.13)``."""
    comma, stop = _pick((", ", "; "), lang), _pick((": ", ":"), lang)
    words, proof = verdict(judgement.verdict, lang, hazard=hazard), evidence(judgement.source, lang)
    to = replacement(judgement) if judgement.verdict not in ("same", "code", "none") else ""
    if guess(judgement):
        text = words + comma + _pick(("a guess is", "推测为"), lang) + f" `{to}`"
    else:
        inner = "; ".join(filter(None, (words if to else "", proof)))
        text = (f"`{to}`" if to else words) + (f" ({inner})" if inner else "")
    return text + (stop + note(judgement.note, lang).rstrip(".。") if judgement.note else "")


def message(finding: Finding, lang: str = "en") -> str:
    """A finding in one line, targets with the same outcome named together; a hazard with what to do."""
    symbol = finding.use.symbol
    hazard = symbol.startswith("hazard:")
    targets: dict[str, list[str]] = {}
    for target, judgement in finding.judgements.items():
        targets.setdefault(outcome(judgement, lang, hazard=hazard), []).append(target)
    outcomes = "; ".join(f"{', '.join(names)}: {text}" for text, names in targets.items())
    shown = name(symbol, lang)
    if not hazard:
        return f"{kind(symbol, lang)} `{shown}`".lstrip() + f" → {outcomes}"
    fix = check(symbol.removeprefix("hazard:"), lang).fix if finding.worst != "same" else ""
    return f"{shown} → {outcomes}" + (_pick((". Fix: ", "。对策:"), lang) + fix if fix else "")


def skipped(kind: str, lang: str = "en") -> str:
    """Why a file or folder was not read, in words."""
    return _pick(_SKIPS.get(kind, (kind, kind)), lang)


def reason(skip: Skip, lang: str = "en") -> str:
    """The reason in full why a file or folder was not read, or only in part."""
    return told(skip.reason, lang)


def told(text: str, lang: str = "en") -> str:
    """A reason or an error, which are kept in English, in the language."""
    return reasons.chinese(text) if lang == "zh" else text


def intended(skip: Skip) -> bool:
    """Whether a file or folder was left out by design, and not because something is wrong with it."""
    return skip.kind in _INTENDED


def level(finding: Finding) -> Level:
    """How loud a finding is in tools that know three levels, by the target that asks most.

    ``error``: a person has to redesign it, or there is no equivalent.  ``warning``: there is one,
    renamed, rewritten or with limits.  ``note``: nobody has verified it, or the change is optional.
    """
    if finding.category == "optional":
        return "note"
    levels = (_LEVELS.get(judgement.verdict, "warning") for judgement in finding.judgements.values())
    return max(levels, key=_RANK.__getitem__, default="note")


def urgency(finding: Finding) -> tuple[int, int, int]:
    """Sorts the findings that matter most first: by category, then level, then verdict."""
    return list(_CATEGORIES).index(finding.category), -_RANK[level(finding)], -SEVERITY[finding.worst]
