"""Progress of a long scan."""

from __future__ import annotations

import sys
import time

import click


class Progress:
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
