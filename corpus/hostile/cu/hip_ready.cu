// Compiles for NVIDIA and for AMD.
#if defined(__HIP_PLATFORM_AMD__) || defined(USE_ROCM)
#include <hip/hip_runtime.h>
#define gpuMalloc hipMalloc
#define gpuFree hipFree
#define gpuStream_t hipStream_t
#define GPU_WARP_SIZE 64
#else
#include <cuda_runtime.h>
#define gpuMalloc cudaMalloc
#define gpuFree cudaFree
#define gpuStream_t cudaStream_t
#define GPU_WARP_SIZE 32
#endif

__device__ float sum(float v) {
  for (int offset = GPU_WARP_SIZE / 2; offset > 0; offset >>= 1) {
#ifdef USE_ROCM
    v += __shfl_down(v, offset);
#else
    v += __shfl_down_sync(0xffffffff, v, offset);
#endif
  }
  return v;
}

__global__ void total(const float* in, float* out) {
  float v = sum(in[threadIdx.x]);
  if (threadIdx.x == 0) atomicAdd(out, v);
}

void run(const float* in, float* out, gpuStream_t stream) {
  total<<<1, GPU_WARP_SIZE, 0, stream>>>(in, out);
}
