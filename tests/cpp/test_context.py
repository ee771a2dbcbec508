"""What the conditions around a use say, and what broken code costs."""

from __future__ import annotations

import pytest
from support import read, uses


def cuda(code: str) -> list[str]:
    return [line for line in uses(code, "cuda", "a.cpp") if "cudaFree" in line]


@pytest.mark.parametrize(
    ("before", "between", "expected"),
    [
        ("#if 0", None, "dead"),
        ("#ifdef __CUDACC__", None, "guarded"),
        ("#if defined(USE_CUDA) && N > 2", None, "guarded"),
        ("#ifdef USE_CUDA\nint a;", "#else", "fallback"),
        ("#ifndef USE_CUDA\nint a;", "#else", "guarded"),
        ("#ifdef USE_ROCM\nhipFree(p);", "#else", "multi-vendor"),
        ("#ifndef USE_ROCM", None, "guarded"),
        ("#if defined(__HIP_PLATFORM_AMD__)\nhipFree(p);", "#elif defined(USE_CUDA)", "guarded multi-vendor"),
        ("#ifdef USE_MUSA\nmusaFree(p);", "#else", "multi-vendor"),
        ("#if 1\nint a;", "#else", "dead"),
    ],
)
def test_context_by_condition(before: str, between: str | None, expected: str) -> None:
    code = "\n".join(filter(None, (before, between, "cudaFree(p);", "#endif", "cudaFree(q);")))
    inside, outside = cuda(code)
    assert inside.partition("[")[2] == f"{expected}]"
    assert "[" not in outside


def test_the_first_branch_of_a_vendor_pair() -> None:
    code = "#ifndef USE_ROCM\ncudaFree(p);\n#else\nhipFree(p);\n#endif\n"
    assert cuda(code) == ["2 c:cudaFree call [guarded multi-vendor]"]


def test_nested_conditions_add_up() -> None:
    code = "#ifdef USE_CUDA\n#if 0\ncudaFree(p);\n#endif\ncudaFree(q);\n#endif\n"
    assert cuda(code) == ["3 c:cudaFree call [guarded dead]", "5 c:cudaFree call [guarded]"]


def test_version_guards_are_comparisons() -> None:
    code = "#if CUDART_VERSION >= 12000 && defined(__CUDACC__)\nint a;\n#endif\n#if __CUDA_ARCH__ < 800\n#endif\n"
    assert [line for line in uses(code, "cuda", "a.cu") if not line.endswith("hazard")] == [
        "1 c:CUDART_VERSION compare",
        "1 c:__CUDACC__ name",
        "4 c:__CUDA_ARCH__ compare",
    ]


def test_a_parse_error_costs_only_what_it_overlaps() -> None:
    code = "void f() { cudaFree(p); }\nvoid g() { 3 cudaFree(p; }\nvoid h() { cudaFree(q); }\n"
    found = read(code, "cuda", "a.cu")
    assert [use.context for use in found.uses] == [(), ("parse-error",), ()]
    assert [problem.kind for problem in found.problems] == ["parse-error"]
    assert found.problems[0].reason == "line 2: not understood: 3 cudaFree(p"
    found = read("void g() {\n  释放 (( = cudaFree(p;\n}\n".encode("gbk"), "cuda", "a.cu")
    assert found.problems[0].reason == "line 2: not understood (nor is it UTF-8)"


@pytest.mark.parametrize(
    "code",
    [
        b"",
        b"\xef\xbb\xbf#include <cuda.h>",
        b"cudaFree(" * 20_000,
        b"{" * 200_000 + b"cudaFree(p);",
        b"a<<<" * 5_000,
        b"/* cudaFree",
        b'"cudaFree',
        b"#if\n#elif\n#endif\n#endif\n#define\n#include\ncudaFree",
        b"\xff\xfe\x00cudaFree(\x80)",
        b"#define X \\\n" * 2_000 + b"cudaFree(p)",
        b"template<" * 3_000 + b"cudaFree",
    ],
)
def test_hostile_input_is_read_to_its_end(code: bytes) -> None:
    found = read(code, "cuda", "a.cu")
    assert all(0 <= use.start < use.end <= len(code) for use in found.uses)


def test_carriage_returns_and_a_bom_keep_the_spans() -> None:
    code = b"\xef\xbb\xbf#include <cuda.h>\r\n// cudaFree\r\ncudaFree(p);\r\n"
    spans = [(use.symbol, code[use.start : use.end]) for use in read(code, "cuda", "a.cu").uses]
    assert spans == [("include:cuda.h", b"cuda.h"), ("c:cudaFree", b"cudaFree")]


def test_a_parse_error_away_from_every_use_is_not_told() -> None:
    found = read("MACRO_THAT_NOBODY_KNOWS(x) y z) { ]\nvoid h() { cudaFree(q); }\n", "cuda", "a.cu")
    assert [use.context for use in found.uses] == [()]
    assert found.problems == ()


def test_a_file_of_errors_is_told_once() -> None:
    broken = "void f() { 3 cudaFree(p; }\n"
    found = read(broken * 5, "cuda", "a.cu")
    assert len(found.problems) == 1
    assert found.problems[0].reason.endswith("more places")


def test_a_generated_file_of_many_megabytes() -> None:
    found = read(b"void f(){" + b"cudaFree(p);" * 400_000 + b"}", "cuda", "a.cu")
    assert len(found.uses) == 100_000
    assert [problem.kind for problem in found.problems] == ["not-parsed", "too-many-uses"]
