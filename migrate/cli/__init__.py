"""The command line: one module a verb, imported when it is called."""

from __future__ import annotations

import gc
import os
import sys
from importlib import import_module
from typing import Any

import click

from migrate import __version__
from migrate.errors import InputError

_COMMANDS = {
    "scan": "Say what each CUDA-dependent use becomes on each target.",
    "prove": "Run a rewritten program on simulated devices of a target.",
    "rewrite": "Rewrite what is safe for one target.",
    "explain": "Explain a check, or what one name becomes on each target.",
    "targets": "List the targets.",
    "rules": "Show, check, compare and measure the tables of facts.",
}


class _Commands(click.Group):
    """A group that knows its commands by name and imports only the one asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:  # noqa: ARG002
        if name not in _COMMANDS:
            return None
        command: click.Command = import_module(f"migrate.cli.{name}").command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        with formatter.section("Commands"):
            formatter.write_dl(list(_COMMANDS.items()))

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except InputError as error:
            from migrate import messages
            from migrate.cli.options import LANG

            raise InputError(messages.told(str(error), ctx.meta.get(LANG, "en"))) from None

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        from migrate.errors import suggest

        if args and not args[0].startswith("-") and args[0] not in _COMMANDS:
            raise InputError(f"unknown command {args[0]!r}{suggest(args[0], _COMMANDS)}")
        return super().resolve_command(ctx, args)


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="cuda-migrate", message="%(prog)s %(version)s")
def cli() -> None:
    """Say what a CUDA code base becomes on other accelerators, on what evidence, and at what cost."""


def main(args: list[str] | None = None) -> Any:
    """The entry point.  Exit codes: 0 clean, 1 findings at the gate, 2 usage or input, 130 interrupted."""
    gc.set_threshold(50_000)  # imports and tables make many objects and no garbage
    try:
        code = cli.main(args, standalone_mode=False)
        sys.stdout.flush()
    except InputError as error:
        _say(str(error))
        code = 2
    except click.ClickException as error:
        error.show()
        code = 2
    except (KeyboardInterrupt, click.Abort):
        _say("interrupted")
        code = 130
    except (BrokenPipeError, SystemExit):  # the reader, such as `head`, has seen enough (click makes it an exit)
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        code = 0
    except OSError as error:
        _say(f"{error.strerror or error}{f': {error.filename}' if error.filename else ''}")
        code = 2
    except Exception:
        import traceback

        traceback.print_exc()
        _say("internal problem: please report the lines above")
        code = 2
    sys.exit(code or 0)


def _say(text: str) -> None:
    click.echo(f"cuda-migrate: {text}", err=True)
