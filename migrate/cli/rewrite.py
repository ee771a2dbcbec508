"""``cuda-migrate rewrite``."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import click

from migrate import config
from migrate.cli import options
from migrate.cli.progress import Progress
from migrate.engine import scan
from migrate.errors import InputError
from migrate.facts import versions
from migrate.facts.targets import Asked, ask_all
from migrate.files import Entry, walk
from migrate.rewrite import diff, older, record, shim, summary, worktree, write
from migrate.rewrite import todo as comments
from migrate.rewrite.goal import Goal
from migrate.rewrite.journal import Journal
from migrate.rewrite.outcome import Outcome
from migrate.rewrite.plan import plans

STRATEGIES = ("portable", "native", "shim", "rename")
RENAMED = ("rocm", "dcu")
"""Targets whose C and C++ names are known well enough to be written."""


@click.command()
@click.argument("path", default=".", type=click.Path())
@options.target_option()
@click.option(
    "--strategy",
    type=click.Choice(STRATEGIES),
    help="portable: device-agnostic PyTorch; native: the target's own names (the default where --target has some); "
    "shim: the vendor's run-time patch, imported where programs start; rename: CUDA C and C++ get the target's names.",
)
@click.option(
    "--diff",
    "as_patch",
    is_flag=True,
    help="Print the changes as a patch for `git apply`; paths are relative to the repository, outside of git to PATH.",
)
@click.option("--write", "in_place", is_flag=True, help="Change the files in place.")
@click.option("--check", is_flag=True, help="Change nothing; exit with 1 if something would change.")
@click.option("--output-dir", metavar="DIR", help="Write the changed files below DIR instead.")
@click.option("--force", is_flag=True, help="Write although git has uncommitted changes, or doesn't know a file.")
@click.option("--unsafe", is_flag=True, help="Also make the changes that need a review.")
@click.option("--todo", is_flag=True, help="Say above each place that was left to do, in a comment, why it was.")
@options.version_options
@options.checks_option("--select", "Only these checks (see `explain`); * allowed.")
@options.checks_option("--ignore", "Not these checks; * allowed.")
@options.exclude_option
@options.rules_option
@click.option("-j", "--jobs", type=int, help="Worker processes; 0 for one a processor.")
@options.lang_option
@click.option(
    "-f",
    "--format",
    "format_",
    type=click.Choice(("text", "json")),
    default="text",
    help="json: also print each change, and what was left, for programs.",
)
@click.option("-v", "--verbose", is_flag=True, help="List all files and places, not only the first ones.")
@click.option("-q", "--quiet", is_flag=True, help="No progress, no summary but for what failed.")
def command(
    path: str,
    strategy: str | None,
    as_patch: bool,
    in_place: bool,
    check: bool,
    output_dir: str | None,
    force: bool,
    unsafe: bool,
    todo: bool,
    format_: str,
    verbose: bool,
    quiet: bool,
    **given: Any,
) -> int:
    """Rewrite what is safe in PATH for one target; everything else is listed with the reason."""
    root = options.root(path)
    if todo and strategy in ("shim", "rename"):
        raise InputError(f"--strategy {strategy} leaves no such comments; --todo goes with the others")
    if format_ == "json" and as_patch:
        raise InputError("--format json and --diff both take standard output; use one of them")
    if as_patch + in_place + check + (output_dir is not None) != 1:
        raise InputError("say what to do with the changes: one of --diff, --write, --check, --output-dir DIR")
    settings = options.overrule(config.load(root if root.is_dir() else root.parent), given)
    goal = _goal(given["target"] or ("portable",), strategy, unsafe)
    if goal.portable and settings.torch and versions.minor(settings.torch) < versions.minor(older.SINCE):
        goal = goal._replace(older=settings.torch)
    asked = tuple({goal.asked.label: goal.asked, goal.torch.label: goal.torch}.values())
    progress = Progress(quiet)
    scan_options = replace(options.scan_options(root, settings), targets=asked)
    scanned = scan(root, scan_options, progress)
    progress.end()
    if scanned.interrupted:
        raise KeyboardInterrupt
    if not scanned.scanned:
        raise InputError(f"0 files scanned in {path!r}; is this the right folder?")
    if goal.shim:
        made = list(
            shim.plans(root, scanned, goal, (item for item in walk(root, scan_options.walk) if isinstance(item, Entry)))
        )
    else:
        made = list(plans(root, scanned, goal))
    if todo:
        for plan in made:
            comments.add(plan, goal, settings.lang)
    failed: list[write.Failure] = []
    if as_patch:
        sys.stdout.flush()
        sys.stdout.buffer.writelines(diff.patch(made, scanned.prefix))
    elif in_place:
        journal = Journal(write.base(root))
        known = [plan.path for plan in made if plan.edits and not plan.is_new]
        if known and not force:
            worktree.refuse_unsaved(root, known, journal.is_ours)
        failed = write.in_place(root, made, journal)
    elif output_dir is not None:
        failed = write.to_folder(root, made, Path(output_dir))
    outcome = Outcome(made, failed, goal, scanned)
    if format_ == "json":
        options.write(record.render(outcome), None)
    for line in summary.failures(outcome, settings.lang) if quiet else summary.lines(outcome, settings.lang, verbose):
        click.echo(line, err=True)
    changed = any(plan.edits for plan in made)
    return 2 if failed else int(check and changed)


def _goal(targets: tuple[str, ...], strategy: str | None, unsafe: bool) -> Goal:
    asked = ask_all(targets)
    if len(asked) != 1:
        raise InputError(f"rewrite takes one --target, not {len(asked)}")
    portable: Asked = ask_all(("portable",))[0]
    target = asked[0]
    if strategy == "rename":
        if target.target.id not in RENAMED:
            raise InputError(
                f"--strategy rename knows no C and C++ names of {target.target.id}; it does for {', '.join(RENAMED)}"
            )
        return Goal(target, target, unsafe, rename=True)
    if strategy == "shim":
        shim.patch_of(target.target)
        return Goal(target, target, unsafe, shim=True)
    if strategy == "native" and target.target.family == "portable":
        raise InputError("--target portable has no names of its own; leave --strategy native out")
    return Goal(target, portable if strategy == "portable" else target, unsafe)
