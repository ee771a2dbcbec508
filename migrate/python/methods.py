"""Methods and attributes of values: ``.cuda()``, ``.is_cuda``, ``pin_memory``, and tensor methods by flow."""

from __future__ import annotations

from collections.abc import Iterator

from tree_sitter import Node

from migrate.model import Context, Role, Use
from migrate.python.flow import MODULE, TENSOR, Flow, tensor_methods
from migrate.python.module import Module
from migrate.regex import regex

_MODULE_NAME = regex(
    rb"(?i)(^|[_.])(model|net|network|module|encoder|decoder|criterion|generator|discriminator|backbone|head|layer|"
    rb"layers|pipe|pipeline|netg|netd|unet|vae|ddp|loss_fn|embedding)\d*$|^self$|(?i:model|net)$"
)
_MODULE_MAKER = regex(rb"^[A-Z]|from_pretrained|^super$|model|module")
_NAME = regex(rb"[A-Za-z_]\w*")
_ALWAYS = frozenset((b"cuda", b"pin_memory", b"record_stream", b"is_pinned"))
_PINS = frozenset((b"pin_memory", b"is_pinned"))
_IS_CUDA = regex(rb"(is_cuda)\b")
_PIN_MEMORY = regex(rb"pin_memory(?:[ \t]*=(?!=)|[ \t]*:|[\"'][ \t]*:)")
_DEVICE_ARGUMENT = regex(rb"(?i)^(self\.)?(\w+\.)*\w*(device|dev)$")


def find(module: Module) -> Iterator[Use]:
    """The uses of tensors' and modules' methods in a file."""
    flow = module.flow
    methods = tensor_methods()
    for name, nodes in module.method_calls.items():
        if (name in _ALWAYS or name in methods or name == b"to" or name == b"get_device") and not is_own(module, name):
            for attribute in nodes:
                use = _method(module, flow, attribute, name)
                if use is not None:
                    yield use
    yield from _is_cuda(module)
    yield from _pin_memory(module)


def is_own(module: Module, name: bytes) -> bool:
    """Whether a member can only be the file's own: it defines one, and imports the standard library alone."""
    return module.imports_standard_library_alone and bool(module.bindings.of(name))


def _method(module: Module, flow: Flow, attribute: Node, name: bytes) -> Use | None:
    data, start, end = module.data, attribute.start_byte, attribute.end_byte
    text = data[start : data.rfind(b".", start, end)]
    is_name = _NAME.fullmatch(text)
    kind = flow.of_name(text, start) if is_name else flow.kind(attribute.child_by_field_name("object"))
    if kind not in (TENSOR, MODULE) and name not in _ALWAYS:
        return None
    call = attribute.parent
    node = attribute.child_by_field_name("attribute")
    if node is None or call is None:
        return None
    if name in _ALWAYS:
        receiver = attribute.child_by_field_name("object")
        if receiver is None:
            return None
        if not kind and module.resolve(receiver):
            return None
        if name == b"cuda" and kind != TENSOR and (kind == MODULE or _looks_like_module(module, receiver, call)):
            return module.use("py:torch.nn.Module.cuda", node, "call", call=call)
        if kind == MODULE or (not kind and name in _PINS and _takes_a_value(module, call)):
            return None
        return module.use(f"py:torch.Tensor.{name.decode()}", node, "call", call=call)
    if kind == MODULE and name == b"to":
        return module.use("py:torch.nn.Module.to", node, "call", call=call, context=_portable(module, call))
    if kind != TENSOR:
        return None
    context = _portable(module, call) if name == b"to" else ()
    return module.use(f"py:torch.Tensor.{name.decode()}", node, "call", call=call, context=context)


def _takes_a_value(module: Module, call: Node) -> bool:
    """Whether a method that takes at most a device is given something else: then it is no tensor's."""
    given = [module.data[arg.start : arg.end] for arg in module.arguments(call) if not arg.keyword]
    return any(not (text[:1] in (b"'", b'"') or _DEVICE_ARGUMENT.match(text)) for text in given)


def _looks_like_module(module: Module, receiver: Node, call: Node) -> bool:
    """Whether a value is a module by its name, by what makes it, or by the name it is assigned to."""
    node: Node | None = receiver
    while node is not None and node.type == "call":
        function = node.child_by_field_name("function")
        name = function.child_by_field_name("attribute") if function is not None else None
        maker = module.text(name if name is not None else function)[-80:] if function is not None else b""
        if _MODULE_MAKER.search(maker) and not module.resolve(function).startswith("torch."):
            return True
        node = function.child_by_field_name("object") if function is not None else None
    if node is None or module.resolve(node):
        return False
    if _MODULE_NAME.search(module.text(node)[-80:]):
        return True
    target = call.parent
    left = target.child_by_field_name("left") if target is not None and target.type == "assignment" else None
    return left is not None and _MODULE_NAME.search(module.text(left)) is not None


def _portable(module: Module, call: Node) -> tuple[Context, ...]:
    """A device that comes from a variable is already portable at this place."""
    for argument in module.arguments(call):
        if argument.keyword in ("", "device") and _DEVICE_ARGUMENT.match(module.data[argument.start : argument.end]):
            return ("portable",)
    return ()


def _is_cuda(module: Module) -> Iterator[Use]:
    if b"is_cuda" not in module.words or is_own(module, b"is_cuda"):
        return
    for match in _IS_CUDA.finditer(module.data):
        node = module.root.descendant_for_byte_range(*match.span(1))
        if node is None or node.type != "identifier" or node.parent is None or node.parent.type != "attribute":
            continue
        receiver = node.parent.child_by_field_name("object")
        if module.resolve(receiver):
            continue
        role: Role = "compare" if node.parent.parent is not None and "comparison" in node.parent.parent.type else "name"
        yield module.use("py:torch.Tensor.is_cuda", node, role)


def _pin_memory(module: Module) -> Iterator[Use]:
    """``pin_memory=True`` handed to a loader or a tensor factory, or set in a configuration."""
    for match in _PIN_MEMORY.finditer(module.data) if b"pin_memory" in module.words else ():
        node = module.node(match.start(), match.start() + 10)
        holder = node.parent if node is not None else None
        if holder is not None and holder.type == "string":
            holder = holder.parent
        if holder is None or holder.type not in (
            "keyword_argument",
            "pair",
            "default_parameter",
            "typed_default_parameter",
        ):
            continue
        value = holder.child_by_field_name("value")
        if value is None or value.type in ("false", "none"):
            continue
        role: Role = (
            "argument" if holder.type == "keyword_argument" else "config" if holder.type == "pair" else "default"
        )
        details = (("value", module.text(value)[:60].decode("utf-8", "replace")),)
        yield module.use("py:torch.Tensor.pin_memory", holder, role, details=details)
