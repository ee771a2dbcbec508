// Memory of the simulated devices and the host, one under the name of the other.

#pragma once

#include <ATen/core/Tensor.h>
#include <c10/core/Allocator.h>

namespace simulated {

constexpr int kMaxDevices = 64;
constexpr size_t kDeviceBytes = size_t{64} << 30; // what each device says it has

c10::Allocator* pinned_allocator();
bool is_pinned(const void* data);

// A host storage over a device storage's memory, which it keeps alive.
c10::Storage alias_memory(const c10::Storage& device);

// A tensor over a storage, with the sizes, strides, dtype and pending conjugation (or known nullity) of another.
at::Tensor shaped_as(const at::Tensor& other, c10::Storage storage, c10::DispatchKey backend);

} // namespace simulated
