"""Fused operators: what the tables make of a call computes what the operator computes, in plain torch on CPU.

The references below are the operators' published formulas, written out; the operators themselves need CUDA.
"""

from __future__ import annotations

import ast
import csv
import inspect
import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from migrate.facts import data
from migrate.facts.template import Given, fill, parse

torch: Any = None
pytestmark = pytest.mark.real


@pytest.fixture(autouse=True, scope="module")
def with_torch() -> None:
    """Imports torch when the first test runs, not when pytest collects."""
    global torch
    torch = pytest.importorskip("torch")


def rows(target: str) -> dict[str, dict[str, str]]:
    path = data.folder("rules") / "targets" / target / "fused-operators.csv"
    with path.open(encoding="utf-8", newline="") as file:
        return {row["name"]: row for row in csv.DictReader(file) if row["verdict"] in ("rename", "rewrite")}


def rewritten(name: str, call: str, target: str = "portable") -> str:
    """The call, ``f(…)``, as the table rewrites it."""
    row = rows(target)[name]
    tree = ast.parse(call, mode="eval").body
    assert isinstance(tree, ast.Call)
    given = [Given("", ast.unparse(item)) for item in tree.args]
    given += [Given(item.arg or "", ast.unparse(item.value)) for item in tree.keywords]
    made = fill(parse(row["args"] or "$*"), given)
    texts = ["".join(part if isinstance(part, str) else given[part].text for part in new.parts) for new in made]
    args = ", ".join(f"{new.keyword}={text}" if new.keyword else text for new, text in zip(made, texts, strict=True))
    return row["to"].replace("$args", args) if "$args" in row["to"] else f"{row['to']}({args})"


def run(name: str, call: str, **values: Any) -> Any:
    return eval(rewritten(name, call), {"torch": torch, **values})


def attention(q: Any, k: Any, v: Any, causal: bool = False, scale: float | None = None) -> Any:
    """flash-attn's formula: (batch, length, heads, size); masks aligned at the end of the keys; fewer key heads."""
    k, v = (x.repeat_interleave(q.shape[2] // x.shape[2], dim=2) for x in (k, v))
    scores = torch.einsum("bqhd,bkhd->bhqk", q, k) * (scale or q.shape[-1] ** -0.5)
    if causal:
        seen = torch.arange(k.shape[1]) <= torch.arange(q.shape[1])[:, None] + k.shape[1] - q.shape[1]
        scores = scores.masked_fill(~seen, float("-inf"))
    weights = torch.nan_to_num(torch.softmax(scores, -1))
    return torch.einsum("bhqk,bkhd->bqhd", weights, v)


def tensors(q: tuple[int, ...], k: tuple[int, ...]) -> dict[str, Any]:
    torch.manual_seed(0)
    return {"q": torch.randn(q), "k": torch.randn(k), "v": torch.randn(k)}


@pytest.mark.parametrize("queries", [7, 3, 1, 9])
@pytest.mark.parametrize("key_heads", [4, 2])
@pytest.mark.parametrize("causal", ["", "True", "False", "flag"])
def test_flash_attention(queries: int, key_heads: int, causal: str) -> None:
    values = tensors((2, queries, 4, 8), (2, 7, key_heads, 8))
    call = f"f(q, k, v, softmax_scale=0.3, causal={causal})" if causal else "f(q, k, v, 0.0, 0.3)"
    found = run("flash_attn.flash_attn_func", call, flag=True, **values)
    torch.testing.assert_close(found, attention(**values, causal=causal in ("True", "flag"), scale=0.3))
    assert found.is_contiguous()


def test_packed_flash_attention() -> None:
    values = tensors((2, 7, 4, 8), (2, 7, 4, 8))
    expected = attention(**values, causal=True)
    packed = torch.stack([values["q"], values["k"], values["v"]], dim=2)
    found = run("flash_attn.flash_attn_qkvpacked_func", "f(qkv, causal=True)", qkv=packed)
    torch.testing.assert_close(found, expected)
    found = run("flash_attn.flash_attn_kvpacked_func", "f(q, kv=kv, causal=True)", q=values["q"], kv=packed[:, :, 1:])
    torch.testing.assert_close(found, expected)


@pytest.mark.parametrize("shape", [(2, 7, 4, 8), (6, 7, 8), (2, 7, 2, 4, 8)])
def test_memory_efficient_attention_of_three_to_five_dimensions(shape: tuple[int, ...]) -> None:
    values = tensors(shape, shape)
    flat = {name: x.reshape(shape[0], shape[1], -1, shape[-1]) for name, x in values.items()}
    found = run("xformers.ops.memory_efficient_attention", "f(q, k, v, attn_bias=None, p=0.0, op=None)", **values)
    torch.testing.assert_close(found, attention(**flat).reshape(shape))


def rms_norm(x: Any, weight: Any, eps: float) -> Any:
    return x * torch.rsqrt(x.pow(2).mean(-1, keepdim=True) + eps) * weight


def test_norms() -> None:
    torch.manual_seed(0)
    x, weight, bias = torch.randn(3, 8) * 1e-2, torch.randn(8), torch.randn(8)
    values = {"x": x, "weight": weight, "bias": bias}
    apex = "apex.normalization."
    assert run(f"{apex}FusedLayerNorm", "f(8, elementwise_affine=False)").eps == 1e-5
    assert run("apex.contrib.layer_norm.FastLayerNorm", "f(hidden_size=8, eps=1e-3)").eps == 1e-3
    for name, default in ((f"{apex}FusedRMSNorm", 1e-5), ("flash_attn.ops.rms_norm.RMSNorm", 1e-5)):
        torch.testing.assert_close(run(name, "f(8)")(x), rms_norm(x, torch.ones(8), default))
    found = run("liger_kernel.transformers.LigerRMSNorm", "f(8)")(x)
    torch.testing.assert_close(found, rms_norm(x, torch.ones(8), 1e-6))
    found = run(f"{apex}fused_layer_norm.fused_layer_norm_affine", "f(x, weight, bias, (8,))", **values)
    torch.testing.assert_close(found, torch.nn.functional.layer_norm(x, (8,), weight, bias, 1e-6))
    expected = rms_norm(x, weight, 1e-6)
    found = run(f"{apex}fused_layer_norm.fused_rms_norm_affine", "f(x, weight, (8,))", **values)
    torch.testing.assert_close(found, expected)
    torch.testing.assert_close(run("xformers.ops.rms_norm", "f(x, weight)", **values), expected)
    torch.testing.assert_close(run("flash_attn.ops.rms_norm.rms_norm", "f(x, weight, 1e-6)", **values), expected)


def steps(build: Callable[[Any], Any]) -> Any:
    parameter = torch.nn.Parameter(torch.linspace(-1, 1, 5))
    optimizer = build([parameter])
    for step in range(4):
        optimizer.zero_grad()
        ((parameter - step) ** 3).sum().backward()
        optimizer.step()
    return parameter.detach()


def adam(lr: float = 1e-3, betas: tuple[float, float] = (0.9, 0.999), eps: float = 1e-8, decay: float = 0.0) -> Any:
    """Adam with decoupled weight decay, as apex and bitsandbytes write it."""
    p = torch.linspace(-1, 1, 5)
    m, v = torch.zeros(5), torch.zeros(5)
    for step in range(4):
        g = 3 * (p - step) ** 2
        m, v = betas[0] * m + (1 - betas[0]) * g, betas[1] * v + (1 - betas[1]) * g * g
        update = m / (1 - betas[0] ** (step + 1)) / ((v / (1 - betas[1] ** (step + 1))).sqrt() + eps)
        p = p - lr * (update + decay * p)
    return p


@pytest.mark.parametrize(
    ("name", "call", "expected"),
    [
        ("apex.optimizers.FusedAdam", "f(ps)", {}),
        ("apex.optimizers.FusedAdam", "f(ps, 0.1, True, (0.8, 0.9), 1e-6, True, 0.2)",
         {"lr": 0.1, "betas": (0.8, 0.9), "eps": 1e-6, "decay": 0.2}),
        ("deepspeed.ops.adam.FusedAdam", "f(ps, lr=0.1, adam_w_mode=True)", {"lr": 0.1}),
        ("bitsandbytes.optim.AdamW", "f(ps, lr=0.1)", {"lr": 0.1, "decay": 0.01}),
        ("bitsandbytes.optim.PagedAdamW32bit", "f(ps, 0.1, weight_decay=0)", {"lr": 0.1}),
    ],
)  # fmt: skip
def test_adam(name: str, call: str, expected: dict[str, Any]) -> None:
    torch.testing.assert_close(steps(lambda ps: run(name, call, ps=ps)), adam(**expected))


def test_other_optimizers_take_their_arguments_by_name() -> None:
    sgd = run("apex.optimizers.FusedSGD", "f(ps, 0.1, 0.9, weight_decay=0.01)", ps=[torch.zeros(1)])
    assert {key: sgd.defaults[key] for key in ("lr", "momentum", "weight_decay")} == {
        "lr": 0.1, "momentum": 0.9, "weight_decay": 0.01}  # fmt: skip
    adagrad = run("apex.optimizers.FusedAdagrad", "f(ps, 0.1, 1e-7, 0.01)", ps=[torch.zeros(1)])
    assert {key: adagrad.defaults[key] for key in ("lr", "eps", "weight_decay", "lr_decay")} == {
        "lr": 0.1, "eps": 1e-7, "weight_decay": 0.01, "lr_decay": 0}  # fmt: skip


@pytest.mark.parametrize("reduction", ["mean", "sum", "none"])
def test_cross_entropy(reduction: str) -> None:
    torch.manual_seed(0)
    logits, labels = torch.randn(6, 5), torch.tensor([0, 4, -1, 2, 3, -1])
    kept = labels >= 0
    chosen = logits.gather(1, labels.clamp(min=0)[:, None])[:, 0]
    losses = logits.logsumexp(1) - 0.9 * chosen - 0.1 * logits.mean(1)
    losses = losses * kept
    expected = {"mean": losses.sum() / kept.sum(), "sum": losses.sum(), "none": losses}[reduction]
    call = f"f(ignore_index=-1, label_smoothing=0.1, reduction={reduction!r})"
    for name in ("flash_attn.losses.cross_entropy.CrossEntropyLoss", "liger_kernel.transformers.LigerCrossEntropyLoss"):
        torch.testing.assert_close(run(name, call)(logits, labels), expected)


def references() -> Iterator[tuple[str, str, str]]:
    for target in ("portable", "cann"):
        for name, row in rows(target).items():
            if row["to"].startswith("torch."):
                yield name, row["to"].partition("($args)")[0], row["args"]


@pytest.mark.parametrize(("name", "to", "args"), list(references()))
def test_each_keyword_fits_the_counterpart(name: str, to: str, args: str) -> None:
    counterpart = torch
    for part in to.split(".")[1:]:
        counterpart = getattr(counterpart, part)
    keywords = {item.keyword for item in parse(args).items if item is not None and item.keyword}
    try:
        accepted = set(inspect.signature(counterpart).parameters)
    except ValueError:  # built in: its documentation starts with the signature
        accepted = set(re.findall(r"\w+", (counterpart.__doc__ or "").strip().split("->")[0]))
    assert keywords <= accepted, name
