// One warp a row.
#include <ATen/cuda/CUDAContext.h>
#include <torch/extension.h>

#include <cfloat>

#include "common.cuh"

template <typename scalar_t>
__global__ void masked_softmax_kernel(const scalar_t* scores, const int* lengths, scalar_t* out, int rows, int columns) {
  const int row = blockIdx.x * blockDim.y + threadIdx.y;
  if (row >= rows) return;
  const int lane = threadIdx.x % warpSize;
  const int length = __ldg(lengths + row);
  const scalar_t* in = scores + static_cast<int64_t>(row) * columns;
  float largest = -FLT_MAX;
  for (int i = lane; i < length; i += 32) largest = fmaxf(largest, static_cast<float>(in[i]));
  largest = warp_max(largest);
  float sum = 0.f;
  for (int i = lane; i < length; i += 32) sum += __expf(static_cast<float>(in[i]) - largest);
  sum = warp_sum(sum);
  sum = __shfl_sync(kFullMask, sum, 0);
  for (int i = lane; i < columns; i += 32) {
    const float v = i < length ? __expf(static_cast<float>(in[i]) - largest) / sum : 0.f;
    out[static_cast<int64_t>(row) * columns + i] = static_cast<scalar_t>(v);
  }
}

torch::Tensor masked_softmax(torch::Tensor scores, torch::Tensor lengths) {
  CHECK_INPUT(scores);
  CHECK_INPUT(lengths);
  const int rows = scores.size(0), columns = scores.size(1);
  auto out = torch::empty_like(scores);
  const dim3 block(kWarpSize, 4);
  const dim3 grid((rows + block.y - 1) / block.y);
  auto stream = at::cuda::getCurrentCUDAStream(scores.device().index());
  AT_DISPATCH_FLOATING_TYPES_AND_HALF(scores.scalar_type(), "masked_softmax", [&] {
    masked_softmax_kernel<scalar_t><<<grid, block, 0, stream.stream()>>>(
        scores.data_ptr<scalar_t>(), lengths.data_ptr<int>(), out.data_ptr<scalar_t>(), rows, columns);
  });
  AT_CUDA_CHECK(cudaGetLastError());
  return out;
}
