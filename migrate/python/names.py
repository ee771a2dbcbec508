"""Uses by name: imports of CUDA packages and CUDA names, and every resolved name of torch, Triton and packages."""

from __future__ import annotations

from collections.abc import Iterator

from migrate.model import Context, Role, Use
from migrate.python.context import beside_other_vendor
from migrate.python.module import Module, Reference
from migrate.python.packages import bound_to_cuda, is_module, is_ours, package_of, use_symbol

_TYPES = frozenset(("torch.Tensor", "torch.nn.Module", "torch.device", "torch.dtype", "torch.Size"))
"""Named without a call these are annotations, bases and type tests: nothing runs on a device."""

_PORTABLE = ("torch.accelerator.", "torch.get_device_module")
_DEVICE_PARAMETER = (
    "torch.autocast",
    "torch.amp.autocast",
    "torch.amp.GradScaler",
    "torch.device",
    "torch.Generator",
)


def find(module: Module) -> Iterator[Use]:
    """The uses by name."""
    yield from _imports(module)
    for reference in module.references:
        if not is_module(reference.name) and (reference.call is not None or reference.name not in _TYPES):
            symbol = use_symbol(reference.name)
            if reference.call is not None or symbol.startswith("py:"):
                yield _reference(module, reference, symbol)


def _imports(module: Module) -> Iterator[Use]:
    told: set[tuple[str, int]] = set()
    for item in module.imports:
        if not is_ours(item.canonical):
            continue
        package = package_of(item.canonical)
        node = item.node
        if package:
            place = (package, module.import_at(node.start_byte))
            if place not in told:
                told.add(place)
                yield module.use(package, node, "import")
            if item.member and item.bound:
                symbol = use_symbol(item.canonical)
                if symbol != package:
                    yield module.use(symbol, node, "import")
        elif not is_module(item.canonical) and ((item.member and item.bound) or bound_to_cuda(item.canonical)):
            yield module.use(f"py:{item.canonical}", node, "import")


def _reference(module: Module, reference: Reference, symbol: str) -> Use:
    role: Role = "call" if reference.call is not None else "name"
    context: tuple[Context, ...] = ()
    if reference.name.startswith(_PORTABLE) or (
        reference.name in _DEVICE_PARAMETER and _by_variable(module, reference)
    ):
        context = ("portable",)
    elif reference.name.startswith("torch.cuda.") and beside_other_vendor(module, reference.call or reference.node):
        context = ("multi-vendor",)
    around = module.regions.at(reference.start, reference.end, context)
    return Use(symbol, reference.start, reference.end, role, module.arguments(reference.call), around)


def _by_variable(module: Module, reference: Reference) -> bool:
    """Whether the device of such a call comes from a variable."""
    for argument in module.arguments(reference.call):
        if argument.keyword in ("", "device", "device_type"):
            return module.data[argument.start : argument.start + 1] not in b"\"'fF0123456789"
    return False
