"""The checked-out commit, read without git."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from migrate.commit import head, origin, prefix

GIT = ("git", "-c", "user.name=a", "-c", "user.email=a@example.org", "-c", "commit.gpgsign=false")


def git(folder: Path, *args: str) -> str:
    return subprocess.run([*GIT, *args], cwd=folder, check=True, capture_output=True, text=True).stdout.strip()


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    folder = tmp_path / "repo"
    folder.mkdir()
    git(folder, "init", "--quiet")
    git(folder, "commit", "--quiet", "--allow-empty", "-m", "one")
    return folder


def test_branch_packed_detached_and_worktree(repository: Path) -> None:
    commit = git(repository, "rev-parse", "HEAD")
    (repository / "sub").mkdir()
    assert head(repository / "sub") == commit
    git(repository, "pack-refs", "--all")
    assert head(repository) == commit
    git(repository, "worktree", "add", "--quiet", "-b", "side", "../side")
    assert head(repository.parent / "side") == commit
    git(repository, "checkout", "--quiet", "--detach")
    assert head(repository) == commit


def test_where_in_the_repository_a_folder_or_file_lies(repository: Path) -> None:
    (repository / "sub" / "folder").mkdir(parents=True)
    (repository / "sub" / "a.py").write_text("")
    assert prefix(repository) == ""
    assert prefix(repository / "sub" / "folder") == "sub/folder/"
    assert prefix(repository / "sub" / "a.py") == "sub/"
    assert prefix(repository.parent) == ""


def test_no_repository_empty_and_hostile(tmp_path: Path) -> None:
    (tmp_path / "plain").mkdir()
    (tmp_path / "new").mkdir()
    git(tmp_path / "new", "init", "--quiet")
    assert head(tmp_path / "new") == ""
    hostile = tmp_path / "hostile"
    (hostile / ".git").mkdir(parents=True)
    for content in (b"ref: ../../etc/passwd", b"\xff\xfe", b"ref: refs/heads/../../x", b"not a hash"):
        (hostile / ".git" / "HEAD").write_bytes(content)
        assert head(hostile) == ""


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://user:secret@example.org/a/b.git", "https://example.org/a/b.git"),
        ("git@example.org:a/b.git", "ssh://example.org/a/b.git"),
        ("ssh://git@example.org:2222/a/b", "ssh://example.org:2222/a/b"),
        ("/srv/mirror/b.git", ""),
        ("ext::sh -c evil", ""),
        ("file:///srv/b", ""),
    ],
)
def test_origin_without_credentials(repository: Path, url: str, expected: str) -> None:
    git(repository, "remote", "add", "origin", url)
    assert origin(repository) == expected
    git(repository, "worktree", "add", "--quiet", "-b", "side", "../side")
    assert origin(repository.parent / "side") == expected


def test_no_origin(repository: Path, tmp_path: Path) -> None:
    git(repository, "remote", "add", "upstream", "https://example.org/a")
    assert origin(repository) == ""
    assert origin(tmp_path) == ""


@pytest.mark.parametrize("path", [".git", ".git/HEAD", ".git/config"])
def test_a_pipe_in_the_place_of_gits_files_is_not_read(tmp_path: Path, path: str) -> None:
    (tmp_path / path).parent.mkdir(exist_ok=True)
    os.mkfifo(tmp_path / path)
    assert head(tmp_path) == ""
    assert origin(tmp_path) == ""


def test_a_long_configuration_takes_no_longer_than_its_length(repository: Path) -> None:
    with (repository / ".git" / "config").open("a") as file:
        file.write('[remote "origin"]\n' + "\n" * 100_000 + "url = https://example.org/a\n")
    assert origin(repository) == "https://example.org/a"
