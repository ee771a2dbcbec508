"""The kernels."""

import torch
import triton
import triton.language as tl
from torch import Tensor
from triton.language.extra.cuda import libdevice


def _row_config(width: int) -> tuple[int, int]:
    """Block size and number of warps for rows of this width."""
    block = triton.next_power_of_2(width)
    return block, 4 if block <= 2048 else 8


@triton.jit
def softmax_kernel(out, x, stride, width, BLOCK: tl.constexpr):
    row = tl.program_id(0)
    columns = tl.arange(0, BLOCK)
    mask = columns < width
    values = tl.load(x + row * stride + columns, mask=mask, other=-float("inf"))
    values = values - tl.max(values, axis=0)
    exponentials = tl.exp(values)
    tl.store(out + row * stride + columns, exponentials / tl.sum(exponentials, axis=0), mask=mask)


def softmax(x: Tensor) -> Tensor:
    """Softmax of each row."""
    assert x.is_cuda and x.is_contiguous()
    rows, width = x.shape
    out = torch.empty_like(x)
    block, warps = _row_config(width)
    softmax_kernel[(rows,)](out, x, x.stride(0), width, BLOCK=block, num_warps=warps)
    return out


@triton.jit
def layer_norm_kernel(x, weight, bias, out, stride, width, epsilon, BLOCK: tl.constexpr):
    row = tl.program_id(0)
    columns = tl.arange(0, BLOCK)
    mask = columns < width
    values = tl.load(x + row * stride + columns, mask=mask, other=0.0).to(tl.float32)
    mean = tl.sum(values, axis=0) / width
    centred = tl.where(mask, values - mean, 0.0)
    scale = libdevice.rsqrt(tl.sum(centred * centred, axis=0) / width + epsilon)
    w = tl.load(weight + columns, mask=mask)
    b = tl.load(bias + columns, mask=mask)
    tl.store(out + row * stride + columns, centred * scale * w + b, mask=mask)


def layer_norm(x: Tensor, weight: Tensor, bias: Tensor, epsilon: float = 1e-5) -> Tensor:
    """Layer norm over the last dimension."""
    flat = x.reshape(-1, x.shape[-1])
    out = torch.empty_like(flat)
    block, warps = _row_config(flat.shape[1])
    grid = (flat.shape[0],)
    layer_norm_kernel[grid](flat, weight, bias, out, flat.stride(0), flat.shape[1], epsilon, BLOCK=block, num_warps=warps)
    return out.view_as(x)


CONFIGS = [
    triton.Config({"BM": 128, "BN": 128, "BK": 32}, num_stages=4, num_warps=8),
    triton.Config({"BM": 64, "BN": 128, "BK": 32}, num_stages=4, num_warps=4),
    triton.Config({"BM": 64, "BN": 64, "BK": 64}, num_stages=3, num_warps=4),
]


@triton.autotune(configs=CONFIGS, key=["m", "n", "k"])
@triton.jit
def matmul_kernel(a, b, c, m, n, k, am, ak, bk, bn, cm, cn, BM: tl.constexpr, BN: tl.constexpr, BK: tl.constexpr):
    rows = tl.program_id(0) * BM + tl.arange(0, BM)
    columns = tl.program_id(1) * BN + tl.arange(0, BN)
    inner = tl.arange(0, BK)
    total = tl.zeros((BM, BN), dtype=tl.float32)
    for start in range(0, k, BK):
        left = tl.load(
            a + rows[:, None] * am + (start + inner)[None, :] * ak,
            mask=(rows[:, None] < m) & ((start + inner)[None, :] < k),
            other=0.0,
        )
        right = tl.load(
            b + (start + inner)[:, None] * bk + columns[None, :] * bn,
            mask=((start + inner)[:, None] < k) & (columns[None, :] < n),
            other=0.0,
        )
        total = tl.dot(left, right, total)
    mask = (rows[:, None] < m) & (columns[None, :] < n)
    tl.store(c + rows[:, None] * cm + columns[None, :] * cn, total.to(c.dtype.element_ty), mask=mask)


def matmul(a: Tensor, b: Tensor) -> Tensor:
    """a @ b; tile sizes by autotuning."""
    (m, k), n = a.shape, b.shape[1]
    c = torch.empty(m, n, device=a.device, dtype=a.dtype)
    capability = torch.cuda.get_device_capability(a.device)
    if capability[0] < 8 and a.dtype == torch.bfloat16:
        return torch.matmul(a, b)

    def grid(meta):
        return triton.cdiv(m, meta["BM"]), triton.cdiv(n, meta["BN"])

    matmul_kernel[grid](a, b, c, m, n, k, *a.stride(), *b.stride(), *c.stride())
    return c
