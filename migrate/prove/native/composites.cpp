// Operators that torch composes otherwise for other devices than the CPU: here as for the CPU, gradients included.

#include <torch/csrc/autograd/custom_function.h>
#include <torch/library.h>

#include "device.h"

namespace simulated {
namespace {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

struct ToHost : torch::autograd::Function<ToHost> {
  static at::Tensor forward(AutogradContext* context, const at::Tensor& tensor) {
    context->saved_data["index"] = static_cast<int64_t>(tensor.device().index());
    return host_view(tensor);
  }
  static variable_list backward(AutogradContext* context, const variable_list& gradients) {
    return {device_view(gradients[0], static_cast<c10::DeviceIndex>(context->saved_data["index"].toInt()))};
  }
};

struct ToDevice : torch::autograd::Function<ToDevice> {
  static at::Tensor forward(AutogradContext*, const at::Tensor& tensor, int64_t index) {
    return device_view(tensor, static_cast<c10::DeviceIndex>(index));
  }
  static variable_list backward(AutogradContext*, const variable_list& gradients) {
    return {host_view(gradients[0]), at::Tensor()};
  }
};

void compose_on_host(const c10::OperatorHandle& op, torch::jit::Stack* stack) {
  std::optional<c10::DeviceIndex> index;
  const auto host = [&](const at::Tensor& tensor) {
    if (!tensor.defined() || !tensor.is_privateuseone())
      return tensor;
    const auto here = tensor.device().index();
    TORCH_CHECK(index.value_or(here) == here, "Expected all tensors to be on the same device, but found ",
                tensor.device(), " and index ", static_cast<int>(*index), " in ", op.schema().name());
    index = here;
    return ToHost::apply(tensor);
  };
  const auto first = stack->size() - op.schema().arguments().size();
  for (size_t at = first; at < stack->size(); ++at) {
    auto& value = (*stack)[at];
    if (value.isTensor()) {
      value = host(value.toTensor());
    } else if (value.isTensorList()) {
      c10::List<at::Tensor> list;
      for (const at::Tensor& tensor : value.toTensorList())
        list.push_back(host(tensor));
      value = list;
    }
  }
  op.callBoxed(stack);
  for (size_t at = stack->size() - op.schema().returns().size(); at < stack->size(); ++at)
    (*stack)[at] = ToDevice::apply((*stack)[at].toTensor(), *index);
}

void compose_all(torch::Library& library) {
  for (const auto* name : {"lstm.input", "lstm.data", "gru.input", "gru.data", "rnn_tanh.input", "rnn_tanh.data",
                           "rnn_relu.input", "rnn_relu.data", "lstm_cell", "gru_cell"})
    library.impl(name, torch::CppFunction::makeFromBoxedFunction<&compose_on_host>());
}

} // namespace

TORCH_LIBRARY_IMPL(aten, AutogradPrivateUse1, m) {
  compose_all(m);
}

TORCH_LIBRARY_IMPL(aten, PrivateUse1, m) {
  compose_all(m);
}

} // namespace simulated
