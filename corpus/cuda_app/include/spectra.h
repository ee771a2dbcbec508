// What main.cpp sees: no kernel, no CUDA syntax.
#pragma once

#include <cuda_runtime_api.h>

#include <vector>

namespace spectra {

struct Shape {
  int channels;
  int samples;
  int bins() const { return samples / 2 + 1; }
};

// Band pass in the frequency domain, in place; signals: channels x samples.
void band_pass(float* signals, Shape shape, float low, float high, cudaStream_t stream);

// out (channels x rank) = signals (channels x samples) * basis (samples x rank).
void project(const float* signals, const float* basis, float* out, Shape shape, int rank, cudaStream_t stream);

// The same in half precision on tensor cores; sizes are multiples of 16.
void project_half(const float* signals, const float* basis, float* out, Shape shape, int rank, cudaStream_t stream);

// Energy of each channel, and the `count` strongest.
std::vector<int> strongest(const float* signals, Shape shape, int count, cudaStream_t stream);

// Every second sample, by linear interpolation.
void resample(const float* signals, float* out, Shape shape, cudaStream_t stream);

// Sum of `data` over all GPUs, on each of them.
void sum_over_devices(const std::vector<float*>& data, int count, const std::vector<cudaStream_t>& streams);

}  // namespace spectra
