"""Edits that depend on each other: all of them, or none."""

from __future__ import annotations

from collections.abc import Callable
from textwrap import dedent

import pytest

Rewritten = Callable[..., str]
Left = Callable[..., list[str]]

MODULES = {"cann": "torch.npu", "portable": "torch.accelerator"}
both = pytest.mark.parametrize("target", ["cann", "portable"])


def same(text: str, expected: str) -> None:
    assert text == dedent(expected).lstrip("\n")


@both
def test_a_test_stays_in_front_of_a_call_that_stays(rewritten: Rewritten, left: Left, target: str) -> None:
    """Renamed, it would let the call run where there is no CUDA, and the call would fail."""
    code = """
        import torch


        def is_recent(device):
            return torch.cuda.get_arch_list()[-1] >= "sm_80"


        def check(device):
            if not torch.cuda.is_available() or not is_recent(device):
                return
            print("recent")


        def load():
            return torch.cuda.power_draw() if torch.cuda.is_available() else 0


        if torch.cuda.is_available():
            print("there is one")
    """
    text = rewritten(code, target)
    assert "if not torch.cuda.is_available() or not is_recent(device):" in text
    assert "return torch.cuda.power_draw() if torch.cuda.is_available() else 0" in text
    assert f"if {MODULES[target]}.is_available():\n    print" in text
    assert [line for line in left(code, target) if "is_available" in line] == [
        "9 torch.cuda.is_available review",
        "15 torch.cuda.is_available review",
    ]


@both
def test_what_only_runs_on_cuda_stays_as_it_is(rewritten: Rewritten, left: Left, target: str) -> None:
    """With a test that stays, what is written behind it would be dead code."""
    code = """
        import torch


        def report(device: torch.device):
            if device.type != "cuda":
                return {}
            torch.cuda.synchronize()
            return torch.cuda.get_device_capability(device)


        def version():
            if torch.version.cuda and torch.cuda.is_available():
                torch.cuda.synchronize()
    """
    same(rewritten(code, target), code)
    assert left(code, target) == [
        "5 cuda review",
        "7 torch.cuda.synchronize review",
        "8 torch.cuda.get_device_capability verdict",
        "12 torch.version.cuda verdict",
        "12 torch.cuda.is_available guard",
        "13 torch.cuda.synchronize guard",
    ]
    assert rewritten(code, target, unsafe=True).count(f"{MODULES[target]}.synchronize()") == 1


@both
def test_what_asks_for_a_test_in_a_variable_goes_with_it(rewritten: Rewritten, target: str) -> None:
    code = """
        import torch


        class Engine:
            def __init__(self):
                self.recent = torch.cuda.is_available() and torch.cuda.get_device_capability()[0] > 7
                self.side = torch.cuda.Stream() if self.recent else None

            def finish(self):
                if not self.recent:
                    return
                torch.cuda.synchronize()

            def begin(self):
                self.there = torch.cuda.is_available()
                if self.there:
                    torch.cuda.synchronize()
    """
    expected = code.replace("self.there = torch.cuda", f"self.there = {MODULES[target]}")
    expected = expected.replace(
        "there:\n                    torch.cuda", f"there:\n                    {MODULES[target]}"
    )
    text = rewritten(code, target)
    same(text.replace("import torch_npu  # noqa: F401\n", ""), expected)


@both
def test_what_torch_answers_without_a_device_keeps_no_test(rewritten: Rewritten, target: str) -> None:
    code = """
        import torch

        use_cuda = torch.cuda.is_available()
        device = torch.device("cuda" if use_cuda else "cpu")
        if use_cuda:
            torch.cuda.manual_seed_all(3)
    """
    assert f"use_cuda = {MODULES[target]}.is_available()" in rewritten(code, target)


def test_a_test_for_the_back_end_goes_with_what_it_lets_run(rewritten: Rewritten, left: Left) -> None:
    code = """
        import torch
        import torch.distributed as dist


        def begin(args):
            if args.backend == "nccl":
                torch.cuda.set_device(args.rank)
            if args.backend != "nccl":
                torch.set_num_threads(1)
            else:
                torch.cuda.empty_cache()
            dist.init_process_group(args.backend)
    """
    text = rewritten(code, "portable")
    for test in ("==", "!="):
        assert (f'backend {test} "nccl"' in text) == ("torch.cuda." in text), "all or none"
    assert rewritten(code, "cann").count("nccl") == 0


@both
def test_an_extension_with_kernels_keeps_its_test(rewritten: Rewritten, target: str) -> None:
    code = """
        import torch
        from setuptools import setup
        from torch.utils.cpp_extension import CppExtension, CUDAExtension

        make, sources = CppExtension, ["a.cpp"]
        if torch.cuda.is_available():
            make = CUDAExtension
            sources += ["a.cu"]
        setup(ext_modules=[make("a", sources)])
    """
    same(rewritten(code, target), code)


def test_an_import_of_a_changed_test_follows(rewritten: Rewritten) -> None:
    code = "from torch.cuda import is_available, power_draw\n\nx = power_draw() if is_available() else 0\n"
    assert rewritten(code, "portable") == code


def test_with_the_devices_name_in_doubt_nothing_is_safe(left: Left) -> None:
    """What moves to a device and what names it would part ways."""
    code = 'import torch\n\ntorch.cuda.synchronize()\nx = torch.ones(1).cuda() + torch.ones(1, device="cuda")\n'
    assert {line.split()[-1] for line in left(code, "gcu")} == {"review"}
    assert left(code, "gcu", unsafe=True) == left(code, "musa", unsafe=True) == []
