// Every operator of the simulated device: the CPU's own, run on host tensors over the same memory.

#include <unordered_map>
#include <vector>

#include <ATen/EmptyTensor.h>
#include <ATen/native/DispatchStub.h>
#include <ATen/native/transformers/attention.h>
#include <ATen/ops/_fused_sdp_choice.h>
#include <c10/core/DeviceGuard.h>
#include <torch/library.h>

#include "device.h"
#include "memory.h"

namespace simulated {
namespace {

constexpr auto kType = c10::DeviceType::PrivateUse1;
constexpr auto kKey = c10::DispatchKey::PrivateUse1;

// The host's view of one operator call, and the way back.
class Call {
 public:
  explicit Call(const c10::FunctionSchema& schema) : schema_(schema) {}

  c10::IValue to_host(const c10::IValue& value, const c10::Argument& argument) {
    if (value.isTensor())
      return host(value.toTensor(), argument, false);
    if (value.isTensorList()) {
      c10::List<at::Tensor> list;
      for (const at::Tensor& tensor : value.toTensorList())
        list.push_back(host(tensor, argument, false));
      return list;
    }
    if (value.isOptionalTensorList()) { // indices, which may stay on the host
      c10::List<std::optional<at::Tensor>> list;
      for (const std::optional<at::Tensor>& tensor : value.toOptionalTensorList())
        list.push_back(tensor ? std::optional(host(*tensor, argument, true)) : std::nullopt);
      return list;
    }
    if (value.isDevice()) {
      meet(resolve(value.toDevice()).index(), argument);
      return c10::Device(c10::DeviceType::CPU);
    }
    if (value.isGenerator())
      return host_generator(value.toGenerator());
    return value;
  }

  c10::IValue to_device(const c10::IValue& value) {
    if (value.isTensor())
      return device(value.toTensor());
    if (value.isTensorList()) {
      c10::List<at::Tensor> list;
      for (const at::Tensor& tensor : value.toTensorList())
        list.push_back(device(tensor));
      return list;
    }
    return value;
  }

  // What the operator has resized takes its new memory and shape with it.
  void settle() {
    for (auto& [inner, outer] : tensors_) {
      const auto& storage = inner.storage();
      if (storage.data() != outer.storage().data() || storage.nbytes() != outer.storage().nbytes()) {
        outer.storage().set_data_ptr_noswap(adopt_memory(storage, outer.device().index()));
        outer.storage().set_nbytes(storage.nbytes());
      }
      if (inner.sizes() != outer.sizes() || inner.strides() != outer.strides() ||
          inner.storage_offset() != outer.storage_offset())
        outer.unsafeGetTensorImpl()->set_sizes_and_strides(inner.sizes(), inner.strides(), inner.storage_offset());
    }
  }

  // No host tensor but a number may come together with device tensors.
  void check_mixed() {
    check_usable(index());
    if (index_ >= 0 && stranger_)
      different(c10::Device(c10::DeviceType::CPU), *stranger_);
  }

 private:
  at::Tensor host(const at::Tensor& tensor, const c10::Argument& argument, bool host_allowed) {
    if (!tensor.defined())
      return tensor;
    if (!tensor.is_privateuseone()) {
      if (tensor.dim() > 0 && !host_allowed)
        stranger_ = &argument;
      return tensor;
    }
    meet(tensor.device().index(), argument);
    auto* storage = tensor.storage().unsafeGetStorageImpl();
    auto found = storages_.find(storage);
    if (found == storages_.end())
      found = storages_.emplace(storage, alias_memory(tensor.storage())).first;
    auto inner = shaped_as(tensor, found->second, c10::DispatchKey::CPU);
    tensors_.emplace_back(inner, tensor);
    return inner;
  }

  at::Tensor device(const at::Tensor& tensor) {
    if (!tensor.defined() || !tensor.is_cpu())
      return tensor;
    for (const auto& [inner, outer] : tensors_) {
      if (inner.is_same(tensor))
        return outer;
      if (inner.is_alias_of(tensor))
        return shaped_as(tensor, outer.storage(), kKey);
    }
    return device_view(tensor, index());
  }

  c10::DeviceIndex index() const {
    return index_ >= 0 ? index_ : current_device();
  }

  void meet(c10::DeviceIndex index, const c10::Argument& argument) {
    if (index_ >= 0 && index != index_)
      different(c10::Device(kType, index), argument);
    index_ = index;
  }

  [[noreturn]] void different(c10::Device other, const c10::Argument& argument) const {
    TORCH_CHECK(false, "Expected all tensors to be on the same device, but found at least two devices, ",
                c10::Device(kType, index_), " and ", other, "! (when checking argument '", argument.name(), "' of ",
                schema_.name(), ")");
  }

  const c10::FunctionSchema& schema_;
  c10::DeviceIndex index_ = -1;
  const c10::Argument* stranger_ = nullptr;
  std::unordered_map<c10::StorageImpl*, c10::Storage> storages_;
  std::vector<std::pair<at::Tensor, at::Tensor>> tensors_;
};

void run_on_host(const c10::OperatorHandle& op, torch::jit::Stack* stack) {
  const auto& schema = op.schema();
  TORCH_CHECK_NOT_IMPLEMENTED(op.hasComputedKernelForDispatchKey(c10::DispatchKey::CPU), schema.operator_name(),
                              " has no CPU kernel, so the simulated device can't run it");
  Call call(schema);
  const auto& arguments = schema.arguments();
  const auto first = stack->size() - arguments.size();
  for (size_t at = 0; at < arguments.size(); ++at)
    (*stack)[first + at] = call.to_host((*stack)[first + at], arguments[at]);
  call.check_mixed();
  op.redispatchBoxed(c10::DispatchKeySet(c10::DispatchKey::CPU), stack);
  call.settle();
  for (size_t at = stack->size() - schema.returns().size(); at < stack->size(); ++at)
    (*stack)[at] = call.to_device((*stack)[at]);
}

at::Tensor empty(c10::SymIntArrayRef size, std::optional<at::ScalarType> dtype, std::optional<at::Layout> layout,
                 std::optional<at::Device> device, std::optional<bool> pinned,
                 std::optional<at::MemoryFormat> format) {
  TORCH_CHECK(at::layout_or_default(layout) == at::kStrided, "only dense tensors are simulated");
  TORCH_CHECK(!at::pinned_memory_or_default(pinned), "Only dense CPU tensors can be pinned");
  const c10::DeviceGuard guard(resolve(at::device_or_default(device)));
  return at::detail::empty_generic(C10_AS_INTARRAYREF_SLOW(size), c10::GetAllocator(kType),
                                   c10::DispatchKeySet(kKey), at::dtype_or_default(dtype), format);
}

at::Tensor empty_strided(c10::SymIntArrayRef size, c10::SymIntArrayRef stride, std::optional<at::ScalarType> dtype,
                         std::optional<at::Layout> layout, std::optional<at::Device> device,
                         std::optional<bool> pinned) {
  TORCH_CHECK(at::layout_or_default(layout) == at::kStrided, "only dense tensors are simulated");
  TORCH_CHECK(!at::pinned_memory_or_default(pinned), "Only dense CPU tensors can be pinned");
  const c10::DeviceGuard guard(resolve(at::device_or_default(device)));
  return at::detail::empty_strided_generic(C10_AS_INTARRAYREF_SLOW(size), C10_AS_INTARRAYREF_SLOW(stride),
                                           c10::GetAllocator(kType), c10::DispatchKeySet(kKey),
                                           at::dtype_or_default(dtype));
}

// Copies between host and device, and between devices, are where different devices may meet.
at::Tensor& copy(at::Tensor& self, const at::Tensor& from, bool) {
  host_view(self).copy_(host_view(from));
  return self;
}

at::Tensor& set_storage(at::Tensor& self, at::Storage source, c10::SymInt offset, c10::SymIntArrayRef size,
                        c10::SymIntArrayRef stride) {
  TORCH_CHECK(source.device().type() == kType, "Expected a storage on ", self.device(), ", got one on ", source.device());
  auto* impl = self.unsafeGetTensorImpl();
  impl->set_storage_keep_dtype(std::move(source));
  const auto sizes = C10_AS_INTARRAYREF_SLOW(size);
  const auto start = offset.guard_int(__FILE__, __LINE__);
  if (stride.data() || sizes.empty()) {
    impl->set_sizes_and_strides(sizes, C10_AS_INTARRAYREF_SLOW(stride), start);
  } else {
    impl->set_sizes_contiguous(sizes);
    impl->set_storage_offset(start);
  }
  return self;
}

at::Tensor& set_whole_storage(at::Tensor& self, at::Storage source) {
  const auto count = static_cast<int64_t>(source.nbytes() / self.element_size());
  return set_storage(self, std::move(source), 0, {c10::SymInt(count)}, {c10::SymInt(1)});
}

at::Tensor& set_tensor(at::Tensor& self, const at::Tensor& source) {
  return set_storage(self, source.storage(), source.sym_storage_offset(), source.sym_sizes(), source.sym_strides());
}

void record_stream(at::Tensor&, c10::Stream) {}

// Whether `tensor.data = other` may turn one into the other: plug-ins say yes for host and device, as CUDA does,
// so that module.to(device) keeps its parameters and an optimizer made before goes on working.
bool can_take_data(const at::Tensor& self, const at::Tensor& other) {
  const auto dense = [](const at::Tensor& tensor) {
    return tensor.layout() == at::kStrided && (tensor.is_cpu() || tensor.is_privateuseone());
  };
  return dense(self) && dense(other);
}

// The CPU's choice of attention kernel, so that the numbers are the CPU's.
int64_t attention_choice(const at::Tensor& query, const at::Tensor& key, const at::Tensor& value,
                         const std::optional<at::Tensor>& mask, double dropout, bool causal,
                         std::optional<double> scale, bool grouped) {
  const auto host = [](const at::Tensor& tensor) {
    auto inner = host_view(tensor);
    return tensor.requires_grad() ? inner.set_requires_grad(true) : inner;
  };
  return at::_fused_sdp_choice(host(query), host(key), host(value), mask ? std::optional(host_view(*mask)) : mask, dropout,
                               causal, scale, grouped);
}

} // namespace

TORCH_LIBRARY_IMPL(_, PrivateUse1, m) {
  m.fallback(torch::CppFunction::makeFromBoxedFunction<&run_on_host>());
}

TORCH_LIBRARY_IMPL(aten, PrivateUse1, m) {
  m.impl("empty.memory_format", &empty);
  m.impl("empty_strided", &empty_strided);
  m.impl("copy_", &copy);
  m.impl("set_.source_Storage", &set_whole_storage);
  m.impl("set_.source_Storage_storage_offset", &set_storage);
  m.impl("set_.source_Tensor", &set_tensor);
  m.impl("record_stream", &record_stream);
  m.impl("_fused_sdp_choice", &attention_choice);
  m.impl("_has_compatible_shallow_copy_type", &can_take_data);
  // What torch composes otherwise where a device brings no kernel of its own: the CPU's way.
  for (const auto* name : {"addr", "addr.out", "convolution", "convolution_backward", "mish_backward", "mse_loss",
                           "native_group_norm", "native_layer_norm", "silu_backward", "smooth_l1_loss"})
    m.impl(name, torch::CppFunction::makeFromBoxedFunction<&run_on_host>());
}

} // namespace simulated

namespace at::native {
REGISTER_PRIVATEUSE1_DISPATCH(_fused_sdp_choice_stub, &simulated::attention_choice);
}
