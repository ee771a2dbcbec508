"""``cuda-migrate scan``."""

from __future__ import annotations

import os
import sys
from typing import Any

import click

from migrate import config, output
from migrate.cli import options
from migrate.cli.progress import Progress
from migrate.engine import scan
from migrate.errors import InputError


@click.command()
@click.argument("path", default=".", type=click.Path())
@options.target_option()
@click.option("-f", "--format", "format_", type=click.Choice(output.formats()), default="text", help="Output format.")
@click.option("-o", "--output", "output_", metavar="FILE", help="Write to a file instead of standard output.")
@options.version_options
@options.checks_option("--select", "Only these checks (see `explain`); * allowed.")
@options.checks_option("--ignore", "Not these checks; * allowed.")
@options.exclude_option
@click.option("--vendored/--no-vendored", default=None, help="Also read third_party, vendor and build folders.")
@options.rules_option
@click.option("--max-file-size", type=float, metavar="MB", help="Skip larger files (20).")
@click.option("--file-timeout", type=float, metavar="S", help="Give up on a file after (30).")
@click.option("-j", "--jobs", type=int, help="Worker processes; 0 for one a processor.")
@click.option("--cache/--no-cache", "cache", default=True, help="Keep results in the user's cache folder.")
@options.lang_option
@click.option(
    "-v",
    "--verbose",
    is_flag=True,
    help="Also report what works unchanged, minor limits of operators, what was skipped.",
)
@click.option("-q", "--quiet", is_flag=True, help="No progress.")
def command(path: str, format_: str, output_: str | None, cache: bool, verbose: bool, quiet: bool, **given: Any) -> int:
    """Say of every CUDA-dependent use in PATH what it becomes on each target, and on what evidence."""
    root = options.root(path)
    settings = options.overrule(config.load(root if root.is_dir() else root.parent), given)
    progress = Progress(quiet)
    report = scan(root, options.scan_options(root, settings, cache, minor=verbose), progress)
    progress.end()
    view = output.View(
        color=output_ is None and options.use_color(),
        lang=settings.lang,
        width=_width(),
        verbose=verbose,
    )
    options.write(output.render(report, format_, view), output_)
    if report.interrupted:
        click.echo("cuda-migrate: interrupted; the report covers only part of the tree", err=True)
        return 130
    if not report.scanned:
        raise InputError(f"0 files scanned in {path!r}; is this the right folder?")
    return 0


def _width() -> int:
    """Columns of the terminal, 160 at most; 100 where there is none."""
    try:
        return min(int(os.environ.get("COLUMNS", "0")) or os.get_terminal_size(sys.stdout.fileno()).columns, 160)
    except (OSError, ValueError):
        return 100
