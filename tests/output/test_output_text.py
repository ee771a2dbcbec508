"""The text report: what a person reads on a terminal and in a log."""

from __future__ import annotations

from dataclasses import replace
from textwrap import dedent

import pytest
from hypothesis import given, settings
from made_reports import any_report, finding, report, shown

from migrate.model import Judgement, Skip
from migrate.report import UnusedSuppression
from migrate.terminal import width

SYNC = {"cann": "rename torch.npu.synchronize", "rocm": "same"}


def expect(text: str) -> str:
    return dedent(text).lstrip("\n")


def test_a_small_report_reads_like_this() -> None:
    made = report(
        finding("py:torch.cuda.synchronize", SYNC, "train.py", 3),
        finding("py:torch.cuda.synchronize", SYNC, "train.py", 8),
        finding("package:flash-attn", {"cann": "manual npu_fusion_attention", "rocm": "unknown"}, "train.py", 12),
        finding("py:torch.cuda.is_available", {"cann": "same", "rocm": "same"}, "train.py", 14),
        commit="0123456789abcdef",
        versions={"torch": "2.6", "cuda": "12.4"},
        skips=(
            Skip("a.bin", "binary", "NUL bytes"),
            Skip("b.bin", "binary", "NUL bytes"),
            *(Skip(f"vendor/{name}/", "vendored", "other people's code") for name in "abcdefghijkl"),
        ),
    )
    assert shown(made, "text") == expect("""
        cuda-migrate 0.1.0 · project · commit 0123456789ab
        For cann, rocm
        from torch 2.6, cuda 12.4 · rules 0123456789ab

        train.py  3 uses
             3:1  torch.cuda.synchronize  cann → torch.npu.synchronize
                                          ×2 lines 3, 8
            12:1  package flash-attn      cann: by hand → npu_fusion_attention · rocm: not verified

        Uses per target and verdict (distinct changes in brackets)
                 same  rename  by hand  unverified
          cann  1 (1)   2 (1)    1 (1)           –
          rocm  3 (2)       –        –       1 (1)

        Where the work is
          torch.cuda  3 uses  2 names  1 file

        Not read, or only in part
          other people's code 12, binary data 2  (--verbose lists them)
            a.bin: NUL bytes
            b.bin: NUL bytes

        4 uses, 3 need work or a check in 1 file · 3 files read · 14 not read in full
    """)


def test_versions_that_nobody_asked_for_are_called_assumed() -> None:
    made = report(versions={"cuda": "13.0", "torch": "2.6"}, assumed=("cuda",))
    assert "from torch 2.6 · assumed cuda 13.0 · rules" in shown(made, "text")
    assert "assumed cuda 13.0, torch 2.6 · rules" in shown(replace(made, assumed=("cuda", "torch")), "text")


def test_one_target_is_not_named_in_each_line() -> None:
    made = report(finding("py:torch.cuda.synchronize", {"cann": "rename torch.npu.synchronize"}))
    assert "torch.cuda.synchronize  → torch.npu.synchronize\n" in shown(made, "text")


def test_a_target_is_named_where_others_have_nothing_to_say() -> None:
    made = report(finding("py:torch.dot", {"cann": "partial"}), targets=("cann", "rocm"))
    assert "torch.dot  cann: works with limits\n" in shown(made, "text")


def test_targets_with_the_same_outcome_stand_together() -> None:
    made = report(finding("c:cudaGraphLaunch", {"mlu": "none", "cann": "none", "musa": "rename musaGraphLaunch"}))
    assert "mlu, cann: no equivalent · musa → musaGraphLaunch" in shown(made, "text")


def test_what_works_unchanged_is_listed_only_when_asked() -> None:
    made = report(finding("py:torch.cuda.is_available", {"rocm": "same"}))
    assert "is_available" not in shown(made, "text")
    assert "torch.cuda.is_available  works unchanged" in shown(made, "text", verbose=True)
    assert "1 use, all of which work unchanged on every target" in shown(made, "text")


def test_folded_lines_are_cut_unless_verbose() -> None:
    made = report(*(finding("c:cudaMalloc", {"cann": "rename aclrtMalloc"}, line=line) for line in range(1, 13)))
    assert "×12 lines 1, 2, 3, 4, 5, 6, 7, 8, …" in shown(made, "text")
    assert "×12 lines 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12\n" in shown(made, "text", verbose=True)


def test_uses_in_another_context_are_not_folded() -> None:
    made = report(
        finding("c:cudaMalloc", {"cann": "rename aclrtMalloc"}, line=1),
        finding("c:cudaMalloc", {"cann": "rename aclrtMalloc"}, line=2, context=("guarded", "test")),
    )
    text = shown(made, "text")
    assert "×" not in text
    assert "cudaMalloc [guarded, test]" in text


def test_what_nobody_verified_takes_few_lines() -> None:
    unknown = {"cann": "unknown", "rocm": "unknown"}
    made = report(
        finding("cmake:CUDA::cudart", unknown, "CMakeLists.txt", 4),
        finding("c:cudaMalloc", {"cann": "rename aclrtMalloc", "rocm": "rename hipMalloc"}, "CMakeLists.txt", 5),
        finding("env:NCCL_DEBUG", unknown, "CMakeLists.txt", 6),
        finding("env:NCCL_DEBUG", unknown, "CMakeLists.txt", 7),
    )
    assert shown(made, "text").split("\n\n")[1] + "\n" == expect("""
        CMakeLists.txt  4 uses
             5:1  cudaMalloc  cann → aclrtMalloc · rocm → hipMalloc
          cann, rocm: not verified: 4:1 CUDA::cudart · 6:1 variable NCCL_DEBUG ×2
    """)
    assert "cann, rocm: not verified\n" in shown(made, "text", verbose=True)


def test_a_guess_is_called_a_guess() -> None:
    made = report(finding("c:cudaFoo", {"musa": "unknown musaFoo"}))
    assert "cudaFoo  not verified, guess: musaFoo" in shown(made, "text")


def test_limits_are_named_at_the_use_and_told_once() -> None:
    limited = Judgement("partial", "torch.npu.amp", source="npu-wheel:amp", note="float-only")
    made = report(finding("py:torch.cuda.amp", {"cann": limited}))
    assert "torch.cuda.amp  limits → torch.npu.amp [float-only]" in shown(made, "text")
    assert "Limits named above\n  float-only: only float32 and float16\n" in shown(made, "text")


def test_of_many_limits_the_most_frequent_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("migrate.messages.note", lambda name, _: f"text of {name}")
    limits = [Judgement("partial", note=f"limit-{n:02}") for n in range(13)]
    made = report(
        *(finding("c:cudaMalloc", {"cann": limit}, line=n + 1) for n, limit in enumerate([*limits, *limits[3:]]))
    )
    told = shown(made, "text").partition("Limits named above\n")[2].partition("\n\n")[0].splitlines()
    assert told == [
        *(f"  limit-{n:02}: text of limit-{n:02}" for n in range(3, 13)),
        "  and 3 more (--verbose lists them)",
    ]


def test_portable_which_is_for_pytorch_is_left_out_of_lines_about_c() -> None:
    made = report(
        finding("c:cudaMalloc", {"portable": "unknown", "cann": "rename aclrtMalloc"}),
        finding("include:cuda.h", {"portable": "unknown", "cann": "same"}, line=2),
        finding("c:at::cuda::x", {"portable": "rename at::x", "cann": "rename y"}, line=3),
        finding("device:cuda", {"portable": "unknown", "cann": "rename npu"}, line=4),
        finding("hazard:warp-size", {"portable": "unknown", "cann": "manual"}, "b.cu", role="hazard"),
    )
    text = " ".join(shown(made, "text").split())
    assert "a.py 3 uses 1:1 cudaMalloc cann → aclrtMalloc 3:1 at::cuda::x portable → at::x · cann → y" in text
    assert "4:1 device cuda portable: not verified · cann → npu" in text
    assert "b.cu 1 use 1:1 Warp of 32 lanes cann: affected, change by hand" in text
    assert "not verified: 1:1 cudaMalloc" in shown(report(finding("c:cudaMalloc", {"portable": "unknown"})), "text")


def test_verbose_tells_the_evidence() -> None:
    known = Judgement("rename", "torch.npu.amp", source="npu-wheel:amp")
    made = report(finding("py:torch.cuda.amp", {"cann": known}))
    assert "`torch.npu.amp` (rename; symbol in torch_npu 2.6.0, amp)" in shown(made, "text", verbose=True)


def test_a_hazard_shows_its_code() -> None:
    found = finding(
        "hazard:warp-size",
        {"rocm": "manual"},
        role="hazard",
        check="warp-size",
        text="& 31",
        snippet="  int lane = threadIdx.x & 31;",
    )
    text = shown(report(found), "text")
    assert "| int lane = threadIdx.x & 31;" in text
    assert text.partition("\n\n")[2].partition("Hazards")[2] == expect("""
        : a rename does not cure these
          Warp of 32 lanes  ×1, 1 file  (warp-size)
              Sums over a warp are wrong where it has 64 lanes.
              Fix: Use warpSize.

        1 use, 1 needs work or a check in 1 file · 3 files read
    """)


def test_chinese() -> None:
    made = report(finding("device:cuda", {"cann": "rename npu"}))
    text = shown(made, "text", lang="zh")
    assert "设备 cuda  → npu" in text
    assert text.endswith("\n1 处使用,1 处需处理或核实,涉及 1 个文件 · 3 个文件已读\n")


def test_no_line_of_a_wide_report_is_wider_than_the_terminal() -> None:
    targets: dict[str, str | Judgement] = {
        name: f"rename torch.{name}.memory.empty_cache" for name in ("npu", "mlu", "musa", "gcu", "supa")
    }
    targets["mindspore"] = Judgement("partial", "mindspore.runtime.empty_cache", note="only-on-ascend")
    made = report(finding("py:torch.cuda.memory.empty_cache", targets, "sub/train.py", 1234))
    for lang in ("en", "zh"):
        for columns in (60, 80, 100, 140):
            lines = shown(made, "text", width=columns, lang=lang).splitlines()
            assert max(map(width, lines)) <= columns


def test_control_characters_are_escaped_and_colour_is_only_ours() -> None:
    made = report(finding("c:cudaMalloc", {"cann": "rename aclrtMalloc"}, "a\x1b[31m\nb\udcff.py"))
    assert "a\\x1b[31m\\x0ab\\xff.py  1 use" in shown(made, "text")
    assert "\x1b" not in shown(made, "text")
    assert "\x1b[36m→ aclrtMalloc\x1b[0m" in shown(made, "text", color=True)


def test_what_must_be_known_stands_at_the_end() -> None:
    made = report(
        notices=("no-operator-table=corex",),
        unused_suppressions=(UnusedSuppression("a.py", 7, ("warp-size",)), UnusedSuppression("b.py", 9, ())),
        suppressed=2,
        unselected=1234,
        interrupted=True,
    )
    assert shown(made, "text").partition("\n\n")[2] == expect("""
        To know
          no operator table for corex

        Suppressions that hide nothing
          a.py:7: warp-size
          b.py:9: names no check

        Interrupted: this report is incomplete.
        Nothing found that depends on CUDA · 3 files read · 2 hidden by suppressions · 1,234 hidden by
        select/ignore
    """)


def test_verbose_lists_what_was_not_read() -> None:
    made = report(skips=(Skip("a\n.bin", "binary", "NUL bytes"),))
    assert "a\\x0a.bin: NUL bytes" in shown(made, "text", verbose=True)


@given(any_report())
@settings(deadline=None)
def test_any_report_can_be_printed(made: object) -> None:
    for verbose in (False, True):
        text = shown(made, "text", verbose=verbose, width=60)  # type: ignore[arg-type]
        text.encode()
        assert not any(ord(char) < 0x20 and char != "\n" for char in text)
