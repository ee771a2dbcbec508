#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <random>

#include "buffer.h"
#include "spectra.h"

using spectra::Buffer;
using spectra::Memory;
using spectra::Shape;

namespace {

constexpr int kRank = 16;

struct Options {
  Shape shape{256, 4096};
  bool half = false;
};

Options parse(int argc, char** argv) {
  Options options;
  for (int i = 1; i < argc; ++i) {
    if (!std::strcmp(argv[i], "--channels") && i + 1 < argc) options.shape.channels = std::atoi(argv[++i]);
    if (!std::strcmp(argv[i], "--samples") && i + 1 < argc) options.shape.samples = std::atoi(argv[++i]);
    if (!std::strcmp(argv[i], "--half")) options.half = true;
  }
  return options;
}

void fill(float* data, size_t count, unsigned seed) {
  std::mt19937 random(seed);
  std::normal_distribution<float> normal;
  for (size_t i = 0; i < count; ++i) data[i] = normal(random);
}

}  // namespace

int main(int argc, char** argv) {
  const Options options = parse(argc, argv);
  const Shape shape = options.shape;
  const size_t count = static_cast<size_t>(shape.channels) * shape.samples;
  int devices = 0;
  if (cudaGetDeviceCount(&devices) != cudaSuccess || devices == 0) {
    std::fprintf(stderr, "spectra: no CUDA device\n");
    return 2;
  }

  std::vector<cudaStream_t> streams(devices);
  std::vector<Buffer<float>> signals, projected;
  Buffer<float> host(count, Memory::pinned);
  Buffer<float> basis(static_cast<size_t>(shape.samples) * kRank, Memory::managed);
  fill(basis.data(), basis.size(), 1);

  cudaEvent_t start, stop;
  CUDA_CHECK(cudaEventCreate(&start));
  CUDA_CHECK(cudaEventCreateWithFlags(&stop, cudaEventBlockingSync));
  for (int device = 0; device < devices; ++device) {
    CUDA_CHECK(cudaSetDevice(device));
    CUDA_CHECK(cudaStreamCreateWithFlags(&streams[device], cudaStreamNonBlocking));
    signals.emplace_back(count);
    projected.emplace_back(static_cast<size_t>(shape.channels) * kRank);
    fill(host.data(), count, 100 + device);
    CUDA_CHECK(cudaMemcpyAsync(signals[device].data(), host.data(), count * sizeof(float), cudaMemcpyHostToDevice,
                               streams[device]));
    CUDA_CHECK(cudaStreamSynchronize(streams[device]));  // host is filled again for the next device
    spectra::band_pass(signals[device].data(), shape, 0.05f, 0.2f, streams[device]);
    auto project = options.half ? spectra::project_half : spectra::project;
    project(signals[device].data(), basis.data(), projected[device].data(), shape, kRank, streams[device]);
  }

  CUDA_CHECK(cudaSetDevice(0));
  CUDA_CHECK(cudaEventRecord(start, streams[0]));
  if (devices > 1) {
    std::vector<float*> sums;
    for (auto& buffer : projected) sums.push_back(buffer.data());
    spectra::sum_over_devices(sums, shape.channels * kRank, streams);
    CUDA_CHECK(cudaSetDevice(0));
  }
  CUDA_CHECK(cudaEventRecord(stop, streams[0]));
  CUDA_CHECK(cudaEventSynchronize(stop));
  float milliseconds = 0;
  CUDA_CHECK(cudaEventElapsedTime(&milliseconds, start, stop));

  Buffer<float> halved(count / 2);
  spectra::resample(signals[0].data(), halved.data(), shape, streams[0]);
  for (int channel : spectra::strongest(signals[0].data(), shape, 5, streams[0])) std::printf("%d\n", channel);
  std::printf("summed over %d devices in %.3f ms\n", devices, milliseconds);
  for (auto stream : streams) CUDA_CHECK(cudaStreamDestroy(stream));
  cudaEventDestroy(start);
  cudaEventDestroy(stop);
  return 0;
}
