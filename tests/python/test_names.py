"""Names are followed from their imports, through aliases, and only where they mean what was imported."""

from __future__ import annotations

import pytest
from support import uses


@pytest.mark.parametrize(
    ("head", "use"),
    [
        ("import torch as th", "th.cuda.synchronize()"),
        ("import torch.cuda", "torch.cuda.synchronize()"),
        ("import torch.cuda as tc", "tc.synchronize()"),
        ("from torch import cuda", "cuda.synchronize()"),
        ("from torch import cuda as C", "C.synchronize()"),
        ("from torch.cuda import synchronize", "synchronize()"),
        ("from torch.cuda import synchronize as s", "s()"),
        ("import torch", 'getattr(torch, "cuda").synchronize()'),
        ("import torch", "torch.\\\n    cuda.synchronize()"),
        ("import torch\ncuda = torch.cuda", "cuda.synchronize()"),
        ('import torch\ncuda = getattr(torch, "cuda")', "cuda.synchronize()"),
        ("import torch\nsync = torch.cuda.synchronize", "sync()"),
        ("try:\n    import torch\nexcept ImportError:\n    torch = None", "torch.cuda.synchronize()"),
        ("if True:\n    import torch as t\nelse:\n    t = None", "t.cuda.synchronize()"),
        ('from importlib import import_module\ncuda = import_module("torch.cuda")', "cuda.synchronize()"),
    ],
)
def test_a_name_is_resolved(head: str, use: str) -> None:
    line = head.count("\n") + 2
    found = uses(f"{head}\n{use}\n")
    assert f"{line} py:torch.cuda.synchronize call" in found


def test_a_nested_function_sees_the_outer_name() -> None:
    found = uses("import torch as t\ndef f():\n    def g():\n        return t.cuda.device_count()\n")
    assert found == ["4 py:torch.cuda.device_count call"]


def test_a_name_bound_anew_means_something_else() -> None:
    found = uses(
        """
        from torch import cuda as C
        def f(C):
            C.synchronize()
        def g():
            C = other()
            C.synchronize()
        class A:
            C = 1
            def h(self):
                C.synchronize()
        """
    )
    assert found == ["1 py:torch.cuda import", "10 py:torch.cuda.synchronize call"]


def test_a_local_module_of_that_name_is_not_torch() -> None:
    assert uses("from . import torch\ntorch.cuda.synchronize()\n") == []
    assert uses("class torch:\n    pass\ntorch.cuda.synchronize()\n") == []


def test_names_in_comments_strings_and_attributes_are_no_uses() -> None:
    assert (
        uses(
            '''
            import torch
            # torch.cuda.synchronize()
            """torch.cuda.synchronize()"""
            x = "torch.cuda.synchronize()"
            self.torch.cuda.synchronize()
            f(torch=1)
            my_torch.cuda.synchronize()
            '''
        )
        == []
    )


def test_attributes_of_a_value_are_cut_off() -> None:
    assert uses("import torch\nmajor = torch.version.cuda.split('.')\n") == ["2 py:torch.version.cuda name"]
    assert uses("import torch\nx = torch.cuda.FloatTensor.__name__\n") == ["2 py:torch.cuda.FloatTensor name"]


def test_operators_are_uses_too() -> None:
    found = uses(
        """
        import torch
        import torch.nn as nn
        import torch.nn.functional as F
        from torch.utils.data import DataLoader
        F.relu(torch.zeros(3))
        nn.Linear(1, 2)
        DataLoader(x)
        """
    )
    assert found == [
        "4 py:torch.utils.data.DataLoader import",
        "5 py:torch.nn.functional.relu call",
        "5 py:torch.zeros call",
        "6 py:torch.nn.Linear call",
        "7 py:torch.utils.data.DataLoader call",
    ]


def test_packages_by_import_and_by_use() -> None:
    found = uses(
        """
        import cupy as cp
        from flash_attn import flash_attn_func
        cp.zeros(3)
        flash_attn_func(q, k, v)
        """
    )
    assert "1 package:cupy import" in [line.replace("-cuda12x", "") for line in found]
    assert "2 package:flash-attn import" in found
    assert "3 py:cupy.zeros call" in found
    assert "4 py:flash_attn.flash_attn_func call" in found


def test_arguments_keep_keyword_and_span() -> None:
    from support import read

    code = "import torch\ntorch.cuda.set_device(0, flag=True)\n"
    (use,) = read(code).uses
    assert [(arg.keyword, code[arg.start : arg.end]) for arg in use.args] == [("", "0"), ("flag", "True")]


def test_a_global_import_binds_the_name_of_the_module() -> None:
    code = """
    pynvml = None
    def start():
        global pynvml
        import pynvml
    def count():
        return pynvml.nvmlDeviceGetCount()
    """
    assert "6 py:pynvml.nvmlDeviceGetCount call" in uses(code)


def test_a_package_is_told_once_an_import() -> None:
    assert uses("from bitsandbytes import a, b, c") == ["1 package:bitsandbytes import"]


def test_names_of_other_vendors_are_no_uses() -> None:
    assert uses("from torch.utils.cpp_extension import ROCM_HOME, SyclExtension") == []


def test_a_method_given_a_value_is_no_tensors() -> None:
    assert uses("import torch\nget_accelerator().pin_memory(buffer)\nbuffer.pin_memory()") == [
        "3 py:torch.Tensor.pin_memory call"
    ]


def test_star_import_of_a_cuda_module() -> None:
    code = """
    from torch.cuda import *
    from torch.cuda.amp import *
    set_device(0)
    with autocast():
        other()
    """
    assert uses(code) == [
        "1 py:torch.cuda import",
        "2 py:torch.cuda.amp import",
        "3 py:torch.cuda.set_device call",
        "4 py:torch.cuda.amp.autocast call",
    ]


def test_a_name_with_a_stand_in_from_a_chain_of_assignments() -> None:
    code = """
    try:
        import torch.cuda.nccl as nccl
    except ImportError:
        nccl = other = None
    nccl.version()
    """
    assert "5 py:torch.cuda.nccl.version call" in uses(code)


def test_a_value_is_read_once_and_a_function_is_followed() -> None:
    code = """
        import torch
        from numba import cuda

        version = torch.version.cuda
        print(version, version)
        ok = torch.backends.cudnn.enabled
        sync = torch.cuda.synchronize
        sync()

        @cuda.jit
        def kernel(u):
            b = cuda.blockIdx.x
            u[b] = b
    """
    found = [line for line in uses(code) if "numba" not in line or "blockIdx" in line]
    assert sum("torch.version.cuda" in line for line in found) == 1
    assert sum("cudnn.enabled" in line for line in found) == 1
    assert sum("torch.cuda.synchronize" in line for line in found) == 2
    assert sum("blockIdx" in line for line in found) == 1
