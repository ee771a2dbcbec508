"""Device strings: only where they flow into a device position."""

from __future__ import annotations

import pytest
from support import uses


@pytest.mark.parametrize(
    ("code", "role"),
    [
        ('x.to("cuda")', "argument"),
        ('x.to(f"cuda:{rank}")', "argument"),
        ('x.to("cuda:%d" % rank)', "argument"),
        ('x.to("cuda:" + str(rank))', "argument"),
        ('x.to("cuda:{}".format(rank))', "argument"),
        ("torch.device('cuda', 0)", "argument"),
        ('torch.zeros(3, device="cuda:1")', "argument"),
        ('torch.load(path, map_location="cuda")', "argument"),
        ('torch.load(path, "cuda")', "argument"),
        ('torch.autocast(device_type="cuda")', "argument"),
        ('torch.amp.autocast("cuda")', "argument"),
        ('load(device_map={"": "cuda"})', "argument"),
        ('def f(device="cuda"): ...', "default"),
        ('def f(device: str = "cuda"): ...', "default"),
        ('parser.add_argument("--device", default="cuda")', "default"),
        ('parser.add_argument("--device", choices=["cpu", "cuda"])', "default"),
        ('config = {"device": "cuda", "lr": 1}', "config"),
        ('config["device"] = "cuda"', "string"),
        ('self.device = "cuda"', "string"),
        ('device = args.device or "cuda"', "string"),
        ('device = kwargs.pop("device", "cuda")', "default"),
        ('if x.device.type == "cuda": pass', "compare"),
        ('if "cuda" in str(x.device): pass', "compare"),
        ('if device in ("cuda", "cpu"): pass', "compare"),
        ('if str(device).startswith("cuda"): pass', "compare"),
        ('def get_device():\n    return "cuda"', "string"),
        ('target = "cuda"\nmodel.to(target)', "string"),
        ('for d in ["cpu", "cuda"]:\n    x.to(d)', "string"),
        ('def run(x, device): ...\nrun(x, "cuda")', "argument"),
        ('def pick(wanted):\n    if wanted.startswith("cuda"): pass\n    return torch.device(wanted)', "compare"),
        ('add("--device", default=os.environ.get("SERVER_DEVICE", "cuda:0"))', "default"),
        ('torch.load(path, map_location={"cuda:0": "cpu"})', "config"),
        ('DEVICES = ["cpu", pytest.param("cuda", marks=gpu)]', "string"),
        ('match device:\n    case "cuda":\n        pass', "compare"),
    ],
)
def test_a_device_position(code: str, role: str) -> None:
    found = [line for line in uses(f"import torch\n{code}\n") if "device:cuda" in line]
    assert [line.split()[2] for line in found] == [role]


@pytest.mark.parametrize(
    "code",
    [
        'compile(backend="cuda")',
        'counts = {"cuda": 1}',
        'x = counts["cuda"]',
        'print("cuda")',
        'logger.info("cuda")',
        'raise ValueError("cuda")',
        'parser.add_argument("--lang", default="cuda", help="cuda")',
        'parser.add_argument("--device", help="cuda")',
        '"cuda"',
        'def f():\n    "cuda"',
        'language = "cuda"',
        'if language == "cuda": pass',
        'tags.append("cuda")',
        'times = {"cuda:0": 1.5}',
        'def f(style):\n    return style.startswith("cuda")',
        'name = "cuda_kernels"',
        'x = "not cuda"',
    ],
)
def test_a_string_that_names_something_else(code: str) -> None:
    assert [line for line in uses(f"import torch\n{code}\n") if "device:cuda" in line] == []


def test_the_index_is_kept() -> None:
    from support import read

    uses_found = read('x.to("cuda:3")\ny.to(f"cuda:{i}")\n').uses
    assert [dict(use.details).get("index") for use in uses_found] == ["3", "computed"]


OWN = "class Fish:\n    def cuda(self): ...\n    def to(self, other): ...\n\nFish().cuda().to('cuda')\n"


def test_what_a_file_defines_itself_is_its_own() -> None:
    assert uses(OWN) == []
    assert len([line for line in uses("import helpers\n" + OWN) if "device:cuda" in line]) == 1


@pytest.mark.parametrize(
    ("code", "symbol"),
    [
        ('Library("a", "IMPL", "CUDA")', "device:CUDA"),
        ('torch.library.Library("a", "IMPL", dispatch_key="CUDA")', "device:CUDA"),
        ('@impl(lib, "op", "CUDA")\ndef f(x): ...', "device:CUDA"),
        ('lib.impl("op", f, "AutogradCUDA")', "device:CUDA"),
        ('@torch.library.impl("a::b", "CUDA")\ndef f(x): ...', "device:CUDA"),
        ('@torch.library.impl("a::b", "cuda")\ndef f(x): ...', "device:cuda"),
        ('@torch.library.impl("a::b", types=("cpu", "cuda"))\ndef f(x): ...', "device:cuda"),
        ('@register_kernel("a::b", "cuda")\ndef f(x): ...', "device:cuda"),
        ('@torch.library.register_kernel("a::b", ["cpu", "cuda"])\ndef f(x): ...', "device:cuda"),
        ('@op.register_kernel("cuda")\ndef f(x): ...', "device:cuda"),
        ('@torch.library.custom_op("a::b", mutates_args=(), device_types="cuda")\ndef f(x): ...', "device:cuda"),
        ('torch.library.register_autocast("a::b", "cuda", torch.float16)', "device:cuda"),
    ],
)
def test_an_operator_is_registered_for_a_device_or_its_dispatch_key(code: str, symbol: str) -> None:
    found = uses(f"import torch\nfrom torch.library import Library, impl, register_kernel\n{code}\n")
    assert [line.split()[1:] for line in found if "device:" in line] == [[symbol, "argument"]]


@pytest.mark.parametrize(
    "code",
    ['Library("CUDA", "DEF")', 'names = ["CUDA", "CPU"]', 'f(types="CUDA", dispatch_key="cuda")', 'log("use CUDA")'],
)
def test_a_name_of_cuda_that_is_no_dispatch_key(code: str) -> None:
    assert [line for line in uses(f"from torch.library import Library\n{code}\n") if "device:" in line] == []
