"""What users call."""

import torch
from torch.autograd import Function
from torch.autograd.function import once_differentiable
from torch.cuda.amp import custom_bwd, custom_fwd

from fused_ops._backend import compiled


def _fused(*tensors: torch.Tensor) -> bool:
    """Whether the kernels can take these tensors."""
    return compiled() is not None and all(t.is_cuda for t in tensors)


class _RMSNorm(Function):
    @staticmethod
    @custom_fwd
    def forward(ctx, x, weight, epsilon):
        if _fused(x, weight):
            y, scale = compiled().rms_norm_forward(x.contiguous(), weight.contiguous(), epsilon)
        else:
            scale = torch.rsqrt(x.pow(2).mean(dim=-1) + epsilon)
            y = x * scale.unsqueeze(-1) * weight
        ctx.save_for_backward(x, weight, scale)
        return y

    @staticmethod
    @once_differentiable
    @custom_bwd
    def backward(ctx, grad):
        x, weight, scale = ctx.saved_tensors
        if _fused(x, weight, grad):
            grad_x, grad_weight = compiled().rms_norm_backward(grad.contiguous(), x, weight, scale)
            return grad_x, grad_weight, None
        normed = x * scale.unsqueeze(-1)
        inner = grad * weight
        grad_x = scale.unsqueeze(-1) * (inner - normed * (inner * normed).mean(dim=-1, keepdim=True))
        grad_weight = (grad * normed).reshape(-1, weight.shape[0]).sum(dim=0)
        return grad_x, grad_weight, None


def rms_norm(x: torch.Tensor, weight: torch.Tensor, epsilon: float = 1e-6) -> torch.Tensor:
    """``x`` over its root mean square along the last dimension, times ``weight``."""
    return _RMSNorm.apply(x, weight, epsilon)


def masked_softmax(scores: torch.Tensor, lengths: torch.Tensor) -> torch.Tensor:
    """Softmax over the first ``lengths[i]`` columns of row ``i``; zero elsewhere.  No gradient."""
    if scores.is_cuda:
        assert lengths.device == scores.device, "lengths must be on the same CUDA device"
    if _fused(scores, lengths):
        return compiled().masked_softmax(scores, lengths.int())
    columns = torch.arange(scores.shape[1], device=scores.device)
    return scores.masked_fill(columns >= lengths.unsqueeze(1), float("-inf")).softmax(dim=1)


def scatter_add(values: torch.Tensor, index: torch.Tensor, size: int) -> torch.Tensor:
    """Sums of the ``values`` that share an ``index``, which is in [0, size).  No gradient."""
    if _fused(values, index):
        with torch.cuda.device(values.device):
            return compiled().scatter_add(values, index, size)
    return torch.zeros(size, dtype=values.dtype).to(values.device).index_add_(0, index, values)
