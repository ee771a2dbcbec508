"""Settings: found, read, refused with file, key and cure."""

from __future__ import annotations

from pathlib import Path

import pytest

from migrate.config import Config, load
from migrate.errors import InputError


def write(folder: Path, text: str) -> Path:
    (folder / "pyproject.toml").write_text(text)
    return folder


def test_nothing_said_means_defaults(tmp_path: Path) -> None:
    assert load(tmp_path) == Config()
    assert load(write(tmp_path, "[project]\nname = 'x'\n")) == Config()


def test_every_kind_of_value_and_the_nearest_file(tmp_path: Path) -> None:
    write(
        tmp_path,
        """
        [tool.cuda-migrate]
        target = ["cann:A2@8.3", "rocm"]
        cuda = "12.4"
        ignore = "torch-operators"
        vendored = true
        extra-rules = ["rules"]
        max-file-size = 5
        jobs = 2
        lang = "zh"
        """,
    )
    below = tmp_path / "src"
    below.mkdir()
    write(below, "[project]\nname = 'no settings of ours'\n")
    assert load(below) == Config(
        target=("cann:A2@8.3", "rocm"),
        cuda="12.4",
        ignore=("torch-operators",),
        vendored=True,
        extra_rules=(str(tmp_path / "rules"),),
        max_file_size=5.0,
        jobs=2,
        lang="zh",
        folder=tmp_path,
    )


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("targets = ['rocm']", "unknown setting tool.cuda-migrate.targets; did you mean 'target'?"),
        ("cuda = 12.4", "tool.cuda-migrate.cuda must be a string in quotes"),
        ("jobs = true", "tool.cuda-migrate.jobs must be a whole number"),
        ("jobs = -1", "tool.cuda-migrate.jobs must be between 0 and 1,000"),
        ("select = [1]", "tool.cuda-migrate.select must be a list of strings"),
        ("target = ['rocm', 'can']", "tool.cuda-migrate.target: unknown target 'can'; did you mean 'cann'?"),
        ("torch = 'new'", "tool.cuda-migrate.torch: 'new' is not a version; write it like 12.4"),
        ("exclude = ['old/', '!']", "tool.cuda-migrate.exclude: pattern '!' can't match anything; write it as in"),
        ("exclude = 'a[z'", "tool.cuda-migrate.exclude: pattern 'a[z' can't match anything"),
        ("folder = 'a'", "unknown setting tool.cuda-migrate.folder"),
        ("lang = 'fr'", 'tool.cuda-migrate.lang must be "en" or "zh"'),
        ("jobs = 1001", "tool.cuda-migrate.jobs must be between 0 and 1,000"),
        ("max-file-size = 1e308", "tool.cuda-migrate.max-file-size must be between 0 and 1,000,000"),
        ("max-file-size = " + "9" * 4000, "tool.cuda-migrate.max-file-size must be between 0 and 1,000,000"),
        ("file-timeout = inf", "tool.cuda-migrate.file-timeout must be between 0.001 and 86,400"),
        ("file-timeout = 0", "tool.cuda-migrate.file-timeout must be between 0.001 and 86,400"),
        ("jobs = ", "not valid TOML"),
        ("jobs = " + "9" * 5000, "not valid TOML"),
        ("target = " + "[" * 100_000, "not valid TOML"),
    ],
)
def test_mistakes_name_file_key_and_cure(tmp_path: Path, text: str, message: str) -> None:
    write(tmp_path, f"[tool.cuda-migrate]\n{text}\n")
    with pytest.raises(InputError) as error:
        load(tmp_path)
    assert str(error.value).startswith(f"{tmp_path / 'pyproject.toml'}: ")
    assert message in str(error.value)


def test_another_tools_broken_file_is_no_concern_of_ours(tmp_path: Path) -> None:
    assert load(write(tmp_path, "[project\nname = 'cuda-migrate'\n")) == Config()
