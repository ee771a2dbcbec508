"""The one pass over a file's bytes in place of many searches."""

from migrate.python.strings import _ALWAYS, _GATED
from migrate.python.words import standing


def test_the_literals_that_stand_in_a_file_are_told_also_inside_of_others() -> None:
    found = standing(b"import ctypes\nlib = ctypes.CDLL('libnvinfer.so')  # nvcc TORCH_CUDA_ARCH_LIST\n")
    assert found == {b"ctypes", b".so", b"nvcc", b"TORCH_", b"CUDA_"}


def test_all_that_strings_are_searched_for_is_in_that_pass() -> None:
    anchors = [*_ALWAYS, *(anchor for _, gated in _GATED for anchor in gated)]
    gates = [gate for gates, _ in _GATED for gate in gates]
    for literal in (*gates, *(literal for literal, _, _ in anchors)):
        assert literal in standing(b"(" + literal + b")"), literal
