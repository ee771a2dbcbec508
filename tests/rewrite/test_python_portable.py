"""Rewrites to device-agnostic PyTorch: source in, source out."""

from __future__ import annotations

from collections.abc import Callable
from textwrap import dedent

import pytest

Rewritten = Callable[..., str]
Left = Callable[..., list[str]]

CONSTANT = 'DEVICE_TYPE = torch.accelerator.current_accelerator().type if torch.accelerator.device_count() else "cpu"'


def same(text: str, expected: str) -> None:
    assert text == dedent(expected).lstrip("\n")


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ('torch.zeros(3, device="cuda")', "torch.zeros(3, device=DEVICE_TYPE)"),
        ('torch.zeros(3, device="cuda:1")', 'torch.zeros(3, device=f"{DEVICE_TYPE}:1")'),
        ("x.to(f'cuda:{rank}')", "x.to(f'{DEVICE_TYPE}:{rank}')"),
        ('x.to("cuda:" + str(rank))', 'x.to(f"{DEVICE_TYPE}:" + str(rank))'),
        ('x.to("cuda:%d" % rank)', 'x.to(f"{DEVICE_TYPE}:%d" % rank)'),
        ("x.cuda()", "x.to(DEVICE_TYPE)"),
        ("x.cuda(non_blocking=True)", "x.to(DEVICE_TYPE, non_blocking=True)"),
        ("x.cuda(rank, True)", "x.to(rank, non_blocking=True)"),
        ("x.cuda(0)", 'x.to(f"{DEVICE_TYPE}:0")'),
        ("x.cuda(None)", "x.to(DEVICE_TYPE)"),
        ("x.cuda(device=rank)", "x.to(device=rank)"),
        ("x.is_cuda", 'x.device.type != "cpu"'),
        ("x.is_cuda == y.is_cuda", '(x.device.type != "cpu") == (y.device.type != "cpu")'),
        ("not x.is_cuda", 'x.device.type == "cpu"'),
        ("not (x.is_cuda)", 'not (x.device.type != "cpu")'),
        ('x.device.type == "cuda"', 'x.device.type != "cpu"'),
        ("x.device.type != 'cuda'", "x.device.type == 'cpu'"),
        ("str(x.device).startswith('cuda') and y", "not str(x.device).startswith('cpu') and y"),
        ("not str(x.device).startswith('cuda')", "str(x.device).startswith('cpu')"),
        ('torch.load("a", map_location="cuda")', 'torch.load("a", map_location=DEVICE_TYPE)'),
        ("torch.cuda.FloatTensor([1.0])", "torch.tensor([1.0], dtype=torch.float32, device=DEVICE_TYPE)"),
        ("torch.cuda.LongTensor(2, 3)", "torch.empty(2, 3, dtype=torch.int64, device=DEVICE_TYPE)"),
        ("x.type(torch.cuda.HalfTensor)", "x.to(DEVICE_TYPE, torch.float16)"),
        ('torch.autocast("cuda")', "torch.autocast(DEVICE_TYPE)"),
        (
            'torch.distributed.init_process_group("nccl")',
            "torch.distributed.init_process_group(torch.distributed.get_default_backend_for_device(DEVICE_TYPE))",
        ),
    ],
)
def test_expressions(rewritten: Rewritten, before: str, after: str) -> None:
    code = "import torch\n{}\n\ndef f(x: torch.Tensor, y: torch.Tensor, rank: int):\n    return {}\n"
    constant = f"\n{CONSTANT}\n" if "DEVICE_TYPE" in after else ""
    assert rewritten(code.format("", before), "portable") == code.format(constant, after)


def test_the_common_choice_needs_no_constant(rewritten: Rewritten) -> None:
    code = 'import torch\n\ndevice = torch.device("cuda" if torch.cuda.is_available() else "cpu")\n'
    chosen = CONSTANT.partition(" = ")[2].replace("device_count", "is_available")
    assert rewritten(code, "portable") == f"import torch\n\ndevice = torch.device({chosen})\n"


def test_a_device_variable_that_is_there_is_used(rewritten: Rewritten) -> None:
    code = """
        import torch

        device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
        model = torch.nn.Linear(1, 1).cuda()
    """
    assert rewritten(code, "portable").endswith("torch.nn.Linear(1, 1).to(device)\n")


def test_streams_are_context_managers_themselves(rewritten: Rewritten) -> None:
    code = """
        import torch

        side = torch.cuda.Stream()
        with torch.cuda.stream(side):
            pass
    """
    same(
        rewritten(code, "portable"),
        """
        import torch

        side = torch.Stream()
        with side:
            pass
        """,
    )


def test_amp_is_asked_for_by_device(rewritten: Rewritten) -> None:
    code = """
        import torch
        from torch.cuda.amp import GradScaler, autocast

        scaler = GradScaler(enabled=True)
        with autocast(True, dtype=torch.float16):
            pass
    """
    same(
        rewritten(code, "portable"),
        f"""
        import torch
        from torch.amp import GradScaler, autocast

        {CONSTANT}

        scaler = GradScaler(DEVICE_TYPE, enabled=True)
        with autocast(DEVICE_TYPE, enabled=True, dtype=torch.float16):
            pass
        """,
    )


def test_a_decorator_without_parentheses_gets_its_arguments(rewritten: Rewritten) -> None:
    code = """
        import torch


        class Op(torch.autograd.Function):
            @staticmethod
            @torch.cuda.amp.custom_fwd
            def forward(ctx, x):
                return x
    """
    assert "    @torch.amp.custom_fwd(device_type=DEVICE_TYPE)\n" in rewritten(code, "portable")


def test_the_constant_stands_behind_the_imports_that_torch_is_among(rewritten: Rewritten) -> None:
    code = '''
        """Doc."""
        import os

        os.environ["A"] = "1"
        import torch
        from torch import nn

        try:
            import yaml
        except ImportError:
            yaml = None

        x = torch.zeros(3, device="cuda")
    '''
    text = rewritten(code, "portable")
    assert text.index("yaml = None") < text.index("DEVICE_TYPE = ") < text.index("x = torch")


def test_what_tells_vendors_apart_needs_a_review(rewritten: Rewritten, left: Left) -> None:
    code = """
        import torch


        def device():
            if is_npu_available():
                return "npu"
            return torch.device("cuda")
    """
    assert "device=DEVICE" not in rewritten(code, "portable")
    assert left(code) == []  # on another target the words are the vendor's own
    assert [line.split()[-1] for line in left(code, "portable")] in (["review"], ["context"])


def test_types_are_no_values(rewritten: Rewritten) -> None:
    code = """
        from typing import Literal

        import torch


        def f(device: Literal["cuda", "cpu"]) -> None:
            torch.zeros(3, device=device)
    """
    assert 'Literal["cuda", "cpu"]' in rewritten(code, "portable")


def test_a_template_that_speaks_of_torch_brings_its_import(rewritten: Rewritten) -> None:
    code = """
        from flash_attn import flash_attn_func


        def attend(q, k, v):
            return flash_attn_func(q, k, v, causal=True)
    """
    text = rewritten(code, "portable", unsafe=True)
    assert text.startswith("from torch.nn.functional import scaled_dot_product_attention\nimport torch\n")
    assert "scaled_dot_product_attention(q.transpose(1, 2), k.transpose(1, 2), v.transpose(1, 2)" in text


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (
            "    torch.cuda.empty_cache()  # frees\n",
            "    if torch.accelerator.is_available():\n        torch.accelerator.empty_cache()  # frees\n",
        ),
        (
            "    used = torch.cuda.memory_allocated()\n",
            "    used = torch.accelerator.memory_allocated() if torch.accelerator.is_available() else 0\n",
        ),
        (
            "    used = torch.cuda.memory_allocated(0) / 2\n",
            "    used = (torch.accelerator.memory_allocated(0) if torch.accelerator.is_available() else 0) / 2\n",
        ),
        (
            "    if torch.cuda.is_available():\n        torch.cuda.empty_cache()\n",
            "    if torch.accelerator.is_available():\n        torch.accelerator.empty_cache()\n",
        ),
    ],
)
def test_what_torch_cuda_answers_without_a_device_gets_a_guard(rewritten: Rewritten, before: str, after: str) -> None:
    code = "import torch\n\n\ndef f():\n"
    assert rewritten(code + before, "portable") == code + after


@pytest.mark.parametrize(
    "code",
    [
        "if has_kernel and x.is_cuda:\n    pass",
        'use = "gesvd" if x.is_cuda else None',
        "stream = torch.Stream() if torch_greater_than_2_7 else torch.cuda.Stream()",
        "merge(x, use_cuda=torch.cuda.is_available())",
    ],
)
def test_what_guards_something_else_needs_a_review(left: Left, code: str) -> None:
    text = "import torch\n\nx = torch.zeros(3)\n" + code + "\n"
    assert [line.split()[-1] for line in left(text, "portable")] in (["review"], ["context"])


def test_a_type_stays_a_name(left: Left) -> None:
    code = "import torch\n\n\ndef f() -> torch.cuda.StreamContext: ...\n"
    assert left(code, "portable") == ["4 torch.cuda.StreamContext value"]


def test_what_is_passed_by_position_only_loses_its_keyword(rewritten: Rewritten) -> None:
    head = "import torch\n\n\ndef f(device):\n"
    code = "    torch.cuda.synchronize(device=device)\n    return torch.cuda.synchronize\n"
    changed = "    torch.accelerator.synchronize(device)\n    return torch.accelerator.synchronize\n"
    assert rewritten(head + code, "portable") == head + changed


def test_torch_is_imported_before_the_constant_asks_it(rewritten: Rewritten) -> None:
    code = """
        from torch.nn import Linear

        model = Linear(1, 1).cuda()
    """
    same(
        rewritten(code, "portable"),
        f"""
        from torch.nn import Linear
        import torch

        {CONSTANT}

        model = Linear(1, 1).to(DEVICE_TYPE)
        """,
    )


def test_the_constant_of_an_earlier_rewrite_is_used(rewritten: Rewritten) -> None:
    code = f"import torch\n\n{CONSTANT}\n\nx = torch.zeros(3, device=DEVICE_TYPE)\ny = x.cuda()\n"
    assert rewritten(code, "portable") == code.replace("x.cuda()", "x.to(DEVICE_TYPE)")


def test_what_a_guard_of_an_extension_stands_in_front_of_stays_with_it(rewritten: Rewritten, left: Left) -> None:
    code = """
        import torch
        from apex.normalization import FusedLayerNorm
        from flash_attn import flash_attn_func
        from torch.nn.functional import scaled_dot_product_attention


        def attend(q: torch.Tensor, k, v):
            if flash_attn_func is not None and q.is_cuda:
                return flash_attn_func(q, k, v)
            return scaled_dot_product_attention(q, k, v)


        def norm(x: torch.Tensor, width: int):
            if not x.is_cuda:
                return torch.nn.LayerNorm(width)(x)
            return FusedLayerNorm(width)(x)
    """
    for target in ("cann", "portable"):
        same(rewritten(code, target, unsafe=True), code)
        assert "8 torch.Tensor.is_cuda context" in left(code, target, unsafe=True)


def test_torch_comes_with_what_is_sure_to_be_torchs(rewritten: Rewritten) -> None:
    """A device string may be another library's; beside a model's ``cuda()`` it is torch's."""
    code = 'from transformers import AutoModel, pipeline\n\np = pipeline("x", device="cuda")\n'
    assert rewritten(code, "portable") == code
    text = rewritten(code + 'm = AutoModel.from_pretrained("x").cuda()\n', "portable")
    assert text.count("DEVICE_TYPE = ") == 1
    assert 'p = pipeline("x", device=DEVICE_TYPE)\nm = AutoModel.from_pretrained("x").to(DEVICE_TYPE)\n' in text


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("profile(activities=[ProfilerActivity.CPU, ProfilerActivity.CUDA])", "profile(activities={every})"),
        ("profile(activities=[ProfilerActivity.CUDA])", "profile(activities={every} - {{ProfilerActivity.CPU}})"),
        ('p.table(sort_by="cuda_time_total")', 'p.table(sort_by="device_time_total")'),
    ],
)
def test_the_profiler_records_what_this_build_of_torch_can(rewritten: Rewritten, before: str, after: str) -> None:
    head = "import torch\nfrom torch.profiler import ProfilerActivity, profile\n\n"
    expected = after.format(every="torch.profiler.supported_activities()")
    assert rewritten(f"{head}x = {before}\n", "portable", unsafe=True) == f"{head}x = {expected}\n"


def test_a_list_of_activities_kept_for_later_is_left(left: Left) -> None:
    code = "from torch.profiler import ProfilerActivity\n\nx = [ProfilerActivity.CUDA]\n"
    assert left(code, "portable") == ["3 torch.profiler.ProfilerActivity.CUDA value"]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ('"cuda" in device', '"cpu" not in device'),
        ('"cuda" not in self.device', '"cpu" in self.device'),
        ("'cuda' in str(x.device)", "'cpu' not in str(x.device)"),
        ('"cuda" in devices', '"cuda" in devices'),
        ('"cuda" in config["device"]', '"cuda" in config["device"]'),
    ],
)
def test_a_device_string_that_holds_cuda(rewritten: Rewritten, before: str, after: str) -> None:
    head = "import torch\n\n\ndef f(self, x: torch.Tensor, device, devices, config):\n    return "
    assert rewritten(f"{head}{before}\n", "portable", unsafe=True) == f"{head}{after}\n"


def test_what_torch_seeds_already_goes(rewritten: Rewritten, left: Left) -> None:
    code = """
        import random

        import torch


        def seed_everything(seed):
            torch.manual_seed(seed)
            random.seed(seed)
            torch.cuda.manual_seed_all(seed)
            if torch.cuda.is_available():
                torch.cuda.manual_seed(seed)


        def others(seed):
            torch.manual_seed(seed)
            x = torch.rand(1)
            torch.cuda.manual_seed_all(seed)
            torch.manual_seed(seed)
            torch.cuda.manual_seed_all(seed + 1)


        def once_more(seed):
            torch.manual_seed(seed)
            torch.cuda.manual_seed(seed)  # once more
    """
    text = rewritten(code, "portable")
    assert text.count("torch.cuda") == 2
    assert "    random.seed(seed)\n    if torch.accelerator.is_available():\n        torch.manual_seed(seed)\n" in text
    assert "    torch.manual_seed(seed)\n    torch.manual_seed(seed)  # once more\n" in text
    assert [line.split()[::2] for line in left(code, "portable")] == [["17", "review"], ["19", "review"]]


@pytest.mark.parametrize(
    "head",
    [
        "from typing import TYPE_CHECKING\n\nif TYPE_CHECKING:\n    import torch\n",
        "try:\n    import torch\nexcept ImportError:\n    torch = None\n",
        "if is_torch_available():\n    import torch\n",
        'import torch\n\nDEVICE_TYPE = "auto"\n',
    ],
)
def test_where_the_type_of_the_device_has_no_place_nothing_asks_for_it(
    rewritten: Rewritten, left: Left, head: str
) -> None:
    code = f'{head}\n\ndef f(model: "torch.nn.Module"):\n    return model.cuda()\n'
    assert rewritten(code, "portable", unsafe=True) == code
    assert left(code, "portable", unsafe=True)[-1].endswith("no-torch")


def test_the_constant_stands_before_its_first_use(rewritten: Rewritten) -> None:
    code = 'import torch\n\nif torch.cuda.is_available():\n    dev = torch.device("cuda", 0)\n    import numpy\n'
    text = rewritten(code, "portable")
    assert text.index("DEVICE_TYPE = ") < text.index("torch.device(DEVICE_TYPE, 0)")


def test_a_local_name_is_no_package(rewritten: Rewritten) -> None:
    code = "import torch\nfrom torch import distributed as torch_dist\n\n\ndef f(x: torch.Tensor):\n    "
    text = rewritten(code + 'torch_dist.init_process_group("nccl")\n    return x.cuda()\n', "portable")
    assert "import torch_dist" not in text
    assert "return x.to(DEVICE_TYPE)" in text


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("x.cuda(device)", "x.cuda(device)"),  # None would move nothing
        ("x.cuda(rank)", "x.to(rank)"),
        ("device = torch.device(where)\n    x.cuda(device)", "device = torch.device(where)\n    x.to(device)"),
        ('device = torch.device("cpu")\n    x.cuda()', 'device = torch.device("cpu")\n    x.to(DEVICE_TYPE)'),
        (
            "torch.load(p, map_location=lambda s, l: s.cuda())",
            "torch.load(p, map_location=lambda s, l: s.to(device=DEVICE_TYPE))",
        ),
        ("torch.cuda.Event(True)", "torch.Event(enable_timing=True)"),
        ("torch.cuda.Stream(where, 1)", "torch.Stream(device=where, priority=1)"),
        ("torch.cuda.amp.autocast()", 'torch.amp.autocast(DEVICE_TYPE, enabled=DEVICE_TYPE != "cpu")'),
        ("torch.get_autocast_gpu_dtype()", "torch.get_autocast_dtype(DEVICE_TYPE)"),
        ('mode == "cuda"', 'mode == "cuda"'),  # it may be None, or "cuda:1"
        ("torch.optim.AdamW(p, fused=True)", "torch.optim.AdamW(p, fused=True)"),
    ],
)
def test_the_meaning_on_nvidia_is_kept(rewritten: Rewritten, before: str, after: str) -> None:
    head = "import torch\n\n\ndef f(x: torch.Tensor, where, rank, mode, p, device=None):\n    "
    assert rewritten(f"{head}{before}\n", "portable").partition("def f")[2] == f"{head}{after}\n".partition("def f")[2]


def test_streams_whose_handle_is_handed_on_need_a_look(left: Left) -> None:
    code = "import torch\n\ns = torch.cuda.Stream()\nrun(s.cuda_stream)\n"
    assert left(code, "portable") == ["3 torch.cuda.Stream review"]


@pytest.mark.parametrize("target", ["cann", "portable"])
def test_what_a_class_of_the_file_calls_cuda_needs_a_look(rewritten: Rewritten, target: str) -> None:
    code = """
        import torch


        class Rotation:
            def __init__(self, matrix: torch.Tensor):
                self.matrix = matrix

            def cuda(self):
                return Rotation(self.matrix.cuda())


        rotation = Rotation(torch.eye(3)).cuda()
    """
    same(rewritten(code, target), code)


def test_a_function_that_is_called_after_cuda_needs_a_look(left: Left) -> None:
    code = "import torch\n\n\ndef is_cuda_available():\n    return torch.cuda.is_available()\n"
    assert left(code, "portable") == ["5 torch.cuda.is_available review"]


@pytest.mark.parametrize(
    "code",
    [
        "ctx = torch.cuda.amp.autocast if flag else nullcontext\nwith ctx():\n    pass\n",
        "make = torch.cuda.FloatTensor if flag else torch.FloatTensor\nx = make([1.0])\n",
    ],
)
def test_what_stays_where_it_is_chosen_stays_where_it_is_called(rewritten: Rewritten, code: str) -> None:
    assert rewritten(f"import torch\n\n{code}", "portable", unsafe=True) == f"import torch\n\n{code}"


def test_the_default_type_of_tensors_is_a_device_and_a_dtype(rewritten: Rewritten, left: Left) -> None:
    code = """
        import torch


        def begin():
            torch.set_default_tensor_type(torch.cuda.FloatTensor)
            torch.set_default_tensor_type("torch.cuda.HalfTensor")  # from here on
            f = torch.set_default_tensor_type(torch.cuda.FloatTensor)
    """
    same(
        rewritten(code, "portable", unsafe=True),
        f"""
        import torch

        {CONSTANT}


        def begin():
            torch.set_default_device(DEVICE_TYPE)
            torch.set_default_dtype(torch.float16)
            torch.set_default_device(DEVICE_TYPE)  # from here on
            f = torch.set_default_tensor_type(torch.cuda.FloatTensor)
        """,
    )
    assert left(code, "portable") == [
        "5 torch.cuda.FloatTensor review",
        "6 torch.cuda.HalfTensor review",
        "7 torch.cuda.FloatTensor value",
    ]
