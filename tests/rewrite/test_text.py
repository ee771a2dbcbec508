"""Rewrites in the files around the code: what gives way, and what stays."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from migrate.rewrite.changes import FilePlan

Rewritten = Callable[..., str]
Plan = Callable[..., FilePlan]


@pytest.mark.parametrize(
    ("name", "before", "after"),
    [
        ("requirements.txt", "torch==2.6.0+cu124\n", "torch==2.6.0\ntorch-npu==2.6.0.*\n"),
        ("requirements.txt", "faiss-gpu>=1.7  # search\n", "faiss-cpu>=1.7  # search\n"),
        ("Dockerfile", "RUN pip install torch==2.6.0+cu124\n", "RUN pip install torch==2.6.0 torch-npu==2.6.0.*\n"),
        ("Dockerfile", "FROM pytorch/pytorch:2.6.0-cuda12.4-cudnn9-devel\n", None),
        ("config.yaml", "device: cuda:0  # the first\n", "device: npu:0  # the first\n"),
        ("config.yaml", "backend: nccl\n", "backend: hccl\n"),
        ("run.sh", "export CUDA_VISIBLE_DEVICES=0,1\n", "export ASCEND_RT_VISIBLE_DEVICES=0,1\n"),
    ],
)
def test_on_ascend(rewritten: Rewritten, name: str, before: str, after: str | None) -> None:
    text = rewritten(before, "cann", unsafe=True, name=name)
    if after is None:
        assert text.startswith("FROM quay.io/ascend/torch-npu:")
        assert "cuda" not in text
    else:
        assert text == after


def test_a_marker_holds_for_both(rewritten: Rewritten) -> None:
    before = 'torch==2.6.0+cu124 ; python_version < "3.12"  # pinned\r\n'
    after = 'torch==2.6.0 ; python_version < "3.12"\r\ntorch-npu==2.6.0.* ; python_version < "3.12"  # pinned\r\n'
    assert rewritten(before, "cann", unsafe=True, name="requirements.txt") == after


@pytest.mark.parametrize("rest", [" --hash=sha256:00", " \\\n    --hash=sha256:00"])
@pytest.mark.parametrize("package", ["torch==2.6.0+cu124", "faiss-gpu==1.7.2"])
def test_another_package_has_another_hash(rewritten: Rewritten, package: str, rest: str) -> None:
    text = f"{package}{rest}\n"
    assert rewritten(text, "cann", unsafe=True, name="requirements.txt") == text


def test_configuration_keeps_its_form(rewritten: Rewritten) -> None:
    before = '{"device": "cuda:0", "optim": "adamw_apex_fused", "tf32": true,\t"env": {"CUDA_VISIBLE_DEVICES": "0"}}\n'
    words = {"cuda:0": "npu:0", "adamw_apex_fused": "adamw_torch_npu_fused", "CUDA_VI": "ASCEND_RT_VI", "true": "false"}
    after = before
    for old, new in words.items():
        after = after.replace(old, new)
    assert rewritten(before, "cann", unsafe=True, name="args.json") == after
    toml = "device = 'cuda'  # cuda\n"
    assert rewritten(toml, "cann", name="a.toml") == "device = 'npu'  # cuda\n"


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("config.yaml", "device: cuda  # or cpu\nbackend: nccl\n"),
        ("args.json", '{"device": "cuda:0", "dist_backend": "nccl"}\n'),
        ("run.toml", 'device = "cuda"\nbackend = "nccl"\n'),
        ("run.ini", "[run]\ndevice = cuda\nbackend = nccl\n"),
        ("run.sh", "python train.py --device cuda --backend nccl\n"),
    ],
)
def test_a_device_outside_of_code_stays_where_any_device_is_meant(plan: Plan, name: str, text: str) -> None:
    """ "auto" is no device that torch knows; what reads the value would have to."""
    made = plan(text, "portable", unsafe=True, name=name)
    assert made.result == text.encode()
    assert [item.reason for item in made.left] == ["config", "config"]


def test_a_library_that_knows_auto_gets_it(rewritten: Rewritten) -> None:
    before = "trainer:\n  accelerator: gpu\n  devices: 2\n  strategy: ddp\n"
    assert rewritten(before, "portable", name="config.yaml") == before.replace("gpu", "auto")


def test_an_option_of_a_program_may_be_its_own(rewritten: Rewritten, left: Callable[..., list[str]]) -> None:
    text = "python train.py --accelerator gpu --devices 2\n"
    assert rewritten(text, "portable", name="run.sh") == text
    assert left(text, "portable", name="run.sh") == ["1 lightning.accelerator=gpu review"]


def test_images_and_requirements_need_a_review(rewritten: Rewritten) -> None:
    for name, text in (("requirements.txt", "torch==2.6.0+cu124\n"), ("Dockerfile", "FROM nvidia/cuda:12.4.1-devel\n")):
        assert rewritten(text, "cann", name=name) == text


def test_python_code_in_a_script_changes_with_what_stands_around_it(plan: Plan) -> None:
    code = "CUDA_VISIBLE_DEVICES=0 python3 -c 'import torch; x = torch.ones(1).cuda(); torch.cuda.synchronize()'\n"
    expected = (
        "ASCEND_RT_VISIBLE_DEVICES=0 python3 -c 'import torch; x = torch.ones(1).npu(); torch.npu.synchronize()'\n"
    )
    assert plan(code, "cann", name="run.sh").result.decode() == expected


def test_a_call_in_a_script_whose_arguments_change_is_left(plan: Plan) -> None:
    code = "python3 -c 'import torch; torch.cuda.mem_get_info(0); torch.cuda.get_device_name()'\n"
    result = plan(code, "cann", name="run.sh")
    assert [item.reason for item in result.left] == ["string"]
