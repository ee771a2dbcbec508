"""``cuda-migrate targets``."""

from __future__ import annotations

from collections.abc import Iterator

import click

from migrate import terminal
from migrate.cli import options
from migrate.facts import targets

_HEADS = {
    "en": ("target", "device", "backend", "stack", "chips", "what it is"),
    "zh": ("目标", "设备", "通信后端", "软件栈", "芯片", "说明"),
}


@click.command()
@options.lang_option
def command(lang: str | None) -> None:
    """List the targets, with their chips and versions: what --target takes."""
    options.write(_lines(options.here({"lang": lang}).lang), None)


def _lines(lang: str) -> Iterator[str]:
    rows: list[tuple[str, ...]] = [_HEADS[lang]]
    for found in map(targets.target, targets.ids()):
        newest = f"{found.stack} {found.versions[-1]}" if found.versions else found.stack
        title = found.zh if lang == "zh" else found.title
        rows.append(
            (found.id, found.device or "-", found.backend or "-", newest or "-", " ".join(found.chips) or "-", title)
        )
    yield from table(rows)


def table(rows: list[tuple[str, ...]], right: frozenset[int] = frozenset()) -> Iterator[str]:
    """Lines of columns under their heads; ``right``: the columns of figures."""
    widths = [max(map(terminal.width, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        cells = (
            terminal.pad(cell, width, at in right) for at, (cell, width) in enumerate(zip(row, widths, strict=True))
        )
        yield "  ".join(cells).rstrip() + "\n"
