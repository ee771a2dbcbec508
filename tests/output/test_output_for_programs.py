"""JSON, CSV, GitHub, GitLab and JUnit: each read back by what reads it."""

from __future__ import annotations

import csv
import io
import json
from importlib.resources import files
from typing import Any
from xml.etree import ElementTree

import pytest
from hypothesis import given, settings
from jsonschema import Draft202012Validator
from made_reports import any_report, finding, report, shown

from migrate.model import Judgement, Skip
from migrate.output import formats
from migrate.report import Report, UnusedSuppression

SYNC: dict[str, str | Judgement] = {
    "cann": Judgement("rename", "torch.npu.synchronize", "", "safe", "npu-wheel:cuda", "2026-11-22"),
    "rocm": "same",
}


SYNC_MESSAGE = (
    "`torch.cuda.synchronize` → cann: `torch.npu.synchronize` "
    "(rename; symbol in torch_npu 2.6.0, cuda); rocm: works unchanged"
)
SCHEMA = json.loads(files("migrate.output").joinpath("schema", "report-1.schema.json").read_text(encoding="utf-8"))


def validate(made: Any) -> None:
    Draft202012Validator(SCHEMA).validate(made)


def parsed(made: Report, name: str = "json") -> Any:
    return json.loads(shown(made, name))


def test_formats_are_found_by_their_files() -> None:
    assert formats() == ("csv", "github", "gitlab", "json", "junit", "sarif", "text")


# --- JSON ---------------------------------------------------------------------------------------


def test_a_json_finding_holds_what_the_contract_names() -> None:
    call = "  torch.cuda.synchronize()"
    made = report(finding("py:torch.cuda.synchronize", SYNC, "sub/a.py", 7, call, context=("test",)))
    (found,) = parsed(made)["findings"]
    mark = found.pop("fingerprint")
    assert len(mark) == 16
    assert found == {
        "path": "sub/a.py",
        "line": 7,
        "column": 3,
        "end_line": 7,
        "end_column": 25,
        "symbol": "py:torch.cuda.synchronize",
        "role": "call",
        "check": "torch-cuda",
        "category": "mandatory",
        "message": SYNC_MESSAGE,
        "context": ["test"],
        "details": {},
        "text": "torch.cuda.synchronize",
        "targets": {
            "cann": {
                "verdict": "rename",
                "to": "torch.npu.synchronize",
                "args": "",
                "safety": "safe",
                "source": "npu-wheel:cuda",
                "checked": "2026-11-22",
                "note": "",
                "needs": "",
            },
            "rocm": dict.fromkeys(Judgement._fields, "") | {"verdict": "same"},
        },
    }


def test_json_sums_up_by_target_and_verdict() -> None:
    made = parsed(report(finding("c:cudaMalloc", {"cann": "none"}), finding("c:cudaFree", {"cann": "none"}, line=2)))
    assert made["summary"]["cann"]["none"] == 2
    assert sum(made["summary"]["cann"].values()) == 2


def test_json_holds_skips_and_suppressions() -> None:
    made = parsed(
        report(
            skips=(Skip("a.bin", "binary", "NUL bytes"),),
            suppressed=2,
            unused_suppressions=(UnusedSuppression("a.py", 7, ("warp-size",)),),
            interrupted=True,
        )
    )
    validate(made)
    assert made["skips"] == [{"path": "a.bin", "kind": "binary", "reason": "NUL bytes"}]
    assert made["suppressions"] == {"used": 2, "unused": [{"path": "a.py", "line": 7, "checks": ["warp-size"]}]}
    assert made["interrupted"] is True


def test_the_schema_refuses_what_it_does_not_know() -> None:
    made = parsed(report(finding("c:cudaMalloc", {"cann": "none"})))
    assert Draft202012Validator(SCHEMA).is_valid(made)
    made["findings"][0]["targets"]["cann"]["verdict"] = "maybe"
    assert not Draft202012Validator(SCHEMA).is_valid(made)


# --- CSV ----------------------------------------------------------------------------------------


def rows(made: Report, **view: object) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(shown(made, "csv", **view), newline="")))


def test_csv_has_a_row_a_finding_and_target() -> None:
    made = report(finding("py:torch.cuda.synchronize", SYNC))
    assert [(row["symbol"], row["target"], row["verdict"], row["to"]) for row in rows(made)] == [
        ("py:torch.cuda.synchronize", "cann", "rename", "torch.npu.synchronize"),
        ("py:torch.cuda.synchronize", "rocm", "same", ""),
    ]


def test_csv_cells_never_start_a_formula() -> None:
    made = report(finding("c:cudaMalloc", {"cann": "rename =HYPERLINK(1)"}, path="-a.py"))
    assert rows(made)[0]["to"] == "'=HYPERLINK(1)"
    assert rows(made)[0]["path"] == "'-a.py"


# --- GitHub -------------------------------------------------------------------------------------


def test_github_annotations() -> None:
    made = report(
        finding("py:torch.cuda.synchronize", SYNC, "100%, a:b\n.py", 3),
        finding("c:cudaGraphLaunch", {"cann": "none"}, "b.cu", 9, check="cuda-runtime"),
    )
    place = "line=3,endLine=3,col=1,endColumn=23"
    assert shown(made, "github").splitlines() == [
        "::notice title=cuda-migrate::2 findings that need work for cann, rocm",
        "::error file=b.cu,line=9,endLine=9,col=1,endColumn=16,title=CUDA run time::"
        "`cudaGraphLaunch` → cann: no equivalent",
        f"::warning file=100%25%2C a%3Ab%0A.py,{place},title=torch.cuda::{SYNC_MESSAGE}",
    ]


def test_github_shows_ten_a_level_and_says_what_it_left_out() -> None:
    errors = [finding("c:cudaGraphLaunch", {"cann": "none"}, line=line) for line in range(1, 14)]
    notes = [finding("c:cudaFoo", {"cann": "unknown"}, line=line) for line in range(1, 14)]
    lines = shown(report(*errors, *notes), "github").splitlines()
    assert "26 findings that need work for cann; GitHub shows 10 of each level, so 7 are left out here" in lines[0]
    assert [sum(line.startswith(f"::{level} ") for line in lines) for level in ("error", "notice")] == [10, 10]


def test_github_notes_what_must_change_before_what_may() -> None:
    may = finding("c:cudaMalloc", {"cann": "rename a"}, line=1, category="potential")
    must = finding("c:cudaFree", {"cann": "rename b"}, line=2)
    lines = shown(report(may, must), "github").splitlines()
    assert ["cudaFree" in line for line in lines[1:]] == [True, False]


# --- GitLab -------------------------------------------------------------------------------------


def test_gitlab_elements() -> None:
    made = report(
        finding("py:torch.cuda.synchronize", SYNC, "a.py", 3),
        finding("c:cudaGraphLaunch", {"cann": "none"}, "b.cu", 9, check="cuda-runtime"),
    )
    found = parsed(made, "gitlab")
    assert [element.pop("fingerprint") != "" for element in found] == [True, True]
    assert found[1] == {
        "description": "`cudaGraphLaunch` → cann: no equivalent",
        "check_name": "cuda-runtime",
        "severity": "critical",
        "location": {"path": "b.cu", "lines": {"begin": 9, "end": 9}},
    }
    assert found[0]["severity"] == "minor"


# --- JUnit --------------------------------------------------------------------------------------


def test_junit_has_a_suite_a_file_and_a_failure_a_finding() -> None:
    made = report(
        finding("py:torch.cuda.synchronize", SYNC, "a.py", 3),
        finding("py:torch.cuda.is_available", {"cann": "same"}, "a.py", 4),
        finding("c:cudaGraphLaunch", {"cann": "none"}, "b.cu", 9, snippet="  cudaGraphLaunch<T>(x);"),
        skips=(Skip("c.bin", "binary", "NUL bytes"),),
    )
    root = ElementTree.fromstring(shown(made, "junit"))
    assert root.attrib == {"name": "cuda-migrate", "tests": "4", "failures": "2", "errors": "0", "skipped": "1"}
    assert [suite.get("name") for suite in root] == ["cuda-migrate", "a.py", "b.cu", "not read"]
    (case,) = root[2]
    assert case.attrib == {"classname": "b.cu", "name": "9:3 c:cudaGraphLaunch", "file": "b.cu", "line": "9"}
    assert case[0].attrib == {"type": "none", "message": "`cudaGraphLaunch` → cann: no equivalent"}
    assert case[0].text == "b.cu:9:3: cudaGraphLaunch<T>(x);"


def test_an_interrupted_scan_is_an_error_in_junit() -> None:
    assert ElementTree.fromstring(shown(report(interrupted=True), "junit")).get("errors") == "1"


# --- A part of a repository ---------------------------------------------------------------------


def test_services_are_given_the_paths_of_the_repository_and_people_those_of_the_scanned_folder() -> None:
    made = report(
        finding("c:cudaMalloc", {"cann": "none"}, "a.cu"),
        skips=(Skip("b.bin", "binary", "NUL bytes"),),
        unused_suppressions=(UnusedSuppression("c.py", 7, ("warp-size",)),),
        prefix="sub/",
    )
    assert "file=sub/a.cu," in shown(made, "github")
    assert parsed(made, "gitlab")[0]["location"]["path"] == "sub/a.cu"
    sarif = shown(made, "sarif")
    assert [sarif.count(f'"uri":"sub/{name}"') for name in ("a.cu", "b.bin", "c.py")] == [1, 1, 1]
    assert '"%SRCROOT%":{"description":{"text":"The root of the repository"}}' in sarif
    assert parsed(made)["findings"][0]["path"] == "a.cu"
    assert shown(made, "text").partition("\n\n")[2].startswith("a.cu  1 use")


# --- All ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", formats())
def test_an_empty_report_is_valid_and_names_no_finding(name: str) -> None:
    text = shown(report(), name)
    if name == "json":
        validate(json.loads(text))
    elif name in ("gitlab", "sarif"):
        assert json.loads(text) == [] or json.loads(text)["runs"][0]["results"] == []
    elif name == "junit":
        assert ElementTree.fromstring(text).get("failures") == "0"
    else:
        assert len(text.splitlines()) <= 5


@given(any_report())
@settings(deadline=None, max_examples=60)
def test_any_report_is_well_formed(made: Report) -> None:
    work = [found for found in made.findings if found.worst != "same"]
    for name in formats():
        shown(made, name).encode()
    validate(parsed(made))
    assert len(parsed(made)["findings"]) == len(made.findings)
    assert len(parsed(made, "gitlab")) == len(work)
    assert len(rows(made)) == 2 * len(work)
    assert ElementTree.fromstring(shown(made, "junit")).get("failures") == str(len(work))
    commands = shown(made, "github").split("\n")
    assert all(line.startswith(("::notice ", "::warning ", "::error ")) for line in commands[:-1])
    assert len(commands) == len(work) + 2
