"""The code bases of the corpus are real: they run on a CPU, and their C++ and CUDA compiles."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import sysconfig
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path

import pytest

pytestmark = pytest.mark.real

CORPUS = Path(__file__).parents[2] / "corpus"
BROKEN = ["cu/broken.cu", "cu/unterminated.cpp"]
OLDEST_CLANG = 18
NO_GPU = {"CUDA_VISIBLE_DEVICES": "", "OMP_NUM_THREADS": "1", "PYTHONDONTWRITEBYTECODE": "1"}
KERNELS = sorted((CORPUS / "cuda_app" / "src").glob("*.cu"))
HOST = sorted((CORPUS / "cuda_app" / "src").glob("*.cpp"))
EXTENSION = sorted((CORPUS / "cuda_extension" / "csrc").glob("*.c*[up]"))


def run(base: str, *command: str | Path, **variables: str) -> str:
    """Standard output of a Python command in the folder of a code base; fails with all that it printed."""
    done = subprocess.run(
        [sys.executable, *map(str, command)],
        cwd=CORPUS / base,
        env={**os.environ, **NO_GPU, "PYTHONPATH": ".", **variables},
        capture_output=True,
        text=True,
        timeout=600,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def torch() -> Path:
    """Where torch lies."""
    spec = find_spec("torch")
    if spec is None or spec.origin is None:
        pytest.skip("torch isn't installed")
    return Path(spec.origin).parent


# --- Python ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("processes", [1, 2])
def test_the_trainer_learns(torch: Path, tmp_path: Path, processes: int) -> None:
    launcher: list[str | Path] = ["-m", "torch.distributed.run", "--standalone", f"--nproc_per_node={processes}"]
    arguments: list[str | Path] = [
        "--device",
        "cpu",
        "--config",
        "configs/tiny.yaml",
        "--checkpoint",
        tmp_path / "c.pt",
    ]
    printed = run("ddp_trainer", *(launcher if processes > 1 else []), "-m", "trainer.train", *arguments)
    losses = [float(loss) for loss in re.findall(r"loss ([\d.]+)", printed)]
    assert len(losses) == 2, "one process speaks for all"
    assert losses[1] < losses[0]


@contextmanager
def server() -> Iterator[str]:
    """The address of an inference server on the CPU."""
    command = [sys.executable, "-m", "server", "--device", "cpu", "--port", "0"]
    folder = CORPUS / "inference_server"
    with subprocess.Popen(
        command, cwd=folder, env={**os.environ, **NO_GPU}, stdout=subprocess.PIPE, text=True
    ) as child:
        try:
            assert child.stdout is not None
            yield f"http://127.0.0.1:{child.stdout.readline().rsplit(maxsplit=1)[-1]}"
        finally:
            child.kill()


def test_the_inference_server_answers(torch: Path) -> None:
    with server() as url:
        body = json.dumps({"tokens": [[5, 8, 13], [21]]}).encode()
        with urllib.request.urlopen(f"{url}/classify", body, timeout=60) as answer:
            assert len(json.load(answer)["classes"]) == 2
        with urllib.request.urlopen(f"{url}/health", timeout=60) as answer:
            assert json.load(answer) == {"ok": True, "device": "cpu"}


@pytest.mark.parametrize(("base", "passed"), [("inference_server", 2), ("cuda_extension", 3)])
def test_its_own_tests_pass_on_a_cpu(torch: Path, base: str, passed: int) -> None:
    options = ["-q", "-c", os.devnull, "--rootdir=.", "-p", "no:cacheprovider"]
    assert f"{passed} passed" in run(base, "-m", "pytest", *options, "tests")


def test_the_triton_table_of_times(torch: Path) -> None:
    printed = run("triton_notebook", "-m", "kernels.bench")
    assert [line.split()[0] for line in printed.splitlines()[1:]] == ["softmax", "layer_norm", "matmul"]


def test_the_notebook_runs_cell_by_cell(torch: Path) -> None:
    cells = json.loads((CORPUS / "triton_notebook" / "explore.ipynb").read_text(encoding="utf-8"))["cells"]
    sources = ["".join(cell["source"]) for cell in cells if cell["cell_type"] == "code"]
    python = [re.sub(r"(?m)^[!%].*\n?", "", source) for source in sources if not source.startswith("%%bash")]
    assert run("triton_notebook", "-c", "\n".join([*python, "print(sorted(times))"])) == "[64, 128, 256]\n"


INTERPRETED = """
import torch, triton
from kernels import fused, reference

fused.libdevice = triton.language  # the interpreter has no libdevice
x, weight, bias = torch.randn(4, 37), torch.randn(37), torch.randn(37)
out = torch.empty_like(x)
fused.softmax_kernel[(4,)](out, x, x.stride(0), 37, BLOCK=64)
torch.testing.assert_close(out, reference.softmax(x))
torch.testing.assert_close(fused.layer_norm(x, weight, bias), reference.layer_norm(x, weight, bias))
a, b, c = torch.randn(70, 50), torch.randn(50, 90), torch.empty(70, 90)
strides = *a.stride(), *b.stride(), *c.stride()
fused.matmul_kernel.fn[(2, 2)](a, b, c, 70, 90, 50, *strides, BM=64, BN=64, BK=32)
torch.testing.assert_close(c, reference.matmul(a, b), atol=1e-4, rtol=1e-4)
"""


def test_triton_kernels_compute_what_their_references_do(torch: Path) -> None:
    if find_spec("triton") is None:
        pytest.skip("triton isn't installed")
    run("triton_notebook", "-c", INTERPRETED, TRITON_INTERPRET="1")


@pytest.mark.parametrize("name", ["aliases", "star", "dynamic", "lookalikes", "multi_vendor"])
def test_hostile_python_is_python(torch: Path, name: str) -> None:
    run("hostile", f"py/{name}.py")


# --- C++ and CUDA ------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def clang() -> str:
    """A clang that takes CUDA 12's own headers; older ones don't understand libcu++."""
    for name in [*(f"clang++-{version}" for version in range(25, OLDEST_CLANG - 1, -1)), "clang++"]:
        if (found := shutil.which(name)) and _version(found) >= OLDEST_CLANG:
            return found
    pytest.skip(f"no clang++ of version {OLDEST_CLANG} or later")


def _version(clang: str) -> int:
    said = subprocess.run([clang, "-dumpversion"], capture_output=True, text=True, check=True).stdout
    return int(said.partition(".")[0])


@pytest.fixture(scope="module")
def toolkit(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder in the form of a CUDA toolkit, made of links into NVIDIA's wheels."""
    wheels = find_spec("nvidia")
    places = [Path(place) for place in (wheels.submodule_search_locations or [])] if wheels else []
    headers = [folder for place in places for folder in sorted(place.glob("*/include"))]
    device = next((folder for place in places for folder in place.glob("cuda_nvcc/nvvm")), None)
    if device is None or not any((folder / "texture_fetch_functions.h").exists() for folder in headers):
        pytest.skip("NVIDIA's CUDA 12 wheels aren't installed")
    root = tmp_path_factory.mktemp("cuda")
    for name in ("include", "bin", "lib64"):
        (root / name).mkdir()
    (root / "nvvm").symlink_to(device)
    for folder in headers:
        for entry in folder.iterdir():
            link = root / "include" / entry.name
            if not link.exists():
                link.symlink_to(entry)
    return root


def compiles(clang: str, source: Path, *options: str | Path) -> None:
    """Parse and check a file; for CUDA both for the host and for the device."""
    command = [clang, "-fsyntax-only", "-Wno-unknown-cuda-version", *map(str, options), str(source)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=600)
    assert done.returncode == 0, done.stderr


def cuda(toolkit: Path) -> list[str]:
    return ["-x", "cuda", f"--cuda-path={toolkit}", "--cuda-gpu-arch=sm_80"]


@pytest.mark.parametrize("source", KERNELS, ids=lambda path: path.name)
def test_the_application_compiles(clang: str, toolkit: Path, source: Path) -> None:
    compiles(clang, source, *cuda(toolkit), "-std=c++17", f"-I{CORPUS / 'cuda_app' / 'include'}")


@pytest.mark.parametrize("source", HOST, ids=lambda path: path.name)
def test_its_host_code_compiles(clang: str, toolkit: Path, source: Path) -> None:
    compiles(clang, source, "-std=c++17", f"-I{CORPUS / 'cuda_app' / 'include'}", "-isystem", toolkit / "include")


@pytest.mark.parametrize("source", EXTENSION, ids=lambda path: path.name)
def test_the_extension_compiles(clang: str, toolkit: Path, torch: Path, source: Path) -> None:
    # Half a minute a file: torch's headers.
    language = cuda(toolkit) if source.suffix == ".cu" else []
    folders = [torch / "include", torch / "include/torch/csrc/api/include", Path(sysconfig.get_paths()["include"])]
    system = [option for folder in folders for option in ("-isystem", folder)]
    defines = ["-DTORCH_EXTENSION_NAME=_C", "-DC10_CUDA_NO_CMAKE_CONFIGURE_FILE"]
    compiles(clang, source, *language, "-std=c++20", *defines, *system)


@pytest.mark.parametrize("name", ["names.cu", "hip_ready.cu"])
def test_hostile_cuda_compiles(clang: str, toolkit: Path, name: str) -> None:
    compiles(clang, CORPUS / "hostile" / "cu" / name, *cuda(toolkit), "-std=c++17")


@pytest.mark.parametrize("name", BROKEN)
def test_broken_files_are_broken(clang: str, toolkit: Path, name: str) -> None:
    with pytest.raises(AssertionError):
        compiles(clang, CORPUS / "hostile" / name, *cuda(toolkit))
