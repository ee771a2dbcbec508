"""Times of the kernels and of their references."""

import time

import torch

import kernels
from kernels import DEVICE, reference


def milliseconds(function, *inputs, repeat: int = 10) -> float:
    """Mean time of a call, after one to warm up."""
    function(*inputs)
    if DEVICE == "cuda":
        start, stop = (torch.cuda.Event(enable_timing=True) for _ in range(2))
        start.record()
        for _ in range(repeat):
            function(*inputs)
        stop.record()
        torch.cuda.synchronize()
        return start.elapsed_time(stop) / repeat
    began = time.perf_counter()
    for _ in range(repeat):
        function(*inputs)
    return (time.perf_counter() - began) * 1000 / repeat


def cases(size: int, device: str):
    x = torch.randn(size, size, device=device)
    weight, bias = torch.ones(size, device=device), torch.zeros(size, device=device)
    yield "softmax", (x,)
    yield "layer_norm", (x, weight, bias)
    yield "matmul", (x, x)


def main(size: int = 256) -> None:
    name = torch.cuda.get_device_name() if DEVICE == "cuda" else "CPU"
    print(f"{size} x {size} on {name}")
    for operator, inputs in cases(size, DEVICE):
        ours, theirs = getattr(kernels, operator), getattr(reference, operator)
        torch.testing.assert_close(ours(*inputs), theirs(*inputs), atol=1e-2, rtol=1e-2)
        print(f"{operator:12s} {milliseconds(ours, *inputs):8.3f} ms, PyTorch {milliseconds(theirs, *inputs):8.3f} ms")


if __name__ == "__main__":
    main()
