"""Compiler and linker words of CUDA in any text that holds command lines: nvcc's flags, architectures,
``-lcudart``, toolkit paths and library files.

Shell, make, CMake, Docker and Python build scripts share it; the caller says which bytes hold flags.
Names of flags: NVIDIA CUDA Compiler Driver documentation (nvcc 13.0), chapter on command options.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from migrate.model import Use
from migrate.vocabulary import arch_symbol, lib_symbol

_ONLY_NVCC = (
    r"-gencode|--?generate-code|--?gpu-architecture|--?gpu-code|--?use_fast_math|-Xptxas|--?ptxas-options|-Xcudafe"
    r"|-Xnvlink|--?nvlink-options|-Xfatbin|-Xcompiler|--?compiler-options|--?expt-relaxed-constexpr"
    r"|--?expt-extended-lambda|--?extended-lambda|--?rdc|--?relocatable-device-code|-dlink|--?device-link|--?maxrregcount"
    r"|--?lineinfo|--?generate-line-info|--?default-stream|-ccbin|--?compiler-bindir|--?fmad|--?ftz|--?prec-div"
    r"|--?prec-sqrt|--?res-usage|--?resource-usage|--?cudart|--?cudadevrt|--cuda-gpu-arch|--cuda-path|--?cubin|--?ptx"
    r"|--?fatbin|--?forward-unknown-to-host-compiler|--?allow-unsupported-compiler|--?source-in-ptx|--?device-debug"
    r"|--?split-compile|--?diag-suppress|--?display-error-number|--?dlto|--?compress-mode|--?extra-device-vectorization"
)
_WORD = re.compile(
    r"(?=[-/scl])(?:"  # with one of these each word begins: most places are left at once
    rf"(?P<flag>(?<![\w.$/-])(?:{_ONLY_NVCC})(?![\w-])"
    r"|(?<![\w.$/-])--?(?:arch|code)(?=[= \t'\",]+(?:arch=)?(?:sm_|compute_|lto_|native|all|\$))"
    r"|(?<![\w.$/-])-x(?=[ \t]+cu\b)|(?<![\w.$/-])-[DU]__CUDA_\w+)"
    r"|(?P<arch>(?<![A-Za-z0-9_])(?:sm|compute|lto)_\d{2,3}[af]?(?!\w))"
    r"|(?<![\w.$/-])(?P<link>-l(?:cu|nv|nccl|npp|c10_cuda|torch_cuda)\w*)"
    r"|(?P<path>(?:(?<![\w.])|(?<=-[LIB]))/(?:usr/local|usr/lib|opt)/cuda(?:-\d+(?:\.\d+)*)?(?![\w-]))"
    r"|(?<![\w.-])(?P<lib>lib[\w-]+\.(?:so(?:\.\d+)*|a|dylib)(?![\w.])|cu\w+\.(?:lib|dll)(?!\w)))".encode()
)
TOOLKIT_PATH = "flag:/usr/local/cuda"
"""The symbol of every path below the CUDA toolkit's usual places."""


def flag_uses(data: bytes, start: int, end: int) -> Iterator[Use]:
    """The uses in a stretch of text that holds flags, in order; spans are offsets into ``data``.

    A flag is spanned without its value; the architectures in the value are uses of their own.
    """
    for match in _WORD.finditer(data, start, end):
        kind, text = match.lastgroup, match.group().decode("ascii", "replace")
        if kind == "flag":
            yield Use(f"flag:{_canonical(text)}", match.start(), match.end(), "flag")
        elif kind in ("arch", "link"):
            if symbol := arch_symbol(text) if kind == "arch" else lib_symbol(f"lib{text[2:]}.so"):
                yield Use(symbol, match.start(), match.end(), "flag")
        elif kind == "path":
            version = text.partition("cuda-")[2]
            details = (("version", version),) if version else ()
            yield Use(TOOLKIT_PATH, match.start(), match.end(), "string", details=details)
        elif kind == "lib" and (symbol := lib_symbol(text)):
            yield Use(symbol, match.start(), match.end(), "string")


_LONG = {
    "--generate-code": "-gencode",
    "--gpu-architecture": "-arch",
    "--arch": "-arch",
    "--gpu-code": "-code",
    "--code": "-code",
    "--use_fast_math": "-use_fast_math",
    "--ptxas-options": "-Xptxas",
    "--nvlink-options": "-Xnvlink",
    "--compiler-options": "-Xcompiler",
    "--relocatable-device-code": "-rdc",
    "--rdc": "-rdc",
    "--device-link": "-dlink",
    "--generate-line-info": "-lineinfo",
    "--compiler-bindir": "-ccbin",
    "--resource-usage": "-res-usage",
    "--expt-extended-lambda": "--extended-lambda",
    "-expt-extended-lambda": "--extended-lambda",
    "-expt-relaxed-constexpr": "--expt-relaxed-constexpr",
}
"""One name for the spellings of a flag, so that one row of a table serves them all."""


def _canonical(flag: str) -> str:
    return _LONG.get(flag, flag)
