"""``rewrite --strategy shim``: the run-time patch goes in where programs start, once, and nowhere else."""

from __future__ import annotations

import ast
import json
from importlib.resources import files
from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from rewriting import Project

from migrate.facts import data, targets

SCHEMA = json.loads(files("migrate.output").joinpath("schema", "rewrite-1.schema.json").read_text(encoding="utf-8"))
PATCH = "from torch_npu.contrib import transfer_to_npu  # noqa: F401\n"
BOTH = f"import torch_npu  # noqa: F401\n{PATCH}"
MAIN = '\nif __name__ == "__main__":\n    main()\n'


@pytest.fixture
def project(tmp_path: Path, capfdbinary: pytest.CaptureFixture[bytes]) -> Project:
    return Project(tmp_path, capfdbinary)


def shim(project: Project, target: str = "cann") -> str:
    """What the rewrite says; its laws are checked: the patch applies with git, a second run changes nothing."""
    return project.rewrite("--target", target, "--strategy", "shim").err


def shimmed(project: Project, code: str, target: str = "cann") -> str:
    """A script after the rewrite."""
    project.put("train.py", dedent(code).lstrip("\n") + MAIN)
    shim(project, target)
    text = project.read("train.py")
    ast.parse(text)
    return text.removesuffix(MAIN)


def changed(project: Project) -> list[str]:
    """The Python files that import the patch."""
    return [path for path in project.files() if "transfer_to_npu" in project.read(path)]


def test_the_patch_stands_behind_torch_import(project: Project) -> None:
    code = '''
        #!/usr/bin/env python
        """Trains."""
        from __future__ import annotations

        import os

        import torch
        import torch.nn as nn
    '''
    before, torch, after = dedent(code).lstrip("\n").partition("import torch\n")
    assert shimmed(project, code) == before + torch + BOTH + after


def test_names_from_torch_are_taken_after_the_patch(project: Project) -> None:
    assert shimmed(project, "import os\nfrom torch.cuda.amp import autocast\nimport torch\n") == (
        f"import os\n{BOTH}from torch.cuda.amp import autocast\nimport torch\n"
    )


def test_own_modules_that_reach_torch_come_after_the_patch(project: Project) -> None:
    project.put("plain.py", "x = 1\n")
    project.put("model.py", "from torch.cuda.amp import autocast\n")
    assert shimmed(project, "import plain\nimport model\nimport torch\n") == (
        f"import plain\n{BOTH}import model\nimport torch\n"
    )
    assert changed(project) == ["train.py"]


def test_only_the_lines_that_are_missing(project: Project) -> None:
    assert shimmed(project, "import torch\nimport torch_npu\n") == f"import torch\n{PATCH}import torch_npu\n"


@pytest.mark.parametrize(
    "code",
    [
        "import torch\nimport torch_npu\nfrom torch_npu.contrib import transfer_to_npu\n",
        "import torch\ntry:\n    from torch_npu.contrib import transfer_to_npu\nexcept ImportError:\n    pass\n",
    ],
)
def test_a_patch_that_is_there_stays_the_only_one(project: Project, code: str) -> None:
    assert shimmed(project, code) == code


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        (
            "try:\n    import torch\nexcept ImportError:\n    torch = None\n",
            "try:\n    import torch\n    @1    @2except ImportError:\n    torch = None\n",
        ),
        (
            "try: import torch\nexcept ImportError: torch = None\n",
            "@1@2try: import torch\nexcept ImportError: torch = None\n",
        ),
        ("import os; import torch\n", "@1@2import os; import torch\n"),
        ("import os\n\n\ndef main():\n    import torch\n", "import os\n@1@2\n\ndef main():\n    import torch\n"),
        (
            "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import torch\nimport torch.nn\n",
            "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import torch\nimport torch.nn\n@1@2",
        ),
        (
            "import os\nimport numpy\nimport transformers\n\nmodel.to('cuda')\n",
            "import os\n@1@2import numpy\nimport transformers\n\nmodel.to('cuda')\n",
        ),
    ],
)
def test_where_torch_import_stands(project: Project, code: str, expected: str) -> None:
    if "model.to" in code:
        code = code.replace("model.to", "model = transformers.AutoModel.from_pretrained('x')\nmodel.to")
        expected = expected.replace("model.to", "model = transformers.AutoModel.from_pretrained('x')\nmodel.to")
    one, two = BOTH.splitlines(keepends=True)
    assert shimmed(project, code) == expected.replace("@1", one).replace("@2", two)


def test_scripts_and_what_is_run_but_no_module(project: Project) -> None:
    torch = "import torch\nx = torch.ones(1).cuda()\n"
    run = "by_docker by_module by_torchrun pkg/__main__ pkg/cli pkg/of_setup_cfg pkg/of_setup_py tools/by_shell".split()
    for path in (*run, "pkg/model"):
        project.put(f"{path}.py", torch)
    project.put("pkg/__init__.py")
    project.put("through.py", "from pkg import model\n" + MAIN)
    project.put("no_torch.py", "import os\n" + MAIN)
    project.put("by_nobody.py", torch)
    scripts = "setup(entry_points={'console_scripts': ['x = pkg.of_setup_py:main']})\n"
    project.put("setup.py", "from torch.utils.cpp_extension import CUDAExtension\n" + scripts + MAIN)
    project.put("setup.cfg", "[options.entry_points]\nconsole_scripts =\n    y = pkg.of_setup_cfg:main\n")
    project.put("run.sh", "# python by_nobody.py\ncd tools\npython -u by_shell.py --lr 1\npython setup.py install\n")
    project.put("Dockerfile", 'FROM x\nCMD ["python", "by_docker.py"]\n')
    project.put("job.slurm", "srun torchrun --nproc_per_node 8 \\\n    by_torchrun.py\n")
    project.put("Makefile", "run:\n\tpython -m torch.distributed.run -m by_module\n")
    project.put("pyproject.toml", '[project]\nname = "x"\n[project.scripts]\nx = "pkg.cli:main"\n')
    shim(project)
    assert changed(project) == sorted(f"{path}.py" for path in (*run, "through"))


def test_nothing_else_is_changed(project: Project) -> None:
    project.put("requirements.txt", "torch==2.6.0+cu124\n")
    project.put("train.py", 'import torch\nx = torch.ones(1, device="cuda")\n' + MAIN)
    shim(project)
    assert project.read("requirements.txt") == "torch==2.6.0+cu124\n"
    assert project.read("train.py") == f'import torch\n{BOTH}x = torch.ones(1, device="cuda")\n{MAIN}'


def test_a_notebook_takes_it_in_the_cell_that_imports_torch(project: Project) -> None:
    cells = [["import os\n"], ["from torch import nn\n", "nn.Linear(1, 1).cuda()\n"], ["import torch"]]
    notebook = {
        "cells": [
            {"cell_type": "code", "metadata": {}, "outputs": [], "execution_count": None, "source": s} for s in cells
        ],
        "metadata": {},
        "nbformat": 4,
        "nbformat_minor": 5,
    }
    project.put("n.ipynb", json.dumps(notebook, indent=1) + "\n")
    shim(project)
    made = [cell["source"] for cell in json.loads(project.read("n.ipynb"))["cells"]]
    assert made == [cells[0], [*BOTH.splitlines(keepends=True), *cells[1]], cells[2]]


def test_line_ends_and_a_byte_order_mark_stay(project: Project) -> None:
    place = project.root / "train.py"
    code = b'\xef\xbb\xbfimport torch\r\n\r\nif __name__ == "__main__":\r\n    torch.ones(1).cuda()\r\n'
    place.write_bytes(code)
    shim(project)
    lines = BOTH.encode().replace(b"\n", b"\r\n")
    assert place.read_bytes() == code.replace(b"import torch\r\n", b"import torch\r\n" + lines)


def test_a_file_that_is_not_python_is_named(project: Project) -> None:
    project.put("old.py", "import torch\ndef (:\n" + MAIN)
    made = project.run("rewrite", "--target", "cann", "--strategy", "shim", "--check")
    assert "old.py: it can't be parsed for certain; the patch isn't imported in it" in made.err
    assert made.code == 0


@pytest.mark.parametrize(
    ("target", "lines"),
    [
        ("mlu", "import torch\nimport torch_mlu  # noqa: F401\nimport torch_mlu.utils.gpu_migration  # noqa: F401\n"),
        ("musa", "import torchada  # noqa: F401\nimport torch\n"),  # it sets variables that torch reads
        ("gcu", "import torch\nimport torch_gcu  # noqa: F401\nfrom torch_gcu import transfer_to_gcu  # noqa: F401\n"),
        (
            "biren",
            "import torch\nimport torch_supa  # noqa: F401\n"
            "from torch_supa.contrib import transfer_to_supa  # noqa: F401\n",
        ),
    ],
)
def test_each_vendor_has_its_own(project: Project, target: str, lines: str) -> None:
    assert shimmed(project, "import torch\n", target) == lines


USES = """
    import torch
    import torch.distributed as dist
    from torch.jit import script


    @torch.jit.script
    def f(x):
        return x


    g = script(f)
    h = torch.jit.trace(f, torch.ones(1))
    dist.init_process_group("nccl")
    if dist.get_backend() == "nccl":
        pass


    def kind(x: torch.Tensor):
        if x.device.type == "cuda":
            return torch.cuda.DoubleTensor(3)
        if x.device.type == "cuda" or x.device.type == "npu":
            return x
        torch.cuda.memory.memory_allocated()
        return torch.cuda.comm.broadcast
"""


def record(project: Project, target: str) -> Any:
    options = ("--target", target, "--strategy", "shim", "--check", "-q", "--format", "json")
    found = json.loads(project.run("rewrite", *options).out)
    Draft202012Validator(SCHEMA).validate(found)
    return found


def test_side_effects_in_this_code_base(project: Project) -> None:
    project.put("train.py", dedent(USES).lstrip("\n") + MAIN)
    found = record(project, "cann")
    assert found["strategy"] == "shim"
    assert found["patch"]["module"] == "torch_npu.contrib.transfer_to_npu"
    assert {effect["effect"]: [use["line"] for use in effect["uses"]] for effect in found["patch"]["effects"]} == {
        "jit-script": [6, 11],  # not torch.jit.trace
        "device-type": [19],  # not the comparison with npu beside it
        "backend-switched": [13],
        "backend-name": [14],
        "double-is-float": [20],
        "missing-name": [24],
        "unpatched-modules": [23],
    }
    assert [one["path"] for one in found["files"] if one["changed"]] == ["train.py"]


def test_side_effects_are_those_of_the_target(project: Project) -> None:
    project.put("train.py", dedent(USES).lstrip("\n") + "print(torch.cuda.is_available())\n" + MAIN)
    effects = [effect["effect"] for effect in record(project, "musa")["patch"]["effects"]]
    assert "jit-script" not in effects  # torchada keeps it
    assert "available-false" in effects
    assert record(project, "gcu")["patch"]["effects"] == []


def test_said_in_two_languages(project: Project) -> None:
    project.put("train.py", dedent(USES).lstrip("\n") + MAIN)
    err = project.run("rewrite", "--target", "cann", "--strategy", "shim", "--check").err
    assert (
        "cann: torch_npu.contrib.transfer_to_npu imported at 1 entry points; nothing else is changed\n  train.py\n"
        in err
    )
    assert "the code runs uncompiled: 2\n  train.py:6 torch.jit.script\n  train.py:11 script\n" in err
    err = project.run("rewrite", "--target", "cann", "--strategy", "shim", "--check", "--lang", "zh").err
    assert "cann:在 1 个入口导入 torch_npu.contrib.transfer_to_npu" in err
    assert "代码不再编译执行:2\n" in err
    assert "source isn't public" in project.run("rewrite", "--target", "gcu", "--strategy", "shim", "--check").err


def test_no_entry_point(project: Project) -> None:
    project.put("lib.py", "import torch\nx = torch.ones(1).cuda()\n")
    made = project.run("rewrite", "--target", "cann", "--strategy", "shim", "--check")
    assert "put import torch_npu; from torch_npu.contrib import transfer_to_npu where the program starts" in made.err
    assert made.code == 0


@pytest.mark.parametrize("target", ["rocm", "dcu", "metax", "corex", "kunlun", "ppu"])
def test_family_a_has_nothing_to_patch(project: Project, target: str) -> None:
    made = project.run("rewrite", "--target", target, "--strategy", "shim", "--check")
    assert f"PyTorch for {target} keeps torch.cuda, 'cuda' and 'nccl': there is nothing to patch" in made.err
    assert made.code == 2


@pytest.mark.parametrize(("target", "others"), [("mindspore", "portable, native"), ("portable", "portable")])
def test_a_target_without_a_patch_names_its_strategies(project: Project, target: str, others: str) -> None:
    made = project.run("rewrite", "--target", target, "--strategy", "shim", "--check")
    assert f"no run-time patch is attested for {target}; its strategies are {others}\n" in made.err
    assert made.code == 2


def test_each_effect_is_some_patch_s() -> None:
    found = {name for target in targets.ids() if (patch := targets.target(target).patch) for name, _ in patch.effects}
    assert found == set(data.toml("patches.toml"))
