"""Hazards in CUDA C and C++."""
