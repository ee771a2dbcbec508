"""Fused operators with a plain PyTorch fallback."""

from fused_ops.functions import masked_softmax, rms_norm, scatter_add

__all__ = ["masked_softmax", "rms_norm", "scatter_add"]
