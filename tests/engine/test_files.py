"""The walk: what is read, what is left out, and that the reason is said."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from migrate.engine import ScanOptions, scan
from migrate.facts.targets import ask_all
from migrate.files import Entry, WalkOptions, language, walk
from migrate.model import Skip

ALL = WalkOptions()


def tree(root: Path, *paths: str) -> None:
    for path in paths:
        place = root / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text("x = 1\n")


def read(root: Path, options: WalkOptions = ALL) -> list[str]:
    return [item.path for item in walk(root, options) if isinstance(item, Entry)]


def left_out(root: Path, options: WalkOptions = ALL) -> dict[str, str]:
    return {item.path: item.kind for item in walk(root, options) if isinstance(item, Skip)}


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("a.py", "python"),
        ("a.ipynb", "notebook"),
        ("src/k.CU", "cuda"),
        ("include/x.hpp", "cuda"),
        ("CMakeLists.txt", "cmake"),
        ("cmake/FindX.cmake", "cmake"),
        ("Makefile", "make"),
        ("Makefile.in", "make"),
        ("requirements-gpu.txt", "requirements"),
        ("requirements/base.txt", "requirements"),
        ("pyproject.toml", "pyproject"),
        ("environment.yml", "conda"),
        ("meta.yaml", "conda"),
        ("Dockerfile", "docker"),
        ("docker/Dockerfile.gpu", "docker"),
        ("gpu.Dockerfile", "docker"),
        ("docker-compose.yaml", "config"),
        ("run.sh", "shell"),
        ("train.slurm", "shell"),
        ("conf/model.yaml", "config"),
        ("package-lock.json", ""),
        ("notes.txt", ""),
        ("README.md", ""),
    ],
)
def test_language_by_name(path: str, expected: str) -> None:
    assert language(path) == expected


def test_order_is_that_of_the_paths_and_hidden_git_is_not_read(tmp_path: Path) -> None:
    tree(tmp_path, "b/z.py", "b/a.py", "a.py", ".git/hooks/x.py", "c.py")
    assert read(tmp_path) == ["a.py", "b/a.py", "b/z.py", "c.py"]
    assert left_out(tmp_path) == {}


def test_gitignore_with_folders_negation_and_the_nearest_file_last(tmp_path: Path) -> None:
    tree(tmp_path, "gen/a.py", "log/keep.py", "log/drop.py", "sub/b.py", "sub/deep/b.py", "sub/c.py")
    (tmp_path / ".gitignore").write_text("/gen/\nlog/*\n!log/keep.py\nb.py\n[bad\n")
    (tmp_path / "sub" / ".gitignore").write_text("c.py\n!b.py\n")
    assert read(tmp_path) == ["log/keep.py", "sub/b.py", "sub/deep/b.py"]
    assert left_out(tmp_path) == {"gen/": "ignored", "log/drop.py": "ignored", "sub/c.py": "ignored"}


def test_git_info_exclude_counts(tmp_path: Path) -> None:
    tree(tmp_path, "mine.py", "a.py", ".git/info/x")
    (tmp_path / ".git/info/exclude").write_text("mine.py\n")
    assert read(tmp_path) == ["a.py"]


def test_vendored_build_and_tool_folders(tmp_path: Path) -> None:
    tree(tmp_path, "third_party/x.py", "build/x.py", "venv/lib/x.py", "node_modules/x.py", "pkg/build/__init__.py")
    assert read(tmp_path) == ["pkg/build/__init__.py"]
    assert left_out(tmp_path) == {
        "build/": "build",
        "node_modules/": "tools",
        "third_party/": "vendored",
        "venv/": "tools",
    }
    assert read(tmp_path, WalkOptions(vendored=True)) == ["build/x.py", "pkg/build/__init__.py", "third_party/x.py"]


def test_environment_by_any_name(tmp_path: Path) -> None:
    tree(tmp_path, "gpu-env/lib/x.py", "gpu-env/pyvenv.cfg")
    assert left_out(tmp_path) == {"gpu-env/": "tools"}


def test_exclude_option(tmp_path: Path) -> None:
    tree(tmp_path, "a.py", "old/a.py", "old/new.py")
    options = WalkOptions(exclude=("old/*", "!new.py"))
    assert read(tmp_path, options) == ["a.py", "old/new.py"]
    assert left_out(tmp_path, options) == {"old/a.py": "excluded"}


def test_links_are_not_followed(tmp_path: Path) -> None:
    tree(tmp_path, "a.py")
    (tmp_path / "loop").symlink_to(tmp_path, target_is_directory=True)
    (tmp_path / "b.py").symlink_to(tmp_path / "a.py")
    (tmp_path / "gone.cu").symlink_to(tmp_path / "nowhere")
    assert read(tmp_path) == ["a.py"]
    assert left_out(tmp_path) == {"b.py": "symlink", "gone.cu": "symlink", "loop": "symlink"}


def test_large_files_pipes_and_other_languages(tmp_path: Path) -> None:
    tree(tmp_path, "kernel.pyx")
    os.mkfifo(tmp_path / "pipe.py")
    (tmp_path / "big.json").write_bytes(b"0" * 2000)
    items = list(walk(tmp_path, WalkOptions(max_bytes=1000)))
    assert [(item.path, getattr(item, "kind", getattr(item, "language", ""))) for item in items] == [
        ("big.json", "too-large"),
        ("kernel.pyx", "unread"),
        ("pipe.py", "special"),
    ]


def test_scripts_by_their_first_line(tmp_path: Path) -> None:
    (tmp_path / "train").write_text("#!/usr/bin/env python3\nimport torch\n")
    (tmp_path / "run").write_text("#!/bin/bash\nnvidia-smi\n")
    (tmp_path / "LICENSE").write_text("Text\n")
    found = [(item.path, item.language) for item in walk(tmp_path, WalkOptions()) if isinstance(item, Entry)]
    assert found == [("run", "shell"), ("train", "python")]


def test_a_single_file_is_read_whatever_ignores_it(tmp_path: Path) -> None:
    tree(tmp_path, "a.py")
    (tmp_path / ".gitignore").write_text("a.py\n")
    assert read(tmp_path / "a.py") == ["a.py"]
    (tmp_path / "a.txt").write_text("")
    assert left_out(tmp_path / "a.txt") == {"a.txt": "unsupported"}


def test_deep_folders(tmp_path: Path) -> None:
    place = tmp_path
    for _ in range(300):
        place = place / "d"
    place.mkdir(parents=True)
    (place / "a.py").write_text("")
    assert read(tmp_path) == ["d/" * 300 + "a.py"]


def test_a_folder_of_a_repository_obeys_the_files_above(tmp_path: Path) -> None:
    tree(tmp_path, ".git/x", "sub/src/a.py", "sub/src/gen.py", "sub/src/out/b.py")
    (tmp_path / ".gitignore").write_text("gen.py\n")
    (tmp_path / "sub" / ".gitignore").write_text("/src/out/\n")
    assert read(tmp_path / "sub" / "src") == ["a.py"]


def test_an_ignored_folder_is_read_when_asked_for(tmp_path: Path) -> None:
    tree(tmp_path, ".git/x", "out/deps/a.py")
    (tmp_path / ".gitignore").write_text("/out/\n")
    assert read(tmp_path) == []
    assert read(tmp_path / "out" / "deps") == ["a.py"]


def test_outside_of_git_no_file_above_counts(tmp_path: Path) -> None:
    tree(tmp_path, "sub/a.py")
    (tmp_path / ".gitignore").write_text("a.py\n")
    assert read(tmp_path / "sub") == ["a.py"]


def test_submodules_and_bundled_libraries_are_other_peoples_code(tmp_path: Path) -> None:
    tree(
        tmp_path,
        ".git/x",
        "lib/a.py",
        "own/.git/x",
        "own/a.py",
        "csrc/cutlass/include/cutlass/x.h",
        "src/cutlass/mine.h",
    )
    (tmp_path / ".gitmodules").write_text('[submodule "lib"]\n\tpath = lib\n')
    assert read(tmp_path) == ["src/cutlass/mine.h"]
    assert left_out(tmp_path) == {"csrc/cutlass/": "vendored", "lib/": "vendored", "own/": "vendored"}


def test_a_folder_of_checkouts_is_read(tmp_path: Path) -> None:
    tree(tmp_path, "one/.git/x", "one/a.py", "two/.git/x", "two/b.py", "deps/d.py")
    (tmp_path / ".gitmodules").write_text('[submodule "deps"]\n\tpath = deps\n')
    assert read(tmp_path) == ["one/a.py", "two/b.py"]


def test_lines_of_gits_files_end_only_where_git_ends_them(tmp_path: Path) -> None:
    tree(tmp_path, "a.py", "b.py", "lib/c.py", "d\x1e.py")
    (tmp_path / ".gitignore").write_text("x\x0ba.py\nx\u2028b.py\r\nd\x1e.py\r\n")
    (tmp_path / ".gitmodules").write_text("x\x0cpath = lib\n" + "\n" * 100_000)
    assert read(tmp_path) == ["a.py", "b.py", "lib/c.py"]


def test_cupy_carries_cccl_along(tmp_path: Path) -> None:
    tree(tmp_path, "cupy/_core/include/cupy/_cccl/libcudacxx/cuda/std/atomic.h", "cupy/_core/include/cupy/carray.cuh")
    assert read(tmp_path) == ["cupy/_core/include/cupy/carray.cuh"]
    assert left_out(tmp_path) == {"cupy/_core/include/cupy/_cccl/": "vendored"}


@pytest.mark.parametrize("path", ["kernel.cuh.in", "run.bat", "meson.build", "node.tf"])
def test_what_names_cuda_in_a_language_that_is_not_read_is_listed(tmp_path: Path, path: str) -> None:
    (tmp_path / path).write_text("cuda = 1\n")
    report = scan(tmp_path, ScanOptions(ask_all(("cann",)), cache=False))
    assert [(skip.path, skip.kind) for skip in report.skips] == [(path, "unsupported")]


@pytest.mark.parametrize("folder", ["external", "external_libs", "extern", "submodules"])
def test_folders_of_other_peoples_code(tmp_path: Path, folder: str) -> None:
    tree(tmp_path, f"{folder}/a.cu", "b.cu")
    assert read(tmp_path) == ["b.cu"]
