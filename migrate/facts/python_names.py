"""The public names of a Python package, read from the sources in its wheel (``cuda-migrate rules refresh``).

Nothing is imported or executed: the ``.py`` and ``.pyi`` files are parsed only.  Public is what a module
lists in ``__all__``, or, where it has none, what it defines without a leading underscore.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import NamedTuple

from migrate.facts.sources import Name, library_of

_OPERATORS = re.compile(
    r"torch(\.(nn(\.(functional|init|parallel|utils|attention|utils\.rnn))?|optim(\.lr_scheduler)?|fft|linalg|special"
    r"|sparse|nested|func|amp|accelerator|autograd(\.(function|graph|functional))?|distributed|distributions|profiler"
    r"|utils\.(checkpoint|data|dlpack)|random|library))?$"
)
_TRITON = re.compile(
    r"triton(\.(language(\.(math|extra(\.(libdevice|cuda(\.\w+)?|hip(\.\w+)?))?))?|testing|runtime))?$"
)
_WITH_MEMBERS = re.compile(r"torch\.cuda\.\w+$|torch\.Tensor$|torch\.nn\.Module$")
_CUDA_ATTRIBUTES = (
    *(
        f"torch.autograd.profiler_util.FunctionEvent.{name}"
        for name in ("cuda_time", "cuda_time_total", "self_cuda_memory_usage", "self_cuda_time_total")
    ),
    "torch.Tensor.is_cuda",
    "torch.backends.cuda.matmul.allow_tf32",
    "torch.backends.cuda.matmul.allow_fp16_reduced_precision_reduction",
    "torch.backends.cuda.matmul.allow_bf16_reduced_precision_reduction",
    "torch.backends.cudnn.allow_tf32",
    "torch.backends.cudnn.benchmark",
    "torch.backends.cudnn.benchmark_limit",
    "torch.backends.cudnn.deterministic",
    "torch.backends.cudnn.enabled",
    "torch.profiler.ProfilerActivity.CUDA",
    "torch.version.cuda",
)
"""Made when PyTorch starts, by properties or C code, so that no parser sees them (PyTorch documentation)."""


class _Module(NamedTuple):
    """One parsed module: what it defines and imports, and its ``__all__``."""

    defined: dict[str, ast.stmt]
    imported: dict[str, tuple[str, str]]
    stars: list[str]
    exported: tuple[str, ...] | None


class Package:
    """The modules of one package below a folder, parsed when first asked for."""

    def __init__(self, folder: Path, name: str) -> None:
        self._folder = folder
        self.modules: dict[str, Path] = {}
        for path in sorted((folder / name).rglob("*.py*")):
            if path.suffix in (".py", ".pyi"):
                parts = path.relative_to(folder).with_suffix("").parts
                module = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
                if path.suffix == ".py" or module not in self.modules:
                    self.modules[module] = path
        self._parsed: dict[str, _Module] = {}

    def module(self, name: str) -> _Module:
        """A module's names.  Empty where there is no such module or it does not parse."""
        if name not in self._parsed:
            path = self.modules.get(name)
            try:
                tree = ast.parse(path.read_text(encoding="utf-8")) if path else ast.Module([], [])
            except (SyntaxError, UnicodeDecodeError):
                tree = ast.Module([], [])
            package = name if path and path.stem == "__init__" else name.rpartition(".")[0]
            self._parsed[name] = _read(tree, package)
        return self._parsed[name]

    def public(self, module: str) -> Iterator[str]:
        """The public names of a module, in no particular order."""
        found = self.module(module)
        if found.exported is not None:
            yield from found.exported
        else:
            own = (name for name, (origin, _) in found.imported.items() if origin.startswith(module))
            yield from (name for name in (*found.defined, *own) if not name.startswith("_"))
        for star in found.stars:
            if star.startswith(module):
                yield from self.public(star)

    def definition(self, module: str, name: str, depth: int = 8) -> ast.stmt | None:
        """Where a name is defined, through imports by name; None where only C code makes it."""
        found = self.module(module)
        if name in found.defined:
            return found.defined[name]
        origins = [found.imported[name]] if name in found.imported else [(star, name) for star in found.stars]
        for origin in origins if depth else ():
            if (node := self.definition(*origin, depth - 1)) is not None:
                return node
        return None

    def kind(self, module: str, name: str) -> str:
        """``function``, ``class``, ``module`` or ``data``."""
        if f"{module}.{name}" in self.modules:
            return "module"
        return _kind(self.definition(module, name))


def _kind(node: ast.stmt | None) -> str:
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
        return "function"
    if isinstance(node, ast.Assign) and isinstance(node.value, ast.Call) and "dispatch" in ast.unparse(node.value.func):
        return "function"  # torch.nn.functional.max_pool2d = boolean_dispatch(...)
    return "class" if isinstance(node, ast.ClassDef) else "data"


def _read(tree: ast.Module, package: str) -> _Module:
    found = _Module({}, {}, [], None)
    exported: list[str] | None = None
    for node in _statements(tree.body):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            found.defined[node.name] = node
        elif isinstance(node, ast.ImportFrom):
            origin = _origin(node, package)
            for alias in node.names:
                if alias.name == "*":
                    found.stars.append(origin)
                else:
                    found.imported[alias.asname or alias.name] = (origin, alias.name)
        elif isinstance(node, ast.Assign | ast.AnnAssign | ast.AugAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            for target in targets:
                if isinstance(target, ast.Name):
                    if target.id == "__all__" and node.value is not None:
                        exported = [*(exported or []), *_strings(node.value)]
                    else:
                        found.defined[target.id] = node
    return found._replace(exported=tuple(exported) if exported is not None else None)


def _statements(body: list[ast.stmt]) -> Iterator[ast.stmt]:
    """The statements of a module, those under conditions and in ``try`` included."""
    for node in body:
        yield node
        if isinstance(node, ast.If):
            yield from _statements([*node.body, *node.orelse])
        elif isinstance(node, ast.Try):
            handlers = [statement for handler in node.handlers for statement in handler.body]
            yield from _statements([*node.body, *node.orelse, *handlers])


def _origin(node: ast.ImportFrom, package: str) -> str:
    if not node.level:
        return node.module or ""
    base = package.split(".")
    return ".".join([*base[: len(base) - node.level + 1], *([node.module] if node.module else [])])


def _strings(node: ast.expr) -> Iterator[str]:
    for item in ast.walk(node):
        if isinstance(item, ast.Constant) and isinstance(item.value, str):
            yield item.value


def _members(node: ast.stmt | None) -> Iterator[tuple[str, str]]:
    """The public methods and attributes of a class: name and kind."""
    for item in node.body if isinstance(node, ast.ClassDef) else ():
        if isinstance(item, ast.FunctionDef) and not item.name.startswith("_"):
            yield item.name, "method"
        elif isinstance(item, ast.AnnAssign) and isinstance(item.target, ast.Name) and item.target.id[0] != "_":
            yield item.target.id, "attribute"


def extract(wheel_dir: Path, package: str, wanted: Callable[[str], bool]) -> list[Name]:
    """The public names of those modules of an unpacked wheel that ``wanted`` takes, sorted by name."""
    source = Package(wheel_dir, package)
    found: dict[str, Name] = {}
    for module in filter(wanted, source.modules):
        for name in source.public(module):
            if name.startswith("_"):
                continue
            full = f"{module}.{name}"
            kind = source.kind(module, name)
            found[full] = Name(full, kind, module)
            if kind == "class" and _WITH_MEMBERS.match(full):
                for member, what in _members(source.definition(module, name)):
                    found[f"{full}.{member}"] = Name(f"{full}.{member}", what, module)
    return [found[name] for name in sorted(found)]


def torch(wheel_dir: Path) -> dict[str, list[Name]]:
    """PyTorch's names by library: ``torch-cuda`` and ``torch-operators``, from an unpacked wheel."""
    source = Package(wheel_dir, "torch")
    names = {entry.name: entry for entry in extract(wheel_dir, "torch", _public_torch)}
    top = set(source.module("torch").exported or ())
    stubs = source.module("torch._C._VariableFunctions")
    classes = source.module("torch._C").defined
    names.update({f"torch.{n}": Name(f"torch.{n}", "function", "torch") for n in stubs.defined if n[0] != "_"})
    for holder in (classes.get("TensorBase"), source.definition("torch._tensor", "Tensor")):
        for member, kind in _members(holder):
            names[f"torch.Tensor.{member}"] = Name(f"torch.Tensor.{member}", kind, "torch")
    names.update({name: Name(name, "attribute", name.rpartition(".")[0]) for name in _CUDA_ATTRIBUTES})
    found: dict[str, list[Name]] = {"torch-cuda": [], "torch-operators": []}
    for name in sorted(names):
        if re.match(r"torch\.\w+$", name) and isinstance(classes.get(name[6:]), ast.ClassDef) and name[6:] not in top:
            continue  # classes of torch._C that torch does not hand on
        library = library_of(f"py:{name}")
        if library == "torch-cuda" or (library == "torch-operators" and _is_operator(names[name])):
            found[library].append(names[name])
    return found


def _public_torch(module: str) -> bool:
    cuda = re.match(r"torch\.(cuda|backends\.(cuda|cudnn))(\.|$)|torch\.utils\.cpp_extension$", module)
    return not re.search(r"\._|^_", module) and bool(cuda or _OPERATORS.match(module))


def _is_operator(entry: Name) -> bool:
    return entry.kind != "module" and (entry.kind != "data" or not re.fullmatch(r"torch\.\w+", entry.name))


def triton(wheel_dir: Path) -> dict[str, list[Name]]:
    """Triton's names, from an unpacked wheel."""
    return {"triton": extract(wheel_dir, "triton", lambda module: bool(_TRITON.match(module)))}


READERS: dict[str, tuple[str, Callable[[Path], dict[str, list[Name]]]]] = {
    "torch-cuda": ("torch", torch),
    "torch-operators": ("torch", torch),
    "triton": ("triton", triton),
}
"""Library → the package whose wheel holds its names, and their reader."""

is_source = partial(re.search, r"^(torch|triton)/.*\.pyi?$")
"""Whether a wheel's member is wanted (for :func:`migrate.facts.wheels.fetch`)."""
