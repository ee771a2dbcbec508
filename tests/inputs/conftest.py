"""The tree that each bad input is put into."""

from __future__ import annotations

from pathlib import Path

import pytest
from command import Tree


@pytest.fixture
def tree(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Tree:
    return Tree(tmp_path / "tree", capsys)
