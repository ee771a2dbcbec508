"""What a file must hold to be parsed at all."""

from __future__ import annotations

import pytest

from migrate.markers import marked


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        (b'"""Like torch, but smaller; no gpu."""\nx = "pytorch"\n', False),
        (b"import numpy as np\nfrom os import path  # torch\n", True),
        (b"import torch\n", True),
        (b"    from torch import nn\r\n", True),
        (b"from ..utils import (\n    logging,\n    torch,\n)\n", True),
        (b"try:\n    import k2\nexcept ImportError:\n    pass\n", True),
        (b'torch = importlib.import_module("torch")\n', True),
        (b'setup(name="x", install_requires=["torch"])\n', True),
        (b'device = "cuda"\n', True),
        (b'run("docker run --gpus all")\n', True),
        (b"flag = 1\n", False),
        (b"", False),
    ],
)
def test_python(code: bytes, expected: bool) -> None:
    assert marked("python", code) is expected


def test_a_marker_across_two_pieces_is_found() -> None:
    assert marked("cuda", b" " * 65534 + b"cudaFree")
    assert not marked("cuda", b"int main() { return 0; }")


def test_languages_without_markers_are_always_read() -> None:
    assert marked("docker", b"FROM ubuntu")
