"""The real command line on a small tree: what it answers, and that it leaves the tree alone."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from migrate.cli import main

GOOD = "import torch\n\ntorch.cuda.synchronize()\n"


class Scan(NamedTuple):
    """The exit code, the parsed report (None where there is none), standard error."""

    code: int
    report: Any
    err: str

    @property
    def skips(self) -> dict[str, str]:
        """Path → kind of what was not read, or only in part."""
        return {skip["path"]: skip["kind"] for skip in self.report["skips"]}

    @property
    def reasons(self) -> str:
        """All reasons, a line each."""
        return "\n".join(skip["reason"] for skip in self.report["skips"])

    def places(self, path: str) -> list[str]:
        """``LINE:COLUMN SYMBOL`` of the findings in a file."""
        found = (item for item in self.report["findings"] if item["path"] == path)
        return [f"{item['line']}:{item['column']} {item['symbol']}" for item in found]


class Tree:
    """A folder with one good file beside which the bad ones are put."""

    def __init__(self, root: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.root = root
        self._capsys = capsys
        root.mkdir()
        self.put("good.py", GOOD)

    def put(self, path: str, content: str | bytes) -> Path:
        """Write a file, its folders included."""
        place = self.root / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(content if isinstance(content, bytes) else content.encode())
        return place

    def scan(self, *args: str, path: Path | None = None) -> Scan:
        """Scan as JSON; the tree must be as before and nothing may end in a traceback."""
        before = sorted(_state(self.root))
        arguments = ["scan", str(path or self.root), "--target", "cann,rocm", "--format", "json", *args]
        with pytest.raises(SystemExit) as end:
            main(arguments)
        out, err = self._capsys.readouterr()
        assert sorted(_state(self.root)) == before, "the scan changed the scanned tree"
        assert "Traceback" not in err
        return Scan(int(end.value.code or 0), json.loads(out) if out else None, err)

    def scan_beside_good(self, *args: str) -> Scan:
        """Scan, and see that the good file was read and that nothing broke inside."""
        scan = self.scan(*args)
        assert scan.code == 0, scan.err
        assert "3:1 py:torch.cuda.synchronize" in scan.places("good.py")
        assert "internal" not in scan.skips.values(), scan.reasons
        return scan


def _state(root: Path) -> Iterator[tuple[str, int, int]]:
    for folder, folders, files in os.walk(root):
        for place in (Path(folder, name) for name in (*folders, *files)):
            status = place.lstat()
            yield str(place), status.st_size, status.st_mtime_ns
