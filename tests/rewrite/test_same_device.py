"""Targets whose PyTorch keeps the name ``cuda``: renaming it there would break what works."""

from __future__ import annotations

from pathlib import Path

import pytest

from migrate.cli import main
from migrate.engine import ScanOptions, scan
from migrate.facts import targets
from migrate.rewrite.changes import Change
from migrate.rewrite.goal import Goal
from migrate.rewrite.plan import plans

CORPUS = Path(__file__).parents[2] / "corpus"
BASES = sorted(path.name for path in CORPUS.iterdir() if path.is_dir())
KEEPING = [name for name in targets.ids() if targets.target(name).family == "A"]


def changes(base: str, target: str) -> list[Change]:
    """All that could be written for a code base, what needs a review included."""
    asked = targets.ask_all((target,))
    report = scan(CORPUS / base, ScanOptions(asked, cache=False))
    return [one for plan in plans(CORPUS / base, report, Goal(asked[0], asked[0], unsafe=True)) for one in plan.changes]


@pytest.mark.parametrize("target", KEEPING)
@pytest.mark.parametrize("base", BASES)
def test_device_strings_backends_and_names_stay(base: str, target: str) -> None:
    touched = [change.finding.use.symbol for change in changes(base, target)]
    kept = ("device:", "backend:", "py:torch.cuda", "py:torch.Tensor", "py:torch.nn.Module", "py:torch.backends")
    assert [symbol for symbol in touched if symbol.startswith(kept)] == []


def test_the_summary_says_so(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "a.py").write_text('import torch\n\nx = torch.ones(2, device="cuda")\n')
    with pytest.raises(SystemExit):
        main(["rewrite", str(tmp_path), "--target", "rocm", "--check"])
    assert "PyTorch for rocm keeps torch.cuda, 'cuda' and 'nccl'" in capsys.readouterr().err


def test_those_targets_are_the_six() -> None:
    assert KEEPING == ["corex", "dcu", "kunlun", "metax", "ppu", "rocm"]
