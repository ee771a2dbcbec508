"""The rules as shipped: what `rules check` says of them, and what it can't know."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator

import pytest

from migrate import checks
from migrate.facts import check, data, targets
from migrate.facts.lookup import Rules
from migrate.facts.sources import names
from migrate.facts.tables import OPERATOR_COLUMNS

EVERY_TARGET = tuple("biren cann corex dcu gcu kunlun metax mindspore mlu musa portable ppu rocm".split())
KEYS = set(targets.Target._fields) - {"id", "patch"}


def rows(target: str) -> Iterator[dict[str, str]]:
    for path in sorted((data.folder("rules") / "targets" / target).glob("*.csv")):
        with path.open(encoding="utf-8", newline="") as file:
            yield from csv.DictReader(file)


def verdict(symbol: str, target: str, **versions: str) -> tuple[str, str]:
    asked = targets.ask(target)
    judged = Rules((asked,), versions).judge(symbol).judgements[asked.label]
    return judged.verdict, judged.to


def test_rules_check_finds_nothing() -> None:
    assert list(check.problems()) == []


@pytest.mark.parametrize("name", ["hazards.toml", "notes.toml"])
def test_a_table_read_alone_is_as_in_the_whole(name: str) -> None:
    whole = data.toml(name)
    assert len(whole) > 30
    assert {table: data.entry(name, table) for table in whole} == whole
    assert data.entry(name, "no-such-table") is None


def test_every_target_is_described_in_full() -> None:
    assert targets.ids() == EVERY_TARGET
    for target in EVERY_TARGET:
        assert data.toml(f"targets/{target}/target.toml").keys() - {"patch"} == KEYS


def test_a_run_time_patch_is_for_devices_of_their_own() -> None:
    patched = [name for name in EVERY_TARGET if targets.target(name).patch]
    assert patched == [name for name in EVERY_TARGET if targets.target(name).family == "B"]


@pytest.mark.parametrize("target", EVERY_TARGET)
def test_absence_is_only_claimed_with_a_named_source(target: str) -> None:
    assert [row["name"] for row in rows(target) if row["verdict"] == "none" and not row["source"]] == []


def test_the_survey_of_hazards_is_here_in_full_and_in_both_languages() -> None:
    hazards = data.toml("hazards.toml")
    assert sorted(entry["facts"] for entry in hazards.values()) == [f"HZ{number:02}" for number in range(1, 36)]
    for entry in hazards.values():
        assert all(entry[key][language] for key in ("title", "effect", "fix") for language in ("en", "zh"))
        assert set(entry["languages"]) <= {"cuda", "python"}


@pytest.mark.parametrize("target", EVERY_TARGET)
def test_a_hazard_table_names_known_hazards_only(target: str) -> None:
    path = data.folder("rules") / "targets" / target / "hazard.csv"
    with path.open(encoding="utf-8", newline="") as file:
        assert {row["name"] for row in csv.DictReader(file)} <= data.toml("hazards.toml").keys()


@pytest.mark.parametrize("target", ["rocm", "dcu", "metax", "corex", "kunlun", "ppu"])
def test_family_a_keeps_the_device_and_the_back_end(target: str) -> None:
    assert targets.target(target).family == "A"
    for symbol in ("device:cuda", "backend:nccl", "py:torch.cuda.synchronize", "py:torch.Tensor.cuda"):
        assert verdict(symbol, target) == ("same", "")


@pytest.mark.parametrize(
    ("target", "device", "backend"),
    [("cann", "npu", "hccl"), ("mlu", "mlu", "cncl"), ("musa", "musa", "mccl"), ("gcu", "gcu", "eccl")],
)
def test_family_b_has_its_own(target: str, device: str, backend: str) -> None:
    assert verdict("device:cuda", target) == ("rename", device)
    assert verdict("backend:nccl", target) == ("rename", backend)
    assert verdict("py:torch.cuda.synchronize", target) == ("rename", f"torch.{device}.synchronize")


@pytest.mark.parametrize(
    ("torch", "expected"),
    [
        ("2.13", ("rename", "torch.accelerator.empty_cache")),
        ("2.6", ("rewrite", "torch.get_device_module().empty_cache")),
        ("2.2", ("partial", "")),
    ],
)
def test_the_portable_form_depends_on_the_version_of_pytorch(torch: str, expected: tuple[str, str]) -> None:
    assert verdict("py:torch.cuda.empty_cache", "portable", torch=torch) == expected


@pytest.mark.parametrize(("target", "module"), [("cann", "npu"), ("musa", "musa"), ("mlu", "mlu"), ("biren", "supa")])
@pytest.mark.parametrize(
    ("name", "before", "first"),
    [
        ("GradScaler", "2.2", "2.3"),
        ("autocast", "2.0", "2.1"),
        ("custom_fwd", "2.3", "2.4"),
        ("custom_bwd", "2.3", "2.4"),
    ],
)
def test_mixed_precision_is_the_plug_ins_until_pytorchs_own_takes_a_device(
    name: str, before: str, first: str, target: str, module: str
) -> None:
    symbol = f"py:torch.cuda.amp.{name}"
    assert verdict(symbol, target, torch=before)[1] == f"torch.{module}.amp.{name}"
    assert verdict(symbol, target, torch=first)[1] == f"torch.amp.{name}"


def test_a_chip_can_lack_what_another_has() -> None:
    assert verdict("py:torch.autograd.function.FunctionCtx.mark_dirty", "cann:A2")[0] == "same"
    assert verdict("py:torch.autograd.function.FunctionCtx.mark_dirty", "cann:950")[0] == "none"
    assert verdict("hazard:float8", "cann:950")[0] == "same"
    assert verdict("hazard:float8", "cann:A2")[0] == "manual"


def test_what_nobody_checked_stays_unknown_and_the_guess_is_shown() -> None:
    assert verdict("py:torch.cuda.memory_usage", "gcu") == ("unknown", "")
    assert verdict("c:cudaNobodyKnowsThis", "musa") == ("unknown", "musaNobodyKnowsThis")


@pytest.mark.parametrize(
    ("symbol", "expected"),
    [
        ("c:cub::BLOCK_LOAD_WARP_TRANSPOSE", ("rename", "hipcub::BLOCK_LOAD_WARP_TRANSPOSE")),
        ("c:__CUDACC_VER_MAJOR__", ("manual", "HIP_VERSION_MAJOR")),
        ("include:cublas_v2.h", ("rename", "hipblas/hipblas.h")),
        ("include:cusolverDn.h", ("rename", "hipsolver/hipsolver.h")),
        ("c:cudaStreamAttributePriority", ("rename", "hipStreamAttributePriority")),
        ("c:cudaEnableLegacyStream", ("rename", "hipEnableLegacyStream")),
        ("c:cudaGetDriverEntryPoint", ("manual", "hipGetDriverEntryPoint")),
        ("c:cuOccupancyMaxPotentialBlockSize", ("manual", "hipModuleOccupancyMaxPotentialBlockSize")),
        ("hazard:stream-semantics", ("same", "")),
    ],
)
def test_names_of_rocm(symbol: str, expected: tuple[str, str]) -> None:
    assert verdict(symbol, "rocm") == expected


@pytest.mark.parametrize(
    ("symbol", "cuda", "expected"),
    [
        ("c:cudaGraphInstantiate", "11.8", ("rename", "hipGraphInstantiate")),
        ("c:cudaGraphInstantiate", "12", ("rewrite", "hipGraphInstantiateWithFlags")),
        ("c:cuGraphInstantiate", "11.8", ("rename", "hipGraphInstantiate")),
        ("c:cuGraphInstantiate", "13.0", ("rewrite", "hipGraphInstantiateWithFlags")),
        ("c:cudaGraphExecUpdate", "11.8", ("rename", "hipGraphExecUpdate")),
        ("c:cudaGraphExecUpdate", "12.0", ("manual", "hipGraphExecUpdate")),
        ("c:cudaStreamGetCaptureInfo", "12.6", ("rename", "hipStreamGetCaptureInfo_v2")),
        ("c:cudaMemcpyBatchAsync", "12.8", ("rename", "hipMemcpyBatchAsync")),
        ("c:cudaMemcpyBatchAsync", "13.0", ("partial", "hipMemcpyBatchAsync")),
    ],
)
def test_a_function_whose_parameters_changed_follows_the_version(
    symbol: str, cuda: str, expected: tuple[str, str]
) -> None:
    assert verdict(symbol, "rocm", cuda=cuda) == expected


@pytest.mark.parametrize("target", ["cann", "mindspore", "mlu", "musa", "rocm", "kunlun", "metax"])
def test_dockers_two_ways_to_ask_for_gpus_become_the_same(target: str) -> None:
    gpus = verdict("flag:--gpus", target)
    assert gpus[0] == "manual"
    assert gpus[1]
    assert verdict("flag:--runtime=nvidia", target) == gpus


@pytest.mark.parametrize(
    ("symbol", "expected"),
    [
        ("kernel:triton:softmax", "same"),
        ("py:torch.cuda", "same"),
        ("py:torch.backends.cudnn", "same"),
        ("py:torch.cuda.nosuch", "unknown"),
    ],
)
def test_a_family_of_names_on_rocm(symbol: str, expected: str) -> None:
    assert verdict(symbol, "rocm")[0] == expected


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("torch.nn.Module", ("manual", "mindspore.nn.Cell")),
        ("torch.load", ("manual", "mindspore.load_checkpoint")),
    ],
)
def test_what_is_another_way_in_mindspore_is_no_rename(name: str, expected: tuple[str, str]) -> None:
    assert verdict(f"py:{name}", "mindspore") == expected


def test_that_a_wheel_lacks_a_name_is_no_proof_that_there_is_no_equivalent() -> None:
    silent = [
        row["name"] for row in rows("mindspore") if (row["verdict"], row["source"]) == ("none", "mindspore-wheel")
    ]
    assert silent == []


def test_what_an_index_in_a_kernel_becomes_is_said_alike() -> None:
    indices = ("threadIdx", "blockIdx", "blockDim", "gridDim")
    assert {verdict(f"c:{name}", "cann")[0] for name in indices} == {"manual"}


def test_what_a_module_imports_is_no_name_of_its_own() -> None:
    imported = re.compile(r"torch\.cuda\.(gds|jiterator)\.(Callable|Storage|Tensor|os|re|sys|torch)$")
    assert [row["name"] for target in EVERY_TARGET for row in rows(target) if imported.match(row["name"])] == []


def test_operator_tables_name_operators_as_code_does() -> None:
    """A documentation anchor such as ``Tensor.add`` would never match a resolved name."""
    for target in ("cann", "mindspore"):
        path = data.folder("rules") / "targets" / target / "torch-operators.csv"
        with path.open(encoding="utf-8", newline="") as file:
            reader = csv.DictReader(file)
            assert tuple(reader.fieldnames or ()) == OPERATOR_COLUMNS
            assert [row["name"] for row in reader if not re.match(r"torch(vision)?\.", row["name"])] == []


@pytest.mark.parametrize(
    "library", ["torch-cuda", "torch-operators", "triton", "packages", "env", "commands", "images", "libs", "cmake"]
)
def test_a_list_has_names(library: str) -> None:
    assert len(names(library)) >= 30


def test_every_hazard_has_a_check_or_says_why_not() -> None:
    for name, entry in data.toml("hazards.toml").items():
        assert checks.of_id(name) or (entry["no_check"]["en"] and entry["no_check"]["zh"])


def test_every_check_has_its_hazard_and_says_what_it_is() -> None:
    for module in (found for language in checks.LANGUAGES for found in checks.checks(language)):
        assert module.__name__.rpartition(".")[2].replace("_", "-") in data.toml("hazards.toml")
        assert module.__doc__
        assert module.MARKERS
