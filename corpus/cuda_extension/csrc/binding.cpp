#include <torch/extension.h>

#include <vector>

std::vector<torch::Tensor> rms_norm_forward(torch::Tensor x, torch::Tensor weight, double epsilon);
std::vector<torch::Tensor> rms_norm_backward(torch::Tensor grad, torch::Tensor x, torch::Tensor weight,
                                             torch::Tensor scale);
torch::Tensor masked_softmax(torch::Tensor scores, torch::Tensor lengths);
torch::Tensor scatter_add(torch::Tensor values, torch::Tensor index, int64_t size);

// Wide enough for every kernel here; checked before the launch so that the message names the caller.
static torch::Tensor scatter_add_checked(torch::Tensor values, torch::Tensor index, int64_t size) {
  TORCH_CHECK(values.device().type() == torch::kCUDA, "scatter_add: expected a CUDA tensor");
  TORCH_CHECK(index.scalar_type() == torch::kLong, "scatter_add: the index must be int64");
  return scatter_add(values, index, size);
}

PYBIND11_MODULE(TORCH_EXTENSION_NAME, m) {
  m.doc() = "CUDA kernels of fused_ops";
  m.def("rms_norm_forward", &rms_norm_forward, "RMS norm (CUDA)");
  m.def("rms_norm_backward", &rms_norm_backward, "gradient of RMS norm (CUDA)");
  m.def("masked_softmax", &masked_softmax);
  m.def("scatter_add", &scatter_add_checked);
}
