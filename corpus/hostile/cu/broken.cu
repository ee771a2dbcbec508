#include <cuda_runtime.h>

void good() {
  cudaDeviceSynchronize();
}

template <typename T
void bad(T* p {
  cudaFree(p;

@@@ merge conflict here

int after() {
  int n = 0;
  cudaGetDeviceCount(&n);
  return n;
}
