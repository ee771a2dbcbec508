"""Settings, rules and options that can't be used: one sentence that names the place and the cure."""

from __future__ import annotations

import os

import pytest
from command import Tree

COLUMNS = "name,verdict,to,args,cuda,since,until,note,source,checked\n"


def refused(tree: Tree, *args: str) -> str:
    """What is said when the scan is refused: one line, exit code 2, no report."""
    scan = tree.scan(*args)
    assert (scan.code, scan.report) == (2, None)
    return scan.err.strip()


# --- pyproject.toml -----------------------------------------------------------------------------


def test_broken_toml(tree: Tree) -> None:
    tree.put("pyproject.toml", '[tool.cuda-migrate]\ntarget = ["cann"\nlang = "en"\n')
    said = refused(tree)
    assert said.startswith(f"cuda-migrate: {tree.root / 'pyproject.toml'}: not valid TOML: ")
    assert "line 3" in said


def test_settings_that_are_not_utf8(tree: Tree) -> None:
    tree.put("pyproject.toml", b'[tool.cuda-migrate]\nlang = "\xff"\n')
    assert "pyproject.toml: not valid TOML" in refused(tree)


def test_broken_toml_of_other_tools_is_not_ours_to_judge(tree: Tree) -> None:
    tree.put("pyproject.toml", "[tool.black\n")
    tree.scan_beside_good()


def test_unknown_setting(tree: Tree) -> None:
    tree.put("pyproject.toml", "[tool.cuda-migrate]\ntargets = ['cann']\n")
    assert refused(tree) == (
        f"cuda-migrate: {tree.root / 'pyproject.toml'}: "
        "unknown setting tool.cuda-migrate.targets; did you mean 'target'?"
    )


@pytest.mark.parametrize(
    ("line", "cure"),
    [
        ("jobs = 'many'", "jobs must be a whole number"),
        ("jobs = -1", "jobs must be between 0 and 1,000"),
        ("vendored = 1", "vendored must be true or false"),
        ("target = [1]", "target must be a list of strings"),
        ("lang = 'fr'", 'lang must be "en" or "zh"'),
        ("select = 'cudann'", "select: no check is named 'cudann'; did you mean 'cudnn'?"),
        ("ignore = ['warp*', 'cudda*']", "ignore: no check is named 'cudda*'; known: amp-specifics, arch,"),
        (
            "extra-rules = '../rules'",
            "extra-rules: '../rules' lies outside the folder of this file; name such rules by",
        ),
        ("extra-rules = '/etc'", "extra-rules: '/etc' lies outside the folder of this file"),
        ("max-file-size = nan", "max-file-size must be between 0 and 1,000,000"),
    ],
)
def test_setting_of_the_wrong_kind(tree: Tree, line: str, cure: str) -> None:
    tree.put("pyproject.toml", f"[tool.cuda-migrate]\n{line}\n")
    assert cure in refused(tree)


def test_rules_of_the_scanned_project_that_are_a_link_to_elsewhere(tree: Tree) -> None:
    secret = tree.root.parent / "secret.csv"
    secret.write_text(COLUMNS)
    tree.put("rules/cann/a.txt", "")
    (tree.root / "rules/cann/torch-cuda.csv").symlink_to(secret)
    tree.put("pyproject.toml", "[tool.cuda-migrate]\nextra-rules = 'rules'\n")
    assert "'rules/cann/torch-cuda.csv' lies outside the folder of this file" in refused(tree)


def test_settings_that_are_no_table(tree: Tree) -> None:
    tree.put("pyproject.toml", "tool = {cuda-migrate = 3}\n")
    assert "must be a table" in refused(tree)


def test_settings_where_tool_is_no_table(tree: Tree) -> None:
    tree.put("pyproject.toml", "tool = 3 # cuda-migrate\n")
    tree.scan_beside_good()


# --- Targets and versions -----------------------------------------------------------------------


def test_unknown_target(tree: Tree) -> None:
    assert refused(tree, "--target", "rocmm") == "cuda-migrate: unknown target 'rocmm'; did you mean 'rocm'?"


def test_unknown_chip(tree: Tree) -> None:
    assert "target 'cann' has no chip 'B9'" in refused(tree, "--target", "cann:B9")


@pytest.mark.parametrize("option", ["--torch", "--cuda"])
def test_version_that_is_none(tree: Tree, option: str) -> None:
    assert "'new'" in refused(tree, option, "new")


@pytest.mark.parametrize("option", ["--select", "--ignore"])
def test_check_that_does_not_exist(tree: Tree, option: str) -> None:
    said = f"{option}: no check is named 'warp-size-23'; did you mean 'warp-size-32'?"
    assert said in refused(tree, option, "cudnn", option, "warp-size-23")


def test_pattern_that_can_match_nothing(tree: Tree) -> None:
    assert "--exclude: pattern '# old' can't match anything" in refused(tree, "--exclude", "# old")


def test_unknown_format(tree: Tree) -> None:
    assert "'jsn'" in refused(tree, "--format", "jsn")


def test_unknown_option(tree: Tree) -> None:
    assert "--tagret" in refused(tree, "--tagret", "cann")


@pytest.mark.parametrize(
    ("option", "value"),
    [
        ("--max-file-size", "1e308"),
        ("--max-file-size", "nan"),
        ("--file-timeout", "1e308"),
        ("--file-timeout", "nan"),
        ("--jobs", "1000000"),
    ],
)
def test_number_out_of_range(tree: Tree, option: str, value: str) -> None:
    assert f"{option} must be between" in refused(tree, option, value)


# --- The user's rules ---------------------------------------------------------------------------


def rules(tree: Tree, text: str | bytes, name: str = "cann/torch-cuda.csv") -> tuple[str, str]:
    tree.put(f"rules/{name}", text)
    return "--rules", str(tree.root / "rules")


def test_good_rules_are_taken(tree: Tree) -> None:
    scan = tree.scan(*rules(tree, COLUMNS + "torch.cuda.synchronize,rename,our.sync,,,,,,,2026-11-24\n"))
    (found,) = (item for item in scan.report["findings"] if item["symbol"] == "py:torch.cuda.synchronize")
    assert found["targets"]["cann"]["to"] == "our.sync"


@pytest.mark.parametrize(
    ("text", "place", "cure"),
    [
        ("name,verdict\n", "torch-cuda.csv:1:", "the header must be name,verdict,to,"),
        ("", "torch-cuda.csv:1:", "the header must be"),
        (COLUMNS.replace("args", "to"), "torch-cuda.csv:1:", "the header must be"),
        (COLUMNS + "a,same\n", "torch-cuda.csv:2:", "2 cells where the header has 10"),
        (COLUMNS + "a,rewrite,b,$1, $2,,,,,,\n", "torch-cuda.csv:2:", "double quotes"),
        (COLUMNS + "a,maybe,,,,,,,,\n", "torch-cuda.csv:2:", "unknown verdict 'maybe'; one of same, rename"),
        (COLUMNS + 'a,same,"b,,,,,,,\n', "torch-cuda.csv", "can't be read as UTF-8 CSV"),
        (COLUMNS.encode() + b"\xff,same,,,,,,,,\n", "torch-cuda.csv", "can't be read as UTF-8 CSV"),
        (COLUMNS + "a,same,,,newest,,,,,\n", "torch-cuda.csv:2:", "newest"),
        (COLUMNS + "a,same,,,,soon,,,,\n", "torch-cuda.csv:2:", "soon"),
    ],
)
def test_broken_rules(tree: Tree, text: str | bytes, place: str, cure: str) -> None:
    said = refused(tree, *rules(tree, text))
    assert place in said
    assert cure in said


def test_a_pipe_among_the_rules(tree: Tree) -> None:
    tree.put("rules/cann/a.txt", "")
    os.mkfifo(tree.root / "rules/cann/torch-cuda.csv")
    assert "torch-cuda.csv: not a regular file" in refused(tree, "--rules", str(tree.root / "rules"))


def test_only_tables_beside_the_rules_are_read(tree: Tree) -> None:
    args = rules(tree, COLUMNS + "torch.cuda.synchronize,rename,our.sync,,,,,,,2026-11-24\n")
    before = tree.scan(*args).report["tool"]["rules"]
    tree.put("rules/other.csv", "x")
    tree.put("rules/elsewhere/a/torch-cuda.csv", "x")
    os.mkfifo(tree.root / "rules/pipe.toml")
    assert tree.scan(*args).report["tool"]["rules"] == before


def test_pipe_among_the_rules(tree: Tree) -> None:
    _, folder = rules(tree, COLUMNS)
    os.mkfifo(tree.root / "rules" / "cann" / "env.csv")
    assert "env.csv: not a regular file" in refused(tree, "--rules", folder)


def test_rules_for_an_unknown_target(tree: Tree) -> None:
    said = refused(tree, *rules(tree, COLUMNS, "canm/torch-cuda.csv"))
    assert "there is no target 'canm'" in said


def test_rules_for_an_unknown_library(tree: Tree) -> None:
    said = refused(tree, *rules(tree, COLUMNS, "cann/torch-cude.csv"))
    assert "there is no library 'torch-cude'; did you mean 'torch-cuda'?" in said


def test_folder_of_rules_that_does_not_exist(tree: Tree) -> None:
    assert "does not exist" in refused(tree, "--rules", str(tree.root / "nowhere"))


def test_yaml_bomb_among_the_rules_is_never_read(tree: Tree) -> None:
    levels = "".join(f"{name}: &{name} [{', '.join(['*' + chr(ord(name) - 1)] * 9)}]\n" for name in "bcdefghijkl")
    tree.put("rules/cann/bomb.yaml", "a: &a [cuda]\n" + levels)
    tree.scan_beside_good("--rules", str(tree.root / "rules"), "--exclude", "/rules/")
