"""Guards in front of a CUDA-only extension: leaving them alone is right."""
import torch

try:
    import flash_attn_2_cuda
    from apex.normalization import FusedLayerNorm
except ImportError:
    flash_attn_2_cuda = FusedLayerNorm = None


def attend(q, k, v):
    if q.is_cuda and flash_attn_2_cuda is not None:
        return flash_attn_2_cuda.fwd(q, k, v)
    return torch.nn.functional.scaled_dot_product_attention(q, k, v)


def norm(x: torch.Tensor, width: int):
    if FusedLayerNorm is None or not x.is_cuda:
        return torch.nn.LayerNorm(width)(x)
    return FusedLayerNorm(width).cuda()(x)


if False:
    torch.cuda.empty_cache()

if torch.version.hip is not None:
    print("ROCm")
elif torch.version.cuda:
    torch.cuda.init()
