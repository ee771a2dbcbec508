"""Train a classifier with DistributedDataParallel and mixed precision."""

import argparse
import os
import random
import time
from pathlib import Path

import torch
import torch.distributed as dist
import torch.nn.functional as F
import yaml
from torch.cuda.amp import GradScaler, autocast
from torch.nn.parallel import DistributedDataParallel as DDP

from trainer import checkpoint, data, model

try:
    import pynvml
except ImportError:
    pynvml = None


def parse_args() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Train a small classifier on CUDA devices.")
    parser.add_argument("--config", type=Path, required=True)
    parser.add_argument("--device", default="cuda", choices=["cuda", "cpu"], help="cuda (default) or cpu")
    parser.add_argument("--backend", default=None, help="nccl on GPUs, gloo elsewhere")
    parser.add_argument("--checkpoint", type=Path, default=Path("checkpoint.pt"))
    return parser.parse_args()


def setup(args: argparse.Namespace) -> tuple[torch.device, bool]:
    """Join the process group that torchrun describes; returns this process's device."""
    distributed = "RANK" in os.environ
    local_rank = int(os.environ.get("LOCAL_RANK", 0))
    if args.device == "cuda":
        torch.cuda.set_device(local_rank)
        torch.backends.cudnn.benchmark = True
        torch.backends.cuda.matmul.allow_tf32 = True
        device = torch.device("cuda", local_rank)
    else:
        device = torch.device("cpu")
    if distributed:
        backend = args.backend or ("nccl" if device.type == "cuda" else "gloo")
        dist.init_process_group(backend=backend)
    return device, distributed


def seed_everything(seed: int) -> None:
    random.seed(seed)
    torch.manual_seed(seed)
    torch.cuda.manual_seed_all(seed)


def utilisation(index: int) -> str:
    """Load of a GPU in per cent, where NVML can tell it."""
    if pynvml is None or not torch.cuda.is_available():
        return "n/a"
    pynvml.nvmlInit()
    handle = pynvml.nvmlDeviceGetHandleByIndex(index)
    return f"{pynvml.nvmlDeviceGetUtilizationRates(handle).gpu}%"


class Timer:
    """Seconds spent in a ``with`` block, by CUDA events where there are some."""

    def __init__(self, device: torch.device) -> None:
        self.cuda = device.type == "cuda"
        self.seconds = 0.0

    def __enter__(self) -> "Timer":
        if self.cuda:
            self.start = torch.cuda.Event(enable_timing=True)
            self.stop = torch.cuda.Event(enable_timing=True)
            self.start.record()
        else:
            self.began = time.perf_counter()
        return self

    def __exit__(self, *_: object) -> None:
        if self.cuda:
            self.stop.record()
            torch.cuda.synchronize()
            self.seconds = self.start.elapsed_time(self.stop) / 1000
        else:
            self.seconds = time.perf_counter() - self.began


def train_epoch(net, batches, optimizer, scaler: GradScaler, device: torch.device, half: bool) -> float:
    """One pass over the data; returns the mean loss over all processes."""
    net.train()
    total = torch.zeros((), device=device)
    for images, labels in batches:
        images = images.to(device, non_blocking=True)
        labels = labels.to(device, non_blocking=True)
        optimizer.zero_grad(set_to_none=True)
        with autocast(enabled=half):
            loss = F.cross_entropy(net(images), labels)
        scaler.scale(loss).backward()
        scaler.unscale_(optimizer)
        torch.nn.utils.clip_grad_norm_(net.parameters(), 1.0)
        scaler.step(optimizer)
        scaler.update()
        total += loss.detach()
    mean = total / len(batches)
    if dist.is_initialized():
        dist.all_reduce(mean)
        mean /= dist.get_world_size()
    return mean.item()


def main() -> None:
    args = parse_args()
    config = yaml.safe_load(args.config.read_text())
    device, distributed = setup(args)
    seed_everything(config.get("seed", 0))

    net = model.build(config["hidden"], config["classes"], device)
    if distributed:
        ids = [device.index] if device.type == "cuda" else None
        net = DDP(net, device_ids=ids)
    half = config["precision"] == "fp16" and device.type == "cuda"
    scaler = GradScaler(enabled=half)
    optimizer = torch.optim.SGD(net.parameters(), lr=config["learning_rate"], momentum=0.9)
    dataset = data.ColouredNoise(config["samples"], config["classes"])
    batches = data.loader(dataset, config["batch_size"], config["workers"], device, distributed)

    first = 0
    if args.checkpoint.exists():
        first = checkpoint.load(args.checkpoint, net, optimizer, scaler, device.index or 0)
    for epoch in range(first, config["epochs"]):
        if distributed:
            batches.sampler.set_epoch(epoch)
        with Timer(device) as timer:
            loss = train_epoch(net, batches, optimizer, scaler, device, half)
        if not distributed or dist.get_rank() == 0:
            memory = torch.cuda.max_memory_allocated() / 2**20 if device.type == "cuda" else 0
            load = utilisation(device.index or 0)
            print(f"epoch {epoch} loss {loss:.4f} {timer.seconds:.1f} s, {memory:.0f} MiB, GPU {load}")
        checkpoint.save(args.checkpoint, net, optimizer, scaler, epoch)
    if distributed:
        dist.destroy_process_group()


if __name__ == "__main__":
    main()
