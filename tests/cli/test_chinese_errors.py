"""What a command can't do, and a file that it can't write, are told in the language that is asked for."""

from __future__ import annotations

import ast
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

import migrate
from migrate import reasons
from migrate.cli import main

SOURCES = ("cli/scan.py", "cli/rewrite.py", "cli/options.py", "cli/explain.py", "config.py", "selection.py", "rewrite")
"""Where the errors of the commands that take --lang are made."""


def written() -> Iterator[str]:
    """The texts of all errors there, with 1 in the place of each value."""
    folder = Path(migrate.__file__).parent
    for source in SOURCES:
        for path in [folder / source] if source.endswith(".py") else (folder / source).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, ast.Call) and ast.unparse(node.func) == "InputError":
                    text = node.args[0]
                    parts = text.values if isinstance(text, ast.JoinedStr) else [text]
                    yield "".join(str(part.value) if isinstance(part, ast.Constant) else "1" for part in parts)


def test_every_error_has_a_chinese_text() -> None:
    found = set(written())
    assert {"1 does not exist", "rewrite takes one --target, not 1"} <= found
    only_values = {"1: 1", "1 must be 1"}
    of_tables = {"1: there is no target 11", "1: not a regular file"}
    assert {text for text in found if reasons.chinese(text) == text} == only_values | of_tables


Said = Callable[..., str]


@pytest.fixture
def said(capfd: pytest.CaptureFixture[str]) -> Said:
    def run(*args: str) -> str:
        with pytest.raises(SystemExit) as end:
            main(list(args))
        assert end.value.code == 2
        return capfd.readouterr().err

    return run


@pytest.fixture(autouse=True)
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "p").mkdir()
    (tmp_path / "p" / "a.py").write_text("import torch\n\ntorch.cuda.synchronize()\n")
    return tmp_path


@pytest.mark.parametrize(
    ("args", "text"),
    [
        ("scan nowhere", "'nowhere' 不存在"),
        ("rewrite nowhere --diff", "'nowhere' 不存在"),
        ("rewrite p --target cann", "请指定如何处理修改:--diff, --write, --check, --output-dir DIR 之一"),
        ("rewrite p --target cann,mlu --diff", "rewrite 只接受一个 --target,而不是 2 个"),
        ("rewrite p --target can --diff", "未知目标 'can';是否想写 'cann'?"),
        ("rewrite p --target cann:A9 --diff", "目标 'cann' 没有芯片 'A9';"),
        ("rewrite p --target cann --output-dir p/out", "'p/out' 位于被扫描的目录之内;请用 --output-dir 指定其外的目录"),
        ("rewrite p --target cann --torch new --diff", "'new' 不是版本号;应形如 12.4"),
        ("rewrite p --jobs -1 --diff", "--jobs 必须在 0 与 "),
        ("scan p --select cudann", "--select:没有名为 'cudann' 的检查项;是否想写 "),
        ("explain cudnnn", "'cudnnn' 不是检查项,各库中也没有此名称;是否想写 'cudnn'?"),
    ],
)
def test_errors(said: Said, args: str, text: str) -> None:
    assert said(*args.split(), "--lang", "zh").startswith(f"cuda-migrate: {text}")


def test_the_setting_counts_too(said: Said, project: Path) -> None:
    (project / "p" / "pyproject.toml").write_text('[tool.cuda-migrate]\nlang = "zh"\n')
    two = ("rewrite", "p", "--target", "cann,mlu", "--diff")
    assert said(*two) == "cuda-migrate: rewrite 只接受一个 --target,而不是 2 个\n"
    assert said(*two, "--lang", "en") == "cuda-migrate: rewrite takes one --target, not 2\n"


def test_what_is_not_committed(said: Said) -> None:
    subprocess.run(["git", "init", "-q", "p"], check=True)
    told = said("rewrite", "p", "--target", "cann", "--write", "--lang", "zh", "--quiet")
    assert told == "cuda-migrate: git 中没有当前内容的副本:a.py;请先提交,或用 --force\n"


def test_a_file_that_is_read_only(said: Said, project: Path) -> None:
    (project / "p" / "a.py").chmod(0o444)
    for quiet in ([], ["--quiet"]):
        told = said("rewrite", "p", "--target", "cann", "--write", "--lang", "zh", *quiet)
        assert "a.py: 只读;请设为可写(chmod u+w)后重新运行\n" in told


def test_an_empty_folder(said: Said, project: Path) -> None:
    (project / "empty").mkdir()
    told = "cuda-migrate: 在 'empty' 中没有扫描到任何文件;目录是否正确?\n"
    assert said("scan", "empty", "--lang", "zh", "--quiet") == told
    assert said("rewrite", "empty", "--diff", "--lang", "zh", "--quiet") == told
