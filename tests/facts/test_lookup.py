"""(symbol, target, versions) → judgement."""

from __future__ import annotations

from pathlib import Path

import pytest
from support import HEADER, OPERATORS, Write

from migrate.errors import InputError
from migrate.facts.lookup import Rules
from migrate.facts.targets import ask, ask_all
from migrate.model import Judgement

DAY = "2026-11-24"


def judge(symbol: str, *targets: str, **versions: str) -> dict[str, tuple[str, str]]:
    """Target → (verdict, counterpart)."""
    answer = Rules(ask_all(targets), versions).judge(symbol)
    return {label: (j.verdict, j.to) for label, j in answer.judgements.items()}


def test_a_row_answers_and_what_no_row_names_is_unknown(rules: Write) -> None:
    rules("targets/one/runtime.csv", HEADER + f"cudaFree,rename,oneFree,,,,,slow,wheel:lib.h,{DAY}\n")
    answer = Rules((ask("one"),)).judge("c:cudaFree")
    assert answer.library == "runtime"
    assert answer.judgements == {"one": Judgement("rename", "oneFree", "", "safe", "wheel:lib.h", DAY, "slow")}
    assert judge("env:X", "one") == {"one": ("unknown", "")}


def test_a_naming_rule_is_a_guess_and_no_more(rules: Write) -> None:
    judged = Rules((ask("one"),)).judge("c:cudaFoo").judgements["one"]
    assert judged == Judgement("unknown", "oneFoo", safety="display", source="naming")


@pytest.mark.parametrize(
    ("source", "safety"), [("wheel", "safe"), ("docs", "safe"), ("seen", "review"), ("naming", "display")]
)
def test_safety_follows_the_evidence(rules: Write, source: str, safety: str) -> None:
    rules("targets/one/runtime.csv", HEADER + f"cudaFree,rename,oneFree,,,,,,{source},{DAY}\n")
    assert Rules((ask("one"),)).judge("c:cudaFree").judgements["one"].safety == safety


def test_inherited_rows_hold_where_there_is_no_own_one(rules: Write) -> None:
    rules(
        "targets/one/runtime.csv",
        HEADER + f"cudaA,rename,oneA,,,,,,wheel,{DAY}\ncudaB,rename,oneB,,,,,,wheel,{DAY}\n",
    )
    rules("targets/two/runtime.csv", HEADER + f"cuda*,same,,,,,,,docs,{DAY}\ncudaB,none,,,,,,,docs,{DAY}\n")
    assert judge("c:cudaA", "two") == {"two": ("rename", "oneA")}
    assert judge("c:cudaB", "two") == {"two": ("none", "")}
    assert judge("c:cudaC", "two") == {"two": ("same", "")}


def test_source_versions_choose_the_row(rules: Write) -> None:
    rules(
        "targets/one/runtime.csv",
        HEADER + f"cudaA,rename,old,,<12,,,,wheel,{DAY}\ncudaA,rename,new,,>=12,,,,wheel,{DAY}\n",
    )
    assert judge("c:cudaA", "one", cuda="11.8") == {"one": ("rename", "old")}
    assert judge("c:cudaA", "one", cuda="12") == {"one": ("rename", "new")}
    assert judge("c:cudaA", "one") == {"one": ("rename", "new")}


def test_target_versions_choose_the_row_and_say_what_is_missing(rules: Write) -> None:
    rules(
        "targets/one/runtime.csv",
        HEADER + f"cudaA,rename,oneA,,,8.0,,,wheel,{DAY}\ncudaB,rename,oneB,,,,9,,wheel,{DAY}\n",
    )
    assert judge("c:cudaA", "one@8.3", "one@7.1", "one") == {
        "one@8.3": ("rename", "oneA"),
        "one@7.1": ("none", ""),
        "one": ("rename", "oneA"),
    }
    early = Rules((ask("one@7.1"), ask("one@9"))).judge("c:cudaA").judgements["one@7.1"]
    assert early.note == "needs-version=8.0"
    assert Rules((ask("one@9"),)).judge("c:cudaB").judgements["one@9"].note == "gone-in-version=9"


def test_chips_have_rows_of_their_own(rules: Write) -> None:
    rules(
        "targets/one/operators.csv",
        OPERATORS + f"torch.x,same,,,,,,,docs,{DAY},,\ntorch.x,none,,,,,,,docs,{DAY},B,fp32\n",
    )
    assert judge("py:torch.x", "one", "one:A2", "one:b") == {
        "one": ("same", ""),
        "one:A2": ("same", ""),
        "one:B": ("none", ""),
    }


def test_an_optional_library_says_nothing_where_no_row_does(rules: Write) -> None:
    rules("targets/one/operators.csv", OPERATORS + f"torch.x,same,,,,,,,docs,{DAY},,\n")
    assert judge("py:torch.y", "one") == {}


def test_the_users_tables_win(rules: Write, tmp_path: Path) -> None:
    rules("targets/one/runtime.csv", HEADER + f"cudaA,rename,ours,,,,,,wheel,{DAY}\n")
    mine = tmp_path / "mine"
    (mine / "one").mkdir(parents=True)
    (mine / "one" / "runtime.csv").write_text(HEADER + "cudaA,rename,theirs,,,,,,my lab,\n")
    judged = Rules((ask("one"),), folders=(mine,)).judge("c:cudaA").judgements["one"]
    assert (judged.to, judged.safety, judged.source) == ("theirs", "review", "my lab")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("oen", "unknown target 'oen'; did you mean 'one'?"),
        ("one:C", "target 'one' has no chip 'C'; known: A2, B"),
        ("two:A2", "target 'two' has no chip 'A2'; it has none"),
        ("one@new", "'new' is not a version; write it like 12.4"),
        (" , ", "no target given; known: one, two"),
    ],
)
def test_a_target_that_can_not_be(rules: Write, text: str, message: str) -> None:
    with pytest.raises(InputError) as error:
        ask_all((text,))
    assert str(error.value) == message


def test_all_aliases_and_repetition(rules: Write) -> None:
    assert [asked.label for asked in ask_all(("UNO,two", "one:a2@8.3,one"))] == ["one", "two", "one:A2@8.3"]
    assert [asked.label for asked in ask_all(("all",))] == ["one", "two"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("name,verdict\n", "mine/one/runtime.csv:1: the header must be name,verdict,to"),
        (HEADER + "cudaA,rename\n", "mine/one/runtime.csv:2: 2 cells where the header has 10; put a cell that holds"),
        (
            HEADER + "cudaA,renamed,x,,,,,,w,\n",
            "mine/one/runtime.csv:2: unknown verdict 'renamed'; one of same, rename",
        ),
        (HEADER + 'cudaA,rename,"x,,,,,,w,\n', "mine/one/runtime.csv: can't be read as UTF-8 CSV"),
    ],
)
def test_a_broken_table_is_named_with_line_and_cure(rules: Write, tmp_path: Path, text: str, message: str) -> None:
    place = tmp_path / "mine" / "one" / "runtime.csv"
    place.parent.mkdir(parents=True)
    place.write_text(text)
    with pytest.raises(InputError) as error:
        Rules((ask("one"),), folders=(tmp_path / "mine",)).judge("c:cudaA")
    assert message in str(error.value)


@pytest.mark.parametrize(
    ("symbol", "torch", "needs"),
    [
        ("py:torch.cuda.synchronize", "2.13", "2.6"),
        ("py:torch.cuda.empty_cache", "2.13", "2.9"),
        ("py:torch.cuda.empty_cache", "2.7", "2.4"),
        ("py:torch.cuda.empty_cache", "2.3", ""),  # there is no counterpart yet
        ("py:torch.cuda.manual_seed", "2.13", ""),
    ],
)
def test_portable_says_which_torch_its_form_needs(symbol: str, torch: str, needs: str) -> None:
    judged = Rules(ask_all(("portable", "cann")), {"torch": torch}).judge(symbol).judgements
    assert (judged["portable"].needs, judged["cann"].needs) == (needs, "")


def test_a_family_of_names_says_nothing_of_a_name_that_does_not_exist() -> None:
    rules = Rules(ask_all(("rocm",)))
    assert rules.judge("py:torch.cuda.synchronize").judgements["rocm"].verdict == "same"
    assert rules.judge("py:torch.cuda.Stream.wait_event").judgements["rocm"].verdict == "same"
    assert rules.judge("py:torch.cuda.nosuch").judgements["rocm"].verdict == "unknown"


def test_what_is_inherited_says_so_and_needs_a_review() -> None:
    judged = Rules(ask_all(("rocm", "dcu"))).judge("c:cudaMalloc").judgements
    assert (judged["rocm"].to, judged["rocm"].safety) == ("hipMalloc", "safe")
    assert (judged["dcu"].to, judged["dcu"].safety) == ("hipMalloc", "review")
    assert "as-on=rocm" in judged["dcu"].note
