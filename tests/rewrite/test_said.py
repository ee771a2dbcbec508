"""What a rewrite says: the summary for people in two languages, the record for programs."""

from __future__ import annotations

import json
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from rewriting import Project

SCHEMA = json.loads(files("migrate.output").joinpath("schema", "rewrite-1.schema.json").read_text(encoding="utf-8"))
CODE = """
    import torch

    x = torch.ones(1, device="cuda:0")
    torch.cuda.synchronize()
    torch.cuda.synchronize()
    torch.cuda.nvtx.mark("a")
    torch.cuda.get_device_capability()
"""
KERNEL = "#include <cuda_runtime.h>\nint main() { return cudaDeviceSynchronize() + __CUDA_ARCH__; }\n"


@pytest.fixture
def project(tmp_path: Path, capfdbinary: pytest.CaptureFixture[bytes]) -> Project:
    made = Project(tmp_path, capfdbinary)
    made.put("a.py", CODE)
    made.put("requirements.txt", "torch==2.6.0+cu124\n")
    made.put("k.cu", KERNEL)
    return made


def record(project: Project, *options: str) -> Any:
    found = json.loads(project.run("rewrite", "--format", "json", "-q", *options).out)
    Draft202012Validator(SCHEMA).validate(found)
    return found


def test_in_english(project: Project) -> None:
    err = project.run("rewrite", "--target", "cann", "--check").err
    assert "cann: 3 uses changed in 1 files (3 safe, 0 to review)\n  a.py: torch.cuda.synchronize × 2, cuda\n" in err
    assert "needs a review; --unsafe makes the change\n  requirements.txt:1 torch+cuda\n" in err
    assert "C and C++ are left out: 3 uses (see `cuda-migrate scan`)" in err


def test_in_chinese(project: Project) -> None:
    err = project.run("rewrite", "--target", "cann", "--check", "--unsafe", "--lang", "zh").err
    assert "cann:4 处修改,2 个文件(可靠 3 处,需确认 1 处)\n" in err
    assert "  requirements.txt: torch+cuda(需确认)\n" in err
    assert "不改写 C/C++:3 处使用" in err
    assert "uses" not in err


def test_the_version_that_is_needed(project: Project) -> None:
    assert "what was written needs torch 2." in project.run("rewrite", "--target", "portable", "--check").err


def test_long_lists_are_cut(project: Project) -> None:
    for number in range(9):
        project.put(f"f{number}.py", CODE)
    assert "… 5 more (--verbose)" in project.run("rewrite", "--target", "cann", "--check").err
    assert "more (--verbose)" not in project.run("rewrite", "--target", "cann", "--check", "-v").err


def test_the_record(project: Project) -> None:
    found = record(project, "--target", "cann", "--check", "--unsafe")
    assert found["summary"]["changes"] == 4
    assert found["summary"]["review"] == 1
    changes = [
        (item["path"], change["line"], change["symbol"], change["safety"], change["old"], change["new"])
        for item in found["files"]
        for change in item["changes"]
    ]
    assert changes == [
        ("a.py", 3, "device:cuda", "safe", "cuda", "npu"),
        ("a.py", 4, "py:torch.cuda.synchronize", "safe", "torch.cuda.synchronize", "torch.npu.synchronize"),
        ("a.py", 5, "py:torch.cuda.synchronize", "safe", "torch.cuda.synchronize", "torch.npu.synchronize"),
        (
            "requirements.txt",
            1,
            "package:torch+cuda",
            "review",
            "torch==2.6.0+cu124",
            "torch==2.6.0\ntorch-npu==2.6.0.*",
        ),
    ]
    assert all(change["source"] for item in found["files"] for change in item["changes"])
    assert {left["reason"] for item in found["files"] for left in item["left"]} == {"verdict"}


def test_the_record_tells_what_failed(project: Project) -> None:
    project.put("bad.py", 'import torch\nprint "a"\ntorch.cuda.synchronize()\n')
    (project.root / "a.py").chmod(0o444)
    found = record(project, "--target", "cann", "--write")
    told = {item["path"]: (item["changed"], item["problem"]) for item in found["files"]}
    assert told["a.py"] == (False, "read-only; make it writable (chmod u+w) and run again")
    assert "Syntax Error" in told["bad.py"][1]
    assert found["summary"]["failed"] == 1


def test_the_schema_refuses_what_it_does_not_know(project: Project) -> None:
    found = record(project, "--target", "cann", "--check") | {"more": 1}
    assert not Draft202012Validator(SCHEMA).is_valid(found)


@pytest.mark.parametrize("path", ["ddp_trainer", "inference_server", "triton_notebook", "hostile", "cuda_extension"])
@pytest.mark.parametrize("target", ["portable", "cann", "rocm"])
def test_the_corpus(capfdbinary: pytest.CaptureFixture[bytes], path: str, target: str) -> None:
    record(Project(Path(__file__).parents[2] / "corpus" / path, capfdbinary), "--target", target, "--check", "--unsafe")


def test_standard_output_is_for_one(project: Project) -> None:
    run = project.run("rewrite", "--target", "cann", "--diff", "--format", "json")
    assert run.code == 2
    assert "both take standard output" in run.err


@pytest.mark.parametrize(("options", "code"), [(("--check",), 1), (("--diff",), 0), (("--write",), 0)])
def test_exit_codes(project: Project, options: tuple[str, ...], code: int) -> None:
    assert project.run("rewrite", "--target", "cann", *options).code == code
    if "--write" in options:
        assert project.run("rewrite", "--target", "cann", "--check").code == 0
