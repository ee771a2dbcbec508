"""Device-agnostic code where a table's template can't say it: by symbol, one function each."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

import libcst as cst

from migrate.model import Finding, Judgement
from migrate.rewrite.changes import Reason, Splice
from migrate.rewrite.goal import DEVICE_TYPE
from migrate.rewrite.python import calls, literals, moves
from migrate.rewrite.python.bindings import Bindings
from migrate.rewrite.python.literals import Spell
from migrate.rewrite.python.tree import Tree
from migrate.rewrite.text import Answer

Make = Callable[[Bindings, Finding, Spell], Answer | None]

_OTHER_VENDORS = (
    r"\b(mps|xpu|npu|mlu|musa|hpu|xla|gcu|supa|sdaa|hip)\b|is_torch_\w+_available|is_(npu|mlu|xpu|musa|hpu|sdaa)_"
)
_CUDA_ONLY = (
    r"cupy|cucim|tensorrt|\b[Kk]ernels?\b|_kernels?\b(?!\s*\()|capability|version\.(cuda|hip)|ExecutionProvider|nvml|triton|cpp_extension|gesvd|NVIDIA"
    r"|_cuda_obj|[a-z]_cuda\.|(?i:torch_?(version|greater|less))|__version__\s*[<>=!]|[Vv]ersion\(torch"
)
_TO_BE_READ = re.compile(f"{_OTHER_VENDORS}|{_CUDA_ONLY}")
"""What makes a branch mean more than "there is an accelerator"."""
_HANDLES = re.compile(rb"\.cuda_(stream|event)\b")
"""CUDA's own handles, which torch.Stream and torch.Event lack."""
_SEEDING = re.compile(r"(torch\.cuda\.|torch\.|np\.|numpy\.|random\.)[\w.]*seed\w*\([^()\n]*\)")
_EXTENSIONS = re.compile(rb"[Kk]ernels?\b|cpp_extension|load_inline")
_DTYPES = {
    "Float": "float32", "Double": "float64", "Half": "float16", "BFloat16": "bfloat16", "Byte": "uint8",
    "Char": "int8", "Short": "int16", "Int": "int32", "Long": "int64", "Bool": "bool",
}  # fmt: skip


def answer(bindings: Bindings, finding: Finding, spell: Spell) -> Answer | None:
    """What becomes of the use; None where its table row says it."""
    make = _maker(finding.use.symbol)
    return make(bindings, finding, spell) if make else None


def _maker(symbol: str) -> Make | None:
    scheme, _, name = symbol.partition(":")
    if name.startswith("torch.cuda.") and name.removesuffix("Tensor")[11:] in _DTYPES:
        return _tensor_type
    return _BY_SCHEME.get(scheme) or _BY_NAME.get(name)


def needs_a_look(bindings: Bindings, finding: Finding) -> bool:
    """Whether the function around a use tells vendors, versions or CUDA-only parts apart: what its branches
    mean on another accelerator is for a person to say."""
    tree = bindings.tree
    node = tree.expression(finding.use.start, finding.use.end)
    function = tree.enclosing(node, cst.FunctionDef) if node else None
    for around in (function, tree.enclosing(node, cst.ClassDef) if node else None):
        if isinstance(around, (cst.FunctionDef, cst.ClassDef)) and "cuda" in around.name.value.lower():
            return True  # what it answers, or does, is about CUDA by its name
    place = node and (function or tree.enclosing(node, cst.If, cst.SimpleStatementLine))
    if place is not None and _TO_BE_READ.search(tree.text(place)):
        return True
    argument = tree.enclosing(node, cst.Arg, cst.BaseStatement) if node else None
    if isinstance(argument, cst.Arg) and argument.keyword is not None and "cuda" in argument.keyword.value.lower():
        return True  # what takes it means CUDA
    if "stream" in finding.use.symbol.lower() or finding.use.symbol.endswith("Event"):
        return bool(_HANDLES.search(tree.data))
    if _BY_NAME.get(finding.use.symbol.removeprefix("py:")) is _seed:
        return _seeded(bindings, finding) is None
    return finding.use.symbol.endswith(".is_cuda") and bool(_EXTENSIONS.search(tree.data))


def guard(bindings: Bindings, finding: Finding, judgement: Judgement, spell: Spell) -> tuple[Splice, ...] | Reason:
    """What torch.cuda answers without a device, where the counterpart raises: a guard, unless there is one.  Of a
    function that is passed on, the calls aren't known."""
    value = next((word[7:] for word in judgement.note.split() if word.startswith("on-cpu=")), "")
    tree = bindings.tree
    node = tree.expression(finding.use.start, finding.use.end)
    if not value or node is None or "guarded" in finding.use.context:
        return ()
    parent = tree.parent(node)
    whole = parent if isinstance(parent, cst.Call) and parent.func is node else node
    if whole is node and value != "()":
        return "value"
    start, end = tree.span(whole)
    test = f"{spell('torch.accelerator.is_available')}()"
    around = tree.parent(whole)
    if isinstance(around, cst.Expr) or (around is not None and tree.span(around) == (start, end)):
        line = tree.enclosing(whole, cst.SimpleStatementLine)
        first = tree.line_start(start)
        indent = tree.data[first:start].decode()
        if isinstance(line, cst.SimpleStatementLine) and len(line.body) == 1 and not indent.strip():
            inner = indent + tree.module.default_indent
            return (Splice.text(start, start, f"if {test}:{tree.newline}{inner}"),)
    left, right = ("", "") if isinstance(around, (cst.Assign, cst.Return, cst.Arg)) else ("(", ")")
    return (Splice.text(start, start, left), Splice.text(end, end, f" if {test} else {value}{right}"))


def _is_cuda(bindings: Bindings, finding: Finding, _: Spell) -> Answer:
    found = moves.tested(bindings, finding, '!= "cpu"')
    return found if isinstance(found, str) else (found, "safe")


def _seed(bindings: Bindings, finding: Finding, _: Spell) -> Answer | None:
    """``torch.cuda.manual_seed_all(x)`` behind ``torch.manual_seed(x)``, which seeds the devices, too: it goes."""
    line = _seeded(bindings, finding)
    tree = bindings.tree
    block = tree.parent(line) if line else None
    if line is None or not isinstance(block, (cst.IndentedBlock, cst.Module)) or len(block.body) == 1:
        return None
    first, last = tree.line_start(tree.span(line)[0]), tree.line_end(tree.span(line)[1])
    if tree.data[first:last].strip() != tree.text(line).encode():  # a comment, another statement
        return None
    return (Splice.text(first, last, ""),), "safe"


def _seeded(bindings: Bindings, finding: Finding) -> cst.SimpleStatementLine | None:
    """The line of such a call, where nothing but seeding stands between it and the CPU's, with the same seed."""
    tree = bindings.tree
    node = tree.expression(finding.use.start, finding.use.end)
    call = tree.parent(node) if node else None
    line = tree.enclosing(call, cst.SimpleStatementLine) if call else None
    if not isinstance(call, cst.Call) or not isinstance(line, cst.SimpleStatementLine) or len(line.body) != 1:
        return None
    if not isinstance(line.body[0], cst.Expr) or line.body[0].value is not call:
        return None
    same = f"torch.manual_seed{tree.text(call)[len(tree.text(call.func)) :]}"
    for statement in _before(tree, line):
        text = tree.text(statement)
        if text == same:
            return line
        if not _SEEDING.fullmatch(text):
            return None
    return None


def _before(tree: Tree, line: cst.SimpleStatementLine) -> Iterator[cst.CSTNode]:
    """The statements before one, the nearest first; of the first one in a branch, those before the branch."""
    statement: cst.CSTNode = line
    block = tree.parent(line)
    branch = tree.parent(block) if block else None
    if isinstance(block, cst.IndentedBlock) and block.body[0] is line and isinstance(branch, cst.If):
        if branch.body is not block or isinstance(tree.parent(branch), cst.If):
            return
        statement, block = branch, tree.parent(branch)
    if isinstance(block, (cst.IndentedBlock, cst.Module)):
        yield from reversed(block.body[: list(block.body).index(statement)])  # type: ignore[arg-type]
    elif block is None:
        body = list(tree.module.body)
        yield from reversed(body[: body.index(statement)])  # type: ignore[arg-type]


def _device_context(bindings: Bindings, finding: Finding, spell: Spell) -> Answer:
    """``torch.cuda.device(x)``, of which the accelerator's counterpart takes an index."""
    tree = bindings.tree
    callee = tree.expression(finding.use.start, finding.use.end)
    call = tree.parent(callee) if callee else None
    if not isinstance(call, cst.Call) or call.func is not callee:
        return "value"
    given = calls.given(tree, call)
    if len(given) != 1 or given[0].star:
        return "arguments"
    start, end = given[0].value
    text = tree.data[start:end].decode()
    named: tuple[Splice, ...] = (
        Splice.text(finding.use.start, finding.use.end, spell("torch.accelerator.device_index")),
    )
    if given[0].keyword:
        named = (*named, Splice.text(given[0].whole[0], start, ""))
    if text.endswith("device"):
        return (*named, Splice.text(end, end, ".index")), "review"
    return named, "safe" if moves.is_index(text) else "review"


def _stream(bindings: Bindings, finding: Finding, _: Spell) -> Answer:
    """``with torch.cuda.stream(s)`` → ``with s``: torch.Stream is a context manager itself."""
    tree = bindings.tree
    callee = tree.expression(finding.use.start, finding.use.end)
    call = tree.parent(callee) if callee else None
    if not isinstance(call, cst.Call) or call.func is not callee or not isinstance(tree.parent(call), cst.WithItem):
        return "value"
    given = calls.given(tree, call)
    if len(given) != 1 or given[0].star:
        return "arguments"
    stream = re.escape(tree.data[slice(*given[0].value)].decode())
    missing = re.search(rf"(?<![\w.]){stream}\s*(:[^=\n]+)?=\s*[^\n]*\bNone\b", tree.data.decode())
    known = not missing or re.search(rf"if {stream} is (not )?None\b", tree.data.decode())
    return (Splice(*tree.span(call), (given[0].value,)),), "safe" if known else "review"


def _activities(bindings: Bindings, finding: Finding, spell: Spell) -> Answer:
    """``activities=[ProfilerActivity.CPU, ProfilerActivity.CUDA]``: all that this build of torch can record."""
    tree = bindings.tree
    node = tree.expression(finding.use.start, finding.use.end)
    listed = tree.parent(tree.parent(node) or node) if node else None
    argument = tree.parent(listed) if listed else None
    if not isinstance(listed, (cst.List, cst.Tuple, cst.Set)) or not isinstance(argument, cst.Arg):
        return "value"
    names = {tree.text(element.value).rpartition(".")[2] for element in listed.elements}
    if argument.keyword is None or argument.keyword.value != "activities" or names not in ({"CUDA"}, {"CPU", "CUDA"}):
        return "value"
    every = f"{spell('torch.profiler.supported_activities')}()"
    host = "" if "CPU" in names else f" - {{{tree.text(listed.elements[0].value).removesuffix('CUDA')}CPU}}"
    return (Splice.text(*tree.span(listed), every + host),), "safe"


def _tensor_type(bindings: Bindings, finding: Finding, spell: Spell) -> Answer:
    """``torch.cuda.FloatTensor(…)``: a tensor of that type on the accelerator; ``.type(…)`` a conversion to it."""
    tree = bindings.tree
    name = finding.use.symbol.rpartition(".")[2].removesuffix("Tensor")
    dtype, device = spell(f"torch.{_DTYPES[name]}"), spell(DEVICE_TYPE)
    node = tree.expression(finding.use.start, finding.use.end)
    up = tree.parent(node) if node else None
    if isinstance(node, cst.Name) and not bindings.of(node.value):  # what a variable holds may depend on more
        return "value"
    if isinstance(up, cst.Call) and up.func is node:
        return _made(bindings, up, spell, f", dtype={dtype}, device={device}")
    call = tree.parent(up) if isinstance(up, cst.Arg) else None
    method = call.func if isinstance(call, cst.Call) and len(call.args) == 1 else None
    if isinstance(method, cst.Attribute) and method.attr.value == "type":
        replaced = Splice.text(finding.use.start, finding.use.end, f"{device}, {dtype}")
        return (Splice.text(*tree.span(method.attr), "to"), replaced), "safe"
    if isinstance(call, cst.Call) and tree.text(call.func).endswith("set_default_tensor_type"):
        return _default(tree, call, [f"set_default_dtype({dtype})"] * (name != "Float"), device, spell)
    return "value"


def _default(tree: Tree, call: cst.Call, dtype: list[str], device: str, spell: Spell) -> Answer:
    """``torch.set_default_tensor_type(…)``, in whose place PyTorch's documentation names two functions."""
    line = tree.enclosing(call, cst.SimpleStatementLine)
    if not isinstance(tree.parent(call), cst.Expr) or not isinstance(line, cst.SimpleStatementLine) or line.body[1:]:
        return "value"
    start, end = tree.span(call)
    between = tree.newline + tree.data[tree.line_start(start) : start].decode()
    lines = [*dtype, f"set_default_device({device})"]
    return (Splice.text(start, end, between.join(f"{spell('torch')}.{made}" for made in lines)),), "review"


def _made(bindings: Bindings, call: cst.Call, spell: Spell, options: str) -> Answer:
    """A call of a tensor type: data in a list becomes ``torch.tensor``, sizes become ``torch.empty``."""
    tree = bindings.tree
    given = calls.given(tree, call)
    start, end = tree.span(call.func)
    if not given:
        at = calls.region(tree, call)[0]
        return (Splice.text(start, end, spell("torch.empty")), Splice.text(at, at, f"0{options}")), "safe"
    values = [argument.value for argument in call.args]
    if len(values) == 1 and isinstance(values[0], (cst.List, cst.Tuple, cst.ListComp)):
        make = "torch.tensor"
    elif all(isinstance(value, cst.Integer) for value in values):
        make = "torch.empty"
    else:
        return "value"
    return (Splice.text(start, end, spell(make)), Splice.text(given[-1].whole[1], given[-1].whole[1], options)), "safe"


_BY_SCHEME: dict[str, Make] = {"device": literals.device, "backend": literals.backend}
_BY_NAME: dict[str, Make] = {
    "torch.Tensor.cuda": moves.moved,
    "torch.nn.Module.cuda": moves.moved,
    "torch.UntypedStorage.cuda": moves.moved,
    "torch.TypedStorage.cuda": moves.moved,
    "torch.Tensor.is_cuda": _is_cuda,
    "torch.cuda.device": _device_context,
    "torch.cuda.manual_seed": _seed,
    "torch.cuda.manual_seed_all": _seed,
    "torch.cuda.stream": _stream,
    "torch.profiler.ProfilerActivity.CUDA": _activities,
}
