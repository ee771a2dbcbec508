"""The command line as a user meets it: in a process of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

import migrate


def run(*args: str | Path, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "migrate", *map(os.fspath, args)], capture_output=True, text=True, cwd=cwd, check=False
    )


@pytest.fixture
def project(tmp_path: Path) -> Path:
    folder = tmp_path / "project"
    folder.mkdir()
    (folder / "train.py").write_text("import torch\n\ntorch.cuda.synchronize()\n")
    return folder


def test_version_and_help_load_nothing_heavy() -> None:
    assert run("--version").stdout == f"cuda-migrate {migrate.__version__}\n"
    assert "scan     Say what each CUDA-dependent use becomes on each target." in run("-h").stdout
    code = "import sys, migrate.cli; print(sorted({'tree_sitter', 'jinja2', 'libcst', 'sqlite3'} & set(sys.modules)))"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "[]\n"


def test_a_scan_loads_neither_libcst_nor_jinja2(project: Path) -> None:
    code = (
        "import sys, migrate.cli\n"
        f"try: migrate.cli.main(['scan', {str(project)!r}, '--jobs', '1'])\n"
        "except SystemExit: pass\n"
        "print(sorted({'jinja2', 'libcst', 'multiprocessing.pool'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (["scna"], "unknown command 'scna'; did you mean 'scan'?"),
        (["scan", "nowhere"], "'nowhere' does not exist"),
        (["scan", ".", "-t", "can"], "unknown target 'can'; did you mean 'cann'?"),
        (["scan", ".", "-t", "cann:A9"], "target 'cann' has no chip 'A9'"),
        (["rewrite", ".", "--diff", "--select", "cudann"], "--select: no check is named 'cudann'; did you mean"),
        (["rewrite", ".", "--diff", "--exclude", "!"], "--exclude: pattern '!' can't match anything"),
        (["scan", ".", "--cuda", "new"], "'new' is not a version; write it like 12.4"),
        (["scan", ".", "--rules", "nowhere"], "folder of rules 'nowhere' does not exist"),
        (["scan", ".", "-o", "nowhere/x.json"], "folder 'nowhere' of the output does not exist; create it first"),
        (["scan", ".", "-o", "."], "output '.' is a folder; name a file"),
        (["explain", "warp-size-23"], "no check, and no library knows a name like that; did you mean 'warp-size-32'?"),
        (["rules", "show", "frobnicate"], "no library knows a name like 'frobnicate'"),
        (["rules", "diff", "cann", "ascend"], "name two different targets, such as rocm@6.2 rocm@7.0"),
        (["rules", "refresh", "cubals"], "no list is made from wheels for 'cubals'; did you mean 'cublas'?"),
    ],
)
def test_mistakes_are_one_sentence_and_exit_code_2(project: Path, args: list[str], message: str) -> None:
    done = run(*args, cwd=project)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("cuda-migrate: ")
    assert message in done.stderr
    assert done.stderr.count("\n") == 1


def test_nothing_scanned_is_not_a_pass(tmp_path: Path) -> None:
    done = run("scan", tmp_path)
    assert done.returncode == 2
    assert "0 files scanned" in done.stderr


def test_reports_of_earlier_scans_are_not_scanned(project: Path) -> None:
    for format_ in ("json", "sarif", "gitlab", "csv", "junit", "text"):
        run("scan", "train.py", "-t", "cann", "-f", format_, "-o", f"report-{format_}.json", cwd=project)
    for format_ in ("json", "sarif", "gitlab"):
        place = project / f"report-{format_}.json"
        (project / f"indented-{format_}.json").write_text(json.dumps(json.loads(place.read_text()), indent=4))
    report = json.loads(run("scan", project, "-t", "cann", "-f", "json").stdout)
    assert {finding["path"] for finding in report["findings"]} == {"train.py"}
    assert [skip["kind"] for skip in report["skips"]] == ["report"] * 6


def test_output_to_a_file_is_whole_and_keeps_its_mode(project: Path, tmp_path: Path) -> None:
    place = tmp_path / "scan.json"
    place.write_text("old")
    place.chmod(0o640)
    done = run("scan", project, "-t", "cann", "-f", "json", "-o", place)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert json.loads(place.read_text())["targets"] == ["cann"]
    assert place.stat().st_mode & 0o777 == 0o640
    assert {path.name for path in tmp_path.iterdir()} == {"scan.json", "project"}


def test_settings_and_the_command_line_over_them(project: Path) -> None:
    (project / "pyproject.toml").write_text('[tool.cuda-migrate]\ntarget = "rocm"\ntorch = "2.6"\n')
    report = json.loads(run("scan", project, "-f", "json").stdout)
    assert (report["targets"], report["versions"]["torch"]) == (["rocm"], "2.6")
    report = json.loads(run("scan", project, "-f", "json", "-t", "cann:a2@8.3,musa", "--torch", "2.1").stdout)
    assert (report["targets"], report["versions"]["torch"]) == (["cann:A2@8.3", "musa"], "2.1")


def test_versions_assumed_stated_and_not_covered(project: Path) -> None:
    (project / "requirements.txt").write_text("torch==2.1.0+cu118\ntriton>=2.1\n")
    report = json.loads(run("scan", project, "-f", "json", "-t", "rocm").stdout)
    assert set(report["assumed"]) == set(report["versions"]) == {"torch", "cuda", "triton"}
    (notice,) = (text for text in report["notices"] if "itself asks for" in text)
    assert "asks for cuda==11.8,torch==2.1, which is not" in notice
    given = ("--torch", "2.1", "--cuda", "99", "-t", "rocm@1.0,cann@8.3,musa@4.0")
    report = json.loads(run("scan", project, "-f", "json", *given).stdout)
    assert report["assumed"] == ["triton"]
    assert not [text for text in report["notices"] if "itself asks for" in text]
    (notice,) = (text for text in report["notices"] if "cover" in text)
    assert "don't cover cuda-99,rocm@1.0,musa@4.0:" in notice


def test_exclude_is_relative_to_its_file_and_on_the_command_line_to_what_is_scanned(project: Path) -> None:
    (project / "pyproject.toml").write_text('[tool.cuda-migrate]\nexclude = ["sub/old", "lib/*.py"]\n')
    for place in ("sub/old/a.py", "sub/new/a.py", "sub/sub/old/a.py", "lib/a.py", "lib/b.sh"):
        (project / place).parent.mkdir(parents=True, exist_ok=True)
        (project / place).write_text("import torch.cuda\n")

    def excluded(*args: str) -> list[str]:
        skips = json.loads(run("scan", *args, "-f", "json", cwd=project).stdout)["skips"]
        return [skip["path"] for skip in skips if skip["kind"] == "excluded"]

    assert excluded(".") == ["lib/a.py", "sub/old/"]
    assert excluded("sub") == ["old/"]
    assert excluded("lib") == ["a.py"]
    assert excluded("sub/old") == []
    assert excluded("sub", "--exclude", "/sub/old") == ["sub/old/"]


def test_ones_own_tables_win(project: Path, tmp_path: Path) -> None:
    folder = tmp_path / "mine" / "cann"
    folder.mkdir(parents=True)
    head = "name,verdict,to,args,cuda,since,until,note,source,checked\n"
    (folder / "torch-cuda.csv").write_text(head + "torch.cuda.synchronize,rename,lab.sync,,,,,,our lab,\n")
    report = json.loads(run("scan", project, "-t", "cann", "-f", "json", "--rules", tmp_path / "mine").stdout)
    (finding,) = [found for found in report["findings"] if found["symbol"] == "py:torch.cuda.synchronize"]
    assert finding["targets"]["cann"]["to"] == "lab.sync"
    assert finding["targets"]["cann"]["safety"] == "review"
    wrong = tmp_path / "mine" / "cnan"
    folder.rename(wrong)
    done = run("scan", project, "--rules", tmp_path / "mine")
    assert done.returncode == 2
    assert "there is no target 'cnan'" in done.stderr


def test_a_reader_that_stops_early_is_no_error(project: Path) -> None:
    command = f"{sys.executable} -m migrate rules coverage -t cann | head -n 1"
    done = subprocess.run(["bash", "-c", command], capture_output=True, text=True, check=True)
    assert done.stdout.startswith("library ")
    assert done.stderr == ""


def test_targets_in_two_languages() -> None:
    assert "Huawei Ascend" in run("targets").stdout
    assert "华为昇腾" in run("targets", "--lang", "zh").stdout


def test_explain_a_name_a_library_and_a_hazard() -> None:
    name = run("explain", "cudaMemcpy", "-t", "cann,rocm").stdout
    assert name.startswith("c:cudaMemcpy  (cuda-runtime, function, cuda_runtime_api.h")
    assert "`aclrtMemcpy(" in name
    assert "`hipMemcpy`" in name
    assert "Device strings" in run("explain", "device").stdout
    hazard = run("explain", "inline-ptx", "--lang", "zh").stdout
    assert "影响" in hazard
    assert "hazard:inline-ptx" in hazard


def test_explain_in_chinese() -> None:
    assert run("explain", "cudaMalloc", "--lang", "zh").stdout.startswith("c:cudaMalloc  (cuda-runtime, 函数, cuda_")
    library = run("explain", "cudnn", "--lang", "zh").stdout.splitlines()
    assert "个公开名称" in library[1]
    assert library[2].startswith("  有规则表的目标:cann, ")


def test_settings_hold_for_what_reads_the_rules_too(project: Path) -> None:
    (project / "rules" / "cann").mkdir(parents=True)
    head = "name,verdict,to,args,cuda,since,until,note,source,checked\n"
    row = "torch.cuda.synchronize,rename,lab.sync,,>=2.6,,,,our lab,2026-11-24\n"
    (project / "rules" / "cann" / "torch-cuda.csv").write_text(head + row)
    settings = '[tool.cuda-migrate]\ntarget = "rocm"\nextra-rules = "rules"\nlang = "zh"\n'
    (project / "pyproject.toml").write_text(settings)
    for verb in (["explain"], ["rules", "show"]):
        told = run(*verb, "torch.cuda.synchronize", cwd=project).stdout
        assert "`lab.sync` (改名" in told
        assert "musa" in told
    (project / "pyproject.toml").write_text(settings + 'torch = "2.5"\n')
    assert "lab.sync" not in run("explain", "torch.cuda.synchronize", cwd=project).stdout
    assert "lab.sync" in run("explain", "torch.cuda.synchronize", "--torch", "2.6", cwd=project).stdout
    assert "华为昇腾" in run("targets", cwd=project).stdout
    (project / "pyproject.toml").write_text(settings + "colour = 1\n")
    assert "pyproject.toml: unknown setting tool.cuda-migrate.colour" in run("rules", "coverage", cwd=project).stderr


def test_show_and_diff() -> None:
    assert "musa" in run("rules", "show", "torch.cuda.Event").stdout
    done = run("rules", "diff", "cann", "rocm")
    assert "c:cudaMalloc\n  - `aclrtMalloc" in done.stdout
    assert "names differ" in done.stderr


def test_the_built_in_rules_are_sound() -> None:
    done = run("rules", "check")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "0 problems\n")


@pytest.mark.parametrize("format_", ["text", "markdown", "html"])
def test_coverage(format_: str) -> None:
    assert "cuda-runtime" in run("rules", "coverage", "-t", "rocm", "-f", format_).stdout


def test_an_internal_problem_asks_for_a_report(project: Path) -> None:
    code = (
        "import migrate.engine, migrate.cli\n"
        "def fail(*_): raise RuntimeError('broken')\n"
        "migrate.engine.Rules = fail\n"
        f"migrate.cli.main(['scan', {str(project)!r}])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (2, "")
    assert "RuntimeError: broken\ncuda-migrate: internal problem: please report the lines above\n" in done.stderr


def test_output_through_a_link_and_to_a_pipe(project: Path, tmp_path: Path) -> None:
    place, link = tmp_path / "real.json", tmp_path / "link.json"
    place.write_text("old")
    link.symlink_to(place)
    assert run("scan", project, "-t", "cann", "-f", "json", "-o", link).returncode == 0
    assert link.is_symlink()
    assert json.loads(place.read_text())["targets"] == ["cann"]
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    with subprocess.Popen(["cat", pipe], stdout=subprocess.PIPE) as reader:
        assert run("scan", project, "-t", "cann", "-f", "json", "-o", pipe).returncode == 0
        assert json.loads(reader.communicate()[0])["targets"] == ["cann"]
