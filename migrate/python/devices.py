"""Device strings: "cuda" where it flows into a device position, and nowhere else; torch.library's keys with CUDA."""

from __future__ import annotations

import re
from collections.abc import Iterator

from tree_sitter import Node

from migrate.model import Context, Role, Use
from migrate.python.context import beside_other_vendor
from migrate.python.grammar import child_at
from migrate.python.methods import is_own
from migrate.python.module import Module
from migrate.python.places import ROLES, Place, place_of
from migrate.regex import regex

_INDEXED = regex(rb"^cuda:(\d+|\{|%[ds]|$)")
_DEVICE_NAME = regex(rb"(?i)device|(?<![a-z])devs?(?![a-z])|map_location|(?<![a-z])accelerators?(?![a-z])|placement")
_NOT_DEVICE = regex(rb"(?i)devicequery|device_?(names?_map|counts?|props?|propert|capab|list_file)|backend|develop")
_DEVICE_TEST = regex(rb"(?i)device|(?<![a-z_.])dev(?![a-z])|accelerator|\.type\b(?!\()|map_location")
_BY_POSITION: dict[str, frozenset[int]] = {
    **dict.fromkeys(
        (
            *("torch.device", "torch.Generator", "torch.autocast", "torch.amp.autocast", "torch.amp.GradScaler"),
            *("torch.set_default_device", "torch.get_device_module", "torch.amp.autocast_mode.autocast"),
            *("torch.distributed.device_mesh.init_device_mesh", "torch.distributed.device_mesh.DeviceMesh"),
            *("torch.distributed.init_device_mesh", "torch.distributed.DeviceMesh", "torch.amp.custom_fwd"),
            *("torch.is_autocast_enabled", "torch.get_autocast_dtype", "torch.amp.is_autocast_available"),
            *("torch.get_autocast_gpu_dtype", "torch.set_autocast_dtype", "torch.set_autocast_enabled"),
            *("torch.utils._device.DeviceContext", "torch._C._get_accelerator", "torch.random.fork_rng"),
        ),
        frozenset({0}),
    ),
    **dict.fromkeys(("torch.load", "torch.jit.load", "torch.hub.load_state_dict_from_url"), frozenset({1, 2})),
    **dict.fromkeys(("torch.export.move_to_device_pass", "torch.library.register_autocast"), frozenset({1})),
    **dict.fromkeys(("torch.library.impl", "torch.library.register_kernel"), frozenset({1, 2})),
    "torch.library.Library": frozenset({2}),
}
_DEVICE_METHODS = frozenset((b"to", b"to_empty", b"set_device", b"move_to", b"to_device"))
_REGISTERING = {b"impl": 2, b"fallback": 1, b"register_kernel": 0}
"""Methods that register an operator's implementation, and where they take what it is for."""
_REGISTERED_FOR = frozenset((b"types", b"dispatch_key", b"device_types"))
_KEY = regex(rb"""(?<=["'])(?:Sparse|SparseCsr|Quantized|NestedTensor)?(?:Autograd|Autocast)?CUDA(?=["'])""")
_LOOKUPS = frozenset(
    (b"get", b"pop", b"setdefault", b"getattr", b"setattr", b"parametrize", b"getenv", b"DEFINE_string")
)
_TESTS = frozenset((b"startswith", b"endswith", b"find", b"index", b"count", b"split", b"__eq__", b"fullmatch"))
_DEVICE_VALUE = regex(rb"""^[rRbBuUfF]{0,2}["'](cuda|cpu|npu|mlu|musa|xpu|mps|meta)\b(?!-)""")
_OPTION_CALLS = regex(rb"^(add_argument|add_option|option|argument|Option|Argument|Field|field|arg|DEFINE_\w+)$")
_USES_LOOKED_AT = 40


def find(module: Module) -> Iterator[Use]:
    """The device strings of a file."""
    done = -1
    for start in _anchors(module.data):
        if module.deep:
            return
        if start < done:
            continue
        literal = _string(module.root.descendant_for_byte_range(start, start + 4))
        if literal is None or not _is_content(module, literal, start):
            continue
        done = literal.end_byte
        text = module.data[start : literal.end_byte].rstrip(b"\"'")
        if len(text) > 40 or (text != b"cuda" and not _INDEXED.match(text)):
            continue
        place = place_of(module, literal)
        role = device_role(module, place, indexed=text != b"cuda")
        if role is None and _is_chosen(module, literal, place):
            role = ROLES.get(place.kind, "string")
        if role:
            yield _use(module, literal, text, role, place)
    if b'CUDA"' in module.data or b"CUDA'" in module.data:
        yield from _dispatch_keys(module)


def _dispatch_keys(module: Module) -> Iterator[Use]:
    """``Library("a", "IMPL", "CUDA")``, ``@impl(lib, "op", "AutogradCUDA")``: not a device's name, but its key."""
    for match in _KEY.finditer(module.data):
        literal = _string(module.root.descendant_for_byte_range(*match.span()))
        if literal is None or not _is_content(module, literal, match.start()):
            continue
        place = place_of(module, literal)
        if _is_registration(module, place):
            yield module.use("device:CUDA", literal, "argument")


def _is_registration(module: Module, place: Place) -> bool:
    """Whether a value says what an operator is registered for."""
    call = place.call
    function = call.child_by_field_name("function") if call is not None else None
    canonical = module.resolve(function)
    name = module.text(function).rpartition(b".")[2] if function is not None else b""
    if not canonical.startswith("torch.library.") and name not in _REGISTERING:
        return False
    if place.kind == "keyword":
        return place.name in _REGISTERED_FOR
    positions = _BY_POSITION.get(canonical) or {_REGISTERING.get(name, -2)}
    return place.kind == "argument" and place.position in positions


def _anchors(data: bytes) -> Iterator[int]:
    """Offsets of "cuda" right behind a quote and before a quote or a colon."""
    at = data.find(b"cuda")
    while at >= 0:
        if data[at - 1 : at] in (b'"', b"'") and data[at + 4 : at + 5] in (b'"', b"'", b":"):
            yield at
        at = data.find(b"cuda", at + 4)


def _is_chosen(module: Module, literal: Node, place: Place) -> bool:
    """Whether the other choice is the host: ``"cuda" if … else "cpu"``; ``return "cuda"`` beside ``return "cpu"``."""
    parent = literal.parent
    if parent is not None and parent.type == "conditional_expression":
        arms = [child for child in parent.named_children if child.type != "comment"][::2]
        return any(arm != literal and _DEVICE_VALUE.search(module.text(arm)) for arm in arms)
    start = {"return": rb"\breturn\s", "assign": rb"(?<![\w.])" + re.escape(place.name) + rb"\s*=\s*"}.get(place.kind)
    if start is None:
        return False
    scope = module.scopes.at(place.node.start_byte)
    low, high = (0, len(module.data)) if scope < 0 else module.scopes.all[scope][:2]
    return re.compile(start + rb"""["']cpu["']""").search(module.data, low, high) is not None


def _use(module: Module, literal: Node, text: bytes, role: Role, place: Place) -> Use:
    details: list[tuple[str, str]] = []
    index = text[5:]
    if index.isdigit():
        details.append(("index", index.decode()))
    elif index:
        details.append(("index", "computed"))
    if place.kind in ("keyword", "parameter", "assign", "pair") and place.name:
        details.append(("name", place.name.decode("utf-8", "replace")))
    context: tuple[Context, ...] = ("multi-vendor",) if beside_other_vendor(module, literal) else ()
    return module.use("device:cuda", literal, role, context=context, details=tuple(details))


def _string(node: Node | None) -> Node | None:
    for _ in range(3):
        if node is None or node.type == "string":
            return node
        node = node.parent
    return None


def _is_content(module: Module, literal: Node, start: int) -> bool:
    """Whether the literal's text starts at the offset (and the quote is the literal's own)."""
    match = re.match(
        rb"""[rRbBuUfF]{0,2}(?:"{3}|'{3}|["'])""", module.data[literal.start_byte : literal.start_byte + 6]
    )
    return match is not None and literal.start_byte + match.end() == start


def is_device_name(name: bytes) -> bool:
    """Whether a parameter, keyword, key or variable is called like a device."""
    return _DEVICE_NAME.search(name) is not None and not _NOT_DEVICE.search(name)


def device_role(module: Module, place: Place, *, indexed: bool = False, follow: bool = True) -> Role | None:
    """The role of a device string at a place; None where the place is none for a device."""
    kind = place.kind
    if kind == "compare":
        return "compare" if _DEVICE_TEST.search(place.name) else None
    if kind == "argument":
        return _argument_role(module, place, indexed)
    if kind == "keyword":
        return _keyword_role(module, place, indexed)
    if kind == "key":
        return "config" if indexed and _maps_devices(module, place) else None
    if kind in ("text", "other"):
        return "string" if kind == "other" and indexed and follow else None
    if is_device_name(place.name):
        return ROLES.get(kind, "string")
    if indexed and kind in ("assign", "pair", "return", "loop", "parameter"):
        return ROLES.get(kind, "string")
    if kind in ("assign", "loop", "parameter") and follow and _used_as_device(module, place):
        return ROLES.get(kind, "string")
    return None


def _argument_role(module: Module, place: Place, indexed: bool) -> Role | None:
    call, name, index = place.call, place.name, place.position
    if call is None:
        return None
    function = call.child_by_field_name("function")
    canonical = module.resolve(function)
    if canonical:
        positions = _BY_POSITION.get(canonical)
        if positions is not None:
            return "argument" if index in positions else None
        if canonical.startswith("torch.cuda."):
            return "argument"
        if canonical.startswith(("os.", "torch.nn.", "typing.")) and name not in _LOOKUPS:
            return None
    if name == b"register_kernel":  # the method of an operator that custom_op made
        return "argument" if index == _REGISTERING[name] else None
    if name in _DEVICE_METHODS and function is not None and (function.type == "attribute" or index > 0):
        return None if is_own(module, name) else "argument"
    if name in _TESTS and function is not None:
        return "compare" if _DEVICE_TEST.search(module.text(function)) or _tests_device(module, function) else None
    if index > 0 and (name in _LOOKUPS or _OPTION_CALLS.match(name)):
        return ("argument" if name == b"parametrize" else "default") if _named_as_device(module, call) else None
    if name in _LOOKUPS or name in (b"hasattr", b"isinstance", b"import_module", b"append", b"add"):
        return "argument" if indexed else None
    if _OPTION_CALLS.match(name):
        return "default" if _named_as_device(module, call) else None
    if indexed or is_device_name(_local_parameter(module, function, index) or name):
        return "argument"
    return None


def _keyword_role(module: Module, place: Place, indexed: bool) -> Role | None:
    if place.name in (b"default", b"choices", b"default_value", b"const") and place.call is not None:
        return "default" if indexed or _named_as_device(module, place.call) else None
    if is_device_name(place.name) or (place.name in _REGISTERED_FOR and _is_registration(module, place)):
        return "argument"
    if place.name == b"type" and module.resolve(place.call.child_by_field_name("function") if place.call else None) == (
        "torch.device"
    ):
        return "argument"
    return "argument" if indexed else None


def _named_as_device(module: Module, call: Node) -> bool:
    """Whether an option is called like a device: by its flag strings, or by the name it is assigned to."""
    arguments = call.child_by_field_name("arguments")
    for child in arguments.named_children if arguments is not None else ():
        node = child.child_by_field_name("value") if child.type == "keyword_argument" else child
        is_name = child.type != "keyword_argument" or module.text(child).startswith(b"dest")
        text = module.literal(node) if is_name else None
        if text is not None and is_device_name(text.encode()):
            return True
    outer = place_of(module, call)
    return outer.kind in ("assign", "parameter", "pair", "keyword") and is_device_name(outer.name)


def _local_parameter(module: Module, function: Node | None, index: int) -> bytes:
    """The name of the parameter of a function of this file that a positional argument fills."""
    if function is None or index < 0:
        return b""
    name = function.child_by_field_name("attribute") if function.type == "attribute" else function
    if name is None or name.type != "identifier":
        return b""
    for binding in module.bindings.of(module.text(name)):
        definition = binding.node.parent
        parameters = definition.child_by_field_name("parameters") if definition is not None else None
        if binding.kind == "def" and parameters is not None:
            names = [_parameter_name(module, item) for item in parameters.named_children if item.type != "comment"]
            if function.type == "attribute" and names and names[0] in (b"self", b"cls"):
                names = names[1:]
            return names[index] if index < len(names) else b""
    return b""


def _parameter_name(module: Module, node: Node) -> bytes:
    if node.type == "identifier":
        return module.text(node)
    name = node.child_by_field_name("name") or child_at(node, 0)
    return module.text(name) if name is not None else b""


def _maps_devices(module: Module, place: Place) -> bool:
    """Whether a key's value is a device, too: ``map_location={"cuda:0": "cuda:1"}``, or a host."""
    pair = place.node.parent
    value = pair.child_by_field_name("value") if pair is not None else None
    return value is not None and _DEVICE_VALUE.search(module.text(value)) is not None


def _tests_device(module: Module, function: Node) -> bool:
    """Whether what a method such as ``startswith`` asks is a variable that is used as a device."""
    value = function.child_by_field_name("object")
    if value is None or value.type != "identifier":
        return False
    return _used_as_device(module, Place("other", module.text(value), value))


def _used_as_device(module: Module, place: Place) -> bool:
    """Whether a variable with another name is later used as a device in its scope."""
    name = place.name
    if not re.fullmatch(rb"[A-Za-z_]\w*", name):
        return False
    scope = module.scopes.at(place.node.start_byte)
    low, high = (0, len(module.data)) if scope < 0 else module.scopes.all[scope][:2]
    pattern = re.compile(rb"(?<![\w.])" + name + rb"(?!\w)")
    for count, match in enumerate(pattern.finditer(module.data, low, high)):
        if count > _USES_LOOKED_AT:
            return False
        node = module.node(match.start(), match.end())
        if node is None or node.type != "identifier" or (match.start() <= place.node.end_byte and scope >= 0):
            continue
        use = place_of(module, node)
        if use.kind in ("argument", "keyword") and device_role(module, use, follow=False):
            return True
        if use.kind in ("assign", "pair") and is_device_name(use.name):
            return True
    return False
