"""Code for several vendors: what is there is never written twice."""

from __future__ import annotations

from collections.abc import Callable
from textwrap import dedent

import pytest

Rewritten = Callable[..., str]
Left = Callable[..., list[str]]

PLUGIN = "import torch_npu  # noqa: F401\n"


@pytest.mark.parametrize(
    "code",
    [
        """
        def sync(device):
            if device.type == "cuda":
                torch.cuda.synchronize()
            elif device.type == "npu":
                torch.npu.synchronize()
        """,
        """
        def sync(device):
            if device.type == "npu":
                torch.npu.synchronize()
            elif device.type == "mps":
                torch.mps.synchronize()
            else:
                torch.cuda.synchronize()
        """,
        """
        def pick():
            if is_npu_available():
                return "npu"
            if torch.cuda.is_available():
                return torch.device("cuda")
            return "cpu"
        """,
        """
        def pick():
            if torch.cuda.is_available():
                return torch.device("cuda")
            if hasattr(torch, "npu"):
                return "npu"
            return "cpu"
        """,
        """
        def pick():
            return "cuda" if torch.cuda.is_available() else "npu" if is_npu_available() else "cpu"
        """,
        """
        def sync(device):
            match device.type:
                case "cuda":
                    torch.cuda.synchronize()
                case "npu":
                    torch.npu.synchronize()
        """,
        """
        EMPTY = {"cuda": torch.cuda.empty_cache, "npu": torch.npu.empty_cache}
        BACKENDS = {"cuda": "nccl", "npu": "hccl", "cpu": "gloo"}
        """,
        """
        def check(device):
            assert device in ("cpu", "cuda", "npu")
            return device == "cuda" or device == "npu"
        """,
        """
        def is_npu_available():
            return hasattr(torch, "npu")


        class CudaAccelerator:
            def synchronize(self):
                torch.cuda.synchronize()


        class NPUAccelerator:
            def synchronize(self):
                torch.npu.synchronize()


        def is_cuda_available():
            return torch.cuda.is_available()
        """,
        """
        parser.add_argument("--device", choices=["cpu", "cuda", "npu"])
        parser.add_argument("--backend", choices=["nccl", "hccl", "gloo"])
        """,
    ],
)
@pytest.mark.parametrize("target", ["cann", "portable"])
def test_a_case_that_is_there_gets_no_second_one(rewritten: Rewritten, target: str, code: str) -> None:
    text = "import torch\n\n" + dedent(code)
    assert rewritten(text, target) == text


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (
            """
            def pick():
                if torch.cuda.is_available():
                    return "cuda"
                if torch.backends.mps.is_available():
                    return "mps"
                return "cpu"
            """,
            """
            def pick():
                if torch.npu.is_available():
                    return "npu"
                if torch.backends.mps.is_available():
                    return "mps"
                return "cpu"
            """,
        ),
        (
            'where = "cuda" if torch.cuda.is_available() else "mps" if torch.backends.mps.is_available() else "cpu"\n',
            'where = "npu" if torch.npu.is_available() else "mps" if torch.backends.mps.is_available() else "cpu"\n',
        ),
        (
            'EMPTY = {"cuda": torch.cuda.empty_cache, "xpu": torch.xpu.empty_cache}\n',
            'EMPTY = {"npu": torch.npu.empty_cache, "xpu": torch.xpu.empty_cache}\n',
        ),
    ],
)
def test_beside_others_cases_a_plug_ins_own_takes_the_place_of_cuda(
    rewritten: Rewritten, before: str, after: str
) -> None:
    head = "import torch\n"
    assert rewritten(head + dedent(before), "cann") == head + PLUGIN + dedent(after)
    assert rewritten(head + dedent(before), "portable") == head + dedent(before)


def test_a_key_changes_with_its_value(rewritten: Rewritten) -> None:
    code = 'import torch\n\nBACKENDS = {"cuda": "nccl", "cpu": "gloo"}\n'
    assert 'BACKENDS = {"npu": "hccl", "cpu": "gloo"}\n' in rewritten(code)
    expected = '{DEVICE_TYPE: torch.distributed.get_default_backend_for_device(DEVICE_TYPE), "cpu": "gloo"}\n'
    assert rewritten(code, "portable").endswith(expected)


@pytest.mark.parametrize(
    ("target", "code"),
    [
        ("cann", 'BACKENDS = {"cuda": "nccl", "cpu": "gloo"}\nbackend = BACKENDS["cuda"]\n'),
        # Without an accelerator the first entry would win over the host's.
        ("portable", 'BACKENDS = {"cpu": "gloo", "cuda": "nccl"}\n'),
        ("portable", 'BACKENDS = {"cuda": "nccl", "npu": "hccl", "cpu": "gloo"}\n'),
    ],
)
def test_a_value_stays_with_its_key(rewritten: Rewritten, target: str, code: str) -> None:
    assert rewritten(f"import torch\n\n{code}", target, unsafe=True) == f"import torch\n\n{code}"


def test_an_option_offers_the_device_that_the_code_runs_on(rewritten: Rewritten) -> None:
    """With CUDA's names gone, ``--device cuda`` is refused by the parser, not later."""
    code = 'import torch\n\nparser.add_argument("--device", default="cuda", choices=["cpu", "cuda"])\n'
    assert 'default="npu", choices=["cpu", "npu"]' in rewritten(code)
    assert 'default=DEVICE_TYPE, choices=["cpu", DEVICE_TYPE]' in rewritten(code, "portable")


def test_a_list_of_known_devices(rewritten: Rewritten, left: Left) -> None:
    code = 'import torch\n\n\ndef check(device):\n    assert device in ("cpu", "cuda")\n'
    assert 'device in ("cpu", "npu")' in rewritten(code)
    assert 'device in ("cpu", DEVICE_TYPE)' in rewritten(code, "portable")
    assert left(code.replace('"cpu", "cuda"', '"cuda",'), "portable") == ["5 cuda review"]


def test_back_ends_by_device(rewritten: Rewritten) -> None:
    code = 'import torch\n\ntorch.distributed.init_process_group("cpu:gloo,cuda:nccl")\n'
    assert '("cpu:gloo,npu:hccl")' in rewritten(code)
    assert "init_process_group(None)" in rewritten(code, "portable")


def test_where_cuda_is_the_targets_own_name_nothing_is_a_second_case(rewritten: Rewritten) -> None:
    code = 'import os\n\nENV = {"HOME": "/", "CUDA_PATH": "/opt", "device": "cuda"}\n'
    assert rewritten(code, "rocm", unsafe=True) == code.replace("CUDA_PATH", "ROCM_HOME")


def test_a_list_of_devices_is_no_question_for_a_key(rewritten: Rewritten) -> None:
    code = """
        import torch

        EMPTY = {"cuda": torch.cuda.empty_cache, "cpu": None}


        def f(device: torch.device):
            return device.type in ["cuda", "rocm"]
    """
    assert '{"npu": torch.npu.empty_cache, "cpu": None}' in rewritten(code, "cann")
