"""Triton kernels: definitions with size and features, launches, the language's names."""

from __future__ import annotations

from support import read, uses

KERNEL = """
import triton
import triton.language as tl

@triton.autotune(configs=[], key=["n"])
@triton.jit
def add_kernel(x, n, BLOCK: tl.constexpr):
    pid = tl.program_id(0)
    tl.store(x, tl.load(x + pid))

def add(x):
    add_kernel[(1,)](x, 3, BLOCK=4)
"""


def test_definition_and_launch() -> None:
    found = uses(KERNEL)
    assert "6 kernel:triton:add_kernel definition" in found
    assert "11 kernel:triton:add_kernel launch" in found
    assert "7 py:triton.language.program_id call" in found


def test_size_and_features() -> None:
    (kernel,) = [use for use in read(KERNEL).uses if use.role == "definition"]
    details = dict(kernel.details)
    assert details["lines"] == "3"
    assert details["features"] == "constexpr load program_id store"


def test_triton_handed_on_by_a_module_of_the_project() -> None:
    found = uses("from .compat import HAVE, triton, tl\n\n@triton.jit\ndef k(x):\n    tl.load(x)\n")
    assert "4 kernel:triton:k definition" in found
    assert "5 py:triton.language.load call" in found


def test_a_subscript_call_of_something_else_is_no_launch() -> None:
    assert [line for line in uses("import triton\nhandlers[0](x)\n") if "launch" in line] == []
