"""Runs the model: copies on one stream, computes on another, replays graphs where it can."""

from __future__ import annotations

import logging
import threading
from contextlib import nullcontext
from dataclasses import dataclass

import torch
import torch.cuda.nvtx as nvtx

from server.model import Classifier

log = logging.getLogger(__name__)

DTYPES = {"fp32": torch.float32, "fp16": torch.float16, "bf16": torch.bfloat16}
LENGTH = 32
BATCHES = (1, 8, 32)


@dataclass
class EngineOptions:
    device: str = "cuda"
    precision: str = "fp16"
    graphs: str = "auto"


def pick_device(wanted: str) -> torch.device:
    """The device asked for; the CPU, with a warning, where there is no GPU."""
    if wanted.startswith("cuda") and not torch.cuda.is_available():
        log.warning("CUDA is not available, serving on the CPU")
        return torch.device("cpu")
    device = torch.device(wanted)
    if device.type == "cuda":
        torch.cuda.set_device(device.index or 0)
        torch.set_float32_matmul_precision("high")
        torch.backends.cudnn.allow_tf32 = True
    return device


def pick_dtype(device: torch.device, precision: str) -> torch.dtype:
    """Half precision only where the device computes it."""
    if device.type == "cpu":
        return torch.float32
    if precision == "bf16" and not torch.cuda.is_bf16_supported():
        log.warning("compute capability %s.%s has no bfloat16", *torch.cuda.get_device_capability(device))
        return torch.float16
    return DTYPES[precision]


class Engine:
    def __init__(self, options: EngineOptions) -> None:
        self.device = pick_device(options.device)
        self.dtype = pick_dtype(self.device, options.precision)
        self.on_gpu = self.device.type == "cuda"
        self.model = Classifier().to(device=self.device, dtype=self.dtype).eval()
        self.lock = threading.Lock()
        self.graphs: dict[int, tuple[torch.cuda.CUDAGraph, torch.Tensor, torch.Tensor]] = {}
        self.copy_stream = torch.cuda.Stream(self.device) if self.on_gpu else None
        self.staging = torch.zeros(BATCHES[-1], LENGTH, dtype=torch.long)
        if self.on_gpu:
            self.staging = self.staging.pin_memory()
        self.warm_up()
        if self.wants_graphs(options.graphs):
            self.capture()

    def wants_graphs(self, choice: str) -> bool:
        if choice == "off" or not self.on_gpu:
            return False
        # Capture needs Volta or later.
        return choice == "cuda" or torch.cuda.get_device_capability(self.device) >= (7, 0)

    @torch.inference_mode()
    def warm_up(self, rounds: int = 2) -> None:
        """Let cuBLAS and cuDNN choose their algorithms before the first request comes."""
        for batch in BATCHES:
            tokens = torch.zeros(batch, LENGTH, dtype=torch.long, device=self.device)
            for _ in range(rounds):
                self.model(tokens)
        if self.on_gpu:
            torch.cuda.synchronize(self.device)
            torch.cuda.empty_cache()
            torch.cuda.reset_peak_memory_stats(self.device)

    @torch.inference_mode()
    def capture(self) -> None:
        """Record one graph for each batch size."""
        side = torch.cuda.Stream()
        side.wait_stream(torch.cuda.current_stream())
        for batch in BATCHES:
            tokens = torch.zeros(batch, LENGTH, dtype=torch.long, device=self.device)
            graph = torch.cuda.CUDAGraph()
            with torch.cuda.graph(graph, stream=side):
                scores = self.model(tokens)
            self.graphs[batch] = graph, tokens, scores
        torch.cuda.current_stream().wait_stream(side)

    def _upload(self, rows: list[list[int]], batch: int) -> torch.Tensor:
        host = self.staging[:batch]
        host.zero_()
        for index, row in enumerate(rows):
            host[index, : len(row)] = torch.tensor(row[:LENGTH])
        if self.copy_stream is None:
            return host.clone()
        with torch.cuda.stream(self.copy_stream):
            tokens = host.to(self.device, non_blocking=True)
        current = torch.cuda.current_stream(self.device)
        current.wait_stream(self.copy_stream)
        tokens.record_stream(current)
        return tokens

    @torch.inference_mode()
    def classify(self, rows: list[list[int]]) -> list[int]:
        """The class of each row of tokens; at most BATCHES[-1] rows."""
        batch = next(size for size in BATCHES if size >= len(rows))
        with self.lock, nvtx.range("classify") if self.on_gpu else nullcontext():
            tokens = self._upload(rows, batch)
            if batch in self.graphs:
                graph, inputs, outputs = self.graphs[batch]
                inputs.copy_(tokens)
                graph.replay()
                scores = outputs
            else:
                with torch.autocast(device_type=self.device.type, dtype=torch.bfloat16, enabled=not self.on_gpu):
                    scores = self.model(tokens)
            return scores[: len(rows)].argmax(dim=1).cpu().tolist()
