"""Notebooks: edits inside the strings of code cells; all else in the file stays, byte for byte."""

from __future__ import annotations

import ast
import difflib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from migrate.model import Edit
from migrate.python.notebook import Joined
from migrate.rewrite.changes import FilePlan, apply
from migrate.rewrite.notebook import NotebookView

Plan = Callable[..., FilePlan]
Source = str | list[str]
CORPUS = Path(__file__).parents[2] / "corpus"


def notebook(*cells: Source, indent: int | None = 1) -> bytes:
    listed = [
        {
            "cell_type": "code",
            "execution_count": 1,
            "metadata": {"note": "torch.cuda.synchronize()"},
            "outputs": [{"name": "stdout", "text": ["cuda:0\n"]}],
            "source": cell,
        }
        for cell in cells
    ]
    return json.dumps({"cells": listed, "metadata": {}, "nbformat": 4}, indent=indent, ensure_ascii=False).encode()


def cells(data: bytes) -> list[Source]:
    return [cell["source"] for cell in json.loads(data)["cells"]]


def rest(data: bytes) -> Any:
    """The document without what its code cells say."""
    document = json.loads(data)
    for cell in document["cells"]:
        if cell["cell_type"] == "code":
            cell["source"] = []
    return document


@pytest.fixture
def rewritten(plan: Plan) -> Callable[..., list[Source]]:
    def made(*sources: Source, target: str = "cann", indent: int | None = 1, **options: Any) -> list[Source]:
        data = notebook(*sources, indent=indent)
        first = plan(data, target, name="a.ipynb", **options)
        assert first.problem == ""
        assert rest(first.result) == rest(data)
        assert plan(first.result, target, name="a.ipynb", **options).edits == [], "a second run changes something"
        return cells(first.result)

    return made


Rewritten = Callable[..., list[Source]]


def test_names_and_device_strings(rewritten: Rewritten) -> None:
    made = rewritten(
        ["import torch\n", "import torch_npu\n"], ['x = torch.ones(1, device="cuda:0")  # "é"\n', "x.cuda()"]
    )
    assert made[1] == ['x = torch.ones(1, device="npu:0")  # "é"\n', "x.npu()"]


def test_code_behind_a_magic(rewritten: Rewritten) -> None:
    made = rewritten(["import torch\n", "import torch_npu\n", "%timeit -n 3 torch.cuda.synchronize()"])
    assert made[0][2] == "%timeit -n 3 torch.npu.synchronize()"
    made = rewritten("%%timeit t = torch.cuda.Event()\nt.record()", ["import torch\n", "import torch_npu\n"])
    assert made[0] == "%%timeit t = torch.npu.Event()\nt.record()"


def test_a_new_line_is_an_element_of_its_own(rewritten: Rewritten) -> None:
    made = rewritten(["import torch\n", "import torch.nn as nn\n", "torch.cuda.synchronize()"])
    expected = ["import torch\n", "import torch_npu  # noqa: F401\n", "import torch.nn as nn\n"]
    assert made == [[*expected, "torch.npu.synchronize()"]]


@pytest.mark.parametrize("last", ["import torch", "import torch\n"])
def test_behind_the_last_line_of_a_cell(rewritten: Rewritten, last: str) -> None:
    made = rewritten(["import os\n", last], ["torch.cuda.synchronize()"])
    line = "import torch_npu  # noqa: F401"
    assert made == [["import os\n", "import torch\n", line + last.partition("torch")[2]], ["torch.npu.synchronize()"]]


def test_a_cell_that_is_one_string(rewritten: Rewritten) -> None:
    made = rewritten("import os\nimport torch", "torch.cuda.synchronize()\n")
    assert made == ["import os\nimport torch\nimport torch_npu  # noqa: F401", "torch.npu.synchronize()\n"]


@pytest.mark.parametrize("indent", [None, 0, 2])
def test_the_form_of_the_json_is_kept(rewritten: Rewritten, indent: int | None) -> None:
    made = rewritten(["import torch"], ["torch.cuda.synchronize()"], indent=indent)
    assert made == [["import torch\n", "import torch_npu  # noqa: F401"], ["torch.npu.synchronize()"]]


def test_the_lines_of_the_file_that_change_are_few(plan: Plan) -> None:
    data = notebook(["import torch\n", "x = 1"], ["torch.cuda.synchronize()"])
    result = plan(data, name="a.ipynb").result
    changed = [
        line for line in difflib.ndiff(data.decode().split("\n"), result.decode().split("\n")) if line[0] in "+-"
    ]
    assert changed == [
        '+     "import torch_npu  # noqa: F401\\n",',
        '-     "torch.cuda.synchronize()"',
        '+     "torch.npu.synchronize()"',
    ]


def test_the_constant_stands_behind_the_imports(rewritten: Rewritten) -> None:
    made = rewritten(["import torch"], ['x = torch.ones(1, device="cuda")'], target="portable")
    assert made[0][:2] == ["import torch\n", "\n"]
    assert made[0][2].startswith("DEVICE_TYPE = torch.accelerator")
    assert made[1] == ["x = torch.ones(1, device=DEVICE_TYPE)"]


def test_an_import_follows(rewritten: Rewritten) -> None:
    imports = ["import torch\n", "import torch_npu\n", "from torch.cuda.amp import autocast\n", "import os\n"]
    made = rewritten(imports, ["with autocast():\n", "    pass"])
    assert made == [
        [*imports[:2], "from torch.amp import autocast\n", imports[3]],
        ['with autocast("npu"):\n', "    pass"],
    ]


@pytest.mark.parametrize(
    ("gone", "kept"),
    [("a\n", ["b\n", "c"]), ("b\n", ["a\n", "c"]), ("c", ["a\n", "b\n"]), ("a\nb\n", ["c"]), ("a\nb\nc", [""])],
)
def test_a_line_that_goes_takes_its_element_along(gone: str, kept: list[str]) -> None:
    data = notebook(["a\n", "b\n", "c"])
    start = "a\nb\nc".index(gone)
    result = apply(data, NotebookView(data).outward([Edit(start, start + len(gone), "")]))
    assert [source or [""] for source in cells(result)] == [kept]


@pytest.mark.parametrize(("start", "end"), [(0, 7), (4, 8), (5, 7), (6, 10)])
def test_what_spans_cells_or_magics_is_refused(start: int, end: int) -> None:
    view = NotebookView(notebook(["ab\n", "cd"], ["%pip install a\n", "x = 1"]))
    with pytest.raises(ValueError, match="would span cells or magics"):
        list(view.outward([Edit(start, end, "y")]))


def test_a_call_over_several_lines(rewritten: Rewritten) -> None:
    made = rewritten(
        ["import torch\n", "import torch_npu\n", "s = torch.cuda.amp.GradScaler(\n", "    enabled=True,\n", ")"]
    )
    assert "".join(made[0]).endswith('s = torch.amp.GradScaler(\n    "npu", enabled=True,\n)')
    ast.parse("".join(made[0]))


def test_magics_and_shell_lines(rewritten: Rewritten) -> None:
    first = ["%matplotlib inline\n", "files = !ls\n", "torch?\n", "import torch\n", "import torch_npu\n"]
    made = rewritten(first, ["%env CUDA_VISIBLE_DEVICES=0\n", "torch.cuda.synchronize()"], unsafe=True)
    assert made == [first, ["%env ASCEND_RT_VISIBLE_DEVICES=0\n", "torch.npu.synchronize()"]]


def test_cells_in_other_languages_get_nothing(rewritten: Rewritten) -> None:
    made = rewritten(["%%bash\n", "ls"], ["from torch import cuda\n", "cuda.synchronize()"])
    assert made[0] == ["%%bash\n", "ls"]
    assert "import torch_npu  # noqa: F401\n" in made[1]


@pytest.mark.parametrize(
    "cell",
    [
        ["%%bash\n", "ls"],
        ["%%writefile a.py\n", "import torch\n", "\n", "torch.cuda.synchronize()\n"],
        ["\n", "%%html\n", "  <p>\n"],
    ],
)
@pytest.mark.parametrize("last", [True, False])
def test_a_cell_in_another_language_changes_nothing_for_the_others(
    rewritten: Rewritten, cell: list[str], last: bool
) -> None:
    code = ["import torch, torch_npu\n", "if x:\n", "    torch.cuda.synchronize()"]
    made = rewritten(*([code, cell] if last else [cell, code]))
    assert cell in made
    assert [*code[:2], "    torch.npu.synchronize()"] in made


@pytest.mark.parametrize(
    "line",
    [
        "!CUDA_VISIBLE_DEVICES=0 python t.py --device cuda",
        "out = !CUDA_VISIBLE_DEVICES=0 python t.py --device cuda",
        "%sx CUDA_VISIBLE_DEVICES=0 python t.py --device cuda",
        "!CUDA_VISIBLE_DEVICES=0 python t.py \\\n    --device cuda",
        "%%bash\nexport CUDA_VISIBLE_DEVICES=0\npython t.py --device cuda",
        "!CUDA_VISIBLE_DEVICES=0 python -c 'torch.ones(1, device=\"cuda\")'",
        "%env CUDA_VISIBLE_DEVICES=0\n!python t.py --device cuda",
    ],
)
def test_a_variable_and_a_flag_of_shell_text_change_together(rewritten: Rewritten, line: str) -> None:
    made = rewritten("import torch\nimport torch_npu\ntorch.cuda.synchronize()", line)
    assert made[0] == "import torch\nimport torch_npu\ntorch.npu.synchronize()"
    assert made[1] == line.replace("CUDA_VISIBLE", "ASCEND_RT_VISIBLE").replace("cuda", "npu")


@pytest.mark.parametrize("target", ["portable", "rocm"])
def test_a_variable_and_a_flag_of_shell_text_stay_together(rewritten: Rewritten, target: str) -> None:
    line = "!CUDA_VISIBLE_DEVICES=0 python t.py --device cuda"
    assert rewritten("import torch\ntorch.cuda.synchronize()", line, target=target)[1] == line


def test_empty_cells(rewritten: Rewritten) -> None:
    made = rewritten([], "", ["import torch"], [], ["torch.cuda.synchronize()"], "")
    assert made[:2] == [[], ""]
    assert made[2:] == [["import torch\n", "import torch_npu  # noqa: F401"], [], ["torch.npu.synchronize()"], ""]


def test_escapes_are_kept(rewritten: Rewritten) -> None:
    made = rewritten(['import torch, torch_npu\nprint("\\n\\\\n \t é 😀", torch.cuda.device_count(), "\\u00e9")'])
    assert made == [['import torch, torch_npu\nprint("\\n\\\\n \t é 😀", torch.npu.device_count(), "\\u00e9")']]


def test_a_backslash_before_an_n_is_no_new_line(rewritten: Rewritten) -> None:
    made = rewritten(["import torch, torch_npu\n", "s = torch.cuda.amp.GradScaler(print('a\\n'), 2)"])
    assert "".join(made[0]).count("\n") == 1


def test_code_that_cannot_be_parsed_is_left(plan: Plan) -> None:
    made = plan(notebook(["import torch\n", 'print "a"\n'], ["torch.cuda.synchronize()"]), name="a.ipynb")
    assert made.edits == []
    assert "Syntax Error" in made.problem


_LINE = st.text(st.sampled_from('abé😀"\\n\t ='), max_size=6)
_LINES = st.lists(_LINE, max_size=4).map(lambda lines: "\n".join(lines).splitlines(keepends=True))
_CELLS = st.lists(st.one_of(_LINES, _LINES.map("".join)), min_size=1, max_size=3)


@settings(max_examples=300, deadline=None)
@given(_CELLS, _LINES.map("".join), st.data(), st.sampled_from([None, 0, 1]), st.booleans())
def test_any_edit_inside_of_a_cell(
    sources: list[Source], new: str, data: st.DataObject, indent: int | None, ascii_only: bool
) -> None:
    """What the file's code is after an edit of the file is what the edit makes of the code."""
    document = {"cells": [{"cell_type": "code", "source": source} for source in sources]}
    raw = json.dumps(document, indent=indent, ensure_ascii=ascii_only).encode()
    view = NotebookView(raw)
    cell = data.draw(st.sampled_from(Joined(raw).cells))
    text = view.data[cell.start : cell.end].decode()
    first = data.draw(st.integers(0, len(text)))
    last = data.draw(st.integers(first, len(text)))
    start, end = (cell.start + len(text[:at].encode()) for at in (first, last))
    if not cell.strings or (start == end == cell.start and new.endswith("\n")):  # may go to the cell before
        return
    edit = Edit(start, end, new)
    result = apply(raw, view.outward([edit]))
    assert Joined(result).text == apply(view.data, [edit])
    assert len(cells(result)) == len(sources)


@pytest.mark.parametrize("path", ["triton_notebook/explore.ipynb", "hostile/notebooks/magics.ipynb"])
@pytest.mark.parametrize("target", ["cann", "musa", "portable", "rocm"])
def test_the_corpus(plan: Plan, path: str, target: str) -> None:
    data = (CORPUS / path).read_bytes()
    made = plan(data, target, unsafe=True, name="a.ipynb")
    assert made.problem == ""
    assert rest(made.result) == rest(data)
    ast.parse(Joined(made.result).masked)
    assert plan(made.result, target, unsafe=True, name="a.ipynb").edits == []
