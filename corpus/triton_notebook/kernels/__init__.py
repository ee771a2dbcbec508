"""Triton kernels and their references."""

import torch

try:
    import triton

    HAS_TRITON = torch.cuda.is_available()
except ImportError:
    triton = None
    HAS_TRITON = False

DEVICE = "cuda" if HAS_TRITON else "cpu"

if HAS_TRITON:
    from kernels.fused import layer_norm, matmul, softmax
else:
    from kernels.reference import layer_norm, matmul, softmax

__all__ = ["DEVICE", "HAS_TRITON", "layer_norm", "matmul", "softmax"]
