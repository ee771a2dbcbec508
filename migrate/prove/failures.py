"""Says of an exception what it means, and at which line of the user's code it came up: of one that nobody catches
when it ends the program, of what is left of CUDA at the end of the run, caught or not."""

from __future__ import annotations

import re
import sys
import traceback
from pathlib import Path
from types import TracebackType

from migrate.prove.settings import Settings

_MEANINGS = (
    (
        r"Torch not compiled with CUDA|CudaLeftError|requires CUDA support|without ATen_cuda|on a CUDA device but",
        "cuda left behind",
    ),
    (r"doesn't have NCCL built in|torch\.distributed.*'nccl'", "nccl left behind"),
    (r"device type tensor to numpy", "numpy can't read device memory"),
    (r"invalid device ordinal|Invalid device index|invalid device pointer", "no such device"),
    (r"to be on the same device|indices should be either on cpu", "tensors of different devices meet"),
    (r"in forked subprocess", "a forked process uses its parent's device"),
    (r"does not simulate it|is simulated|has no CPU kernel", "beyond the simulation"),
)
_LINE = re.compile(r'File "(?P<path>[^"]+)", line (?P<line>\d+)')


def report(settings: Settings) -> None:
    """From now on an uncaught exception ends with one line: ``FILE:LINE: meaning: message``."""
    before = sys.excepthook

    def hook(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        before(kind, error, trace)
        text = "".join(traceback.format_exception(kind, error, trace))
        if (verdict := _verdict(settings, text)) not in remembered(settings):
            print(f"cuda-migrate prove: {verdict}", file=sys.stderr)

    sys.excepthook = hook


def remember(settings: Settings, place: str, error: BaseException) -> None:
    """Keep an error about something of CUDA's, met at a place of the user's code (``FILE:LINE``), for the end."""
    message = f"{type(error).__name__}: {error}"
    with Path(settings.left).open("a", encoding="utf-8") as file:
        file.write(f"{place}: {meaning(message)}: {' '.join(message.split())}\n")


def remembered(settings: Settings) -> list[str]:
    """What any process of the run has kept, each line once."""
    place = Path(settings.left)
    return list(dict.fromkeys(place.read_text(encoding="utf-8").splitlines())) if place.exists() else []


def meaning(text: str) -> str:
    """What the text of an error means here."""
    return next((meaning for pattern, meaning in _MEANINGS if re.search(pattern, text)), "failed")


def _verdict(settings: Settings, text: str) -> str:
    """The last line of the user's code that the traceback shows (a child process's own, where it
    quotes one), and the error's last line with what it means here."""
    places = [f"{found['path']}:{found['line']}" for found in _LINE.finditer(text) if settings.is_user(found["path"])]
    message = text.strip().rpartition("\n")[2].removeprefix("migrate.prove.cuda.")
    return ": ".join([*places[-1:], meaning(text), message])
