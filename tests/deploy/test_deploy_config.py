"""YAML, JSON, TOML, INI and .env: a value is a use where its key says what it is."""

from __future__ import annotations

import pytest
from support import read, uses


def config(code: str | bytes, path: str = "a.yaml") -> list[str]:
    """The uses in a configuration file."""
    return uses(code, "config", path)


@pytest.mark.parametrize(
    ("code", "path"),
    [
        ("device: cuda\n", "a.yaml"),
        ("device: 'cuda'\n", "a.yaml"),
        ("model:\n  map_location: cuda:0 # first\n", "a.yaml"),
        ("a: {device_type: cuda}\n", "a.yaml"),
        ("devices:\n  - cuda\n", "a.yaml"),
        ("train_device: cuda\n", "a.yaml"),
        ("device:\n  type: cuda\n", "a.yaml"),
        ("device: cuda\r\n", "a.yaml"),
        ("\ufeffdevice: cuda\n", "a.yaml"),
        ("{% if x %}\ndevice: cuda\n{% endif %}\n", "a.yaml"),
        ('{"a": [1, {"device": "cuda"}]}', "a.json"),
        ('[run]\ndevice = "cuda"\n', "a.toml"),
        ("[run]\ndevice = cuda\n", "a.ini"),
        ("DEVICE=cuda\n", ".env"),
    ],
)
def test_a_device_under_a_key_that_says_so(code: str, path: str) -> None:
    assert [line.partition(" ")[2] for line in config(code, path)] == ["device:cuda config"]


def test_the_index_of_a_device_is_kept() -> None:
    assert [use.details for use in read("device: cuda:3\n", "config", "a.yaml").uses] == [(("index", "3"),)]


@pytest.mark.parametrize(
    ("code", "path"),
    [
        ("theme: cuda\n", "a.yaml"),
        ("name: cuda\n", "a.yaml"),
        ("description: runs on cuda with nccl, see device cuda\n", "a.yaml"),
        ("# device: cuda\n", "a.yaml"),
        ("colours: {cuda: green}\n", "a.yaml"),
        ("device: cpu\n", "a.yaml"),
        ("type: cuda\n", "a.yaml"),
        ("env:\n  CUDA_SHORT: 12\nrun: curl x/$CUDA_SHORT\n", "a.yaml"),
        ("backend: gloo\n", "a.yaml"),
        ("guide: |\n  Start it with\n      docker run --gpus all x\n", "a.yaml"),
        ("help: set CUDA_VISIBLE_DEVICES=0\n", "a.yaml"),
        ('{"text": "device: cuda"}', "a.json"),
        ('{"title": "cuda", "device_name": "cuda core"}', "a.json"),
        ("; device = cuda\n", "a.ini"),
        ("# NCCL_DEBUG=INFO\n", ".env"),
    ],
)
def test_look_alikes(code: str, path: str) -> None:
    assert config(code, path) == []


def test_back_ends() -> None:
    assert config("backend: nccl\ndist:\n  dist_backend: nccl\nddp_backend: nccl\n") == [
        "1 backend:nccl config",
        "3 backend:nccl config",
        "4 backend:nccl config",
    ]


def test_parameters_of_libraries() -> None:
    code = """
    attn_implementation: flash_attention_2
    optim: "paged_adamw_8bit"
    optimizer: adamw_torch
    attn_implementation: sdpa
    accelerator: gpu
    distributed_type: MULTI_GPU
    load_in_4bit: true
    load_in_8bit: false
    flash_attn: fa2
    """
    assert config(code) == [
        "1 param:transformers.attn_implementation=flash_attention_2 config",
        "2 param:transformers.optim=paged_adamw_8bit config",
        "5 param:lightning.accelerator=gpu config",
        "6 param:accelerate.distributed_type=MULTI_GPU config",
        "7 param:transformers.load_in_4bit=True config",
        "9 param:llamafactory.flash_attn=fa2 config",
    ]


@pytest.mark.parametrize(
    ("code", "path"),
    [
        ('{"optimizer": {"type": "OneBitAdam"}}', "ds_config.json"),
        ('[optimizer]\ntype = "OneBitAdam"\n', "a.toml"),
        ("optimizer: {type: 'OneBitAdam'}\n", "a.yaml"),
    ],
)
def test_the_span_of_a_parameter_is_its_value(code: str, path: str) -> None:
    (use,) = read(code, "config", path).uses
    assert (use.symbol, code[use.start : use.end]) == ("param:deepspeed.type=OneBitAdam", "OneBitAdam")


def test_architectures_under_a_key_of_any_case() -> None:
    assert config('matrix:\n  - torch_cuda_arch_list: "9.0 12.0+PTX"\n') == [
        "2 arch:sm_90 config",
        "2 arch:sm_120 config",
    ]


def test_compose() -> None:
    code = """
    services:
      a:
        image: nvidia/cuda:12.1.0-base
        runtime: nvidia
        environment:
          - NVIDIA_VISIBLE_DEVICES=all
        command: ["python", "a.py", "--device", "cuda:0"]
        deploy:
          resources:
            reservations:
              devices:
                - driver: nvidia
                  capabilities: [gpu]
    """
    assert config(code) == [
        "3 image:nvidia/cuda image",
        "4 resource:docker:nvidia config",
        "6 env:NVIDIA_VISIBLE_DEVICES config",
        "7 device:cuda argument",
        "12 resource:docker:nvidia config",
    ]


def test_kubernetes() -> None:
    code = """
    spec:
      runtimeClassName: nvidia
      nodeSelector:
        nvidia.com/gpu.product: A100
      tolerations:
        - key: nvidia.com/gpu
      containers:
        - image: nvcr.io/nvidia/pytorch:24.01-py3
          command:
            - nvidia-smi
          env:
            - name: NCCL_DEBUG
              value: INFO
          resources:
            limits:
              nvidia.com/gpu: {{ .Values.gpus }}
    """
    assert config(code) == [
        "2 resource:runtimeclass:nvidia config",
        "4 resource:nvidia.com/gpu.product config",
        "6 resource:nvidia.com/gpu config",
        "8 image:nvcr.io/nvidia/pytorch image",
        "10 command:nvidia-smi command",
        "12 env:NCCL_DEBUG config",
        "16 resource:nvidia.com/gpu config",
    ]


def test_a_resource_beside_another_vendors() -> None:
    code = "limits:\n  nvidia.com/gpu: 1\n  amd.com/gpu: 1\n"
    assert config(code) == ["2 resource:nvidia.com/gpu config [multi-vendor]"]
    assert config(code.replace("  amd", "a: 1\n" * 20 + "  amd")) == ["2 resource:nvidia.com/gpu config"]


def test_workflows() -> None:
    code = """
    env:
      CUDA_HOME: /usr/local/cuda
    jobs:
      a:
        container: nvidia/cuda:12.1.0-base
        steps:
          - name: nvidia-smi
            run: |
              nvidia-smi
              pip install torch --index-url https://download.pytorch.org/whl/cu121
          - run: echo nvidia-smi
    """
    assert config(code) == [
        "2 env:CUDA_HOME config",
        "2 flag:/usr/local/cuda string",
        "5 image:nvidia/cuda image",
        "9 command:nvidia-smi command",
        "10 index:download.pytorch.org/whl/cu* requirement",
    ]


def test_a_command_given_to_a_shell() -> None:
    assert config('command: ["/bin/sh", "-c", "nvidia-smi; nvcc x"]\n') == [
        "1 command:nvidia-smi command",
        "1 command:nvcc command",
    ]


def test_a_development_container() -> None:
    code = '{"build": {"args": {"BASE": "nvidia/cuda:12.1"}}, "runArgs": ["--gpus", "all"]}'
    assert config(code, "devcontainer.json") == ["1 image:nvidia/cuda image", "1 flag:--gpus flag"]


def test_gitlab() -> None:
    code = """
    image: nvidia/cuda:12.1.0-base
    build:
      script:
        - nvcc --version
        - export NCCL_DEBUG=INFO
    """
    assert config(code) == [
        "1 image:nvidia/cuda image",
        "4 command:nvcc command",
        "5 env:NCCL_DEBUG config",
    ]


def test_spans_are_places_in_the_file() -> None:
    code = b'\xef\xbb\xbf{"device": "cuda:1"}\r\n'
    (use,) = read(code, "config", "a.json").uses
    assert code[use.start : use.end] == b"cuda:1"


BOMB = b"a: &a [x,x,x,x,x,x,x,x,x]\n" + b"".join(
    b"%c: &%c [%s]\n" % (98 + n, 98 + n, b",".join([b"*%c" % (97 + n)] * 9)) for n in range(20)
)


@pytest.mark.parametrize(
    ("code", "path"),
    [
        (b'{"gpu":' + b"[" * 100_000, "a.json"),
        (b'{"gpu":' + b'{"a":' * 100_000, "a.json"),
        (b"gpu: " + b"[" * 100_000, "a.yaml"),
        (b"gpu: " + b"{a: " * 50_000, "a.yaml"),
        (b"gpu:\n" + b"".join(b" " * n + b"a:\n" for n in range(2_000)), "a.yaml"),
        (BOMB + b"gpu: *a\n", "a.yaml"),
        (b"gpu = " + b"[" * 100_000, "a.toml"),
        (b'gpu = "' + b"\\" * 99_999, "a.toml"),
        (b"- - - - " * 20_000 + b"gpu", "a.yaml"),
        (b'{"gpu": "' + b"x" * 5_000_000 + b'"}', "a.json"),
        (b"\xff\xfe gpu", "a.yaml"),
    ],
)
def test_hostile_files_are_read_to_their_end(code: bytes, path: str) -> None:
    assert read(code, "config", path).uses == []
