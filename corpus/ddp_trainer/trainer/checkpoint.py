"""Save and restore, one file for all processes."""

from pathlib import Path

import torch
import torch.distributed as dist
from torch.cuda import amp


def save(path: Path, model: torch.nn.Module, optimizer: torch.optim.Optimizer, scaler: amp.GradScaler, epoch: int) -> None:
    """Rank 0 writes; the others wait for it."""
    if not dist.is_initialized() or dist.get_rank() == 0:
        state = {
            "model": model.state_dict(),
            "optimizer": optimizer.state_dict(),
            "scaler": scaler.state_dict(),
            "epoch": epoch,
            "rng": torch.get_rng_state(),
        }
        if torch.cuda.is_available():
            state["cuda_rng"] = torch.cuda.get_rng_state_all()
        temporary = path.with_suffix(".tmp")
        torch.save(state, temporary)
        temporary.replace(path)
    if dist.is_initialized():
        dist.barrier()


def load(path: Path, model: torch.nn.Module, optimizer: torch.optim.Optimizer, scaler: amp.GradScaler, local_rank: int) -> int:
    """Restore everything in place; returns the epoch to go on with."""
    # Tensors were saved from rank 0's GPU: map them onto this rank's own.
    location = {"cuda:0": f"cuda:{local_rank}"} if torch.cuda.is_available() else "cpu"
    state = torch.load(path, map_location=location, weights_only=True)
    model.load_state_dict(state["model"])
    optimizer.load_state_dict(state["optimizer"])
    scaler.load_state_dict(state["scaler"])
    torch.set_rng_state(state["rng"].cpu())
    if "cuda_rng" in state:
        torch.cuda.set_rng_state_all([s.cpu() for s in state["cuda_rng"]])
    return int(state["epoch"]) + 1
