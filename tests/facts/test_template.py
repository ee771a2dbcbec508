"""Templates of calls: what a call becomes, and when it has no counterpart."""

from __future__ import annotations

import ast

import pytest

from migrate.facts.template import ArgumentsError, Given, fill, parse


def filled(args: str, call: str) -> str:
    """The arguments of a call, ``f(…)``, after the template."""
    tree = ast.parse(call, mode="eval").body
    assert isinstance(tree, ast.Call)
    given = [Given("", ast.get_source_segment(call, item) or "") for item in tree.args]
    given += [Given(item.arg or "", ast.get_source_segment(call, item.value) or "") for item in tree.keywords]
    made = fill(parse(args), given)
    texts = ["".join(part if isinstance(part, str) else given[part].text for part in new.parts) for new in made]
    return ", ".join(f"{new.keyword}={text}" if new.keyword else text for new, text in zip(made, texts, strict=True))


@pytest.mark.parametrize(
    ("args", "call", "expected"),
    [
        ("$1, $3, $2", "f(a, b, c)", "a, c, b"),
        ("$1|x, epsilon=$2|eps", "f(a, eps=e)", "a, epsilon=e"),
        ("$1|x, epsilon=$2|eps", "f(x=a, eps=1 + 2)", "a, epsilon=1 + 2"),
        ("$1, [eps=$2|eps]", "f(a)", "a"),
        ("$1, eps=$2|eps?1e-5", "f(a)", "a, eps=1e-5"),
        ("$1, eps=$2|eps?1e-5", "f(a, None)", "a, eps=1e-5"),
        ("$1, scale=$2|s?$1.shape[-1] ** -0.5", "f(q)", "q, scale=q.shape[-1] ** -0.5"),
        ("$1, -$2|fused", "f(a, fused=anything)", "a"),
        ("$1, -$2|size=(-1, -1)", "f(a, (-1,-1))", "a"),
        ("$1.t(), p=1 - $2", "f(a + b, c + d)", "(a + b).t(), p=1 - (c + d)"),
        ("$1, [m=mask($1) if $2|causal else None]", "f(a, causal=True)", "a, m=mask(a)"),
        ("$1, [m=mask($1) if $2|causal else None]", "f(a, causal=False)", "a"),
        ("$1, [m=mask($1) if $2|causal else None]", "f(a, self.causal)", "a, m=mask(a) if self.causal else None"),
        ("$*, device=>index", "f(a, device=0, b=1)", "a, index=0, b=1"),
        ("[w=$0|weight]", "f(weight=a)", "w=a"),
        ('$1, "BSND", (2, 3)', "f(a)", 'a, "BSND", (2, 3)'),
    ],
)
def test_a_call_is_filled_in(args: str, call: str, expected: str) -> None:
    assert filled(args, call) == expected


@pytest.mark.parametrize(
    ("args", "call"),
    [
        ("$1", "f(a, b)"),
        ("$1|x", "f()"),
        ("$1", "f(a, eps=1)"),
        ("$1", "f(*a)"),
        ("$1, -$2|fused=True", "f(a, fused=flag)"),
        ("[w=$0|weight]", "f(a)"),
    ],
)
def test_a_call_that_does_not_fit_has_no_counterpart(args: str, call: str) -> None:
    with pytest.raises(ArgumentsError):
        filled(args, call)


def test_a_value_is_repeated_only_where_nobody_can_tell() -> None:
    twice = "$1, $1.shape[0]"
    assert filled(twice, "f(x.transpose(1, 2))") == "x.transpose(1, 2), x.transpose(1, 2).shape[0]"
    with pytest.raises(ArgumentsError, match="computed 2 times"):
        filled(twice, "f(next(batches))")


@pytest.mark.parametrize("args", ["$*, $*", "a=>b", "[eps=1]", "1e-5?2"])
def test_a_template_without_sense_is_refused(args: str) -> None:
    with pytest.raises(ValueError, match=r"twice|missing|left out"):
        parse(args)
