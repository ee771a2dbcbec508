"""Which of the rarer literals stand in a file: one pass for all of them, in place of a search for each."""

from __future__ import annotations

from functools import cache

from ahocorasick_rs import BytesAhoCorasick, Implementation

from migrate.parameters import parameters

COMPILER = (b"nvcc", b"cpp_extension", b"-gencode", b"/usr/local/cuda")
"""Of these one stands in every script that gives flags to CUDA's compiler."""

REQUIREMENTS = (b"install_requires", b"extras_require", b"setup_requires")
PROCESSES = (b"subprocess", b"os.system", b"popen", b"which(", b"find_executable", b"run_command")
COMMANDS = (
    *(b"nvidia-", b"nvcc", b"nsys", b"nvprof", b"ncu", b"cuobjdump", b"cuda-", b"dcgmi", b"gpustat"),
    *(b"nvitop", b"compute-sanitizer", b"nvdisasm"),
)
LOADERS = (b"ctypes", b"dlopen", b"LoadLibrary")
INLINE = (b"load_inline", b"RawKernel", b"RawModule", b"SourceModule", b"ElementwiseKernel", b"ReductionKernel")
"""What is given CUDA source in strings."""

PROFILER = (b"cuda_time", b"self_cuda_memory_usage")
_OTHERS = (
    *(b"nccl", b"torch.cuda.", b"ExecutionProvider", b"CUDA_", b"NCCL_", b"CUDNN_", b"CUBLAS", b"NVIDIA_", b"TORCH_"),
    *(
        b"TRITON_",
        b"env",
        b".so",
        b".dll",
        b"find_library",
        b"import_module",
        b"__import__",
        b"is_cuda",
        b"pin_memory",
        b"global",
    ),
)

_LONG = 5


@cache
def _words() -> tuple[bytes, ...]:
    keys = (key.encode() for key in parameters())
    listed = (*COMPILER, *REQUIREMENTS, *PROCESSES, *COMMANDS, *LOADERS, *INLINE, *PROFILER, *_OTHERS)
    return tuple(dict.fromkeys((*listed, *(key for key in keys if b"_" in key), *sorted(long_values()))))


@cache
def long_values() -> frozenset[bytes]:
    """The values of parameters that are long enough to be rare."""
    texts = (value.value.encode() for values in parameters().values() for value in values)
    return frozenset(text for text in texts if len(text) >= _LONG)


@cache
def _automaton() -> BytesAhoCorasick:
    return BytesAhoCorasick(_words(), implementation=Implementation.DFA)


def standing(data: bytes) -> frozenset[bytes]:
    """Those of the literals above that stand in the data, of the parameters' names with an underscore and of their
    long values."""
    words = _words()
    return frozenset(words[index] for index, _, _ in _automaton().find_matches_as_indexes(data, overlapping=True))
