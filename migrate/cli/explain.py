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
    yield f"  symbols {entry['scheme']}:…, {len(names(name)):,} public names\n"
    known = [
        target for target in targets.ids() if (data.folder("rules") / "targets" / target / f"{name}.csv").is_file()
    ]
    yield f"  tables for {', '.join(known) or 'no target'}\n"


def matrix(rules: Rules, symbol: str, lang: str) -> Iterator[str]:
    """One symbol on every asked target, a line each."""
    answer = rules.judge(symbol)
    entry = names(answer.library).get(symbol.partition(":")[2]) if answer.library else None
    known = [answer.library or library_of(symbol)]
    if entry:
        spans = zip(("since", "deprecated", "removed"), (entry.added, entry.deprecated, entry.removed), strict=True)
        known += [entry.kind, entry.module, *(f"{word} {version}" for word, version in spans if version)]
    yield f"{symbol}  ({', '.join(filter(None, known))})\n"
    width = max((len(label) for label in answer.judgements), default=0)
    for label, judgement in answer.judgements.items():
        yield f"  {label:<{width}}  {messages.outcome(judgement, lang, hazard=symbol.startswith('hazard:'))}\n"
