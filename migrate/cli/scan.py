"""``cuda-migrate scan``."""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path
from typing import Any

import click

from migrate import config, output, pool
from migrate.cli import options
from migrate.engine import ScanOptions, scan
from migrate.errors import InputError
from migrate.files import WalkOptions


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
@click.option("--max-file-size", type=click.FloatRange(min=0), metavar="MB", help="Skip larger files (20).")
@click.option("--file-timeout", type=click.FloatRange(min=0.001), metavar="S", help="Give up on a file after (30).")
@click.option("-j", "--jobs", type=click.IntRange(min=0), help="Worker processes; 0 for one a processor.")
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
    root = Path(path)
    if not root.exists():
        raise InputError(f"{path!r} does not exist")
    settings = options.overrule(config.load(root if root.is_dir() else root.parent), given)
    folders = options.folders(settings)
    progress = _Progress(quiet)
    report = scan(root, _options(root, settings, folders, cache, verbose), progress)
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
        click.echo(f"cuda-migrate: 0 files scanned in {path!r}; is this the right folder?", err=True)
        return 2
    return 0


def _options(root: Path, settings: config.Config, folders: tuple[Path, ...], cache: bool, verbose: bool) -> ScanOptions:
    return ScanOptions(
        targets=options.asked(settings),
        versions=options.source_versions(settings),
        walk=WalkOptions(
            exclude=settings.exclude,
            above=settings.way_to(root),
            vendored=settings.vendored,
            max_bytes=int(settings.max_file_size * 1e6),
        ),
        select=settings.select,
        minor=verbose,
        ignore=settings.ignore,
        rules=folders,
        jobs=settings.jobs or pool.default_jobs(),
        cache=cache,
        file_seconds=settings.file_timeout,
    )


def _width() -> int:
    """Columns of the terminal, 160 at most; 100 where there is none."""
    try:
        return min(int(os.environ.get("COLUMNS", "0")) or os.get_terminal_size(sys.stdout.fileno()).columns, 160)
    except (OSError, ValueError):
        return 100


class _Progress:
    """Says on standard error how far a scan is: in place on a terminal, a line every ten seconds elsewhere."""

    def __init__(self, quiet: bool) -> None:
        self._terminal = sys.stderr.isatty()
        self._pause = 0.2 if self._terminal else 10.0
        self._next = float("inf") if quiet else time.monotonic() + max(self._pause, 1.0)
        self._shown = False

    def __call__(self, done: int, total: int) -> None:
        if time.monotonic() < self._next:
            return
        self._next = time.monotonic() + self._pause
        self._shown = True
        text = f"scanned {done:,} of {total:,} files"
        click.echo(f"\r{text}\x1b[K" if self._terminal else text, err=True, nl=not self._terminal)

    def end(self) -> None:
        """Clear the line."""
        if self._shown and self._terminal:
            click.echo("\r\x1b[K", err=True, nl=False)
