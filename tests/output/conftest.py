"""The outputs are tested with a few texts of their own, so that a better word in rules/ breaks no test."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from migrate import messages
from migrate.facts.evidence import Source

TEXTS: dict[str, dict[str, Any]] = {
    "hazards.toml": {
        "warp-size": {
            "title": {"en": "Warp of 32 lanes", "zh": "假定线程束宽度为 32"},
            "effect": {"en": "Sums over a warp are wrong where it has 64 lanes.", "zh": "线程束宽 64 时归约结果错误。"},
            "fix": {"en": "Use warpSize.", "zh": "改用 warpSize。"},
        }
    },
    "notes.toml": {
        "float-only": {"en": "only float32 and float16", "zh": "仅支持 float32 与 float16"},
        "no-operator-table": {"en": "no operator table for {}", "zh": "{} 没有算子支持表"},
    },
    "libraries.toml": {
        "torch-cuda": {"scheme": "py", "title": "torch.cuda", "zh": "torch.cuda"},
        "cuda-runtime": {"scheme": "c", "title": "CUDA run time", "zh": "CUDA 运行时"},
    },
}
SOURCES = {"npu-wheel": Source("npu-wheel", "torch_npu", "2.6.0", "BSD", "symbol", "")}


@pytest.fixture(autouse=True, scope="module")
def texts() -> Iterator[None]:
    """Small rules for the length of a test module."""
    cached = (messages.check, messages.note, messages.evidence, messages.outcome, messages.brief)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("migrate.messages.data.toml", TEXTS.__getitem__)
        patch.setattr("migrate.messages.data.entry", lambda name, table: TEXTS[name].get(table))
        patch.setattr("migrate.messages.sources", lambda: SOURCES)
        for function in cached:
            function.cache_clear()
        yield
    for function in cached:
        function.cache_clear()
