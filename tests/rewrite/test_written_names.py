"""What the rows of torch.cuda write exists in the target's plug-in, and its parameters are called so."""

from __future__ import annotations

import ast
import csv
import importlib
import inspect
import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from migrate.facts import data, python_names, targets, template, wheels
from migrate.facts.tables import Row, read

OWN = [name for name in targets.ids() if targets.target(name).family == "B"]
NAME = re.compile(r"torch(?:_\w+)?(?:\.\w+)+")


class Parameters(NamedTuple):
    """What a callable takes: by keyword, by position, and whether it takes anything else."""

    keywords: frozenset[str]
    positions: tuple[str, ...]
    any_keyword: bool
    any_position: bool


def written(target: str, table: str = "torch-cuda") -> Iterator[Row]:
    """The rows of a table that a rewrite can write."""
    path = data.folder("rules") / "targets" / target / f"{table}.csv"
    for _, row in read(path, path.name):
        if row.verdict in ("rename", "rewrite") or (row.verdict == "partial" and row.args):
            yield row


def listed(target: str) -> set[str]:
    """The public names of a plug-in, with the modules that they lie in."""
    with (data.folder("rules") / "plugins" / f"{target}.csv").open(encoding="utf-8", newline="") as file:
        names = {row["name"] for row in csv.DictReader(file)}
    return names | {".".join(name.split(".")[:length]) for name in names for length in range(2, name.count(".") + 1)}


@pytest.mark.parametrize("target", OWN)
def test_every_name_that_is_written_is_the_plug_ins(target: str) -> None:
    found = targets.target(target)
    roots = (f"{found.torch_module}.", f"{found.plugin}.")
    known = listed(target)
    wanted = {name for row in written(target) for name in NAME.findall(row.to) if name.startswith(roots)}
    assert len(wanted) > 10
    members = {name for name in wanted if name.rpartition(".")[2].isupper() and name.rpartition(".")[0] in known}
    assert sorted(wanted - known - members) == []


def passed(row: Row) -> set[str]:
    """The keywords that a row's template passes on."""
    made = template.parse(row.args)
    return {item.keyword for item in made.items if item and item.keyword} | set(made.renames.values())


def misfits(row: Row, source: Parameters | None, callee: Parameters) -> Iterator[str]:
    """What of a template doesn't fit the callee's signature."""
    made = template.parse(row.args or "$*")
    for keyword in sorted(passed(row)):
        if keyword not in callee.keywords and not callee.any_keyword:
            yield f"{row.name}: {row.to} has no keyword {keyword}"
    if None not in made.items or source is None or callee.any_keyword:
        return
    taken = {reference[1] for item in made.items if item for reference in re.findall(r"\$(\d+)\|(\w+)", item.text)}
    for keyword in sorted(source.keywords - taken - made.renames.keys()):
        if keyword not in callee.keywords:
            yield f"{row.name}: {row.to} does not take {keyword}="


def of_object(name: str) -> Parameters | None:
    """The parameters of something in the torch that is installed; None where Python can't tell."""
    parts = name.split(".")
    found: object = None
    for length in range(len(parts), 0, -1):
        try:
            found = importlib.import_module(".".join(parts[:length]))
        except ImportError:
            continue
        for part in parts[length:]:
            found = getattr(found, part, None)
        break
    if not callable(found):
        return None
    try:
        given = inspect.signature(found).parameters.values()
    except (TypeError, ValueError):
        return None
    return Parameters(
        frozenset(p.name for p in given if p.kind in (p.POSITIONAL_OR_KEYWORD, p.KEYWORD_ONLY)),
        tuple(p.name for p in given if p.kind in (p.POSITIONAL_OR_KEYWORD, p.POSITIONAL_ONLY)),
        any(p.kind is p.VAR_KEYWORD for p in given),
        any(p.kind is p.VAR_POSITIONAL for p in given),
    )


def of_source(package: python_names.Package, name: str) -> Parameters | None:
    """The parameters of something in a wheel's sources; None where no Python defines it."""
    module, _, last = name.rpartition(".")
    node = package.definition(module, last)
    if isinstance(node, ast.ClassDef):
        makers = [
            item for item in node.body if isinstance(item, ast.FunctionDef) and item.name in ("__init__", "__new__")
        ]
        node = next((item for item in makers if item.name == "__init__"), makers[0] if makers else None)
        skip = 1
    else:
        skip = 0
    if not isinstance(node, ast.FunctionDef):
        return None
    given = node.args
    usual = [arg.arg for arg in given.args][skip:] if not given.posonlyargs else [arg.arg for arg in given.args]
    return Parameters(
        frozenset((*usual, *(arg.arg for arg in given.kwonlyargs))),
        (*(arg.arg for arg in given.posonlyargs), *usual),
        given.kwarg is not None,
        given.vararg is not None,
    )


@pytest.mark.real
def test_portable_templates_fit_torch() -> None:
    pytest.importorskip("torch")
    wrong, checked = [], 0
    for row in written("portable"):
        new = row.to.replace("$name", row.name)
        callee = of_object(new.replace("torch.get_device_module()", "torch.cuda"))
        if callee is not None and "$" not in new:
            checked += 1
            wrong += misfits(row, of_object(row.name), callee)
    assert checked > 50
    assert wrong == []


@pytest.fixture(scope="module")
def torch_npu() -> python_names.Package:
    pytest.importorskip("pypi_simple", reason="needs the package pypi-simple (extra `refresh`)")
    default = Path.home() / ".cache" / "cuda-migrate" / "tests"
    cache = Path(os.environ.get("CUDA_MIGRATE_TEST_CACHE") or default) / "torch_npu"
    _, folder = wheels.fetch("torch-npu==2.13.0", cache, re.compile(r"^torch_npu/.*\.pyi?$").search)
    return python_names.Package(folder, "torch_npu")


@pytest.mark.real
def test_templates_for_cann_fit_torch_npu(torch_npu: python_names.Package) -> None:
    pytest.importorskip("torch")
    wrong, checked = [], 0
    for row in written("cann"):
        callee = of_source(torch_npu, row.to.replace("torch.npu.", "torch_npu.npu."))
        if callee is not None:
            checked += 1
            wrong += misfits(row, of_object(row.name), callee)
    assert checked > 80
    assert wrong == []
