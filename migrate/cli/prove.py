"""``cuda-migrate prove PATH --target TARGET -- script.py args…``"""

from __future__ import annotations

from pathlib import Path

import click

from migrate.errors import InputError


@click.command(context_settings={"ignore_unknown_options": True})
@click.argument("path", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("-t", "--target", required=True, metavar="TARGET", help="cann, mlu, musa, gcu, biren or portable.")
@click.option("--devices", type=click.IntRange(1, 64), default=8, show_default=True, help="How many are simulated.")
@click.option("--dtypes", is_flag=True, help="Enforce the dtype limits that the target documents for its operators.")
@click.argument("arguments", nargs=-1, required=True, type=click.UNPROCESSED)
def command(path: Path, target: str, devices: int, dtypes: bool, arguments: tuple[str, ...]) -> int:
    """RUN a rewritten program, in PATH, on simulated devices of TARGET.

    After `--` come the program and its arguments, as Python takes them: `script.py --steps 3`,
    `-m package.module`, or `torchrun --nproc-per-node 2 script.py`.

    This is the only command that runs your code.  It needs torch and a C++ compiler
    (`pip install 'cuda-migrate[prove]'`) and no device.  Exit codes: 0 the program ended well and
    used the device, 1 it did not.
    """
    from migrate.facts.targets import ask
    from migrate.prove.run import DEVICES, run

    asked = ask(target)
    if asked.target.id not in DEVICES:
        raise InputError(
            f"no device of target {asked.target.id!r} is simulated: its programs keep the device string 'cuda' "
            f"or use another framework; simulated: {', '.join(DEVICES)}"
        )
    return run(path, asked, devices, dtypes, arguments)
