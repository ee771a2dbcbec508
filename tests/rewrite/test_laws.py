"""What holds for every rewrite, on the corpus and on made-up code: nothing outside of the edits changes, the result
parses, a second run changes nothing, comments and other strings stay, the patch is what is written."""

from __future__ import annotations

import ast
import io
import json
import shutil
import subprocess
import tokenize
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from migrate.engine import ScanOptions, scan
from migrate.facts.data import tomllib
from migrate.facts.targets import ask_all
from migrate.files import language
from migrate.python.notebook import Joined
from migrate.rewrite import diff
from migrate.rewrite.changes import FilePlan
from migrate.rewrite.goal import Goal
from migrate.rewrite.plan import plans

CORPUS = Path(__file__).parents[2] / "corpus"
TARGETS = ("portable", "cann", "musa", "rocm")


def planned(root: Path, target: str, unsafe: bool) -> list[FilePlan]:
    asked = ask_all((target,))
    report = scan(root, ScanOptions(asked, cache=False))
    return list(plans(root, report, Goal(asked[0], asked[0], unsafe)))


def written(root: Path, made: list[FilePlan]) -> None:
    for plan in made:
        if plan.edits:
            (root / plan.path).write_bytes(plan.result)


def check_edits(plan: FilePlan) -> None:
    """The new bytes are the old ones but for the edits, which are in order and apart."""
    at, kept, result = 0, [], plan.result
    for edit in plan.edits:
        assert edit.start >= at, "edits overlap or are out of order"
        kept += [plan.data[at : edit.start], edit.text.encode(plan.encoding)]
        at = edit.end
    assert b"".join([*kept, plan.data[at:]]) == result


def check_parses(path: str, data: bytes) -> None:
    if path.endswith((".yaml", ".yml")):
        list(yaml.safe_load_all(data))
    elif path.endswith(".json"):
        json.loads(data)
    elif path.endswith(".toml"):
        tomllib.loads(data.decode())
    elif path.endswith(".py"):
        ast.parse(data)
    elif path.endswith(".ipynb"):
        json.loads(data)
        ast.parse(Joined(data).masked)


def comments(code: bytes) -> Counter[str]:
    tokens = tokenize.tokenize(io.BytesIO(code).readline)
    return Counter(token.string for token in tokens if token.type == tokenize.COMMENT)


def check_git_applies(root: Path, made: list[FilePlan]) -> None:
    """``git apply`` makes the planned bytes of the old ones."""
    patch = b"".join(diff.patch(made))
    if patch:
        subprocess.run(["git", "init", "-q"], cwd=root, check=True)
        subprocess.run(["git", "apply", "--whitespace=nowarn", "-"], cwd=root, input=patch, check=True)
        for plan in made:
            assert (root / plan.path).read_bytes() == plan.result


@pytest.mark.parametrize("base", sorted(path.name for path in CORPUS.iterdir() if path.is_dir()))
@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("unsafe", [False, True])
def test_the_corpus(tmp_path: Path, base: str, target: str, unsafe: bool) -> None:
    root = tmp_path / "tree"
    shutil.copytree(CORPUS / base, root)
    made = planned(root, target, unsafe)
    for plan in made:
        check_edits(plan)
        if plan.edits:
            check_parses(plan.path, plan.result)
        if plan.edits and language(plan.path) == "python":
            assert comments(plan.data) <= comments(plan.result)
    check_git_applies(root, made)
    written(root, made)
    assert {plan.path for plan in planned(root, target, unsafe) if plan.edits} == set()


IMPORTS = (
    "import torch",
    "import torch as t",
    "import torch.cuda",
    "from torch import cuda",
    "from torch import nn, cuda as gpu",
    "import torch.nn.functional as F",
    "from torch.cuda.amp import autocast, GradScaler",
    "import torch.distributed as dist",
    "from torch.cuda import (  # the device\n    synchronize,\n    empty_cache as clear,\n)",
    "import os, sys",
    "from torch.cuda.amp import autocast as amp; import json",
    "try:\n    import apex\nexcept ImportError:\n    apex = None",
)
STATEMENTS = (
    "torch.cuda.synchronize()",
    "t.cuda.empty_cache()",
    "cuda.synchronize()  # wait for cuda",
    "gpu.device_count()",
    'x = torch.ones(2, device="cuda")',
    "x = torch.ones(2, device='cuda:0').cuda(non_blocking=True)",
    "y = x.cuda()",
    'device = torch.device("cuda" if torch.cuda.is_available() else "cpu")',
    "x = x.to(device)",
    "print(x.is_cuda)",
    'dist.init_process_group(backend="nccl", init_method="env://")',
    "scaler = GradScaler(enabled=True)",
    "clear()",
    "with autocast(dtype=torch.float16):\n    y = x @ x",
    "with amp():\n    pass",
    "s = torch.cuda.Stream(); s.wait_stream(s)",
    "with torch.cuda.stream(torch.cuda.Stream()):\n    torch.cuda.synchronize()",
    'print("cuda", "设备 cuda:0")',
    'os.environ["CUDA_VISIBLE_DEVICES"] = "0"  # cuda',
    'LABELS = {"cuda": 1, "npu": 2}',
    'name = f"cuda:{len(LABELS)}"',
    'x = torch.load("m.pt", map_location="cuda:0")',
    'y = x.to(f"cuda:{x.size(0)}")',
    "if x.is_cuda:\n    x = x.cpu()",
    'def f(a, device=\'cuda\'):\n    """On cuda."""\n    return torch.zeros(a, device=device)',
    "torch.cuda.manual_seed(1)",
    "class M(nn.Module):\n    def forward(self, x: torch.Tensor):\n        return x.cuda(0)",
    "torch.backends.cudnn.benchmark = True",
    "torch.cuda.get_device_name(\n    0,  # the first\n)",
    "z = torch.cuda.FloatTensor(3)",
    "assert torch.cuda.is_available()",
    "m = lambda: torch.cuda.current_device()",
    "torch.cuda.set_device(int(os.environ['LOCAL_RANK']))",
    "é = 'cuda'",
    "a = torch.cuda.memory_allocated() / 2**20",
    "r = [torch.cuda.max_memory_allocated(i) for i in range(2)]",
    'if device == "cuda":\n    torch.cuda.reset_peak_memory_stats()\nelse:\n    pass',
    "@amp()\ndef g(x):\n    return x",
)


@st.composite
def programs(draw: st.DrawFn) -> bytes:
    """Imports and statements in any order, some in a function, with any newline and byte-order mark."""
    head = draw(st.lists(st.sampled_from(IMPORTS), min_size=1, max_size=4))
    body = draw(st.lists(st.sampled_from(STATEMENTS), min_size=1, max_size=6))
    inside = draw(st.lists(st.sampled_from(STATEMENTS), max_size=3))
    start = draw(st.sampled_from(['"""About cuda."""', "#!/usr/bin/env python", ""]))
    lines = [start, *draw(st.permutations(["import torch", *head])), "", *body]
    if inside:
        lines += ["", "def main():", *("    " + line for part in inside for line in part.split("\n"))]
    text = "\n".join(lines) + draw(st.sampled_from(["", "\n"]))
    newline = draw(st.sampled_from(["\n", "\r\n"]))
    mark = draw(st.sampled_from([b"", b"\xef\xbb\xbf"]))
    return mark + text.replace("\n", newline).encode()


@settings(max_examples=150, deadline=None)
@given(programs(), st.sampled_from(TARGETS), st.booleans())
def test_made_up_programs(code: bytes, target: str, unsafe: bool) -> None:
    with TemporaryDirectory() as folder:
        root = Path(folder)
        (root / "a.py").write_bytes(code)
        for plan in (made := planned(root, target, unsafe)):
            assert plan.problem == ""
            check_edits(plan)
            check_parses(plan.path, plan.result)
            assert comments(plan.data) <= comments(plan.result)
            assert {"cuda", "设备 cuda:0"} & set(_strings(plan.data)) <= set(_strings(plan.result))
        check_git_applies(root, made)
        written(root, made)
        assert [plan.edits for plan in planned(root, target, unsafe) if plan.edits] == []


def _strings(code: bytes) -> Iterator[str]:
    """The texts that are printed."""
    for node in ast.walk(ast.parse(code)):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "print":
            yield from (arg.value for arg in node.args if isinstance(arg, ast.Constant))
