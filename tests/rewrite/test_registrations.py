"""Implementations of operators that are registered for CUDA: by a device's type or by a dispatch key."""

from __future__ import annotations

from collections.abc import Callable
from textwrap import dedent

Rewritten = Callable[..., str]
Left = Callable[..., list[str]]

CODE = """
    import torch
    {}from torch.library import Library, impl, register_kernel

    lib = Library("ops", "IMPL", "{}")


    @impl(lib, "scale", "Autograd{}")
    def scale_grad(x): ...


    @register_kernel("ops::shift", ["cpu", "{}"])
    def shift(x): ...
"""


def code(plugin: str, key: str, device: str) -> str:
    return dedent(CODE).lstrip("\n").format(plugin, key, key, device)


def test_a_plugin_has_its_own_device_and_dispatch_key(rewritten: Rewritten) -> None:
    plugin = "import torch_npu  # noqa: F401\n"
    assert rewritten(code(plugin, "CUDA", "cuda"), unsafe=True) == code(plugin, "PrivateUse1", "npu")


def test_portable_code_would_register_for_the_host_where_no_accelerator_is(left: Left) -> None:
    assert left(code("", "CUDA", "cuda"), "portable", unsafe=True) == [
        "4 CUDA kernels",
        "7 CUDA kernels",
        "11 cuda kernels",
    ]
