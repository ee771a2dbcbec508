"""PyTorch's C++ interface: methods and macro arguments that name CUDA."""

from __future__ import annotations

from support import uses


def cuda(code: str) -> list[str]:
    return [line for line in uses(code, "cuda", "a.cpp") if " include:" not in line]


def test_tensor_methods() -> None:
    code = """
        #include <torch/extension.h>
        #define CHECK_CUDA(x) TORCH_CHECK(x.is_cuda(), #x " must be a CUDA tensor")
        void f(at::Tensor x) {
            TORCH_CHECK(x.is_cuda());
            if (x.device().is_cuda() || x->type().is_cuda()) x = x.cuda();
        }
    """
    assert cuda(code) == [
        "2 c:at::Tensor::is_cuda macro body",
        "4 c:at::Tensor::is_cuda call",
        "5 c:c10::Device::is_cuda call",
        "5 c:at::DeprecatedTypeProperties::is_cuda call",
        "5 c:at::Tensor::cuda call",
    ]


def test_methods_of_other_libraries_are_no_uses() -> None:
    assert cuda('#include "ctx.h"\nbool f(Context x) { return x.is_cuda() && x.cuda(); }') == []
    assert cuda("#include <torch/torch.h>\nbool is_cuda(); bool f() { return is_cuda(); }") == []


def test_the_dispatch_key_of_a_registration() -> None:
    code = """
        #include <torch/library.h>
        TORCH_LIBRARY_IMPL(ops, CUDA, m) { m.impl("f", f); }
        TORCH_LIBRARY_IMPL(ops, CPU, m) { m.impl("f", g); }
        TORCH_LIBRARY_IMPL(ops, AutogradCUDA, m) { m.impl("f", h); }
        TORCH_LIBRARY_IMPL(ops, c10::DispatchKey::SparseCsrCUDA, m) { m.impl("f", h); }
        TORCH_LIBRARY_IMPL(ops, NotCUDA, m) { m.impl("f", h); }
    """
    assert cuda(code) == [f"{line} c:TORCH_LIBRARY_IMPL(CUDA) argument" for line in (2, 4, 5)]
