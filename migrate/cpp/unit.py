"""One C/C++ file, read as far as its uses and the checks need it."""

from __future__ import annotations

import codecs
import re
from bisect import bisect_right
from collections.abc import Iterator
from functools import cache, cached_property
from typing import TYPE_CHECKING

from migrate.cpp import errors, kernels, lexer, preprocessor
from migrate.facts import sources
from migrate.model import Arg, Role, Use

if TYPE_CHECKING:
    from migrate.cpp.errors import Broken
    from migrate.cpp.kernels import Function, Launch

_DEVICE_CODE = re.compile(
    rb"__global__|__device__|__shared__|__CUDACC__|__CUDA_ARCH__|<<<|\bcuda[A-Z]\w*|\bcu(blas|dnn)"
)
_HEADER = re.compile(
    r"^(cuda|cublas|cudnn|cufft|curand|cusolver|cusparse|cutensor|nccl|nvml|nvrtc|nvjpeg|nvToolsExt|cupti|npp)"
    r"[\w.-]*\.(h|hpp|cuh)$|^(thrust|cub|cutlass|cute|cooperative_groups|nv|nvtx3|cudnn_frontend|THC|cuda/std)/"
    r"|^(ATen|c10|torch/csrc)/(\w+/)*cuda/|^mma\.h$"
)
_HIP = re.compile(r"(^|/)(hip|hipblas|hipcub|rocprim|rocm|rccl|hipfft|hiprand|rocblas|miopen)[\w.-]*(/|\.h)|/hip/")


@cache
def is_cuda_header(path: str) -> bool:
    """Whether a header is CUDA's: a list holds it, or its name says so."""
    return path in sources.names("headers") or bool(_HEADER.search(path))


class Unit:
    """What the uses of a file are read from, and what a check is given.

    ``data`` is the file as read, ``text`` the same length with comments, strings' contents and
    #include lines blanked: search in ``text``, so that a hit is code.
    """

    def __init__(self, path: str, data: bytes, embedded: bool = False) -> None:
        self.path = path
        self.data = data
        masked = lexer.mask(data if not data.startswith(codecs.BOM_UTF8) else b"   " + data[3:])
        self.pre = preprocessor.read(data, masked)
        self.includes = self.pre.includes
        self.text = lexer.without(masked, self.pre.texts)
        self.embedded = embedded
        self.uses: list[Use] = []
        """The uses by name, in order; there before the checks run."""

    @cached_property
    def functions(self) -> list[Function]:
        """The kernels and ``__device__`` functions, in order."""
        return kernels.functions(self.text)

    @cached_property
    def launches(self) -> list[Launch]:
        """The launches ``<<<…>>>``, in order."""
        return list(kernels.launches(self.text)) if b"<<<" in self.text else []

    @cached_property
    def is_other_vendors(self) -> bool:
        """Whether the file is written for HIP: it includes HIP's headers and none of CUDA's."""
        headers = [include.path for include in self.includes]
        return any(_HIP.search(path) for path in headers) and not any(is_cuda_header(path) for path in headers)

    @cached_property
    def is_cuda(self) -> bool:
        """Whether the file holds CUDA code, so that names such as float4 mean CUDA's."""
        if self.embedded or self.path.endswith((".cu", ".cuh")):
            return True
        if any(is_cuda_header(include.path) for include in self.includes):
            return True
        if self.is_other_vendors and not re.search(rb"\bcuda[A-Z]|__CUDACC__", self.text):
            return False
        return bool(_DEVICE_CODE.search(self.text))

    @cached_property
    def has_device_code(self) -> bool:
        """Whether parts of the file are meant to run on the device."""
        return (
            self.embedded
            or self.path.endswith((".cu", ".cuh"))
            or b"__device__" in self.text
            or b"__global__" in self.text
        )

    @cached_property
    def broken(self) -> Broken:
        """Where the parser could make no sense of the file."""
        return errors.find(self.data)

    def function_at(self, offset: int) -> Function | None:
        """The device function in whose body the offset stands."""
        at = bisect_right(self.functions, offset, key=lambda function: function.start) - 1
        if at < 0 or not offset < self.functions[at].body_end:
            return None
        return self.functions[at]

    def use(
        self,
        symbol: str,
        start: int,
        end: int,
        role: Role,
        args: tuple[Arg, ...] = (),
        details: tuple[tuple[str, str], ...] = (),
    ) -> Use:
        """A use with the context of its place."""
        context = self.pre.ordered(start, *(("multi-vendor",) if self.is_other_vendors else ()))
        if self.pre.macros and role in ("call", "name", "type", "launch") and (macro := self.pre.macro_at(start)):
            role = "macro body" if start >= macro.body else role
        return Use(symbol, start, end, role, args, context, details)

    def hazard(self, check: str, start: int, end: int, **details: str) -> Use:
        """What a check found."""
        return self.use(f"hazard:{check}", start, end, "hazard", details=tuple(sorted(details.items())))

    def called(self, *names: str) -> Iterator[Use]:
        """The uses whose symbols match one of the names (``c:`` left out; ``*`` at the end allowed)."""
        exact = {f"c:{name}" for name in names if not name.endswith("*")}
        begins = tuple(f"c:{name[:-1]}" for name in names if name.endswith("*"))
        return (use for use in self.uses if use.symbol in exact or (begins and use.symbol.startswith(begins)))
