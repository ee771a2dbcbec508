"""Ctrl-C ends a scan at once, whatever its workers are at, with a report of what was found."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

HERE = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize("jobs", ["1", "4"])
def test_interrupt(tmp_path: Path, jobs: str) -> None:
    (tmp_path / "a.py").write_text("import torch\n\ntorch.cuda.synchronize()\n")
    (tmp_path / "b.h").write_text("int x;\n" * 200_000)  # ends what a.py is handed out with
    for number in range(4):
        (tmp_path / f"slow{number}.py").write_text("import torch\n" + "torch.cuda.set_device(a)\n" * 200_000)
    command = [
        sys.executable,
        "-m",
        "migrate",
        "scan",
        tmp_path,
        "--target",
        "cann",
        "--format",
        "json",
        "--jobs",
        jobs,
    ]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdout=pipe, stderr=pipe, text=True, cwd=HERE, start_new_session=True) as process:
        time.sleep(3)
        os.killpg(process.pid, signal.SIGINT)
        start = time.monotonic()
        out, err = process.communicate(timeout=30)
    assert time.monotonic() - start < 5
    assert process.returncode == 130
    assert err == "cuda-migrate: interrupted; the report covers only part of the tree\n"
    report = json.loads(out)
    assert report["interrupted"]
    assert {finding["path"] for finding in report["findings"]} == {"a.py"}
