"""Patches: ``git apply`` makes of the old files what ``--write`` would."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest
from rewriting import Project

CODE = b"import torch\nimport torch_npu\n\n# %s\ntorch.cuda.synchronize()\nx = 1\n"


@pytest.fixture
def project(tmp_path: Path, capfdbinary: pytest.CaptureFixture[bytes]) -> Project:
    return Project(tmp_path / "tree", capfdbinary)


def put(project: Project, path: str, data: bytes) -> Path:
    place = project.root / path
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_bytes(data)
    return place


def check(project: Project, below: str = ".") -> None:
    """The patch, applied with git wherever it runs, gives what a rewrite in place gives."""
    root = project.root / below
    subprocess.run(["git", "init", "-q"], cwd=project.root, check=True)
    before = {place: place.read_bytes() for place in root.rglob("*") if place.is_file()}
    part = Project(root, project._capture)  # type: ignore[attr-defined]
    patch = part.bytes("rewrite", "--target", "cann", "--diff", "-q")
    assert patch
    assert part.run("rewrite", "--target", "cann", "--write", "--force", "-q").code == 0
    written = {place: place.read_bytes() for place in before}
    assert written != before
    for folder in {root, project.root}:
        for place, data in before.items():
            place.write_bytes(data)
        subprocess.run(["git", "apply", "--whitespace=nowarn", "-"], cwd=folder, input=patch, check=True)
        assert {place: place.read_bytes() for place in before} == written


@pytest.mark.parametrize(
    "data",
    [
        CODE % b"plain",
        (CODE % b"two").replace(b"\n", b"\r\n"),
        (CODE % b"mixed").replace(b"cuda.synchronize()\n", b"cuda.synchronize()\r\n"),
        CODE.removesuffix(b"x = 1\n").removesuffix(b"\n") % b"no newline at the end",
        b"\xef\xbb\xbf" + CODE % b"\xe8\xae\xbe\xe5\xa4\x87",
        b"# -*- coding: gbk -*-\n" + CODE % "设备".encode("gbk"),
        b"# -*- coding: latin-1 -*-\n" + CODE % b"caf\xe9",
        CODE % b"form feed \x0c and line separators \xe2\x80\xa8 \xc2\x85 are no line ends",
        CODE.replace(b"x = 1", b"x = '''\n-- \xe8\xae\xbe\n++ b\n@@ -1 +1 @@\n'''") % b"looks like a patch",
        b"import torch\nimport torch_npu\ndef f():\n\ttorch.cuda.synchronize() \n\n\n",
    ],
)
def test_contents(project: Project, data: bytes) -> None:
    put(project, "a.py", data)
    check(project)


@pytest.mark.parametrize(
    "name",
    ["with space.py", 'quo"te.py', "back\\slash.py", "new\nline.py", "tab\t.py", "模型.py", "-dash.py", "a/b c/d é.py"],
)
def test_names(project: Project, name: str) -> None:
    put(project, name, CODE % b"x")
    check(project)


def test_a_name_that_is_no_text(project: Project) -> None:
    put(project, os.fsdecode(b"caf\xe9.py"), CODE % b"x")
    check(project)


def test_a_folder_below_the_repository(project: Project) -> None:
    put(project, "sub/a.py", CODE % b"x")
    put(project, "a.py", CODE % b"y")
    check(project, "sub")


def test_configuration(project: Project) -> None:
    put(project, "conf.yaml", b"device: cuda:0\r\nbackend: nccl")
    put(project, "run.sh", b"export CUDA_VISIBLE_DEVICES=0\n")
    check(project)
