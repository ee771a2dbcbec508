"""Starts the user's program in a child process that finds the simulated device."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from migrate.errors import InputError
from migrate.facts import targets
from migrate.prove import failures
from migrate.prove.build import library
from migrate.prove.settings import Settings

DEVICES = tuple(name for name in targets.ids() if targets.target(name).family in ("B", "portable"))
"""The targets whose device can be simulated."""

_LIMITS = (
    "not shown by this: operators the plug-in lacks or does otherwise, numerics, speed, races between streams, "
    "memory that runs out"
)


def run(path: Path, asked: targets.Asked, devices: int, dtypes: bool, arguments: tuple[str, ...]) -> int:
    """Run the program with ``path`` as its working directory.  0: it ended well on the device and met
    nothing of CUDA's, 1: it did not.

    Raises InputError where the script, torch or the compiler is missing.
    """
    os.environ["TORCH_DEVICE_BACKEND_AUTOLOAD"] = "0"  # a real plug-in that is installed would need its device
    root = path.resolve()
    command = _command(root, arguments)
    target = asked.target
    with TemporaryDirectory(prefix="cuda-migrate-") as folder:
        settings = Settings(
            target=asked.label,
            device=target.device or "sim",
            plugin=target.plugin,
            backend=target.backend or "simccl",
            devices=devices,
            root=f"{root}{os.sep}",
            library=str(library()),
            witness=str(Path(folder) / "used"),
            left=str(Path(folder) / "left"),
            dtypes=dtypes,
        )
        _say(f"runs {' '.join(arguments)} (your code) in {path} on {devices} simulated {settings.device} devices")
        code = subprocess.run(command, cwd=root, env=_environment(settings), check=False).returncode
        used, left = Path(settings.witness).exists(), failures.remembered(settings)
    for line in left:
        _say(line)
    if code:
        _say(f"failed on simulated {settings.device} (exit code {code})")
    elif left:
        _say(f"went on to its end, but what is said above does not work on {settings.device}")
    elif not used:
        _say(f"ended without an error, but never used {settings.device}: nothing is proved")
    else:
        _say(f"ended well on simulated {settings.device}; {_LIMITS}")
    return 0 if used and not left and not code else 1


def _command(root: Path, arguments: tuple[str, ...]) -> list[str]:
    first = arguments[0]
    if first == "torchrun":
        return [sys.executable, "-m", "torch.distributed.run", *arguments[1:]]
    if not first.startswith("-") and not (root / first).is_file():
        raise InputError(f"{root / first}: no such script; give its path relative to PATH, or -m and a module")
    return [sys.executable, *arguments]


def _environment(settings: Settings) -> dict[str, str]:
    site = str(Path(__file__).with_name("site"))
    others = os.environ.get("PYTHONPATH")
    path = os.pathsep.join([site, others] if others else [site])
    return {**os.environ, **settings.to_environment(), "PYTHONPATH": path}


def _say(text: str) -> None:
    print(f"cuda-migrate prove: {text}", file=sys.stderr, flush=True)
