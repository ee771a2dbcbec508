"""CUDA source in strings is read by the CUDA frontend, at the right bytes."""

from __future__ import annotations

from support import read

CODE = '''\
import cupy as cp
from torch.utils.cpp_extension import load_inline

source = r"""
__global__ void scale(float* x) { x[threadIdx.x] *= 2; }
void run(float* p) { cudaMalloc(&p, 4); }
"""
load_inline(name="scale", cuda_sources=[source])
text = """cudaFree(p)"""
'''


def test_source_behind_a_name() -> None:
    found = {use.symbol: use for use in read(CODE).uses}
    malloc = found["c:cudaMalloc"]
    assert CODE[malloc.start : malloc.end] == "cudaMalloc"
    assert "kernel:cuda:scale" in found


def test_a_string_that_is_not_handed_on_is_not_source() -> None:
    assert "c:cudaFree" not in [use.symbol for use in read(CODE).uses]
