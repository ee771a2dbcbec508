#include <ATen/cuda/Atomic.cuh>
#include <ATen/cuda/CUDAContext.h>
#include <torch/extension.h>

#include "common.cuh"

#define CUDA_1D_LOOP(i, n) \
  for (int64_t i = blockIdx.x * (int64_t)blockDim.x + threadIdx.x; i < (n); i += (int64_t)blockDim.x * gridDim.x)

template <typename scalar_t>
__global__ void scatter_add_kernel(const scalar_t* values, const int64_t* index, scalar_t* out, int64_t n) {
  CUDA_1D_LOOP(i, n) { gpuAtomicAdd(out + index[i], values[i]); }
}

// Small outputs fit into shared memory: fewer collisions in global memory.
__global__ void scatter_add_shared_kernel(const float* values, const int64_t* index, float* out, int64_t n, int size) {
  extern __shared__ float bins[];
  for (int i = threadIdx.x; i < size; i += blockDim.x) bins[i] = 0.f;
  __syncthreads();
  CUDA_1D_LOOP(i, n) { atomicAdd(&bins[index[i]], values[i]); }
  __syncthreads();
  for (int i = threadIdx.x; i < size; i += blockDim.x) {
#if __CUDA_ARCH__ >= 700
    __nanosleep(1);
#endif
    atomicAdd(out + i, bins[i]);
  }
}

torch::Tensor scatter_add(torch::Tensor values, torch::Tensor index, int64_t size) {
  CHECK_INPUT(values);
  CHECK_INPUT(index);
  auto out = torch::zeros({size}, values.options());
  const int64_t n = values.numel();
  if (n == 0) return out;
  auto stream = at::cuda::getCurrentCUDAStream();
  const auto* properties = at::cuda::getCurrentDeviceProperties();
  const size_t bytes = size * sizeof(float);
  const int blocks = std::min(blocks_for(n), properties->multiProcessorCount * 8);
  if (values.scalar_type() == at::kFloat && bytes <= properties->sharedMemPerBlock) {
    scatter_add_shared_kernel<<<blocks, kThreads, bytes, stream>>>(
        values.data_ptr<float>(), index.data_ptr<int64_t>(), out.data_ptr<float>(), n, static_cast<int>(size));
  } else {
    AT_DISPATCH_FLOATING_TYPES(values.scalar_type(), "scatter_add", [&] {
      scatter_add_kernel<<<blocks, kThreads, 0, stream>>>(values.data_ptr<scalar_t>(), index.data_ptr<int64_t>(),
                                                          out.data_ptr<scalar_t>(), n);
    });
  }
  C10_CUDA_KERNEL_LAUNCH_CHECK();
  return out;
}
