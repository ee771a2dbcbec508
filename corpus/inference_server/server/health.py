"""Is the GPU well?  Asked by Kubernetes every ten seconds."""

import shutil
import subprocess

import torch

QUERY = ["nvidia-smi", "--query-gpu=driver_version,temperature.gpu,memory.used", "--format=csv,noheader,nounits"]
TOO_HOT = 88


def _rows() -> list[list[str]]:
    if shutil.which("nvidia-smi") is None:
        return []
    done = subprocess.run(QUERY, capture_output=True, text=True, timeout=5, check=True)
    return [[field.strip() for field in line.split(",")] for line in done.stdout.splitlines()]


def require_driver(minimum: int) -> None:
    """Raise RuntimeError where the driver is older than ``minimum``."""
    for version, _, _ in _rows():
        if int(version.split(".")[0]) < minimum:
            raise RuntimeError(f"NVIDIA driver {version} is too old: {minimum} or later is needed for CUDA 12")


def state(device: torch.device) -> dict[str, object]:
    """What /health answers."""
    if device.type != "cuda":
        return {"ok": True, "device": str(device)}
    free, total = torch.cuda.mem_get_info(device)
    properties = torch.cuda.get_device_properties(device)
    rows = _rows()
    return {
        "ok": all(int(row[1]) < TOO_HOT for row in rows),
        "device": torch.cuda.get_device_name(device),
        "memory": {"free": free, "total": total, "reserved": torch.cuda.memory_reserved(device)},
        "capability": f"{properties.major}.{properties.minor}",
        "cuda": torch.version.cuda,
        "cudnn": torch.backends.cudnn.version(),
    }
