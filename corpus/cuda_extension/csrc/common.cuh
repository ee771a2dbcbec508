// Shared by the kernels: checks, launch shapes, reductions.
#pragma once

#include <cuda_fp16.h>
#include <cuda_runtime.h>

#define CHECK_INPUT(x)                                        \
  TORCH_CHECK((x).is_cuda(), #x " must be on a CUDA device"); \
  TORCH_CHECK((x).is_contiguous(), #x " must be contiguous")

constexpr int kWarpSize = 32;
constexpr unsigned kFullMask = 0xffffffffu;
constexpr int kThreads = 256;

inline int blocks_for(int64_t n) { return static_cast<int>((n + kThreads - 1) / kThreads); }

template <typename T>
__device__ __forceinline__ T warp_sum(T value) {
#pragma unroll
  for (int offset = kWarpSize / 2; offset > 0; offset >>= 1) {
    value += __shfl_down_sync(kFullMask, value, offset);
  }
  return value;
}

template <typename T>
__device__ __forceinline__ T warp_max(T value) {
#pragma unroll
  for (int offset = 16; offset > 0; offset /= 2) {
    T other = __shfl_xor_sync(0xffffffff, value, offset);
    value = value > other ? value : other;
  }
  return value;
}

// Sum over a block; every thread gets the result.
template <typename T>
__device__ T block_sum(T value) {
  __shared__ T partial[32];
  const int lane = threadIdx.x & 31;
  const int warp = threadIdx.x >> 5;
  value = warp_sum(value);
  if (lane == 0) partial[warp] = value;
  __syncthreads();
  value = threadIdx.x < (blockDim.x + 31) / 32 ? partial[lane] : T(0);
  if (warp == 0) value = warp_sum(value);
  if (threadIdx.x == 0) partial[0] = value;
  __syncthreads();
  return partial[0];
}
