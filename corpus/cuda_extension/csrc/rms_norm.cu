#include <ATen/AccumulateType.h>
#include <ATen/cuda/CUDAContext.h>
#include <c10/cuda/CUDAException.h>
#include <c10/cuda/CUDAGuard.h>
#include <torch/extension.h>

#include "common.cuh"

namespace {

template <typename scalar_t, typename acc_t>
__global__ void __launch_bounds__(kThreads)
    forward_kernel(const scalar_t* __restrict__ x, const scalar_t* __restrict__ weight, scalar_t* __restrict__ y,
                   acc_t* __restrict__ scale, int width, acc_t epsilon) {
  const scalar_t* row = x + static_cast<int64_t>(blockIdx.x) * width;
  acc_t sum = 0;
  for (int i = threadIdx.x; i < width; i += blockDim.x) {
    const acc_t v = static_cast<acc_t>(row[i]);
    sum += v * v;
  }
  const acc_t r = rsqrt(block_sum(sum) / width + epsilon);
  for (int i = threadIdx.x; i < width; i += blockDim.x) {
    y[static_cast<int64_t>(blockIdx.x) * width + i] =
        static_cast<scalar_t>(static_cast<acc_t>(row[i]) * r * static_cast<acc_t>(weight[i]));
  }
  if (threadIdx.x == 0) scale[blockIdx.x] = r;
}

template <typename scalar_t, typename acc_t>
__global__ void backward_kernel(const scalar_t* grad, const scalar_t* x, const scalar_t* weight, const acc_t* scale,
                                scalar_t* grad_x, acc_t* grad_weight, int width) {
  const int64_t start = static_cast<int64_t>(blockIdx.x) * width;
  const acc_t r = scale[blockIdx.x];
  acc_t dot = 0;
  for (int i = threadIdx.x; i < width; i += blockDim.x) {
    dot += static_cast<acc_t>(grad[start + i]) * static_cast<acc_t>(weight[i]) * static_cast<acc_t>(x[start + i]) * r;
  }
  const acc_t mean = block_sum(dot) / width;
  for (int i = threadIdx.x; i < width; i += blockDim.x) {
    const acc_t normed = static_cast<acc_t>(x[start + i]) * r;
    const acc_t g = static_cast<acc_t>(grad[start + i]);
    grad_x[start + i] = static_cast<scalar_t>(r * (g * static_cast<acc_t>(weight[i]) - normed * mean));
    atomicAdd(grad_weight + i, g * normed);
  }
}

// Two values a load where the row allows it.
__global__ void forward_half2_kernel(const half2* x, const half2* weight, half2* y, float* scale, int pairs,
                                     float epsilon) {
  const half2* row = x + static_cast<int64_t>(blockIdx.x) * pairs;
  float sum = 0.f;
  for (int i = threadIdx.x; i < pairs; i += blockDim.x) {
    const float2 v = __half22float2(row[i]);
    sum += v.x * v.x + v.y * v.y;
  }
  const float r = rsqrtf(block_sum(sum) / (2 * pairs) + epsilon);
  const half2 r2 = __float2half2_rn(r);
  for (int i = threadIdx.x; i < pairs; i += blockDim.x) {
    y[static_cast<int64_t>(blockIdx.x) * pairs + i] = __hmul2(__hmul2(row[i], r2), weight[i]);
  }
  if (threadIdx.x == 0) scale[blockIdx.x] = r;
}

}  // namespace

std::vector<torch::Tensor> rms_norm_forward(torch::Tensor x, torch::Tensor weight, double epsilon) {
  CHECK_INPUT(x);
  CHECK_INPUT(weight);
  const at::cuda::OptionalCUDAGuard guard(device_of(x));
  cudaStream_t stream = at::cuda::getCurrentCUDAStream();
  const int width = x.size(-1);
  const int rows = x.numel() / width;
  auto y = torch::empty_like(x);
  auto scale = torch::empty({rows}, x.options().dtype(at::toAccumulateType(x.scalar_type(), at::kCUDA)));
  if (x.scalar_type() == at::kHalf && width % 2 == 0) {
    forward_half2_kernel<<<rows, kThreads, 0, stream>>>(
        reinterpret_cast<const half2*>(x.data_ptr<at::Half>()),
        reinterpret_cast<const half2*>(weight.data_ptr<at::Half>()), reinterpret_cast<half2*>(y.data_ptr<at::Half>()),
        scale.data_ptr<float>(), width / 2, static_cast<float>(epsilon));
    C10_CUDA_KERNEL_LAUNCH_CHECK();
    return {y, scale};
  }
  AT_DISPATCH_FLOATING_TYPES_AND2(at::kHalf, at::kBFloat16, x.scalar_type(), "rms_norm_forward", [&] {
    using acc_t = at::acc_type<scalar_t, true>;
    forward_kernel<scalar_t, acc_t><<<rows, kThreads, 0, stream>>>(
        x.data_ptr<scalar_t>(), weight.data_ptr<scalar_t>(), y.data_ptr<scalar_t>(), scale.data_ptr<acc_t>(), width,
        static_cast<acc_t>(epsilon));
  });
  C10_CUDA_KERNEL_LAUNCH_CHECK();
  return {y, scale};
}

std::vector<torch::Tensor> rms_norm_backward(torch::Tensor grad, torch::Tensor x, torch::Tensor weight,
                                             torch::Tensor scale) {
  CHECK_INPUT(grad);
  const c10::cuda::CUDAGuard guard(x.device());
  const int width = x.size(-1);
  const int rows = x.numel() / width;
  auto grad_x = torch::empty_like(x);
  auto grad_weight = torch::zeros({width}, scale.options());
  AT_DISPATCH_FLOATING_TYPES_AND2(at::kHalf, at::kBFloat16, x.scalar_type(), "rms_norm_backward", [&] {
    using acc_t = at::acc_type<scalar_t, true>;
    backward_kernel<scalar_t, acc_t><<<rows, kThreads, 0, c10::cuda::getCurrentCUDAStream()>>>(
        grad.data_ptr<scalar_t>(), x.data_ptr<scalar_t>(), weight.data_ptr<scalar_t>(), scale.data_ptr<acc_t>(),
        grad_x.data_ptr<scalar_t>(), grad_weight.data_ptr<acc_t>(), width);
  });
  C10_CUDA_CHECK(cudaGetLastError());
  return {grad_x, grad_weight.to(weight.scalar_type())};
}
