"""``rewrite --todo``: comments above the places that were left, in each language's own way, once."""

from __future__ import annotations

import ast
import json
from importlib.resources import files
from pathlib import Path
from textwrap import dedent

import pytest
from jsonschema import Draft202012Validator
from rewriting import Project

SCHEMA = json.loads(files("migrate.output").joinpath("schema", "rewrite-1.schema.json").read_text(encoding="utf-8"))
NONE = "no counterpart that could be written (see `cuda-migrate scan`)"
LOOK = "needs a review; --unsafe makes the change"
VALUE = "passed on as a value"


@pytest.fixture
def project(tmp_path: Path, capfdbinary: pytest.CaptureFixture[bytes]) -> Project:
    return Project(tmp_path, capfdbinary)


def todo(check: str, text: str = NONE) -> str:
    return f"# TODO(cuda-migrate[{check}]): {text}"


def commented(project: Project, path: str, text: str, *options: str) -> str:
    """The file after the rewrite; it applies with git, and a second run has nothing to do."""
    project.put(path, text)
    project.rewrite("--target", "cann", "--todo", *options)
    return project.read(path)


def same(text: str, expected: str) -> None:
    assert text == dedent(expected).lstrip("\n")


def test_above_the_statement_with_its_indentation(project: Project) -> None:
    made = commented(
        project,
        "a.py",
        """
        import torch


        def f(x):
            if x:
                return g(
                    torch.cuda.comm.broadcast(x),
                    torch.cuda.jiterator,
                )
            torch.cuda.synchronize()
        """,
    )
    same(
        made,
        f"""
        import torch
        import torch_npu  # noqa: F401


        def f(x):
            if x:
                {todo("torch-cuda")}
                return g(
                    torch.cuda.comm.broadcast(x),
                    torch.cuda.jiterator,
                )
            torch.npu.synchronize()
        """,
    )
    ast.parse(made)


@pytest.mark.parametrize(
    ("code", "line"),
    [
        ("if x: y = torch.cuda.comm.broadcast(x)\n", "if x: y"),
        ("x = 1; torch.cuda.comm.broadcast(x)\n", "x = 1; torch"),
        ("if x:\n    pass\nelif torch.cuda.comm.broadcast(x):\n    pass\n", "elif torch"),
        ("@torch.cuda.comm.broadcast\n@other\ndef f(): ...\n", "@torch"),
        ("def f(x=torch.cuda.comm.broadcast): ...\n", "def f"),
        ('x = f"""\n{torch.cuda.comm.broadcast}\n"""\n', 'x = f"""'),
        ("x = 1 + \\\n    torch.cuda.comm.broadcast(1)\n", "x = 1"),
    ],
)
def test_python_statements(project: Project, code: str, line: str) -> None:
    made = commented(project, "a.py", "import torch\n\nx = 1\n" + code)
    assert f"\n{todo('torch-cuda')}\n{line}" in made
    ast.parse(made)
    assert made.count("TODO") == 1


def test_what_is_right_as_it_stands_needs_none(project: Project) -> None:
    code = """
        import torch

        torch.cuda.nvtx.range_push("works with limits")
        if x.is_cuda:
            import flash_attn_cuda
        elif x.device.type == "npu":
            pass
    """
    assert "TODO" not in commented(project, "a.py", code)


def test_what_another_change_makes_right_needs_none(project: Project) -> None:
    code = """
        import torch

        if d.type == "cuda":
            torch.cuda.synchronize()
            torch.backends.cudnn.benchmark = True


        def f():
            from torch.cuda.amp import GradScaler

            return GradScaler
    """
    assert "TODO" not in commented(project, "a.py", code)  # it stands behind "npu" now; the import changes


def test_texts_in_chinese_take_the_place_of_others(project: Project) -> None:
    code = "import torch\n\ntorch.cuda.comm.broadcast(x)\n"
    assert todo("torch-cuda") in commented(project, "a.py", code)
    made = commented(project, "a.py", project.read("a.py"), "--lang", "zh")
    assert made == code.replace(
        "torch.cuda.", todo("torch-cuda", "没有可直接写出的对应(见 `cuda-migrate scan`)") + "\ntorch.cuda."
    )


def test_what_is_no_longer_left_loses_its_comment(project: Project) -> None:
    stale = todo("torch-cuda")
    kept = f'# mine\ntorch.npu.synchronize()\ns = """\n{stale}\n"""\n{stale}\ntorch.cuda.comm\n'
    twice = kept.replace("torch.cuda", f"{stale}\ntorch.cuda")
    assert commented(project, "a.py", f"import torch\n\n{stale}\n{twice}") == f"import torch\n\n{kept}"


def test_only_on_request(project: Project) -> None:
    project.put("a.py", "import torch\n\ntorch.cuda.comm.broadcast(x)\n")
    assert project.run("rewrite", "--target", "cann", "--check").code == 0


def test_shell(project: Project) -> None:
    made = commented(
        project,
        "a.sh",
        """
        #!/bin/sh
        if true; then
            pip install \\
                cupy-cuda12x
        fi
        bash -c "
        nvcc -V
        "
        cat > run.sh <<EOF
        nvcc -V
        EOF
        """,
    )
    lines = made.splitlines()
    at = [index for index, line in enumerate(lines) if "TODO" in line]
    assert [lines[index + 1] for index in at] == ["    pip install \\", 'bash -c "', "cat > run.sh <<EOF"]
    assert lines[at[0]].startswith("    # TODO(cuda-migrate[packages]): ")


def test_dockerfile(project: Project) -> None:
    made = commented(
        project,
        "Dockerfile",
        """
        # syntax=docker/dockerfile:1
        FROM nvidia/cuda:12.4.1-devel-ubuntu22.04
        RUN true && \\
            nvcc -V
        """,
    )
    lines = made.splitlines()
    assert lines[0] == "# syntax=docker/dockerfile:1"
    assert [lines[index + 1].partition(" ")[0] for index, line in enumerate(lines) if "TODO" in line] == ["FROM", "RUN"]


def test_yaml(project: Project) -> None:
    made = commented(
        project,
        "compose.yaml",
        """
        services:
          train:
            image: nvidia/cuda:12.4.1-devel-ubuntu22.04
            command: >
              nvcc -V
            list:
              - run: |
                  echo
                  nvcc -V
        """,
    )
    lines = made.splitlines()
    assert [lines[index + 1].strip() for index, line in enumerate(lines) if "TODO" in line] == [
        "image: nvidia/cuda:12.4.1-devel-ubuntu22.04",
        "command: >",
        "- run: |",
    ]
    assert "\n    # TODO(cuda-migrate[images]): " in made


def test_json_takes_no_comments(project: Project) -> None:
    code = '{"image": "nvidia/cuda:12.4.1-devel-ubuntu22.04"}\n'
    assert commented(project, "a.json", code) == code


def test_cmake(project: Project) -> None:
    made = commented(
        project,
        "CMakeLists.txt",
        """
        project(x)
        if(A)
          find_package(
            CUDAToolkit
            REQUIRED)
        endif()
        """,
    )
    assert f"if(A)\n  {todo('cmake')}\n  find_package(\n    CUDAToolkit\n" in made


def test_a_notebook_keeps_its_structure(project: Project) -> None:
    first = ["import torch\n", "\n", "torch.cuda.synchronize()\n", "torch.cuda.comm.broadcast(x)"]
    cells = [first, ["torch.cuda.jiterator\n", "!nvcc -V"]]
    notebook = {
        "cells": [
            {"cell_type": "code", "metadata": {}, "outputs": [], "execution_count": None, "source": s} for s in cells
        ],
        "metadata": {},
        "nbformat": 4,
        "nbformat_minor": 5,
    }
    made = json.loads(commented(project, "n.ipynb", json.dumps(notebook, indent=1) + "\n"))
    line = todo("torch-cuda") + "\n"
    plugin = ["import torch\n", "import torch_npu  # noqa: F401\n", "\n", "torch.npu.synchronize()\n"]
    assert [cell["source"] for cell in made["cells"]] == [[*plugin, line, first[3]], [line, *cells[1]]]


def test_line_ends_stay(project: Project) -> None:
    place = project.root / "a.py"
    place.write_bytes(b"import torch\r\n\r\ntorch.cuda.comm.broadcast(x)\r\n")
    project.rewrite("--target", "cann", "--todo")
    line = todo("torch-cuda").encode()
    assert place.read_bytes() == b"import torch\r\n\r\n" + line + b"\r\ntorch.cuda.comm.broadcast(x)\r\n"


def test_the_record_and_the_summary_say_so(project: Project) -> None:
    project.put("a.py", "import torch\n\ntorch.cuda.comm.broadcast(x)\n")
    made = project.run("rewrite", "--target", "cann", "--todo", "--check", "--format", "json")
    found = json.loads(made.out)
    Draft202012Validator(SCHEMA).validate(found)
    assert [left["todo"] for left in found["files"][0]["left"]] == [True]
    assert "# TODO(cuda-migrate[…]) stands above 1 of them" in made.err
    assert made.code == 1


def test_not_with_shim(project: Project) -> None:
    project.put("a.py", "import torch\n")
    made = project.run("rewrite", "--target", "cann", "--strategy", "shim", "--todo", "--check")
    assert "--todo goes with the others" in made.err
    assert made.code == 2
