"""Parameters of libraries whose value is bound to CUDA."""

from __future__ import annotations

import pytest
from support import read, source, uses


def parameters(code: str) -> list[str]:
    """Symbol, role and source text of the parameters and devices found."""
    file = source(code)
    found = (use for use in read(code).uses if use.symbol.startswith(("param:", "device:", "backend:")))
    return [f"{use.symbol} {use.role} {file.data[use.start : use.end].decode()}" for use in found]


@pytest.mark.parametrize(
    "code",
    [
        "import transformers\ntransformers.AutoModel.from_pretrained(x, attn_implementation='flash_attention_2')",
        "from transformers import AutoModel as M\nM.from_pretrained(x, attn_implementation='flash_attention_2')",
        "from transformers import AutoModel\nAutoModel.from_pretrained(x, attn_implementation=('flash_attention_2'))",
        "from trl import ModelConfig\nModelConfig(attn_implementation='flash_attention_2' if ok else 'sdpa')",
        "model = self.cls.from_pretrained(x, attn_implementation='flash_attention_2')",
        "kwargs = dict(attn_implementation='flash_attention_2')",
    ],
)
def test_a_keyword_of_the_library_s_calls(code: str) -> None:
    symbol = "param:transformers.attn_implementation=flash_attention_2"
    assert parameters(code) == [f"{symbol} argument 'flash_attention_2'"]


def test_keys_defaults_and_variables_of_a_name_that_nobody_else_has() -> None:
    code = """
    attn_implementation = "flash_attention_2"
    options = {"attn_implementation": "flash_attention_2"}
    def load(attn_implementation: str = "flash_attention_2"): ...
    """
    symbol = "param:transformers.attn_implementation=flash_attention_2"
    assert parameters(code) == [f'{symbol} {role} "flash_attention_2"' for role in ("string", "config", "default")]


def test_a_value_that_is_no_string() -> None:
    code = """
    import torch, ray
    from transformers import BitsAndBytesConfig
    from ultralytics import YOLO
    BitsAndBytesConfig(load_in_4bit=True)
    BitsAndBytesConfig(load_in_4bit=False)
    torch.optim.AdamW(parameters, fused=True)
    @ray.remote(num_gpus=1)
    def work(): ...
    model = YOLO(path)
    model.train(device=0)
    """
    assert parameters(code) == [
        "param:transformers.load_in_4bit=True argument True",
        "param:torch.optim.fused=True argument True",
        "param:ray.num_gpus=* argument 1",
        "param:ultralytics.device=0 argument 0",
    ]


def test_a_device_of_another_library_is_no_device_of_torch() -> None:
    code = """
    from xgboost import XGBClassifier
    from faster_whisper import WhisperModel
    XGBClassifier(device="cuda")
    WhisperModel("small", device="cuda")
    options = {"device": "cuda"}
    """
    assert parameters(code) == [
        'param:xgboost.device=cuda argument "cuda"',
        'param:faster_whisper.device=cuda argument "cuda"',
        'device:cuda config "cuda"',
    ]
    alone = 'import xgboost\noptions = {"device": "cuda"}'
    assert parameters(alone) == ['param:xgboost.device=cuda config "cuda"']
    beside = 'import torch\nimport xgboost\noptions = {"device": "cuda"}\nmodel.to("cuda")'
    assert parameters(beside) == ['device:cuda config "cuda"', 'device:cuda argument "cuda"']


@pytest.mark.parametrize(
    "code",
    [
        "import timm\ntimm.create_model(attn_implementation='flash_attention_2')",
        "from transformers import AutoModel\nAutoModel.from_pretrained(x, attn_implementation='sdpa')",
        "from transformers import AutoModel\nAutoModel.from_pretrained(x, attn_implementation=chosen)",
        "print('attn_implementation=flash_attention_2')",
        "# attn_implementation='flash_attention_2'",
        "if attn_implementation == 'flash_attention_2': ...",
        "import xgboost\nother.fit(tree_method='hist')",
    ],
)
def test_look_alikes(code: str) -> None:
    assert uses(code) == []
