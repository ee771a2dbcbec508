"""JSON for programs: each change and what was left, as ``output/schema/rewrite-1.schema.json`` describes it.

Versioned: a field that goes or changes its meaning raises ``schema_version``.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from migrate.escape import dumps
from migrate.model import Finding
from migrate.rewrite import shim
from migrate.rewrite.changes import Change, FilePlan, Left
from migrate.rewrite.outcome import Outcome
from migrate.rewrite.summary import reason_text

SCHEMA_VERSION = 1


def render(outcome: Outcome) -> Iterator[str]:
    """The record, a line a file."""
    report, goal = outcome.report, outcome.goal
    changes = outcome.changes
    safe = sum(change.safety == "safe" for change in changes)
    head = {
        "schema_version": SCHEMA_VERSION,
        "tool": {"name": "cuda-migrate", "version": report.tool_version, "rules": report.rules_version},
        "root": report.root,
        "prefix": report.prefix,
        "commit": report.commit,
        "target": goal.asked.label,
        "strategy": goal.strategy,
        "unsafe": goal.unsafe,
        "versions": report.versions,
        "needs": {"torch": outcome.needs} if outcome.needs else {},
        "summary": {
            "files": len(outcome.done),
            "changes": len(changes),
            "safe": safe,
            "review": len(changes) - safe,
            "left": len(outcome.left),
            "hazards": outcome.hazards.total(),
            "failed": len(outcome.failed),
        },
    }
    yield "{\n" + ",\n".join(f"{dumps(key)}:{dumps(value)}" for key, value in head.items())
    if goal.shim:
        yield f",\n{dumps('patch')}:{dumps(_patch(outcome))}"
    yield ',\n"files":['
    lead = "\n"
    failed = dict(outcome.failed)
    for plan in outcome.plans:
        if plan.edits or plan.left or plan.problem:
            yield lead + dumps(_file(plan, failed.get(plan.path, ""), outcome))
            lead = ",\n"
    yield "]\n}\n"


def _file(plan: FilePlan, failure: str, outcome: Outcome) -> dict[str, Any]:
    return {
        "path": plan.path,
        "new": plan.is_new,
        "changed": bool(plan.edits) and not failure,
        "problem": failure or plan.problem,
        "changes": [_change(change, outcome) for change in plan.changes],
        "left": [_left(left) for left in plan.left],
    }


def _patch(outcome: Outcome) -> dict[str, Any]:
    patch = shim.patch_of(outcome.goal.asked.target)
    return {
        "module": patch.module,
        "imports": patch.imports,
        "source": patch.source,
        "checked": patch.checked,
        "effects": [
            {
                "effect": effect.id,
                "message": effect.en,
                "source": effect.source,
                "uses": [{"path": finding.path} | _where(finding) for finding in effect.uses],
            }
            for effect in shim.effects(outcome.report, outcome.goal.asked.target)
        ],
    }


def _change(change: Change, outcome: Outcome) -> dict[str, Any]:
    judgement = outcome.goal.judgement(change.finding)
    return _where(change.finding) | {
        "safety": change.safety,
        "old": change.old,
        "new": change.new,
        "verdict": judgement.verdict if judgement else "",
        "source": judgement.source if judgement else "",
        "note": judgement.note if judgement else "",
    }


def _left(left: Left) -> dict[str, Any]:
    return _where(left.finding) | {
        "reason": left.reason,
        "message": reason_text(left.reason),
        "todo": left.todo,
    }


def _where(finding: Finding) -> dict[str, Any]:
    return {
        "line": finding.line,
        "column": finding.column,
        "symbol": finding.use.symbol,
        "check": finding.check,
        "text": finding.text,
    }
