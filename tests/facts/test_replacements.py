"""A replacement in the tables is a text that can stand where the name stood."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator

import pytest

from migrate.facts import data
from migrate.facts.sources import names
from migrate.facts.template import parse


def replacements(library: str) -> Iterator[tuple[str, str, str]]:
    """Where it stands, ``to`` and ``args`` of the rows of a library that an edit can be made of."""
    for path in sorted((data.folder("rules") / "targets").glob(f"*/{library}.csv")):
        with path.open(encoding="utf-8", newline="") as file:
            for row in csv.DictReader(file):
                if row["verdict"] in ("rename", "rewrite"):
                    yield f"{path.parent.name}: {row['name']}", row["to"], row["args"]


def test_an_image_is_named_with_its_tag() -> None:
    assert [where for where, to, _ in replacements("images") if not re.fullmatch(r"[\w./:-]+:[\w.-]+", to)] == []


def test_an_index_is_an_address() -> None:
    assert [where for where, to, _ in replacements("indexes") if not re.fullmatch(r"https://[\w./-]+", to)] == []


def test_a_package_is_a_name_or_several_with_a_version_each() -> None:
    for where, to, args in replacements("packages"):
        assert re.fullmatch(r"[A-Za-z0-9][\w.-]*(, [A-Za-z0-9][\w.-]*)*", to), where
        versions = args.split(", ") if args else []
        assert set(versions) <= {"$version", "$release"}, where
        assert len(versions) in (0, len(to.split(", "))), where


@pytest.mark.parametrize("library", ["env", "resources", "device", "backend"])
def test_a_name_is_replaced_by_a_name(library: str) -> None:
    assert [where for where, to, args in replacements(library) if args or not re.fullmatch(r"[\w.:,/-]+", to)] == []


def test_the_value_of_a_parameter_is_a_value() -> None:
    assert [where for where, to, args in replacements("parameters") if args or not re.fullmatch(r"[\w:.-]+", to)] == []


def test_every_listed_parameter_is_judged_somewhere() -> None:
    judged = set()
    for path in (data.folder("rules") / "targets").glob("*/parameters.csv"):
        with path.open(encoding="utf-8", newline="") as file:
            judged |= {row["name"] for row in csv.DictReader(file)}
    assert judged == set(names("parameters"))


def test_every_template_of_a_fused_operator_can_be_read() -> None:
    found = [(where, parse(args)) for where, _, args in replacements("fused-operators") if args]
    assert len(found) > 40
    assert [where for where, template in found if not template.items] == []


@pytest.mark.parametrize(
    ("inner", "public"),
    [
        ("apex.normalization.fused_layer_norm.FusedLayerNorm", "apex.normalization.FusedLayerNorm"),
        ("apex.optimizers.fused_adam.FusedAdam", "apex.optimizers.FusedAdam"),
        ("flash_attn.flash_attn_interface.flash_attn_func", "flash_attn.flash_attn_func"),
        ("xformers.ops.fmha.memory_efficient_attention", "xformers.ops.memory_efficient_attention"),
    ],
)
def test_an_operator_is_judged_alike_under_each_of_its_names(inner: str, public: str) -> None:
    found = {where: (to, args) for where, to, args in replacements("fused-operators")}
    for target in ("portable", "cann"):
        assert found[f"{target}: {inner}"] == found[f"{target}: {public}"]
