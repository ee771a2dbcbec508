// Linear interpolation by the texture unit.
#include "buffer.h"
#include "spectra.h"

namespace spectra {
namespace {

__global__ void interpolate(cudaTextureObject_t signals, float* out, int samples) {
  const int half = samples / 2;
  const int channel = blockIdx.y;
  const int i = blockIdx.x * blockDim.x + threadIdx.x;
  if (i < half) out[channel * half + i] = tex2D<float>(signals, 2 * i + 1.0f, channel + 0.5f);
}

}  // namespace

void resample(const float* signals, float* out, Shape shape, cudaStream_t stream) {
  int device = 0;
  CUDA_CHECK(cudaGetDevice(&device));
  cudaDeviceProp properties;
  CUDA_CHECK(cudaGetDeviceProperties(&properties, device));

  float* aligned = nullptr;
  size_t pitch = 0;
  const size_t width = shape.samples * sizeof(float);
  CUDA_CHECK(cudaMallocPitch(&aligned, &pitch, width, shape.channels));
  CUDA_CHECK(cudaMemcpy2DAsync(aligned, pitch, signals, width, width, shape.channels, cudaMemcpyDeviceToDevice, stream));

  cudaResourceDesc resource = {};
  resource.resType = cudaResourceTypePitch2D;
  resource.res.pitch2D.devPtr = aligned;
  resource.res.pitch2D.desc = cudaCreateChannelDesc<float>();
  resource.res.pitch2D.width = shape.samples;
  resource.res.pitch2D.height = shape.channels;
  resource.res.pitch2D.pitchInBytes = pitch;
  cudaTextureDesc description = {};
  description.filterMode = cudaFilterModeLinear;
  description.addressMode[0] = cudaAddressModeClamp;
  cudaTextureObject_t texture = 0;
  CUDA_CHECK(cudaCreateTextureObject(&texture, &resource, &description, nullptr));

  int smallest_grid = 0, threads = 0;
  CUDA_CHECK(cudaOccupancyMaxPotentialBlockSize(&smallest_grid, &threads, interpolate, 0, properties.maxThreadsPerBlock));
  const dim3 grid((shape.samples / 2 + threads - 1) / threads, shape.channels);
  interpolate<<<grid, threads, 0, stream>>>(texture, out, shape.samples);
  CUDA_CHECK(cudaGetLastError());
  CUDA_CHECK(cudaStreamSynchronize(stream));
  CUDA_CHECK(cudaDestroyTextureObject(texture));
  CUDA_CHECK(cudaFree(aligned));
}

}  // namespace spectra
