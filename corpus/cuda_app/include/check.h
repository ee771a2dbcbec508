// Every call of a GPU library goes through one of these macros.
#pragma once

#include <cublas_v2.h>
#include <cuda_runtime.h>
#include <cufft.h>
#include <nccl.h>

#include <stdexcept>
#include <string>

namespace spectra {

inline void require(bool good, const char* what, const char* detail, const char* file, int line) {
  if (!good) throw std::runtime_error(std::string(what) + ": " + detail + " (" + file + ":" + std::to_string(line) + ")");
}

}  // namespace spectra

#define CUDA_CHECK(call)                                                                                 \
  do {                                                                                                   \
    const cudaError_t status_ = (call);                                                                  \
    spectra::require(status_ == cudaSuccess, #call, cudaGetErrorString(status_), __FILE__, __LINE__);    \
  } while (0)

#define CUBLAS_CHECK(call) \
  spectra::require((call) == CUBLAS_STATUS_SUCCESS, #call, "cuBLAS failed", __FILE__, __LINE__)

#define CUFFT_CHECK(call) spectra::require((call) == CUFFT_SUCCESS, #call, "cuFFT failed", __FILE__, __LINE__)

#define NCCL_CHECK(call)                                                                               \
  do {                                                                                                 \
    const ncclResult_t status_ = (call);                                                               \
    spectra::require(status_ == ncclSuccess, #call, ncclGetErrorString(status_), __FILE__, __LINE__);  \
  } while (0)
