"""Files that can't be written, or that are not what they were: listed with the reason, the others are written."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from rewriting import Project

from migrate import atomic
from migrate.errors import InputError
from migrate.model import Edit
from migrate.rewrite import write
from migrate.rewrite.changes import Change, FilePlan
from migrate.rewrite.journal import Journal

CHANGED = "changed since it was scanned; run again"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    folder = tmp_path / "tree"
    folder.mkdir()
    for name in ("a.py", "b.py", "c.py"):
        (folder / name).write_text("old\n")
    return folder


def planned(root: Path, **options: bool) -> list[FilePlan]:
    """Each file's text is to become ``new``."""
    places = sorted(root.rglob("*.py")) if root.is_dir() else [root]
    base = write.base(root)
    change = Change(None, (), "safe")  # type: ignore[arg-type]
    return [
        FilePlan(place.relative_to(base).as_posix(), place.read_bytes(), [Edit(0, 3, "new")], [change], **options)
        for place in places
    ]


def written(root: Path, plans: list[FilePlan]) -> list[tuple[str, str]]:
    return [tuple(failure) for failure in write.in_place(root, plans, Journal(write.base(root)))]


def texts(root: Path) -> list[str]:
    return [place.read_text() for place in sorted(root.rglob("*.py"))]


def test_a_file_that_changed_meanwhile(root: Path) -> None:
    plans = planned(root)
    (root / "b.py").write_text("other\n")
    assert written(root, plans) == [("b.py", CHANGED)]
    assert texts(root) == ["new\n", "other\n", "new\n"]


def test_a_file_that_is_gone(root: Path) -> None:
    plans = planned(root)
    (root / "b.py").unlink()
    assert written(root, plans) == [("b.py", "No such file or directory")]
    assert texts(root) == ["new\n", "new\n"]


def test_a_file_that_became_a_link(root: Path, tmp_path: Path) -> None:
    plans = planned(root)
    (root / "b.py").rename(tmp_path / "outside.py")
    (root / "b.py").symlink_to(tmp_path / "outside.py")
    assert written(root, plans) == [("b.py", CHANGED)]
    assert (tmp_path / "outside.py").read_text() == "old\n"


def test_a_folder_that_became_a_link(root: Path, tmp_path: Path) -> None:
    (root / "sub").mkdir()
    (root / "sub" / "d.py").write_text("old\n")
    plans = planned(root)
    (root / "sub").rename(tmp_path / "outside")
    (root / "sub").symlink_to(tmp_path / "outside")
    assert written(root, plans) == [("sub/d.py", CHANGED)]
    assert (tmp_path / "outside" / "d.py").read_text() == "old\n"


def test_a_read_only_file(root: Path) -> None:
    (root / "b.py").chmod(0o444)
    assert written(root, planned(root)) == [("b.py", "read-only; make it writable (chmod u+w) and run again")]
    assert texts(root) == ["new\n", "old\n", "new\n"]


def test_a_read_only_folder(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Root may write everywhere, so the refusal is made up."""
    temporary = atomic.NamedTemporaryFile

    def refused(*args: object, **kwargs: object) -> object:
        if Path(str(kwargs["dir"])).name == "sub":
            raise PermissionError(13, "Permission denied")
        return temporary(*args, **kwargs)  # type: ignore[call-overload]

    (root / "sub").mkdir()
    (root / "sub" / "d.py").write_text("old\n")
    monkeypatch.setattr(atomic, "NamedTemporaryFile", refused)
    assert written(root, planned(root)) == [("sub/d.py", "Permission denied")]
    assert texts(root) == ["new\n", "new\n", "new\n", "old\n"]


def test_a_full_disk(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    sync = os.fsync
    calls = iter(range(10))

    def full(file: int) -> None:
        if next(calls) == 2:  # after the journal and the first file
            raise OSError(28, "No space left on device")
        sync(file)

    monkeypatch.setattr(os, "fsync", full)
    assert written(root, planned(root)) == [("b.py", "No space left on device")]
    assert texts(root) == ["new\n", "old\n", "new\n"]
    assert sorted(place.name for place in root.iterdir()) == ["a.py", "b.py", "c.py"]


def test_what_failed_can_be_written_by_the_next_run(root: Path) -> None:
    (root / "b.py").chmod(0o444)
    written(root, planned(root))
    assert Journal(root).is_ours("a.py")
    assert not Journal(root).is_ours("b.py")
    (root / "b.py").chmod(0o644)
    assert written(root, [plan for plan in planned(root) if plan.data == b"old\n"]) == []
    assert not Journal(root).is_ours("a.py")


def test_nothing_that_imports_a_helper_is_written_without_it(root: Path) -> None:
    helper = FilePlan("gone/_accelerator.py", b"", [Edit(0, 0, "x = 1\n")], is_new=True)
    failed = written(root, [*planned(root), helper])
    assert failed[0] == ("gone/_accelerator.py", "No such file or directory")
    assert {reason for _, reason in failed[1:]} == {"not written without gone/_accelerator.py"}
    assert texts(root) == ["old\n", "old\n", "old\n"]


def test_other_hard_links_keep_what_they_have(root: Path, tmp_path: Path) -> None:
    os.link(root / "a.py", tmp_path / "other.py")
    assert written(root, planned(root)) == []
    assert (tmp_path / "other.py").read_text() == "old\n"


@pytest.mark.parametrize("mode", [0o755, 0o600, 0o664, 0o4750])
def test_modes_are_kept(root: Path, mode: int) -> None:
    (root / "a.py").chmod(mode)
    assert written(root, planned(root)) == []
    assert (root / "a.py").stat().st_mode & 0o7777 == mode


def test_the_owner_is_kept(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    given: list[tuple[int, int]] = []
    monkeypatch.setattr(os, "chown", lambda _, user, group: given.append((user, group)))
    before = (root / "a.py").stat()
    written(root, planned(root))
    assert given == [(before.st_uid, before.st_gid)] * 3


def test_a_file_alone_and_a_root_that_is_a_link(root: Path, tmp_path: Path) -> None:
    assert written(root / "a.py", planned(root / "a.py")) == []
    assert texts(root) == ["new\n", "old\n", "old\n"]
    (tmp_path / "link").symlink_to(root)
    assert written(tmp_path / "link", [plan for plan in planned(root) if plan.data == b"old\n"]) == []
    (tmp_path / "link.py").symlink_to(root / "a.py")
    (root / "a.py").write_text("old\n")
    assert written(tmp_path / "link.py", planned(tmp_path / "link.py")) == []
    assert (tmp_path / "link.py").is_symlink()
    assert texts(root) == ["new\n", "new\n", "new\n"]


def test_another_folder(root: Path, tmp_path: Path) -> None:
    (root / "sub").mkdir()
    (root / "sub" / "d.py").write_text("old\n")
    (root / "sub" / "d.py").chmod(0o755)
    out = tmp_path / "out"
    assert write.to_folder(root, planned(root), out) == []
    assert texts(out) == ["new\n"] * 4
    assert (out / "sub" / "d.py").stat().st_mode & 0o777 == 0o755
    with pytest.raises(InputError, match="exists; name an empty folder"):
        write.to_folder(root, planned(root), out)


@pytest.mark.parametrize("inside", [".", "out", "sub/../out"])
def test_a_folder_inside_of_what_is_scanned(root: Path, inside: str) -> None:
    with pytest.raises(InputError, match="lies in what is scanned"):
        write.to_folder(root, planned(root), root / inside)
    assert texts(root) == ["old\n"] * 3


def test_a_file_where_a_folder_must_be(root: Path, tmp_path: Path) -> None:
    (tmp_path / "out").write_text("mine\n")
    failed = write.to_folder(root, planned(root), tmp_path / "out")
    assert [failure.path for failure in failed] == ["a.py", "b.py", "c.py"]
    assert (tmp_path / "out").read_text() == "mine\n"


def test_links_in_the_other_folder_are_not_followed(root: Path, tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "a.py").symlink_to(tmp_path / "elsewhere.py")
    with pytest.raises(InputError, match="exists"):
        write.to_folder(root, planned(root), tmp_path / "out")
    assert not (tmp_path / "elsewhere.py").exists()


@pytest.fixture
def project(tmp_path: Path, capfdbinary: pytest.CaptureFixture[bytes]) -> Project:
    return Project(tmp_path, capfdbinary)


@pytest.mark.parametrize("modes", [("--check", "--write"), ("--check", "--diff"), ("--write", "--diff")])
def test_one_thing_is_done_with_the_changes(project: Project, modes: tuple[str, ...]) -> None:
    project.put("a.py", "import torch\n\nx = torch.ones(1).cuda()\n")
    made = project.run("rewrite", *modes)
    assert made.code == 2
    assert "say what to do with the changes: one of" in made.err
    assert "x = torch.ones(1).cuda()" in project.read("a.py")


@pytest.mark.parametrize(
    "code",
    [
        'import torch\nx = torch.ones(1, device=("cuda"\n  ":0"))\n',
        "import torch; x = torch.ones(1).cuda()\n",
    ],
)
def test_what_would_not_run_is_not_written(project: Project, code: str) -> None:
    project.put("a.py", code)
    made = project.run("rewrite", "--write", "--force")
    assert project.read("a.py") == code
    assert "a.py: " in made.err


def test_a_link_in_the_output_folder_is_not_followed(
    project: Project, tmp_path_factory: pytest.TempPathFactory
) -> None:
    project.put("pkg/a.py", "import torch\n\nx = torch.ones(1).cuda()\n")
    folder, elsewhere = tmp_path_factory.mktemp("out"), tmp_path_factory.mktemp("elsewhere")
    (folder / "pkg").symlink_to(elsewhere)
    made = project.run("rewrite", "--output-dir", str(folder))
    assert made.code == 2
    assert "is a link to elsewhere" in made.err
    assert list(elsewhere.iterdir()) == []
