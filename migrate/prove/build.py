"""Builds the extension that simulates a device, once for each version of torch and of the sources."""

from __future__ import annotations

import os
import sys
from hashlib import blake2b
from importlib.util import find_spec
from pathlib import Path
from shutil import which
from tempfile import TemporaryDirectory

from migrate import cache
from migrate.errors import InputError

NAME = "cuda_migrate_simulated"
_SOURCES = Path(__file__).parent / "native"
_CURE = "pip install 'cuda-migrate[prove]'"


def library() -> Path:
    """The built extension; builds it (a minute or two, in the user's cache folder) where it is missing.

    Raises InputError where torch, ninja or a C++ compiler is missing, or the build fails.
    """
    if find_spec("torch") is None:
        raise InputError(f"prove runs the program with torch, which isn't installed; {_CURE}")
    import torch

    mark = blake2b(repr((torch.__version__, sys.version_info[:2])).encode(), digest_size=8)
    for path in _sources():
        mark.update(path.read_bytes())
    folder = cache.folder() / "prove" / f"torch-{torch.__version__}-{mark.hexdigest()}"
    place = folder / f"{NAME}.so"
    if not place.is_file():
        _build(place)
    return place


def _sources() -> list[Path]:
    return sorted((*_SOURCES.glob("*.cpp"), *_SOURCES.glob("*.h")))


def _build(place: Path) -> None:
    """Build beside the cache, then move: two runs at once do no harm, an interrupted one leaves nothing."""
    os.environ["PATH"] += os.pathsep + str(Path(sys.executable).parent)  # where pip puts ninja
    compiler = os.environ.get("CXX", "c++")
    if which(compiler) is None:
        raise InputError(
            f"prove builds its simulated device with a C++ compiler, and there is no {compiler}; "
            "install one (apt-get install g++) or name yours in CXX"
        )
    if which("ninja") is None:
        raise InputError(f"prove builds its simulated device with ninja, which isn't installed; {_CURE}")
    from torch.utils.cpp_extension import load

    print(f"cuda-migrate: building the simulated device, once: {place.parent}", file=sys.stderr)
    place.parent.parent.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(dir=place.parent.parent) as folder:
        try:
            load(
                NAME,
                [str(path) for path in _sources() if path.suffix == ".cpp"],
                build_directory=folder,
                extra_cflags=["-O1", "-DUSE_DISTRIBUTED"],
            )
        except (OSError, RuntimeError) as error:
            raise InputError(f"the simulated device can't be built: {error}") from None
        place.parent.mkdir(exist_ok=True)
        (Path(folder) / place.name).replace(place)
