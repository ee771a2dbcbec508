"""The same in plain PyTorch, on any device."""

import torch
from torch import Tensor
from torch.nn import functional as F


def softmax(x: Tensor) -> Tensor:
    return torch.softmax(x, dim=-1)


def layer_norm(x: Tensor, weight: Tensor, bias: Tensor, epsilon: float = 1e-5) -> Tensor:
    return F.layer_norm(x, x.shape[-1:], weight, bias, epsilon)


def matmul(a: Tensor, b: Tensor) -> Tensor:
    return torch.matmul(a, b)
