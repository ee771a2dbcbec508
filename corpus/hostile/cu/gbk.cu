// 向量加法,块大小为 256
#include <cuda_runtime.h>

__global__ void add(const float* a, const float* b, float* c, int n) {
  int i = blockIdx.x * blockDim.x + threadIdx.x;  // 全局编号
  if (i < n) c[i] = a[i] + b[i];
}

void run(float* a, float* b, float* c, int n) {
  const char* 说明 = "调用 cudaMalloc"; /* 不是 cudaFree */ cudaMemset(c, 0, n * sizeof(float));
  add<<<(n + 255) / 256, 256>>>(a, b, c, n);
  cudaDeviceSynchronize();
}
