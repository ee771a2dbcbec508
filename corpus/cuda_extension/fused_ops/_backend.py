"""The compiled part: installed, compiled at first use, or None."""

import os
from functools import lru_cache
from pathlib import Path

import torch

SOURCES = ("binding.cpp", "rms_norm.cu", "softmax.cu", "scatter.cu")


@lru_cache(maxsize=None)
def compiled():
    """The extension module; None where it is neither installed nor can be compiled here."""
    try:
        from fused_ops import _C

        return _C
    except ImportError:
        pass
    if os.environ.get("FUSED_OPS_JIT") != "1" or not torch.cuda.is_available():
        return None
    from torch.utils import cpp_extension

    major, minor = torch.cuda.get_device_capability()
    os.environ.setdefault("TORCH_CUDA_ARCH_LIST", f"{major}.{minor}")
    folder = Path(__file__).parent.parent / "csrc"
    return cpp_extension.load(
        name="fused_ops_jit",
        sources=[str(folder / name) for name in SOURCES],
        extra_cuda_cflags=["-O3", "--use_fast_math"],
        with_cuda=True,
    )
