"""Renamed code compiles as HIP, for the host and for the device, with the headers that Triton's wheel carries."""

from __future__ import annotations

import shutil
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

pytestmark = pytest.mark.real

PROGRAM = """
#include <cstdio>
#include <cuda_fp16.h>
#include <vector>

__constant__ float c_scale;

__inline__ __device__ float sum(float x) {
  for (int offset = 16; offset > 0; offset /= 2) x += __shfl_down_sync(0xffffffff, x, offset);
  return x;
}

__global__ void mean(const float* in, __half* out, int n) {
  __shared__ float parts[32];
  float x = threadIdx.x < n ? in[blockIdx.x * n + threadIdx.x] * c_scale : 0.f;
  x = sum(x);
  if (threadIdx.x % 32 == 0) parts[threadIdx.x / 32] = x;
  __syncthreads();
  if (threadIdx.x == 0) out[blockIdx.x] = __float2half(parts[0] / n);
}

int main() {
  int devices = 0;
  if (cudaGetDeviceCount(&devices) != cudaSuccess) return 1;
  cudaDeviceProp properties;
  cudaGetDeviceProperties(&properties, 0);
  std::vector<float> host(64, 1.f);
  float *in, one = 1.f;
  __half* out;
  cudaMalloc(&in, host.size() * sizeof(float));
  cudaMalloc((void**)&out, 2 * sizeof(__half));
  cudaMemcpyToSymbol(c_scale, &one, sizeof(one));
  cudaStream_t stream;
  cudaStreamCreateWithFlags(&stream, cudaStreamNonBlocking);
  cudaMemcpyAsync(in, host.data(), host.size() * sizeof(float), cudaMemcpyHostToDevice, stream);
  cudaEvent_t start, stop;
  cudaEventCreate(&start);
  cudaEventCreate(&stop);
  cudaEventRecord(start, stream);
  mean<<<2, 32, 0, stream>>>(in, out, 32);
  cudaEventRecord(stop, stream);
  if (cudaGetLastError() != cudaSuccess || cudaStreamSynchronize(stream) != cudaSuccess) return 1;
  float milliseconds = 0.f;
  cudaEventElapsedTime(&milliseconds, start, stop);
  std::printf("%s %f\\n", properties.name, milliseconds);
  cudaFree(in);
  cudaFree(out);
  return 0;
}
"""


@pytest.fixture
def hip(tmp_path: Path) -> list[str]:
    """A compiler for HIP that sees the wheel's headers, and none of an older ROCm."""
    clang = next((found for name in ("clang++-19", "clang++-20") if (found := shutil.which(name))), None)
    triton = find_spec("triton")
    if clang is None or triton is None or triton.origin is None:
        pytest.skip("clang++-19 or Triton isn't installed")
    headers = Path(triton.origin).parent / "backends" / "amd" / "include"
    (tmp_path / "rocm" / "include").mkdir(parents=True)
    return [
        *(clang, "-x", "hip", "--offload-arch=gfx90a", "-nogpulib", f"--rocm-path={tmp_path / 'rocm'}"),
        *("--hip-version=7.1", "-isystem", str(headers), "-D__HIP_PLATFORM_AMD__", "-std=c++17", "-fsyntax-only"),
    ]


@pytest.mark.parametrize("arch", ["gfx90a", "gfx1100"])
def test_a_program_compiles(hip: list[str], tmp_path: Path, arch: str) -> None:
    source = tmp_path / "code" / "mean.cu"
    source.parent.mkdir()
    source.write_text(PROGRAM)
    command = [sys.executable, "-m", "migrate", "rewrite", str(source.parent), "--target", "rocm"]
    subprocess.run([*command, "--strategy", "rename", "--unsafe", "--write", "-q"], check=True)
    made = [part.replace("gfx90a", arch) for part in hip]
    done = subprocess.run([*made, str(source)], capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    assert "cuda" not in source.read_text()
