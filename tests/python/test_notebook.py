"""Notebooks: code cells only, magics masked, spans in the file's own bytes."""

from __future__ import annotations

import json
import time

import pytest
from support import read


def notebook(*cells: object) -> bytes:
    listed = [{"cell_type": "code", "metadata": {}, "outputs": [], "source": cell} for cell in cells]
    return json.dumps({"cells": listed, "nbformat": 4}, indent=1).encode()


def spans(data: bytes) -> list[tuple[str, bytes]]:
    return [(use.symbol, data[use.start : use.end]) for use in read(data, "notebook", "a.ipynb").uses]


def test_names_and_spans_across_cells() -> None:
    data = notebook(["import torch\n", 'x = "é\\n"\n'], 'd = torch.device("cuda:0")')
    assert spans(data) == [("py:torch.device", b"torch.device"), ("device:cuda", b'\\"cuda:0\\"')]


def test_magics_and_shell_lines() -> None:
    data = notebook(
        "%matplotlib inline\n!nvidia-smi\n%env CUDA_VISIBLE_DEVICES=0\nimport torch\ntorch.cuda.synchronize()"
    )
    assert spans(data) == [
        ("command:nvidia-smi", b"nvidia-smi"),
        ("env:CUDA_VISIBLE_DEVICES", b"CUDA_VISIBLE_DEVICES"),
        ("py:torch.cuda.synchronize", b"torch.cuda.synchronize"),
    ]


def test_shell_text_is_read_as_in_scripts() -> None:
    data = notebook(
        "!CUDA_VISIBLE_DEVICES=0 python t.py \\\n  --device cuda\nfiles = !nvidia-smi\nx = 1",
        "%%bash\necho nvidia-smi\nnvcc --version",
    )
    assert spans(data) == [
        ("env:CUDA_VISIBLE_DEVICES", b"CUDA_VISIBLE_DEVICES"),
        ("device:cuda", b"cuda"),
        ("command:nvidia-smi", b"nvidia-smi"),
        ("command:nvcc", b"nvcc"),
    ]


def test_what_is_timed_is_code() -> None:
    data = notebook(
        "import torch\n%timeit -n 10 -r3 torch.cuda.synchronize()\nx = 1\n  \n%time y = torch.zeros(3, device='cuda')",
        "%prun -s cumulative torch.cuda.empty_cache()\nt = %timeit -o torch.cuda.synchronize()",
        "%%timeit torch.cuda.init()\ntorch.cuda.synchronize()",
    )
    assert [symbol for symbol, _ in spans(data) if "zeros" not in symbol] == [
        "py:torch.cuda.synchronize",
        "device:cuda",
        "py:torch.cuda.empty_cache",
        "py:torch.cuda.synchronize",
        "py:torch.cuda.init",
        "py:torch.cuda.synchronize",
    ]


@pytest.mark.parametrize(
    "magic", ["%time !ls", "%time for x in y: f(x)", "%timeit", "%%timeit -n 3", "%time f(", "%time %ls"]
)
def test_a_magic_without_a_plain_statement_is_none(magic: str) -> None:
    found = read(notebook(f"{magic}\nimport torch\ntorch.cuda.synchronize()"), "notebook", "a.ipynb")
    assert [use.symbol for use in found.uses] == ["py:torch.cuda.synchronize"]
    assert found.problems == ()


def test_what_is_installed() -> None:
    data = notebook(
        "!pip install flash-attn",
        "%pip install torch==2.3+cu121",
        "!{sys.executable} -m pip install -q cupy-cuda12x\n%conda install cudatoolkit",
    )
    assert spans(data) == [
        ("package:flash-attn", b"flash-attn"),
        ("package:torch+cuda", b"torch==2.3+cu121"),
        ("package:cupy-cuda12x", b"cupy-cuda12x"),
        ("package:cudatoolkit", b"cudatoolkit"),
    ]


def test_other_cells_and_outputs_are_no_code() -> None:
    data = json.dumps(
        {
            "cells": [
                {"cell_type": "markdown", "source": ["import torch; torch.cuda.synchronize()"]},
                {"cell_type": "code", "source": "%%bash\ntorch.cuda", "outputs": [{"text": ["torch.cuda"]}]},
            ]
        }
    ).encode()
    assert spans(data) == []


def test_broken_notebooks_are_told() -> None:
    for data in (b"", b'{"cells": [', b"[1]", b'{"cells": 3}', b"[" * 50_000, b'{"cells": [1, null, {}]}'):
        found = read(data, "notebook", "a.ipynb")
        assert found.uses == []
    assert read(b"{", "notebook", "a.ipynb").problems[0].kind == "parse-error"


def test_long_lines_take_linear_time() -> None:
    lines = (" " * 100_000, "a," * 50_000, "%timeit -n" + " " * 100_000 + "-", "%timeit" + " -n 3" * 20_000 + " -")
    begin = time.process_time()
    assert spans(notebook(*(f"{line}\n!nvidia-smi" for line in lines))) == [("command:nvidia-smi", b"nvidia-smi")] * 4
    assert time.process_time() - begin < 5


@pytest.mark.parametrize("order", [("cell_type", "source", "metadata", "outputs"), ("source", "outputs", "cell_type")])
@pytest.mark.parametrize(
    "source", [["import torch\n", "x = torch.ones(1).cuda()"], "import torch\ntorch.ones(1).cuda()"]
)
def test_keys_stand_in_any_order(order: tuple[str, ...], source: object) -> None:
    cell = {"cell_type": "code", "source": source, "metadata": {"a": ["b"]}, "outputs": []}
    listed = [{key: cell[key] for key in order}] * 2
    result = read(json.dumps({"cells": listed}).encode(), "notebook", "a.ipynb")
    assert [use.symbol for use in result.uses if use.symbol.endswith("cuda")] == ["py:torch.Tensor.cuda"] * 2
    assert result.problems == ()
