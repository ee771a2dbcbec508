"""Portable code for torch before 2.6: one small helper module, in place of what torch has from then on."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
from rewriting import Project

OLD = ("--target", "portable", "--torch", "2.3")
SCRIPT = 'import torch\n\nx = torch.zeros(3, device="cuda")\n'


@pytest.fixture
def project(tmp_path: Path, capfdbinary: pytest.CaptureFixture[bytes]) -> Project:
    return Project(tmp_path, capfdbinary)


@pytest.mark.parametrize(
    ("before", "after", "imported"),
    [
        ("torch.cuda.synchronize()", "device_module().synchronize()", "device_module"),
        ("torch.cuda.set_device(rank)", "device_module().set_device(rank)", "device_module"),
        ("torch.cuda.Stream(priority=-1)", "device_module().Stream(priority=-1)", "device_module"),
        ("torch.cuda.manual_seed(1)", "torch.cuda.manual_seed(1)", ""),
        ("x.cuda()", "x.to(DEVICE_TYPE)", "DEVICE_TYPE"),
        ('x.to(f"cuda:{rank}")', 'x.to(f"{DEVICE_TYPE}:{rank}")', "DEVICE_TYPE"),
        ("x.is_cuda", 'x.device.type != "cpu"', ""),
        (
            'torch.device("cuda" if torch.cuda.is_available() else "cpu")',
            'torch.device(DEVICE_TYPE if device_module().is_available() else "cpu")',
            "DEVICE_TYPE, device_module",
        ),
        (
            "torch.cuda.amp.autocast(dtype=torch.float16)",
            'torch.autocast(DEVICE_TYPE, enabled=DEVICE_TYPE != "cpu", dtype=torch.float16)',
            "DEVICE_TYPE",
        ),
        ("torch.cuda.amp.GradScaler()", "device_module().amp.GradScaler()", "device_module"),
        (
            'torch.distributed.init_process_group("nccl")',
            "torch.distributed.init_process_group(default_backend(DEVICE_TYPE))",
            "DEVICE_TYPE, default_backend",
        ),
        (
            "torch.cuda.FloatTensor([1.0])",
            "torch.tensor([1.0], dtype=torch.float32, device=DEVICE_TYPE)",
            "DEVICE_TYPE",
        ),
    ],
)
def test_expressions(project: Project, before: str, after: str, imported: str) -> None:
    code = "import torch\n{}\n\ndef f(x: torch.Tensor, rank: int):\n    return {}\n"
    project.put("a.py", code.format("", before))
    project.rewrite(*OLD)
    assert project.read("a.py") == code.format(f"from _accelerator import {imported}\n" if imported else "", after)
    assert ("_accelerator.py" in project.files()) == bool(imported)


def test_contexts_keep_their_form(project: Project) -> None:
    """From torch 2.6 on a stream is a context manager itself; before, it takes ``stream``."""
    code = "import torch\n\ns = torch.cuda.Stream()\nwith torch.cuda.stream(s), torch.cuda.device(0):\n    pass\n"
    project.put("a.py", code)
    project.rewrite(*OLD)
    assert "with device_module().stream(s), device_module().device(0):\n" in project.read("a.py")


def test_newer_versions_need_no_helper(project: Project) -> None:
    project.put("a.py", SCRIPT)
    project.rewrite("--target", "portable", "--torch", "2.6")
    assert project.files() == ["a.py"]
    assert "torch.accelerator" in project.read("a.py")


def test_what_plugins_lack_is_left(project: Project) -> None:
    code = "import torch\n\ntorch.cuda.jiterator._create_jit_fn('')\n"
    project.put("a.py", code)
    project.rewrite(*OLD)
    assert project.read("a.py") == code


def test_the_version_may_stand_in_the_settings(project: Project) -> None:
    project.put("pyproject.toml", '[tool.cuda-migrate]\ntorch = "2.3"\n')
    project.put("a.py", SCRIPT)
    project.rewrite("--target", "portable")
    assert "_accelerator.py" in project.files()


def test_a_package_has_one_helper(project: Project) -> None:
    for path in ("pkg/__init__.py", "pkg/sub/__init__.py"):
        project.put(path)
    project.put("pkg/a.py", SCRIPT)
    project.put("pkg/sub/b.py", "import torch\n\ntorch.cuda.synchronize()\n")
    project.rewrite(*OLD)
    assert [path for path in project.files() if "_accel" in path] == ["pkg/_accelerator.py"]
    assert "from pkg._accelerator import DEVICE_TYPE\n" in project.read("pkg/a.py")
    assert "from pkg._accelerator import device_module\n" in project.read("pkg/sub/b.py")


def test_a_script_in_a_package_finds_it_beside_itself(project: Project) -> None:
    project.put("pkg/__init__.py")
    project.put("pkg/train.py", SCRIPT + '\nif __name__ == "__main__":\n    print(x)\n')
    project.rewrite(*OLD)
    assert "from _accelerator import DEVICE_TYPE\n" in project.read("pkg/train.py")
    assert "pkg/_accelerator.py" in project.files()


def test_modules_without_a_package_find_it_beside_the_script(project: Project) -> None:
    project.put("train.py", 'from models.net import x\n\nif __name__ == "__main__":\n    print(x)\n')
    project.put("models/net.py", SCRIPT)
    project.rewrite(*OLD)
    assert project.files() == ["_accelerator.py", "models/net.py", "train.py"]


def test_a_notebook_finds_it_beside_itself(project: Project) -> None:
    cell = {"cell_type": "code", "source": SCRIPT}
    project.put("pkg/__init__.py")
    project.put("pkg/a.ipynb", json.dumps({"cells": [cell]}))
    project.rewrite(*OLD)
    assert "from _accelerator import DEVICE_TYPE\\n" in project.read("pkg/a.ipynb")
    assert "pkg/_accelerator.py" in project.files()


def test_a_part_of_a_package_is_imported_by_its_full_name(project: Project) -> None:
    project.put("pkg/__init__.py")
    project.put("pkg/sub/__init__.py")
    project.put("pkg/sub/a.py", SCRIPT)
    part = Project(project.root / "pkg/sub", project._capture)  # type: ignore[attr-defined]
    part.run("rewrite", *OLD, "--write")
    assert "from pkg.sub._accelerator import DEVICE_TYPE\n" in project.read("pkg/sub/a.py")
    assert "_accelerator.py" in part.files()


def test_another_file_of_that_name_stays(project: Project) -> None:
    project.put("_accelerator.py", "OWN = 1\n")
    project.put("a.py", SCRIPT)
    project.rewrite(*OLD)
    assert project.read("_accelerator.py") == "OWN = 1\n"
    assert "from _torch_accelerator import DEVICE_TYPE\n" in project.read("a.py")


def test_both_names_taken_is_an_error(project: Project) -> None:
    project.put("_accelerator.py", "OWN = 1\n")
    project.put("_torch_accelerator.py", "OWN = 2\n")
    project.put("a.py", SCRIPT)
    run = project.run("rewrite", *OLD, "--write")
    assert run.code == 2
    assert "_accelerator.py and _torch_accelerator.py exist; rename one of them" in run.err


def test_the_helper_grows_with_what_is_used(project: Project) -> None:
    project.put("a.py", SCRIPT)
    project.rewrite(*OLD)
    assert "device_module" not in project.read("_accelerator.py")
    project.put("b.py", "import torch\n\ntorch.cuda.synchronize()\n")
    project.rewrite(*OLD)
    assert "def device_module()" in project.read("_accelerator.py")


def test_an_edited_helper_is_not_overwritten(project: Project) -> None:
    project.put("a.py", SCRIPT)
    project.rewrite(*OLD)
    project.put("_accelerator.py", project.read("_accelerator.py") + "OWN = 1\n")
    project.rewrite(*OLD)
    project.put("b.py", "import torch\n\ntorch.cuda.synchronize()\n")
    run = project.run("rewrite", *OLD, "--write")
    assert run.code == 2
    assert "_accelerator.py: was edited and lacks device_module" in run.err


def test_a_folder_for_the_output_gets_it_too(project: Project, tmp_path_factory: pytest.TempPathFactory) -> None:
    project.put("a.py", SCRIPT)
    folder = tmp_path_factory.mktemp("out")
    project.run("rewrite", *OLD, "--output-dir", str(folder))
    assert sorted(place.name for place in folder.iterdir()) == ["_accelerator.py", "a.py"]


def test_a_scan_finds_nothing_in_the_helper(project: Project) -> None:
    project.put("a.py", SCRIPT + 'torch.cuda.synchronize()\ntorch.distributed.init_process_group("nccl")\n')
    project.rewrite(*OLD)
    scan = project.run("scan", "--target", "all", "--format", "json")
    assert '"path":"_accelerator.py"' not in scan.out.replace('": "', '":"')


@pytest.mark.real
def test_the_helper_runs_on_a_cpu(project: Project) -> None:
    code = """
        import torch
        import torch.distributed as dist
        from torch.cuda.amp import GradScaler, autocast

        device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
        model = torch.nn.Linear(2, 1).cuda()
        scaler = GradScaler(enabled=torch.cuda.is_available())
        dist.init_process_group("nccl", init_method="tcp://127.0.0.1:0", rank=0, world_size=1)
        torch.manual_seed(0)
        torch.cuda.manual_seed_all(0)
        with autocast(dtype=torch.bfloat16):
            loss = model(torch.ones(1, 2, device="cuda")).sum()
        scaler.scale(loss).backward()
        torch.cuda.empty_cache()
        print(device, dist.get_backend(), torch.cuda.device_count(), model.weight.grad.shape)
    """
    project.put("train.py", code)
    project.rewrite(*OLD)
    assert not re.search(r"cuda", project.read("train.py"))
    done = subprocess.run(
        [sys.executable, "train.py"], cwd=project.root, capture_output=True, text=True, check=False, timeout=120
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout == "cpu gloo 0 torch.Size([1, 2])\n"
