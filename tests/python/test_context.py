"""The context of uses: guarded, fallback, multi-vendor, portable, dead, extension-guard, parse-error."""

from __future__ import annotations

from support import uses


def test_both_branches_of_a_capability_test() -> None:
    assert uses(
        """
        import torch
        if torch.cuda.is_available():
            torch.cuda.synchronize()
        else:
            torch.cuda.empty_cache()
        """
    )[-2:] == ["3 py:torch.cuda.synchronize call [guarded]", "5 py:torch.cuda.empty_cache call [fallback]"]


def test_a_negated_test_swaps_the_branches() -> None:
    found = uses(
        """
        import torch
        if not torch.cuda.is_available():
            torch.cuda.empty_cache()
        else:
            torch.cuda.synchronize()
        """
    )
    assert found[-2:] == ["3 py:torch.cuda.empty_cache call [fallback]", "5 py:torch.cuda.synchronize call [guarded]"]


def test_a_not_before_something_else_negates_nothing() -> None:
    found = uses(
        """
        import torch
        if not debug and torch.cuda.is_available():
            torch.cuda.synchronize()
        """
    )
    assert found[-1] == "3 py:torch.cuda.synchronize call [guarded]"


def test_an_early_return_guards_the_rest_of_the_function() -> None:
    found = uses(
        """
        import torch
        def f():
            if not torch.cuda.is_available():
                return
            torch.cuda.synchronize()
        torch.cuda.empty_cache()
        """
    )
    assert found[-2:] == ["5 py:torch.cuda.synchronize call [guarded]", "6 py:torch.cuda.empty_cache call"]


def test_a_conditional_expression() -> None:
    found = uses('import torch\ndevice = "cuda" if torch.cuda.is_available() else "cpu"\n')
    assert "2 device:cuda string [guarded]" in found


def test_another_vendor_beside_it() -> None:
    found = uses(
        """
        import torch
        if is_npu_available():
            device = "npu"
        elif torch.cuda.is_available():
            device = "cuda"
        """
    )
    assert found == [
        "4 py:torch.cuda.is_available call [multi-vendor]",
        "5 device:cuda string [guarded multi-vendor]",
    ]


def test_unreachable_code() -> None:
    assert uses("import torch\nif False:\n    torch.cuda.synchronize()\n") == [
        "3 py:torch.cuda.synchronize call [dead]"
    ]


def test_a_device_from_a_variable_is_portable() -> None:
    found = uses(
        """
        import torch
        def forward(x, device):
            with torch.autocast(device_type=device):
                return x.to(device)
        torch.accelerator.synchronize()
        """
    )
    assert "3 py:torch.autocast call [portable]" in found
    assert "5 py:torch.accelerator.synchronize call [portable]" in found


def test_a_guard_in_front_of_an_extension_is_marked() -> None:
    found = uses(
        """
        import my_ops_cuda
        def f(x):
            if x.is_cuda:
                return my_ops_cuda.run(x)
            return x
        """
    )
    assert "3 py:torch.Tensor.is_cuda name [extension-guard]" in found


def test_a_parse_error_marks_only_what_it_touches() -> None:
    found = uses("import torch\nx = torch.cuda.foo(\ny = = torch\n\n\ndef f():\n    torch.cuda.synchronize()\n")
    assert "7 py:torch.cuda.synchronize call" in [line.partition(" [")[0] for line in found]


def test_a_test_under_a_name_of_the_file_guards() -> None:
    code = """
    import torch as th
    from torch.cuda import is_available as ok
    available = th.cuda.is_available
    gpu = fast and ok()
    def found():
        return ok()
    if available():
        th.cuda.init()
    if found():
        th.cuda.synchronize()
    if not gpu:
        pass
    else:
        th.cuda.empty_cache()
    """
    assert [use for use in uses(code) if "guarded" in use] == [
        "8 py:torch.cuda.init call [guarded]",
        "10 py:torch.cuda.synchronize call [guarded]",
        "14 py:torch.cuda.empty_cache call [guarded]",
    ]


def test_a_name_that_is_also_set_to_something_else_is_no_guard() -> None:
    code = """
    import torch
    ready = torch.cuda.is_available()
    ready = other()
    if ready:
        torch.cuda.init()
    """
    assert uses(code)[-1] == "5 py:torch.cuda.init call"


def test_leaving_early_guards_the_extension_that_follows() -> None:
    code = """
    import apex
    def norm(x):
        if apex is None or not x.is_cuda:
            return x
        return apex.fused(x)
    """
    assert "3 py:torch.Tensor.is_cuda name [extension-guard]" in uses(code)
