"""Libraries beyond BLAS and DNN.

Finds: the first use in a file of cuSOLVER, cuSPARSE, cuSPARSELt, cuFFT, cuRAND, cuBLASLt's epilogues, cuDNN's front
end, NPP, nvJPEG and cuTENSOR, with the number of uses in the file.

Why it matters: a table of names may rename all of them while the target's library lacks many: the link then fails.

Instead: check each function against the target's library before the port is planned.
"""

from __future__ import annotations

from collections.abc import Iterator

from migrate.cpp.names import library
from migrate.cpp.unit import Unit
from migrate.model import Use

MARKERS = (b"cu", b"npp", b"nvjpeg")

_LIBRARIES = frozenset("cusolver cusparse cusparselt cufft curand cudnn-frontend npp nvjpeg cutensor".split())


def find(unit: Unit) -> Iterator[Use]:
    """The first use of each library."""
    first: dict[str, Use] = {}
    count: dict[str, int] = {}
    for use in unit.uses:
        name = library(use.symbol)
        if name == "cublaslt" and "EPILOGUE" not in use.symbol:
            continue
        if name in _LIBRARIES or name == "cublaslt":
            first.setdefault(name, use)
            count[name] = count.get(name, 0) + 1
    for name, use in first.items():
        yield unit.hazard("library-beyond-blas", use.start, use.end, library=name, uses=str(count[name]))
