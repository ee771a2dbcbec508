"""``cuda-migrate rules``: show, check, coverage, diff, refresh."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import click

from migrate import messages
from migrate.cli import options
from migrate.cli.explain import matrix
from migrate.cli.targets import table
from migrate.config import Config
from migrate.errors import InputError, suggest
from migrate.facts import check, coverage
from migrate.facts.lookup import Rules
from migrate.model import VERDICTS


@click.group()
def command() -> None:
    """Show, check, compare and measure the tables of facts."""


def _rules(config: Config) -> Rules:
    return Rules(options.asked(config), options.source_versions(config), options.folders(config))


@command.command()
@click.argument("name")
@options.target_option()
@options.version_options
@options.rules_option
@options.lang_option
def show(name: str, **given: object) -> None:
    """Print what NAME becomes on every target."""
    config = options.here(given)
    rules = _rules(config)
    found = coverage.symbols(name)
    if not found:
        raise InputError(f"no library knows a name like {name!r}; write it in full, as in torch.cuda.Event")
    options.write((line for symbol in found for line in matrix(rules, symbol, config.lang)), None)


@command.command("check")
@options.rules_option
def check_(extra_rules: tuple[str, ...]) -> int:
    """Validate all tables; exit code 2 where something is wrong."""
    found = list(check.problems(options.folders(options.here({"extra_rules": extra_rules}))))
    options.write((f"{problem}\n" for problem in found), None)
    click.echo(f"{len(found)} problem{'s' * (len(found) != 1)}", err=True)
    return 2 if found else 0


@command.command()
@click.argument("libraries", nargs=-1)
@click.option("--cache", "cache_dir", type=click.Path(path_type=Path), help="Where fetched headers are kept.")
def refresh(libraries: tuple[str, ...], cache_dir: Path | None) -> None:
    """Rebuild rules/sources/ of LIBRARIES (all) from the headers and sources in PyPI's wheels.

    For maintainers, in a checkout; needs `pip install cuda-migrate[refresh]` and the network.
    """
    from migrate import cache
    from migrate.facts import data
    from migrate.facts.refresh import refresh as rebuild

    known = {name: entry for name, entry in data.toml("libraries.toml").items() if "wheels" in entry}
    for name in libraries:
        if name not in known:
            raise InputError(f"no list is made from wheels for {name!r}{suggest(name, known)}")
    for name in libraries or known:
        count = rebuild([name], cache_dir or cache.folder() / "wheels")[name]
        click.echo(f"{name}: {count:,} names")


@command.command("coverage")
@options.target_option()
@options.version_options
@options.rules_option
@click.option("-f", "--format", "format_", type=click.Choice(["text", "markdown", "html"]), default="text")
@click.option("-o", "--output", "output_", metavar="FILE", help="Write to a file instead of standard output.")
@options.lang_option
def coverage_(format_: str, output_: str | None, **given: object) -> None:
    """Count, per library and target, how many public names have which verdict.

    The total is the number of public names in the real headers or wheels (rules/sources/).
    `unlisted`: no table of the target speaks of the name; for an optional library that is silence,
    never support.
    """
    config = options.here(given)
    lines = coverage.coverage(_rules(config))
    if format_ == "html":
        from migrate import page

        options.write([page.coverage(lines, config.lang)], output_)
        return
    head = ("library", "target", "names", *VERDICTS, "unlisted")
    rows: list[tuple[str, ...]] = [head]
    for line in lines:
        counts = (*line.verdicts.values(), line.silent)
        rows.append((line.library, line.target, str(line.total), *(str(count) if count else "·" for count in counts)))
    right = frozenset(range(2, len(head)))
    options.write(_markdown(rows) if format_ == "markdown" else table(rows, right), output_)


def _markdown(rows: list[tuple[str, ...]]) -> Iterator[str]:
    for at, row in enumerate(rows):
        yield f"| {' | '.join(row)} |\n"
        if at == 0:
            yield "|---|---|" + "---:|" * (len(row) - 2) + "\n"


@command.command()
@click.argument("first")
@click.argument("second")
@options.version_options
@options.rules_option
@options.lang_option
def diff(first: str, second: str, **given: object) -> None:
    """Print the names that two targets, or two versions of one, judge differently."""
    config = options.here({**given, "target": (first, second)})
    rules = _rules(config)
    if len(rules.asked) != 2:
        raise InputError("name two different targets, such as rocm@6.2 rocm@7.0")
    count = 0
    for found in coverage.differences(rules):
        count += 1
        one, two = (messages.outcome(judgement, config.lang) for judgement in (found.first, found.second))
        options.write([f"{found.symbol}\n  - {one}\n  + {two}\n"], None)
    click.echo(f"{count:,} names differ", err=True)
