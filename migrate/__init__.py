"""cuda-migrate: what a CUDA code base becomes on other accelerators, on what evidence, at what cost."""

__version__ = "0.1.0"
