"""Already runs on several vendors' devices."""

import torch

try:
    import torch_npu
except ImportError:
    torch_npu = None

BACKENDS = {"cuda": "nccl", "npu": "hccl", "cpu": "gloo"}
MODULES = {"cuda": torch.cuda, "xpu": torch.xpu}


def pick() -> torch.device:
    if torch.cuda.is_available():
        return torch.device("cuda")
    elif torch_npu is not None and torch.npu.is_available():
        return torch.device("npu")
    return torch.device("cpu")


def synchronize(device: torch.device) -> None:
    if device.type == "cuda":
        torch.cuda.synchronize()
    elif device.type == "npu":
        torch.npu.synchronize()


def portable() -> torch.device:
    if hasattr(torch, "accelerator") and torch.accelerator.is_available():
        return torch.accelerator.current_accelerator()
    return torch.device("cpu")


def join(device: torch.device) -> None:
    torch.distributed.init_process_group(backend=BACKENDS[device.type])
