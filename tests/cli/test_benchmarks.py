"""The benchmarks: what they say where what they need is missing."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

FOLDER = Path(__file__).parents[2] / "benchmarks"


@pytest.mark.parametrize("name", ["projects", "speed"])
def test_a_missing_package_is_named_with_the_way_to_install_it(name: str) -> None:
    without = f"import sys; sys.modules['pypi_simple'] = None; sys.path.insert(0, {str(FOLDER)!r})"
    code = f"{without}; import {name}; {name}.fetch('torch')"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("the benchmarks fetch projects from PyPI: pip install --editable '.[refresh]'")
