// Projection onto a basis: cuBLAS in single precision, wmma in half precision.
#include <cublas_v2.h>
#include <cuda_fp16.h>
#include <mma.h>

#include "buffer.h"
#include "spectra.h"

namespace spectra {
namespace {

using namespace nvcuda;

constexpr int kTile = 16;

__global__ void to_half(const float* in, __half* out, size_t n) {
  const size_t i = static_cast<size_t>(blockIdx.x) * blockDim.x + threadIdx.x;
  if (i < n) out[i] = __float2half(in[i]);
}

// One warp computes one 16 x 16 tile.
__global__ void multiply_tiles(const __half* a, const __half* b, float* c, int rows, int inner, int columns) {
#if __CUDA_ARCH__ >= 700
  wmma::fragment<wmma::matrix_a, kTile, kTile, kTile, __half, wmma::row_major> left;
  wmma::fragment<wmma::matrix_b, kTile, kTile, kTile, __half, wmma::row_major> right;
  wmma::fragment<wmma::accumulator, kTile, kTile, kTile, float> sum;
  wmma::fill_fragment(sum, 0.0f);
  for (int k = 0; k < inner; k += kTile) {
    wmma::load_matrix_sync(left, a + blockIdx.y * kTile * inner + k, inner);
    wmma::load_matrix_sync(right, b + k * columns + blockIdx.x * kTile, columns);
    wmma::mma_sync(sum, left, right, sum);
  }
  wmma::store_matrix_sync(c + blockIdx.y * kTile * columns + blockIdx.x * kTile, sum, columns, wmma::mem_row_major);
#endif
}

cublasHandle_t handle() {
  static cublasHandle_t shared = [] {
    cublasHandle_t created;
    CUBLAS_CHECK(cublasCreate(&created));
    CUBLAS_CHECK(cublasSetMathMode(created, CUBLAS_TF32_TENSOR_OP_MATH));
    return created;
  }();
  return shared;
}

}  // namespace

void project(const float* signals, const float* basis, float* out, Shape shape, int rank, cudaStream_t stream) {
  const float one = 1.f, zero = 0.f;
  CUBLAS_CHECK(cublasSetStream(handle(), stream));
  // cuBLAS is column-major: compute the transpose of the product.
  CUBLAS_CHECK(cublasSgemm(handle(), CUBLAS_OP_N, CUBLAS_OP_N, rank, shape.channels, shape.samples, &one, basis, rank,
                           signals, shape.samples, &zero, out, rank));
}

void project_half(const float* signals, const float* basis, float* out, Shape shape, int rank, cudaStream_t stream) {
  const size_t left = static_cast<size_t>(shape.channels) * shape.samples;
  const size_t right = static_cast<size_t>(shape.samples) * rank;
  Buffer<__half> a(left), b(right);
  to_half<<<(left + 255) / 256, 256, 0, stream>>>(signals, a.data(), left);
  to_half<<<(right + 255) / 256, 256, 0, stream>>>(basis, b.data(), right);
  multiply_tiles<<<dim3(rank / kTile, shape.channels / kTile), 32, 0, stream>>>(a.data(), b.data(), out,
                                                                               shape.channels, shape.samples, rank);
  CUDA_CHECK(cudaPeekAtLastError());
  CUDA_CHECK(cudaStreamSynchronize(stream));
}

}  // namespace spectra
