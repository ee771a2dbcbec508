import os

import torch
from setuptools import find_packages, setup
from torch.utils.cpp_extension import CUDA_HOME, BuildExtension, CUDAExtension

NVCC_FLAGS = [
    "-O3",
    "--use_fast_math",
    "-lineinfo",
    "-U__CUDA_NO_HALF_OPERATORS__",
    "-U__CUDA_NO_HALF_CONVERSIONS__",
    "-gencode=arch=compute_80,code=sm_80",
    "-gencode", "arch=compute_90,code=sm_90",
    "--expt-relaxed-constexpr",
]


def extensions():
    if CUDA_HOME is None or os.environ.get("FUSED_OPS_CPU_ONLY") == "1":
        return []
    if torch.version.cuda is None:
        raise SystemExit("nvcc found, but this PyTorch was built without CUDA")
    return [
        CUDAExtension(
            name="fused_ops._C",
            sources=["csrc/binding.cpp", "csrc/rms_norm.cu", "csrc/softmax.cu", "csrc/scatter.cu"],
            include_dirs=["csrc"],
            extra_compile_args={"cxx": ["-O3", "-std=c++17"], "nvcc": NVCC_FLAGS},
            libraries=["cublas"],
        )
    ]


setup(
    name="fused-ops",
    version="0.4.0",
    packages=find_packages(include=["fused_ops"]),
    ext_modules=extensions(),
    cmdclass={"build_ext": BuildExtension.with_options(use_ninja=True)},
    install_requires=["torch>=2.1"],
    extras_require={"bench": ["triton>=2.1", "cupy-cuda12x"]},
)
