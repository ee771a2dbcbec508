// cudaMalloc, __shfl_sync and ncclAllReduce in a comment.
#include <cuda_runtime.h>

#include <map>
#include <string>

#include "macros.h"

namespace cuda_tools {
inline int cudaFree(int value) { return value; }
struct Device {
  int cudaGetDevice = 0;
  int cudaStream_t_count = 0;
  void cudaSetDevice(int) {}
};
}  // namespace cuda_tools

namespace my {
enum class Backend { cuda, hip };
using cuda_tools::cudaFree;
}  // namespace my

/* cudaMemcpy(a, b, n, cudaMemcpyDefault); */
static const char* kHelp = R"(call cudaMalloc(&p, n), then kernel<<<1, 32>>>(p))";
static const char* kName = "cudaMemcpyAsync";
static const std::map<std::string, int> kTable = {{"cudaStreamCreate", 1}};

int host(float* data, size_t n) {
  cuda_tools::Device device;
  device.cudaSetDevice(device.cudaGetDevice);
  auto* pointer = &device;
  pointer->cudaSetDevice(pointer->cudaStream_t_count);
  int left = my::cudaFree(3) + cuda_tools::cudaFree(4);
  void* p = nullptr;
  if (::cudaMalloc(&p, n) != cudaSuccess) return -1;
  (void)std::string("cudaFree").size();
  CHECK(cudaMemcpy(p, data, n, cudaMemcpyHostToDevice));
  auto release = &::cudaFree;
  release(p);
#if 0
  cudaDeviceReset();
#endif
  return left + static_cast<int>(my::Backend::cuda);
}
