"""String literals that name a device or a collective back end."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable

import libcst as cst

from migrate.model import Finding, Judgement, Safety
from migrate.rewrite import text
from migrate.rewrite.changes import Splice
from migrate.rewrite.goal import DEVICE_TYPE
from migrate.rewrite.python.bindings import Bindings
from migrate.rewrite.python.tree import Tree

_LITERAL = re.compile(r"([A-Za-z]*)('''|\"\"\"|'|\")(.*)\2", re.DOTALL)
OTHER_DEVICES = re.compile(rb"""["'](mps|xpu|npu|mlu|musa|hpu|xla|gcu|supa|meta|tpu|privateuseone)["':]""")
_OTHER_BACKENDS = re.compile(rb"""["'](mpi|ucc|xccl|ccl|hccl|cncl|mccl|xla|eccl|bccl)["']""")
EQUAL = {"==": "!=", "!=": "=="}
_TRUTHS = (cst.If, cst.While, cst.Assert, cst.IfExp, cst.BooleanOperation, cst.Assign, cst.Return)
"""Where a condition may begin with ``not``."""
_DEVICE = re.compile(r"([\w.]*[._])?device(\.type)?|str\([\w.]*device\)", re.IGNORECASE)
"""Expressions that hold the string of one device, by their names."""
_TWO_CHOICES = re.compile(rb"""choices\s*=\s*[\[(]\s*["'](cuda|cpu)["']\s*,\s*["'](cuda|cpu)["']\s*[\])]""")
_MIXED = "cuda:nccl"
_DEFAULTS = ("cpu:gloo,cuda:nccl", "cuda:nccl,cpu:gloo")
"""What torch takes for the back ends of an NVIDIA machine where none are given."""
_COLLECTIONS = (cst.List, cst.Tuple, cst.Set, cst.Dict)

_REGISTRATION = re.compile(r"(.*\.)?(Library|impl|register_kernel|register_autocast|custom_op)", re.DOTALL)
"""Calls of torch.library that say for which device an operator is implemented."""

Spell = Callable[[str], str]
"""How the file says a dotted name."""


def native(bindings: Bindings, finding: Finding, judgement: Judgement, device: str) -> text.Answer:
    """The word in the literal gives way to the target's; ``cpu:gloo,cuda:nccl`` names the device, too."""
    tree = bindings.tree
    literal = _literal(tree, finding)
    if literal is not None and _stands_beside(tree, literal, judgement.to):
        return "multi-vendor"
    if finding.use.symbol == "backend:nccl" and literal is not None and _MIXED in tree.text(literal):
        at = finding.use.start + tree.text(literal).index(_MIXED)
        return (Splice.text(at, at + len(_MIXED), f"{device}:{judgement.to}"),), judgement.safety or "review"
    return text.replaced(tree.data, finding, judgement, "python")


def is_literal(tree: Tree, finding: Finding) -> bool:
    """Whether the use is a string literal."""
    return _literal(tree, finding) is not None


def device(bindings: Bindings, finding: Finding, spell: Spell) -> text.Answer:
    """A device string becomes device-agnostic."""
    tree, use = bindings.tree, finding.use
    literal = _literal(tree, finding)
    call = tree.enclosing(literal, cst.Call) if literal is not None else None
    if isinstance(call, cst.Call) and _REGISTRATION.fullmatch(tree.text(call.func)):
        return "kernels"  # where no accelerator is there, it would take the place of the host's
    match = _LITERAL.fullmatch(tree.data[use.start : use.end].decode())
    if literal is None or match is None or not match[3].startswith("cuda") or "b" in match[1].lower():
        return "string"
    if not _may_be_torchs(bindings):
        return "no-torch"
    if use.role == "compare":
        listed = _listed(bindings, literal, spell)
        return listed or _prefix(tree, literal) or _compared(tree, literal, "cpu", OTHER_DEVICES)
    if _in_annotation(tree, literal):
        return "string"
    rest = match[3].removeprefix("cuda")
    if _is_chosen(tree, literal):
        expression = spell("torch.accelerator.current_accelerator().type")
    else:
        expression = spell(DEVICE_TYPE)
    if "f" in match[1].lower():  # what else is in it may change, too
        at = use.start + match.start(3)
        return (Splice.text(at, at + len("cuda"), f"{{{expression}}}"),), _safety(bindings)
    return (Splice.text(use.start, use.end, _formatted(expression, rest, match)),), _safety(bindings)


def backend(bindings: Bindings, finding: Finding, spell: Spell) -> text.Answer:
    """A collective back end is asked for by device."""
    tree, use = bindings.tree, finding.use
    literal = _literal(tree, finding)
    call = tree.enclosing(literal, cst.Call) if literal is not None else None
    starts = isinstance(call, cst.Call) and tree.text(call.func).endswith("init_process_group")
    if literal is not None and starts and tree.text(literal)[1:-1] in _DEFAULTS:
        return (Splice.text(use.start, use.end, "None"),), "safe"
    if literal is None or tree.text(literal)[1:-1] != "nccl":
        return "string"
    if not _may_be_torchs(bindings):
        return "no-torch"
    if use.role == "compare":
        return _compared(tree, literal, "gloo", _OTHER_BACKENDS)
    if _in_annotation(tree, literal):
        return "string"
    holder = tree.enclosing(literal, *_COLLECTIONS, cst.BaseStatement)
    if isinstance(holder, _COLLECTIONS) and _OTHER_BACKENDS.search(tree.text(holder).encode()):
        return "multi-vendor"
    chosen = spell("torch.distributed.get_default_backend_for_device")
    return (Splice.text(use.start, use.end, f"{chosen}({spell(DEVICE_TYPE)})"),), _safety(bindings)


def _literal(tree: Tree, finding: Finding) -> cst.BaseExpression | None:
    span = finding.use.start, finding.use.end
    return tree.at(*span, cst.SimpleString) or tree.at(*span, cst.FormattedString)


def _formatted(expression: str, rest: str, match: re.Match[str]) -> str:
    """The expression, or an f-string where more follows it."""
    if not rest:
        return expression
    rest = rest.replace("{", "{{").replace("}", "}}")
    return f"{match[1]}f{match[2]}{{{expression}}}{rest}{match[2]}"


def _may_be_torchs(bindings: Bindings) -> bool:
    """Whether strings of the file can be anybody's but its own: it imports more than the standard library."""
    return any(item.canonical.partition(".")[0] not in sys.stdlib_module_names for item in bindings.items)


def _safety(bindings: Bindings) -> Safety:
    """Importing torch for a string alone needs a look: the string may be another library's."""
    binds = any(item.binds == "torch" and bindings.is_global(item) for item in bindings.items)
    return "safe" if binds or bindings.uses_torch else "review"


def _compared(tree: Tree, literal: cst.BaseExpression, host: str, others: re.Pattern[bytes]) -> text.Answer:
    """``x == "cuda"`` → ``x != "cpu"``: what isn't on the host is on the accelerator, unless the file
    knows others."""
    comparison = tree.enclosing(literal, cst.Comparison)
    if not isinstance(comparison, cst.Comparison) or len(comparison.comparisons) != 1:
        return "string"
    target = comparison.comparisons[0]
    if isinstance(target.operator, (cst.In, cst.NotIn)) and literal is comparison.left:
        return _contained(tree, literal, target, host, others)
    operator = tree.data[slice(*tree.span(target.operator))].decode().strip()
    if operator not in EQUAL or literal not in (comparison.left, target.comparator):
        return "string"
    if others.search(tree.data):
        return "multi-vendor"
    start, end = tree.span(literal)
    quote = tree.data[start:end].decode()[-1]
    at = tree.data.index(operator.encode(), tree.span(target.operator)[0])
    splices = Splice.text(at, at + 2, EQUAL[operator]), Splice.text(start, end, f"{quote}{host}{quote}")
    compared = target.comparator if literal is comparison.left else comparison.left
    return splices, "safe" if _is_exact(tree, comparison, compared, host) else "review"


def _is_exact(tree: Tree, comparison: cst.Comparison, compared: cst.BaseExpression, host: str) -> bool:
    """Whether what isn't the host's can only be the accelerator's: the type of a device, or an option of just these
    two; and no other branch asks on."""
    text = tree.text(compared)
    known = text.endswith("device.type") or (text.endswith(".device") and bool(_TWO_CHOICES.search(tree.data)))
    branch = tree.enclosing(comparison, cst.If)
    chain = isinstance(branch, cst.If) and (
        isinstance(tree.parent(branch), cst.If) or isinstance(branch.orelse, cst.If)
    )
    return host == "cpu" and known and not (chain and _contains(tree, branch, comparison))


def _contains(tree: Tree, branch: cst.CSTNode | None, comparison: cst.Comparison) -> bool:
    if not isinstance(branch, cst.If):
        return False
    start, end = tree.span(branch.test)
    return start <= tree.span(comparison)[0] < end


def _listed(bindings: Bindings, literal: cst.BaseExpression, spell: Spell) -> text.Answer | None:
    """``device in ("cpu", "cuda")``: the devices that are known; None where the literal isn't such a list's."""
    tree = bindings.tree
    holder = tree.enclosing(literal, *_COLLECTIONS, cst.BaseStatement)
    target = tree.parent(holder) if isinstance(holder, _COLLECTIONS) else None
    if holder is None or not isinstance(target, cst.ComparisonTarget) or tree.text(literal)[1:-1] != "cuda":
        return None
    if OTHER_DEVICES.search(tree.text(holder).encode()):
        return "multi-vendor"
    safety = _safety(bindings) if re.search(r"""["']cpu["']""", tree.text(holder)) else "review"
    return (Splice.text(*tree.span(literal), spell(DEVICE_TYPE)),), safety


def _contained(
    tree: Tree, literal: cst.BaseExpression, target: cst.ComparisonTarget, host: str, others: re.Pattern[bytes]
) -> text.Answer:
    """``"cuda" in device`` → ``"cpu" not in device``, where that is the string of one device."""
    if tree.text(literal)[1:-1] != "cuda" or not _DEVICE.fullmatch(tree.text(target.comparator)):
        return "string"
    if others.search(tree.data):
        return "multi-vendor"
    start, end = tree.span(literal)
    at = tree.span(target.comparator)[0]
    word = "in" if isinstance(target.operator, cst.NotIn) else "not in"
    return (Splice.text(start + 1, end - 1, host), Splice.text(end, at, f" {word} ")), "review"


def _prefix(tree: Tree, literal: cst.BaseExpression) -> text.Answer | None:
    """``x.startswith("cuda")`` → ``not x.startswith("cpu")``; None where the literal isn't such a test's."""
    call = tree.enclosing(literal, cst.Call)
    if not isinstance(call, cst.Call) or not isinstance(call.func, cst.Attribute):
        return None
    if call.func.attr.value != "startswith" or [arg.value for arg in call.args] != [literal]:
        return None
    if tree.text(literal)[1:-1] != "cuda":
        return "string"
    if OTHER_DEVICES.search(tree.data):
        return "multi-vendor"
    start, end = tree.span(literal)
    new = Splice.text(start + 1, end - 1, "cpu")
    around = tree.parent(call)
    at = tree.span(call)[0]
    if isinstance(around, cst.UnaryOperation) and isinstance(around.operator, cst.Not):
        return (Splice.text(tree.span(around)[0], at, ""), new), "safe"
    return (Splice.text(at, at, "not "), new), "safe" if isinstance(around, _TRUTHS) else "review"


def _is_chosen(tree: Tree, literal: cst.BaseExpression) -> bool:
    """Whether the literal is the choice made where an accelerator is there: ``… if available() else …``."""
    choice = tree.parent(literal)
    if not isinstance(choice, cst.IfExp) or choice.body is not literal:
        return False
    return "is_available()" in tree.text(choice.test) and "not " not in tree.text(choice.test)


def _in_annotation(tree: Tree, literal: cst.CSTNode) -> bool:
    """Whether the literal stands in a type, such as ``Literal["cuda", "cpu"]``."""
    for up in tree.ancestors(literal):
        if isinstance(up, cst.Annotation):
            return True
        if isinstance(up, cst.SubscriptElement):
            holder = tree.enclosing(up, cst.Subscript)
            return isinstance(holder, cst.Subscript) and tree.text(holder.value).endswith("Literal")
        if isinstance(up, cst.BaseStatement):
            break
    return False


def _stands_beside(tree: Tree, literal: cst.BaseExpression, value: str) -> bool:
    """Whether the collection around the literal holds the target's own value already."""
    holder = tree.enclosing(literal, *_COLLECTIONS, cst.BaseStatement)
    if not isinstance(holder, _COLLECTIONS):
        return False
    start, end = tree.span(holder)
    return bool(re.search(rb"""["']%s["':]""" % re.escape(value.encode()), tree.data[start:end]))
