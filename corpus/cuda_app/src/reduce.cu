// Energies by a cooperative-groups reduction; the strongest channels by Thrust and CUB.
#include <cooperative_groups.h>
#include <cooperative_groups/reduce.h>
#include <thrust/device_vector.h>
#include <thrust/execution_policy.h>
#include <thrust/host_vector.h>
#include <thrust/sequence.h>

#include <cub/cub.cuh>

#include "buffer.h"
#include "spectra.h"

namespace cg = cooperative_groups;

namespace spectra {
namespace {

// The lane of this thread, from the special register.
__device__ unsigned lane_id() {
  unsigned lane;
  asm volatile("mov.u32 %0, %%laneid;" : "=r"(lane));
  return lane;
}

__global__ void energy(const float* signals, int samples, float* out) {
  cg::thread_block block = cg::this_thread_block();
  cg::thread_block_tile<32> warp = cg::tiled_partition<32>(block);
  __shared__ float partial;
  if (block.thread_rank() == 0) partial = 0.f;
  block.sync();
  float sum = 0.f;
  for (int i = block.thread_rank(); i < samples; i += block.size()) {
    const float value = signals[static_cast<size_t>(blockIdx.x) * samples + i];
    sum = __fmaf_rn(value, value, sum);
  }
  sum = cg::reduce(warp, sum, cg::plus<float>());
  if (lane_id() == 0) atomicAdd_block(&partial, sum);
  block.sync();
  if (block.thread_rank() == 0) out[blockIdx.x] = partial;
}

template <int kThreads>
__global__ void normalise(float* values, int count) {
  using Reduce = cub::BlockReduce<float, kThreads>;
  __shared__ typename Reduce::TempStorage storage;
  __shared__ float largest;
  float value = 0.f;
  for (int i = threadIdx.x; i < count; i += kThreads) value = fmaxf(value, values[i]);
  value = Reduce(storage).Reduce(value, [](float a, float b) { return a > b ? a : b; });
  if (threadIdx.x == 0) largest = value;
  __syncthreads();
  for (int i = threadIdx.x; i < count; i += kThreads) values[i] /= largest;
}

}  // namespace

std::vector<int> strongest(const float* signals, Shape shape, int count, cudaStream_t stream) {
  thrust::device_vector<float> energies(shape.channels), sorted(shape.channels);
  thrust::device_vector<int> index(shape.channels), order(shape.channels);
  thrust::sequence(thrust::cuda::par.on(stream), index.begin(), index.end());
  energy<<<shape.channels, 256, 0, stream>>>(signals, shape.samples, thrust::raw_pointer_cast(energies.data()));
  normalise<256><<<1, 256, 0, stream>>>(thrust::raw_pointer_cast(energies.data()), shape.channels);

  size_t bytes = 0;
  auto sort = [&](void* scratch) {
    CUDA_CHECK(cub::DeviceRadixSort::SortPairsDescending(
        scratch, bytes, thrust::raw_pointer_cast(energies.data()), thrust::raw_pointer_cast(sorted.data()),
        thrust::raw_pointer_cast(index.data()), thrust::raw_pointer_cast(order.data()), shape.channels, 0, 32, stream));
  };
  sort(nullptr);
  Buffer<char> scratch(bytes);
  sort(scratch.data());
  CUDA_CHECK(cudaStreamSynchronize(stream));
  thrust::host_vector<int> host(order.begin(), order.begin() + count);
  return {host.begin(), host.end()};
}

}  // namespace spectra
