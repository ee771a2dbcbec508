// Memory of the simulated devices: host memory under another name, counted for each device.

#include <array>
#include <atomic>
#include <mutex>
#include <unordered_set>

#include <ATen/core/Tensor.h>
#include <c10/core/CPUAllocator.h>
#include <c10/core/CachingDeviceAllocator.h>
#include <c10/core/InferenceMode.h>

#include "device.h"
#include "memory.h"

namespace simulated {
namespace {

using c10::CachingAllocator::Stat;
using c10::CachingDeviceAllocator::DeviceStats;

constexpr size_t kAggregate = 0;

struct Counters {
  std::mutex mutex;
  DeviceStats stats;
};

std::array<Counters, kMaxDevices> counters;

struct Block {
  c10::Storage host;
  size_t bytes;
  c10::DeviceIndex index;
};

void count(c10::DeviceIndex index, size_t bytes, bool more) {
  auto& [mutex, stats] = counters[index];
  const std::lock_guard<std::mutex> lock(mutex);
  const auto change = [&](auto& stat, size_t amount) {
    more ? stat[kAggregate].increase(amount) : stat[kAggregate].decrease(amount);
  };
  for (auto* stat : {&stats.allocation, &stats.active, &stats.segment})
    change(*stat, 1);
  for (auto* stat : {&stats.allocated_bytes, &stats.reserved_bytes, &stats.active_bytes, &stats.requested_bytes})
    change(*stat, bytes);
}

void release(void* context) {
  auto* block = static_cast<Block*>(context);
  count(block->index, block->bytes, false);
  delete block;
}

struct DeviceMemory final : c10::DeviceAllocator {
  c10::DataPtr allocate(size_t bytes) override {
    const auto index = current_device();
    check_usable(index);
    const c10::Storage host(c10::Storage::use_byte_size_t(), bytes, c10::GetCPUAllocator(), true);
    return adopt_memory(host, index);
  }
  c10::DeleterFnPtr raw_deleter() const override {
    return &release;
  }
  void copy_data(void* to, const void* from, size_t bytes) const override {
    default_copy_data(to, from, bytes);
  }
  bool initialized() override {
    return true;
  }
  void emptyCache(c10::MempoolId_t = {0, 0}) override {}
  void recordStream(const c10::DataPtr&, c10::Stream) override {}
  DeviceStats getDeviceStats(c10::DeviceIndex index) override {
    check_index(index);
    const std::lock_guard<std::mutex> lock(counters[index].mutex);
    return counters[index].stats;
  }
  void resetAccumulatedStats(c10::DeviceIndex index) override {
    each(index, [](Stat& stat) { stat.reset_accumulated(); });
  }
  void resetPeakStats(c10::DeviceIndex index) override {
    each(index, [](Stat& stat) { stat.reset_peak(); });
  }
  std::pair<size_t, size_t> getMemoryInfo(c10::DeviceIndex index) override {
    const auto used = static_cast<size_t>(getDeviceStats(index).allocated_bytes[kAggregate].current);
    return {used < kDeviceBytes ? kDeviceBytes - used : 0, kDeviceBytes};
  }

  template <class Change>
  void each(c10::DeviceIndex index, Change change) {
    check_index(index);
    auto& [mutex, stats] = counters[index];
    const std::lock_guard<std::mutex> lock(mutex);
    for (auto* stat : {&stats.allocation, &stats.active, &stats.segment, &stats.allocated_bytes,
                       &stats.reserved_bytes, &stats.active_bytes, &stats.requested_bytes})
      change((*stat)[kAggregate]);
  }
};

// Pinned memory: host memory whose addresses are remembered.
struct Pinned final : c10::Allocator {
  c10::DataPtr allocate(size_t bytes) override {
    void* data = c10::GetCPUAllocator()->raw_allocate(bytes ? bytes : 1);
    const std::lock_guard<std::mutex> lock(mutex);
    blocks[data] = bytes;
    return {data, data, &Pinned::free, c10::DeviceType::CPU};
  }
  c10::DeleterFnPtr raw_deleter() const override {
    return &Pinned::free;
  }
  void copy_data(void* to, const void* from, size_t bytes) const override {
    default_copy_data(to, from, bytes);
  }
  static void free(void* data) {
    {
      const std::lock_guard<std::mutex> lock(mutex);
      blocks.erase(data);
    }
    c10::GetCPUAllocator()->raw_deallocate(data);
  }

  static std::mutex mutex;
  static std::unordered_map<const void*, size_t> blocks;
};

std::mutex Pinned::mutex;
std::unordered_map<const void*, size_t> Pinned::blocks;

DeviceMemory device_memory;
Pinned pinned;
REGISTER_ALLOCATOR(c10::DeviceType::PrivateUse1, &device_memory);

} // namespace

c10::Allocator* pinned_allocator() {
  return &pinned;
}

bool is_pinned(const void* data) {
  const std::lock_guard<std::mutex> lock(Pinned::mutex);
  return Pinned::blocks.count(data) > 0;
}

c10::DataPtr adopt_memory(const c10::Storage& host, c10::DeviceIndex index) {
  const auto bytes = host.nbytes();
  count(index, bytes, true);
  return {host.mutable_data(), new Block{host, bytes, index}, &release, c10::Device(c10::DeviceType::PrivateUse1, index)};
}

at::Tensor device_view(const at::Tensor& host, c10::DeviceIndex index) {
  c10::Storage storage(c10::make_intrusive<c10::StorageImpl>(
      c10::StorageImpl::use_byte_size_t(), host.storage().nbytes(), adopt_memory(host.storage(), index),
      &device_memory, true));
  return shaped_as(host, std::move(storage), c10::DispatchKey::PrivateUse1);
}

at::Tensor host_view(const at::Tensor& tensor) {
  if (!tensor.defined() || !tensor.is_privateuseone())
    return tensor;
  return shaped_as(tensor, alias_memory(tensor.storage()), c10::DispatchKey::CPU);
}

c10::Storage alias_memory(const c10::Storage& device) {
  c10::DataPtr data(device.mutable_data(), new c10::Storage(device),
                    [](void* context) { delete static_cast<c10::Storage*>(context); }, c10::DeviceType::CPU);
  return c10::make_intrusive<c10::StorageImpl>(
      c10::StorageImpl::use_byte_size_t(), device.nbytes(), std::move(data), c10::GetCPUAllocator(), true);
}

at::Tensor shaped_as(const at::Tensor& other, c10::Storage storage, c10::DispatchKey backend) {
  c10::DispatchKeySet keys(backend);
  for (const auto bit : {c10::DispatchKey::Conjugate, c10::DispatchKey::Negative, c10::DispatchKey::ZeroTensor})
    if (other.key_set().has(bit))
      keys = keys.add(bit);
  const c10::InferenceMode mode(other.is_inference()); // a view of a parameter is none of inference mode's tensors
  auto tensor = at::detail::make_tensor<c10::TensorImpl>(std::move(storage), keys, other.dtype());
  tensor.unsafeGetTensorImpl()->set_sizes_and_strides(other.sizes(), other.strides(), other.storage_offset());
  if (other.unsafeGetTensorImpl()->is_wrapped_number())
    tensor.unsafeGetTensorImpl()->set_wrapped_number(true);
  return tensor;
}

} // namespace simulated
