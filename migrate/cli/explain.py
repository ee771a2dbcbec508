"""``cuda-migrate explain``."""

from __future__ import annotations

import inspect
from collections.abc import Iterator

import click

from migrate import messages
from migrate.checks import of_id
from migrate.cli import options
from migrate.errors import InputError, suggest
from migrate.facts import data, targets
from migrate.facts.coverage import symbols
from migrate.facts.lookup import Rules
from migrate.facts.sources import library_of, names

_HEADS = {"en": ("Effect", "What to do"), "zh": ("影响", "处理方法")}
_LIBRARY = {
    "en": ("symbols {}:…, {:,} public names", "tables for {}", "no target"),
    "zh": ("符号 {}:…,{:,} 个公开名称", "有规则表的目标:{}", "无"),
}
_CHINESE = {
    "function": "函数",
    "enumerator": "枚举值",
    "type": "类型",
    "macro": "宏",
    "header": "头文件",
    "class": "类",
    "variable": "变量",
    "method": "方法",
    "data": "数据",
    "attribute": "属性",
    "module": "模块",
    "namespace": "命名空间",
    "qualifier": "限定符",
    "python package": "Python 包",
    "architecture": "架构",
    "shared library": "共享库",
    "flag": "编译选项",
    "image": "镜像",
    "command": "命令",
    "since": "自",
    "deprecated": "弃用于",
    "removed": "移除于",
}
"""What a name is, and the words before its versions; technical words without an entry stay English."""


@click.command()
@click.argument("name")
@options.target_option()
@options.version_options
@options.rules_option
@options.lang_option
def command(name: str, **given: object) -> None:
    """Explain a check (`warp-size-32`, `torch-cuda`) or a name (`cudaMalloc`, `torch.cuda.Event`)."""
    config = options.here(given)
    lang = config.lang
    rules = Rules(options.asked(config), options.source_versions(config), options.folders(config))
    if name in data.toml("hazards.toml"):
        options.write([*_hazard(name, lang), *matrix(rules, f"hazard:{name}", lang)], None)
    elif name in data.toml("libraries.toml"):
        options.write(_library(name, lang), None)
    elif found := symbols(name):
        options.write((line for symbol in found for line in matrix(rules, symbol, lang)), None)
    else:
        known = {*data.toml("hazards.toml"), *data.toml("libraries.toml")}
        near = suggest(name, known) if "; did" in suggest(name, known) else "; `rules coverage` lists the libraries"
        raise InputError(f"{name!r} is no check, and no library knows a name like that{near}")


def _hazard(name: str, lang: str) -> Iterator[str]:
    check = messages.check(name, lang)
    yield f"{name}: {check.title}\n"
    for head, text in zip(_HEADS[lang], (check.effect, check.fix), strict=True):
        if text:
            yield f"  {head}: {text}\n"
    for found in of_id(name) if lang == "en" else ():
        yield f"\n{inspect.getdoc(found)}\n"
    yield "\n"


def _library(name: str, lang: str) -> Iterator[str]:
    entry = data.toml("libraries.toml")[name]
    yield f"{name}: {messages.check(name, lang).title}\n"
    count, tables, none = _LIBRARY[lang]
    yield f"  {count.format(entry['scheme'], len(names(name)))}\n"
    known = [
        target for target in targets.ids() if (data.folder("rules") / "targets" / target / f"{name}.csv").is_file()
    ]
    yield f"  {tables.format(', '.join(known) or none)}\n"


def matrix(rules: Rules, symbol: str, lang: str) -> Iterator[str]:
    """One symbol on every asked target, a line each."""
    answer = rules.judge(symbol)
    entry = names(answer.library).get(symbol.partition(":")[2]) if answer.library else None
    known = [answer.library or library_of(symbol)]
    if entry:
        spans = zip(("since", "deprecated", "removed"), (entry.added, entry.deprecated, entry.removed), strict=True)
        known += [_word(entry.kind, lang), entry.module]
        known += [f"{_word(word, lang)} {version}" for word, version in spans if version]
    yield f"{symbol}  ({', '.join(filter(None, known))})\n"
    width = max((len(label) for label in answer.judgements), default=0)
    for label, judgement in answer.judgements.items():
        yield f"  {label:<{width}}  {messages.outcome(judgement, lang, hazard=symbol.startswith('hazard:'))}\n"


def _word(word: str, lang: str) -> str:
    return _CHINESE.get(word, word) if lang == "zh" else word
