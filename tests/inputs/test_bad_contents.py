"""Files whose content is broken, hostile or not what their name says."""

from __future__ import annotations

import json

import pytest
from command import GOOD, Tree

CALL = "torch.cuda.synchronize()\n"


@pytest.mark.parametrize(
    "name", ["a.py", "a.cu", "a.ipynb", "a.json", "a.yaml", "a.sh", "CMakeLists.txt", "Dockerfile"]
)
def test_empty_file(tree: Tree, name: str) -> None:
    tree.put(name, b"")
    assert tree.scan_beside_good().places(name) == []


def test_nul_bytes(tree: Tree) -> None:
    tree.put("bad.py", b"import torch\0\ntorch.cuda.synchronize()\n")
    scan = tree.scan_beside_good()
    assert scan.skips == {"bad.py": "binary"}
    assert "NUL" in scan.reasons


def test_nul_bytes_far_into_the_file(tree: Tree) -> None:
    tree.put("bad.py", GOOD.encode() + b"# " + b"x" * 10_000 + b"\n\0\0\n")
    tree.scan_beside_good()


def test_hundred_megabytes(tree: Tree) -> None:
    with (tree.root / "big.py").open("wb") as file:
        file.truncate(100_000_000)
    scan = tree.scan_beside_good()
    assert scan.skips == {"big.py": "too-large"}
    assert "100 MB, over the limit of 20 MB (--max-file-size)" in scan.reasons
    assert tree.scan_beside_good("--max-file-size", "200").skips == {"big.py": "binary"}


NESTED = {
    "a.py": "import torch\nx = " + "(" * 100_000 + "torch.cuda" + ")" * 100_000 + "\n",
    "open.py": "import torch\nx = " + "[" * 20_000 + "torch.cuda\n",
    "indent.py": "import torch\n" + "".join(" " * depth + "if torch.cuda:\n" for depth in range(2_000)),
    "a.cu": "void f() " + "{" * 100_000 + "cudaFree(0);" + "}" * 100_000 + "\n",
    "open.cu": "#include <cuda_runtime.h>\nint x = " + "(" * 100_000 + "\n",
    "a.json": "[" * 100_000 + '"cuda"' + "]" * 100_000,
    "a.yaml": "[" * 100_000 + '"cuda"' + "]" * 100_000,
    "a.toml": "device = 'cuda'\nx = " + "[" * 100_000 + "]" * 100_000,
    "a.ipynb": "[" * 100_000 + '"cuda"' + "]" * 100_000,
    "CMakeLists.txt": "find_package(CUDAToolkit)\nif(" + "(" * 100_000 + ")" * 100_000 + ")\n",
    "a.sh": "nvidia-smi; echo " + "$(" * 100_000 + ")" * 100_000 + "\n",
}


@pytest.mark.parametrize("name", NESTED)
def test_deep_nesting(tree: Tree, name: str) -> None:
    tree.put(name, NESTED[name])
    tree.scan_beside_good()


def test_unknown_coding_cookie(tree: Tree) -> None:
    tree.put("bad.py", "# -*- coding: klingon -*-\n" + GOOD)
    scan = tree.scan_beside_good()
    assert "4:1 py:torch.cuda.synchronize" in scan.places("bad.py")
    assert scan.reasons == "unknown encoding 'klingon' in the coding line"


def test_cookie_that_does_not_fit_the_bytes(tree: Tree) -> None:
    tree.put("bad.py", b"# coding: ascii\nname = '\xe9'\n" + GOOD.encode())
    scan = tree.scan_beside_good()
    assert "5:1 py:torch.cuda.synchronize" in scan.places("bad.py")
    assert scan.reasons == "byte 24 is not ascii: ordinal not in range(128)"


def test_latin1_with_its_cookie(tree: Tree) -> None:
    tree.put("a.py", b"# coding: latin-1\nimport torch\n'\xe9\xe9'; torch.cuda.synchronize()\n")
    assert "3:7 py:torch.cuda.synchronize" in tree.scan_beside_good().places("a.py")


def test_latin1_without_a_cookie(tree: Tree) -> None:
    tree.put("bad.py", b"import torch\n'\xe9\xe9'; torch.cuda.synchronize()\n")
    scan = tree.scan_beside_good()
    assert "2:7 py:torch.cuda.synchronize" in scan.places("bad.py")
    assert scan.reasons == "byte 14 is not utf-8: invalid continuation byte"


def test_utf16(tree: Tree) -> None:
    tree.put("bad.py", GOOD.encode("utf-16"))
    scan = tree.scan_beside_good()
    assert scan.skips == {"bad.py": "encoding"}
    assert "save it as UTF-8" in scan.reasons


def test_byte_order_mark(tree: Tree) -> None:
    tree.put("a.py", b"\xef\xbb\xbfimport torch; torch.cuda.synchronize()\n")
    assert "1:15 py:torch.cuda.synchronize" in tree.scan_beside_good().places("a.py")


@pytest.mark.parametrize("newline", ["\r\n", "\r"])
def test_other_newlines(tree: Tree, newline: str) -> None:
    tree.put("a.py", GOOD.replace("\n", newline))
    assert "3:1 py:torch.cuda.synchronize" in tree.scan_beside_good().places("a.py")


NOTEBOOKS = {
    "no JSON": '{"cells": [{"cell_type": "code", "source": ["torch.cuda',
    "another JSON": '["torch.cuda"]',
    "no cells": '{"nbformat": 4, "metadata": {"name": "torch.cuda"}}',
    "cells of another kind": '{"nbformat": 4, "cells": {"torch.cuda": 1}}',
    "source of another kind": '{"nbformat": 4, "cells": [{"cell_type": "code", "source": {"torch.cuda": 1}}, 7]}',
    "lone surrogate": '{"nbformat": 4, "cells": [{"cell_type": "code", "source": "import torch.cuda # \\ud800"}]}',
    "a number too long": '{"nbformat": 4, "cells": [], "torch.cuda": ' + "1" * 10_000 + "}",
}


@pytest.mark.parametrize("kind", NOTEBOOKS)
def test_broken_notebook(tree: Tree, kind: str) -> None:
    tree.put("bad.ipynb", NOTEBOOKS[kind])
    scan = tree.scan_beside_good()
    assert kind not in ("no JSON", "another JSON", "no cells") or scan.reasons.startswith("not a notebook: ")


def test_notebook_of_an_old_format(tree: Tree) -> None:
    cell = {"cell_type": "code", "input": ["import torch\n", "torch.cuda.synchronize()"]}
    tree.put("old.ipynb", json.dumps({"nbformat": 3, "worksheets": [{"cells": [cell]}]}))
    assert any("torch.cuda.synchronize" in place for place in tree.scan_beside_good().places("old.ipynb"))


def test_yaml_bomb(tree: Tree) -> None:
    levels = "".join(f"{name}: &{name} [{', '.join(['*' + chr(ord(name) - 1)] * 9)}]\n" for name in "bcdefghijkl")
    tree.put("bomb.yaml", "a: &a [cuda, cuda]\n" + levels + "device: cuda\n")
    tree.scan_beside_good("--file-timeout", "5")


def test_git_lfs_pointer(tree: Tree) -> None:
    tree.put("model.py", "version https://git-lfs.github.com/spec/v1\noid sha256:cuda\nsize 12345\n")
    scan = tree.scan_beside_good()
    assert scan.skips == {"model.py": "lfs-pointer"}
    assert "git lfs pull" in scan.reasons


def test_program_named_like_python(tree: Tree) -> None:
    tree.put("tool.py", b"\x7fELF\x02\x01\x01" + bytes(range(256)) * 40 + b"cudaMalloc torch.cuda")
    assert tree.scan_beside_good().skips == {"tool.py": "binary"}


def test_one_line_of_19_megabytes(tree: Tree) -> None:
    tree.put("line.py", "import torch; x = '" + "x" * 19_000_000 + "'; torch.cuda.synchronize()")
    scan = tree.scan_beside_good()
    assert "1:19000023 py:torch.cuda.synchronize" in scan.places("line.py")
    assert all(len(item["text"]) <= 200 for item in scan.report["findings"])


def test_python_2(tree: Tree) -> None:
    tree.put("old.py", "import torch\nprint 'a'\ntorch.cuda.synchronize()\nexec 'x' in {}\nraise E, 'm'\n")
    assert "3:1 py:torch.cuda.synchronize" in tree.scan_beside_good().places("old.py")


@pytest.mark.parametrize("name", ["a.py", "a.cu"])
def test_merge_conflict(tree: Tree, name: str) -> None:
    before, after = {
        "a.py": ("import torch\n", "torch.cuda.synchronize()\n"),
        "a.cu": ("#include <cuda_runtime.h>\n", "void f() { cudaDeviceSynchronize(); }\n"),
    }[name]
    tree.put(name, f"{before}<<<<<<< HEAD\nint x;\n=======\nint y;\n>>>>>>> other\n{after}")
    assert any(place.startswith("7:") for place in tree.scan_beside_good().places(name))


def test_includes_in_a_circle(tree: Tree) -> None:
    tree.put("requirements.txt", "-r requirements-b.txt\nflash-attn\n")
    tree.put("requirements-b.txt", "-r requirements.txt\nflash-attn\n")
    tree.put("a.cuh", '#include "b.cuh"\n#include <cuda_runtime.h>\n')
    tree.put("b.cuh", '#include "a.cuh"\n#include <cuda_runtime.h>\n')
    tree.put("CMakeLists.txt", "include(x.cmake)\nfind_package(CUDAToolkit)\n")
    tree.put("x.cmake", "include(CMakeLists.txt)\nfind_package(CUDAToolkit)\n")
    scan = tree.scan_beside_good()
    assert all(scan.places(name) for name in ("requirements.txt", "requirements-b.txt", "a.cuh", "x.cmake"))
