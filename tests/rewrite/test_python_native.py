"""Rewrites to a plug-in's own names: source in, source out."""

from __future__ import annotations

from collections.abc import Callable
from textwrap import dedent

import pytest

from migrate.rewrite.changes import FilePlan

Rewritten = Callable[..., str]
Left = Callable[..., list[str]]


def same(text: str, expected: str) -> None:
    assert text == dedent(expected).lstrip("\n")


def test_the_plugin_is_imported_once_beside_torch(rewritten: Rewritten) -> None:
    code = '''
        """Doc."""
        from __future__ import annotations

        import torch
        import torch.nn as nn


        def f(x):
            torch.cuda.synchronize()
            return x.to("cuda:0")
    '''
    same(
        rewritten(code),
        '''
        """Doc."""
        from __future__ import annotations

        import torch
        import torch_npu  # noqa: F401
        import torch.nn as nn


        def f(x):
            torch.npu.synchronize()
            return x.to("npu:0")
        ''',
    )


def test_a_file_that_only_compares_needs_no_plugin(rewritten: Rewritten) -> None:
    code = 'import torch\n\n\ndef f(x: torch.Tensor):\n    return x.device.type == "cuda"\n'
    assert rewritten(code) == code.replace("cuda", "npu")


BOTH = "import torch_npu  # noqa: F401\nfrom torch import npu as tc"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("import torch.cuda as tc", BOTH),
        ("import torch.cuda as tc, os", f"import os\n{BOTH}"),
        ("import torch\nimport torch.cuda as tc", f"import torch\n{BOTH}"),
        ("import torch.cuda as tc\nimport torch", f"{BOTH}\nimport torch"),
        ("import torch.cuda\ntc = torch.cuda", "import torch\nimport torch_npu  # noqa: F401\ntc = torch.npu"),
    ],
)
def test_the_plugin_is_imported_before_its_module(rewritten: Rewritten, before: str, after: str) -> None:
    assert rewritten(f"{before}\ntc.synchronize()\n").partition("\ntc.")[0] == after


def test_in_a_function_the_plugin_is_imported_before_its_module(rewritten: Rewritten) -> None:
    code = "def f():\n    import torch.cuda as tc\n    tc.synchronize()\n"
    made = "    import torch_npu  # noqa: F401\n    from torch import npu as tc\n"
    assert rewritten(code) == code.replace("    import torch.cuda as tc\n", made)


def test_a_plugin_that_is_there_is_not_imported_again(rewritten: Rewritten) -> None:
    code = "import torch\nimport torch_npu\n\ntorch.cuda.synchronize()\n"
    assert rewritten(code) == code.replace("torch.cuda", "torch.npu")


def test_an_import_in_a_function_takes_the_plugin_with_it(rewritten: Rewritten) -> None:
    code = """
        def f():
            import torch

            torch.cuda.synchronize()
    """
    same(
        rewritten(code),
        """
        def f():
            import torch
            import torch_npu  # noqa: F401

            torch.npu.synchronize()
        """,
    )


def test_names_from_imports_follow(rewritten: Rewritten) -> None:
    code = """
        import torch
        from torch.cuda import empty_cache, nccl, synchronize as wait

        empty_cache()
        wait()
    """
    same(
        rewritten(code),
        """
        import torch
        import torch_npu  # noqa: F401
        from torch.cuda import nccl
        from torch.npu import empty_cache, synchronize as wait

        empty_cache()
        wait()
        """,
    )


def test_a_module_bound_to_a_name_follows(rewritten: Rewritten) -> None:
    code = "import torch\nfrom torch import cuda as gpu\n\ngpu.synchronize()\n"
    assert "from torch import npu as gpu\n" in rewritten(code)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ('torch.zeros(3, device="cuda")', 'torch.zeros(3, device="npu")'),
        ("x.to(f'cuda:{rank}')", "x.to(f'npu:{rank}')"),
        ('x.to("cuda:{}".format(rank))', 'x.to("npu:{}".format(rank))'),
        ('x.to("cuda:" + str(rank))', 'x.to("npu:" + str(rank))'),
        ("x.cuda(rank, non_blocking=True)", "x.npu(rank, non_blocking=True)"),
        ("x.is_cuda", "x.is_npu"),
        ('torch.load("a", map_location="cuda")', 'torch.load("a", map_location="npu")'),
        (
            'torch.device("cuda" if torch.cuda.is_available() else "cpu")',
            'torch.device("npu" if torch.npu.is_available() else "cpu")',
        ),
        ('torch.distributed.init_process_group("nccl")', 'torch.distributed.init_process_group("hccl")'),
        ("torch.cuda.FloatTensor(3)", "torch.npu.FloatTensor(3)"),
        ('torch.set_default_device("cuda")', 'torch.set_default_device("npu")'),
    ],
)
def test_expressions(rewritten: Rewritten, before: str, after: str) -> None:
    code = "import torch\nimport torch_npu\n\n\ndef f(x: torch.Tensor, rank: int):\n    return {}\n"
    assert rewritten(code.format(before)) == code.format(after)


def test_what_means_something_else_stays(rewritten: Rewritten) -> None:
    code = '''
        import torch

        class Options:
            cuda = True  # cuda is an option here

        def f(options):
            """Uses cuda."""
            print("cuda", options.cuda, options["cuda"])
    '''
    same(rewritten(code), code)


def test_another_vendors_value_beside_it_stays(rewritten: Rewritten, left: Left) -> None:
    code = """
        import argparse

        parser = argparse.ArgumentParser()
        parser.add_argument("--device", choices=["cuda", "npu", "cpu"])
    """
    same(rewritten(code), code)


def test_encodings_and_line_ends_are_kept(plan: Callable[..., object]) -> None:
    text = "# -*- coding: gbk -*-\r\nimport torch\r\nimport torch_npu\r\nname = '设备'; torch.cuda.synchronize()\r\n"
    for data in (text.encode("gbk"), b"\xef\xbb\xbf" + text.replace("gbk", "utf-8").encode()):
        assert plan(data).result == data.replace(b"cuda", b"npu")  # type: ignore[attr-defined]


def test_python_2_is_left_and_listed(plan: Callable[..., object]) -> None:
    made = plan('import torch\nprint "a"\ntorch.cuda.synchronize()\n')
    assert made.edits == []  # type: ignore[attr-defined]
    assert "Syntax Error" in made.problem  # type: ignore[attr-defined]


def test_a_name_that_is_only_called_takes_its_calls_along(rewritten: Rewritten) -> None:
    code = "import torch\nimport torch_npu\n\nmake = torch.cuda.amp.GradScaler\nscaler = make(enabled=True)\n"
    changed = 'make = torch.amp.GradScaler\nscaler = make("npu", enabled=True)\n'
    assert rewritten(code) == f"import torch\nimport torch_npu\n\n{changed}"


def test_a_name_with_two_meanings_is_left(rewritten: Rewritten, left: Left) -> None:
    code = """
        import torch

        make = torch.cuda.amp.GradScaler
        if sharded:
            make = ShardedGradScaler
        scaler = make(enabled=True)
    """
    same(rewritten(code), code)
    assert left(code) == ["3 torch.cuda.amp.GradScaler value"]


def test_what_stands_inside_an_f_string_changes_with_it(rewritten: Rewritten) -> None:
    code = 'import torch\n\ndevice = torch.device(f"cuda:{torch.cuda.current_device()}")\n'
    assert 'f"npu:{torch.npu.current_device()}"' in rewritten(code)
    assert 'f"{DEVICE_TYPE}:{torch.accelerator.current_device_index()}"' in rewritten(code, "portable")


def test_keywords_follow_the_plugins_names(rewritten: Rewritten) -> None:
    code = "import torch\nimport torch_npu\n\nname = torch.cuda.get_device_name(device=0)\n"
    assert "torch.npu.get_device_name(0)" in rewritten(code)


def test_a_parameter_that_the_plugin_lacks_is_left(rewritten: Rewritten, left: Left) -> None:
    known = "import torch\nimport torch_npu\n\nevent = torch.cuda.Event(enable_timing=True)\n"
    assert rewritten(known) == known.replace("torch.cuda", "torch.npu")
    unknown = known.replace("enable_timing", "external")
    assert rewritten(unknown) == unknown
    assert left(unknown) == ["4 torch.cuda.Event arguments"]


EXTENSION = """
    from setuptools import setup
    from torch.utils.cpp_extension import BuildExtension, CUDAExtension

    setup(ext_modules=[CUDAExtension("a", {sources})], cmdclass={{"build_ext": BuildExtension}})
"""


def test_an_extension_without_kernels_is_built_by_the_plug_in(rewritten: Rewritten, left: Left) -> None:
    code = EXTENSION.format(sources='["a.cpp", "b.cc"]')
    assert [line.split()[-1] for line in left(code)] == ["verdict", "review"]
    same(
        rewritten(code, unsafe=True),
        """
        from setuptools import setup
        from torch.utils.cpp_extension import BuildExtension
        from torch_npu.utils.cpp_extension import NpuExtension

        setup(ext_modules=[NpuExtension("a", ["a.cpp", "b.cc"])], cmdclass={"build_ext": BuildExtension})
        """,
    )


@pytest.mark.parametrize("sources", ['["a.cpp", "a.cu"]', "sources", 'glob("*.cpp")'])
def test_an_extension_with_kernels_is_left(rewritten: Rewritten, left: Left, sources: str) -> None:
    code = EXTENSION.format(sources=sources)
    assert rewritten(code, unsafe=True) == dedent(code).lstrip("\n")
    assert "kernels" in left(code, unsafe=True)[-1]


PROFILED = """
    import torch
    from torch.profiler import ProfilerActivity, profile

    with profile(activities=[ProfilerActivity.CPU, ProfilerActivity.CUDA]) as p:
        pass
"""


def test_profiling_goes_to_the_plug_ins_profiler_as_a_whole_or_not_at_all(rewritten: Rewritten) -> None:
    assert rewritten(PROFILED) == dedent(PROFILED).lstrip("\n")
    text = rewritten(PROFILED, unsafe=True)
    assert "from torch_npu.profiler import profile" in text
    assert "[torch_npu.profiler.ProfilerActivity.CPU, torch_npu.profiler.ProfilerActivity.NPU]" in text


@pytest.mark.parametrize("end", ["    \n", "\n  \n \n", "   ", "\n\t\n"])
def test_lines_of_whitespace_at_the_end_stay(plan: Callable[..., FilePlan], end: str) -> None:
    code = f"import torch\nimport torch_npu\n\nif x:\n    torch.cuda.synchronize()\n{end}".encode()
    assert plan(code, "cann").result == code.replace(b"torch.cuda", b"torch.npu")


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("x.cuda()", 'x.to("gcu")'),
        ("x.cuda(non_blocking=True)", 'x.to("gcu", non_blocking=True)'),
        ("x.cuda(0)", 'x.to("gcu:0")'),
        ("x.cuda(rank, True)", 'x.to(f"gcu:{rank}", non_blocking=True)'),
        ("torch.nn.Linear(1, 1).cuda(None)", 'torch.nn.Linear(1, 1).to("gcu")'),
        ("x.is_cuda", 'x.device.type == "gcu"'),
    ],
)
def test_a_plug_in_without_methods_of_its_own_is_named_by_its_string(
    rewritten: Rewritten, before: str, after: str
) -> None:
    code = "import torch\nimport torch_gcu\n\n\ndef f(x: torch.Tensor, rank: int):\n    return {}\n"
    assert rewritten(code.format(before), "gcu", unsafe=True) == code.format(after)
