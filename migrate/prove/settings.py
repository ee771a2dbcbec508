"""What the command tells the processes it starts, through one environment variable."""

from __future__ import annotations

import json
import os
from typing import NamedTuple

VARIABLE = "CUDA_MIGRATE_PROVE"


class Settings(NamedTuple):
    """One run."""

    target: str
    """``NAME[:CHIP][@VERSION]``"""
    device: str
    """The device string."""
    plugin: str
    """The plug-in's import name; "" where there is none."""
    backend: str
    """The collective backend's name."""
    devices: int
    root: str
    """The folder of the user's code, an absolute path that ends in a separator."""
    library: str
    """The built extension."""
    witness: str
    """A file that appears when a device is first used."""
    left: str
    """A file that keeps where CUDA was met, one place a line: the program may catch the error and go on."""
    dtypes: bool
    """Whether the documented dtype limits are enforced."""

    def to_environment(self) -> dict[str, str]:
        """The variable by which child processes find these settings."""
        return {VARIABLE: json.dumps(self._asdict())}

    def is_user(self, path: str) -> bool:
        """Whether a file belongs to the user's code: below its root, but not in an environment there."""
        return path.startswith(self.root) and "site-packages" not in path


def from_environment() -> Settings:
    """The settings of the run this process belongs to."""
    return Settings(**json.loads(os.environ[VARIABLE]))
