// Band pass: FFT, multiply, inverse FFT; the three are recorded once as a graph and replayed.
#include <cufft.h>

#include "buffer.h"
#include "spectra.h"

namespace spectra {
namespace {

constexpr int kMaxTaps = 64;
__constant__ float c_edge[kMaxTaps];

__global__ void apply_band(cufftComplex* spectrum, int bins, int channels, float low, float high, float scale) {
  const int bin = blockIdx.x * blockDim.x + threadIdx.x;
  const int channel = blockIdx.y;
  if (bin >= bins || channel >= channels) return;
  const float frequency = static_cast<float>(bin) / (2 * (bins - 1));
  float gain = frequency >= low && frequency <= high ? 1.f : 0.f;
  const int from_edge = static_cast<int>(fabsf(frequency - low) * 2 * (bins - 1));
  if (gain == 0.f && from_edge < kMaxTaps) gain = c_edge[from_edge];
  cufftComplex& value = spectrum[static_cast<size_t>(channel) * bins + bin];
  value = cuCmulf(value, make_cuComplex(gain * scale, 0.f));
}

class Plan {
 public:
  Plan(Shape shape, cufftType type) {
    int n[] = {shape.samples};
    CUFFT_CHECK(cufftPlanMany(&handle_, 1, n, nullptr, 1, 0, nullptr, 1, 0, type, shape.channels));
  }
  ~Plan() { cufftDestroy(handle_); }
  operator cufftHandle() const { return handle_; }

 private:
  cufftHandle handle_ = 0;
};

void upload_edge() {
  float edge[kMaxTaps];
  for (int i = 0; i < kMaxTaps; ++i) edge[i] = 1.f - static_cast<float>(i + 1) / kMaxTaps;
  CUDA_CHECK(cudaMemcpyToSymbol(c_edge, edge, sizeof(edge)));
}

}  // namespace

void band_pass(float* signals, Shape shape, float low, float high, cudaStream_t stream) {
  upload_edge();
  Plan forward(shape, CUFFT_R2C);
  Plan inverse(shape, CUFFT_C2R);
  CUFFT_CHECK(cufftSetStream(forward, stream));
  CUFFT_CHECK(cufftSetStream(inverse, stream));
  Buffer<cufftComplex> spectrum(static_cast<size_t>(shape.channels) * shape.bins());

  cudaGraph_t graph;
  cudaGraphExec_t executable;
  CUDA_CHECK(cudaStreamBeginCapture(stream, cudaStreamCaptureModeThreadLocal));
  CUFFT_CHECK(cufftExecR2C(forward, signals, spectrum.data()));
  const dim3 block(256);
  const dim3 grid((shape.bins() + block.x - 1) / block.x, shape.channels);
  apply_band<<<grid, block, 0, stream>>>(spectrum.data(), shape.bins(), shape.channels, low, high,
                                         1.f / shape.samples);
  CUFFT_CHECK(cufftExecC2R(inverse, spectrum.data(), signals));
  CUDA_CHECK(cudaStreamEndCapture(stream, &graph));
#if CUDART_VERSION >= 12000
  CUDA_CHECK(cudaGraphInstantiate(&executable, graph, 0));
#else
  CUDA_CHECK(cudaGraphInstantiate(&executable, graph, nullptr, nullptr, 0));
#endif
  CUDA_CHECK(cudaGraphLaunch(executable, stream));
  CUDA_CHECK(cudaStreamSynchronize(stream));
  CUDA_CHECK(cudaGraphExecDestroy(executable));
  CUDA_CHECK(cudaGraphDestroy(graph));
}

}  // namespace spectra
