// Sums over the GPUs of this process.
#include <nccl.h>

#include "check.h"
#include "spectra.h"

namespace spectra {

void sum_over_devices(const std::vector<float*>& data, int count, const std::vector<cudaStream_t>& streams) {
  const int devices = static_cast<int>(data.size());
  std::vector<ncclComm_t> communicators(devices);
  NCCL_CHECK(ncclCommInitAll(communicators.data(), devices, nullptr));
  NCCL_CHECK(ncclGroupStart());
  for (int i = 0; i < devices; ++i) {
    NCCL_CHECK(ncclAllReduce(data[i], data[i], count, ncclFloat, ncclSum, communicators[i], streams[i]));
  }
  NCCL_CHECK(ncclGroupEnd());
  for (int i = 0; i < devices; ++i) {
    CUDA_CHECK(cudaSetDevice(i));
    CUDA_CHECK(cudaStreamSynchronize(streams[i]));
    ncclCommDestroy(communicators[i]);
  }
}

}  // namespace spectra
