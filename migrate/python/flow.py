"""What a value is, as far as the file itself says: a tensor, several tensors, a module, or not known."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from tree_sitter import Node

from migrate.facts.sources import names
from migrate.python.grammar import child_at
from migrate.python.scopes import Binding
from migrate.regex import regex

if TYPE_CHECKING:
    from migrate.python.module import Module

TENSOR, TENSORS, MODULE, UNKNOWN = "tensor", "tensors", "module", ""

_DEPTH = 24
_ANNOTATION = regex(rb"""^["']?(?:(?:typing\.)?Optional\[)?["']?(?:[\w.]+\.)?(?:\w*Tensor|Parameter)\b(?!\[)""")
_MODULE_ANNOTATION = regex(rb"""^["']?(?:Optional\[)?(?:[\w.]+\.)?(?:Module|ModuleList|Sequential)\b""")
_OUTSIDE_FUNCTIONS = regex(
    r"^(is_|get_|set_|manual_seed|seed|initial_seed|load|save|no_grad|enable_grad|inference_mode|numel|compile|"
    r"typename|device|dtype|Size|Generator|finfo|iinfo|Stream|Event|use_deterministic|are_|can_cast|promote_types|"
    r"result_type|autocast|stack_trace|layout|memory_format|vmap|func|export|cond$|jit|Tag|sym_|_)"
)
_SEVERAL = frozenset(
    "chunk split tensor_split unbind hsplit vsplit dsplit meshgrid broadcast_tensors frexp slogdet lstsq svd qr lu "
    "geqrf split_with_sizes unsafe_chunk unsafe_split aminmax std_mean var_mean nonzero_tuple".split()
)
_NOT_TENSOR_METHODS = frozenset(
    "size dim numel item tolist numpy element_size data_ptr stride storage untyped_storage nelement ndimension "
    "get_device is_contiguous is_floating_point is_complex is_pinned is_shared is_set_to is_signed is_inference "
    "register_hook backward record_stream storage_offset storage_type has_names type_as_string __len__ retain_grad "
    "nbytes names share_memory_ sparse_dim dense_dim q_scale q_zero_point is_coalesced is_same_size allclose equal "
    "register_post_accumulate_grad_hook dim_order element_count is_nonzero".split()
)
_TENSOR_ATTRIBUTES = frozenset((b"data", b"grad", b"T", b"mT", b"H", b"mH", b"real", b"imag", b"values", b"indices"))
_MODULE_ATTRIBUTES = frozenset((b"weight", b"bias"))
_OWN = regex(rb"self\s*\.\s*[^\W\d]\w*")
_TENSOR_CLASSES = regex(r"^torch\.(Tensor|nn\.Parameter|nn\.parameter\.Parameter|(cuda\.)?\w+Tensor)$")
_MODULE_CLASS = regex(r"^(torch\.nn\.(modules\.\w+\.)?[A-Z]\w+|torchvision\.models\.[a-z]\w*)$")


@cache
def tensor_methods() -> frozenset[bytes]:
    """The public methods of ``torch.Tensor`` that the lists of names hold."""
    listed = (*names("torch-operators"), *names("torch-cuda"))
    return frozenset(name[13:].encode() for name in listed if name.startswith("torch.Tensor."))


class Flow:
    """Kinds of values by local flow; remembers each answer."""

    def __init__(self, module: Module) -> None:
        self._module = module
        self._seen: dict[int, str] = {}
        self._params: dict[int, str] = {}
        self._loops: dict[int, bool] = {}
        self._attributes: dict[tuple[int, bytes], str] = {}

    def kind(self, node: Node | None, depth: int = 0) -> str:
        """The kind of an expression's value: TENSOR, TENSORS, MODULE or UNKNOWN."""
        if node is None or depth > _DEPTH:
            return UNKNOWN
        key = node.id
        known = self._seen.get(key)
        if known is None:
            rule = _RULES.get(node.type)
            self._seen[key] = UNKNOWN  # a value that depends on itself
            known = self._seen[key] = rule(self, node, depth + 1) if rule is not None else UNKNOWN
        return known

    def _name(self, node: Node, depth: int) -> str:
        return self.of_name(self._module.text(node), node.start_byte, depth)

    def of_name(self, name: bytes, offset: int, depth: int = 1) -> str:
        """The kind of the value that a name has at an offset."""
        binding = self._module.binding(name, offset)
        if binding is None:
            return UNKNOWN
        if binding.kind == "param":
            return self._param(binding)
        if binding.kind not in ("assign", "unpack"):
            return UNKNOWN
        value = self.kind(self._module.value_of(binding), depth)
        if self._is_loop(binding):
            return TENSOR if value in (TENSOR, TENSORS) else UNKNOWN
        if binding.kind == "unpack":
            return self._unpacked(binding, value, depth)
        return value

    def _is_loop(self, binding: Binding) -> bool:
        """Whether it is ``for x in …``."""
        loop = self._loops.get(binding.start)
        if loop is None:
            statement = binding.node.parent
            loop = self._loops[binding.start] = statement is not None and statement.type == "for_statement"
        return loop

    def _unpacked(self, binding: Binding, value: str, depth: int) -> str:
        if value in (TENSOR, TENSORS):
            return TENSOR
        right = self._module.value_of(binding)
        pattern = binding.node.parent
        if right is None or right.type != "expression_list" or pattern is None:
            return UNKNOWN
        if pattern.named_child_count != right.named_child_count:
            return UNKNOWN
        for left, item in zip(pattern.named_children, right.named_children, strict=True):
            if left == binding.node:
                return self.kind(item, depth)
        return UNKNOWN

    def _param(self, binding: Binding) -> str:
        known = self._params.get(binding.start)
        if known is None:
            known = self._params[binding.start] = self._declared(binding)
        return known

    def _declared(self, binding: Binding) -> str:
        """The kind of a parameter by its annotation, or as one of a module's ``forward``."""
        parent = binding.node.parent
        annotation = parent.child_by_field_name("type") if parent is not None else None
        if annotation is not None:
            text = self._module.text(annotation)
            if _ANNOTATION.match(text):
                return TENSOR
            return MODULE if _MODULE_ANNOTATION.match(text) else UNKNOWN
        if parent is None or parent.type != "parameters" or binding.scope < 0:
            return UNKNOWN
        scope = self._module.scopes.all[binding.scope]
        name = self._module.text(binding.node)
        return TENSOR if scope.name == b"forward" and name not in (b"self", b"cls", b"ctx") else UNKNOWN

    def _call(self, node: Node, depth: int) -> str:
        function = node.child_by_field_name("function")
        if function is None:
            return UNKNOWN
        canonical = self._module.resolve(function)
        if canonical:
            return _result(canonical)
        if function.type == "attribute":
            method = function.child_by_field_name("attribute")
            receiver = self.kind(function.child_by_field_name("object"), depth)
            if receiver == TENSOR and method is not None:
                return _method_result(self._module.text(method))
            if receiver == MODULE and method is not None:
                fluent = self._module.text(method) in (b"to", b"cuda", b"cpu", b"half", b"float", b"eval", b"train")
                if fluent or self._module.text(method) in (b"bfloat16", b"double", b"requires_grad_"):
                    return MODULE
        return TENSOR if self.kind(function, depth) == MODULE else UNKNOWN

    def _attribute(self, node: Node, depth: int) -> str:
        if _OWN.fullmatch(self._module.data, node.start_byte, node.end_byte):
            return self._own_attribute(node, depth)
        name, base = node.child_by_field_name("attribute"), node.child_by_field_name("object")
        if name is None or base is None:
            return UNKNOWN
        text = self._module.text(name)
        kind = self.kind(base, depth)
        if kind == TENSOR:
            return TENSOR if text in _TENSOR_ATTRIBUTES else UNKNOWN
        return TENSOR if kind == MODULE and text in _MODULE_ATTRIBUTES else UNKNOWN

    def _own_attribute(self, node: Node, depth: int) -> str:
        """``self.x`` by its assignments in the same class; they must agree."""
        text, owner = self._module.text(node), self._module.scopes.class_of(node.start_byte)
        if (known := self._attributes.get((owner, text))) is not None:
            return known
        self._attributes[owner, text] = UNKNOWN  # an attribute that depends on itself
        kinds: set[str] = set()
        for target in self._module.bindings.attributes.get(text, ()):
            if self._module.scopes.class_of(target.start_byte) == owner and target.parent is not None:
                value = target.parent.child_by_field_name("right")
                if value is not None and value.type != "none":
                    kinds.add(self.kind(value, depth))
        kind = self._attributes[owner, text] = kinds.pop() if len(kinds) == 1 else UNKNOWN
        return kind

    def _subscript(self, node: Node, depth: int) -> str:
        kind = self.kind(node.child_by_field_name("value"), depth)
        return TENSOR if kind in (TENSOR, TENSORS) else UNKNOWN

    def _operands(self, node: Node, depth: int) -> str:
        kinds = {self.kind(child, depth) for child in node.named_children}
        return TENSOR if TENSOR in kinds else UNKNOWN

    def _comparison(self, node: Node, depth: int) -> str:
        operators = {child.type for child in node.children if not child.is_named}
        if operators & {"is", "in", "is not", "not in"}:
            return UNKNOWN
        return self._operands(node, depth)

    def _branches(self, node: Node, depth: int) -> str:
        children = node.named_children
        chosen = [children[0], children[-1]] if children else []
        kinds = {self.kind(child, depth) for child in chosen if child.type != "none"}
        return kinds.pop() if len(kinds) == 1 else UNKNOWN

    def _inner(self, node: Node, depth: int) -> str:
        return self.kind(child_at(node, 0), depth)


_RULES = {
    "identifier": Flow._name,
    "call": Flow._call,
    "attribute": Flow._attribute,
    "subscript": Flow._subscript,
    "binary_operator": Flow._operands,
    "comparison_operator": Flow._comparison,
    "unary_operator": Flow._inner,
    "conditional_expression": Flow._branches,
    "boolean_operator": Flow._branches,
    "parenthesized_expression": Flow._inner,
}


@cache
def _result(canonical: str) -> str:
    """What a call of a resolved torch name gives."""
    if _TENSOR_CLASSES.match(canonical):
        return TENSOR
    if _MODULE_CLASS.match(canonical):
        return MODULE
    module, _, name = canonical.rpartition(".")
    if module not in ("torch", "torch.nn.functional", "torch.linalg", "torch.fft", "torch.special"):
        return UNKNOWN
    if name[:1].isupper() or (module == "torch" and _OUTSIDE_FUNCTIONS.match(name)):
        return UNKNOWN
    return TENSORS if name in _SEVERAL else TENSOR


@cache
def _method_result(name: bytes) -> str:
    text = name.decode("utf-8", "replace")
    if text in _NOT_TENSOR_METHODS or text == "type":
        return UNKNOWN
    if text in _SEVERAL:
        return TENSORS
    return TENSOR
