"""Notebooks: code cells only, magics masked, spans in the file's own bytes."""

from __future__ import annotations

import json

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
