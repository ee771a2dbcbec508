// The simulated devices: current device, streams, events, generators, and the hooks by which torch asks for them.

#include <pthread.h>

#include <array>
#include <atomic>
#include <chrono>
#include <fstream>
#include <memory>
#include <vector>

#include <ATen/CPUGeneratorImpl.h>
#include <ATen/core/GeneratorForPrivateuseone.h>
#include <ATen/detail/PrivateUse1HooksInterface.h>
#include <c10/core/DeviceGuard.h>
#include <c10/core/impl/DeviceGuardImplInterface.h>

#include "device.h"
#include "memory.h"

namespace simulated {
namespace {

constexpr auto kType = c10::DeviceType::PrivateUse1;

int devices = 1;
std::string witness;
std::atomic<bool> used{false};
bool forked_after_use = false;
std::atomic<c10::StreamId> next_stream{1};
thread_local c10::DeviceIndex current = 0;
thread_local std::array<c10::StreamId, kMaxDevices> streams{};

std::string name() {
  return c10::get_privateuse1_backend();
}

// Work is done when the call returns, so an event is the moment at which it was recorded.
struct Event {
  std::chrono::steady_clock::time_point at;
  bool timed;
};

struct Guard final : c10::impl::DeviceGuardImplInterface {
  c10::DeviceType type() const override {
    return kType;
  }
  c10::Device exchangeDevice(c10::Device device) const override {
    const auto before = getDevice();
    setDevice(device);
    return before;
  }
  c10::Device getDevice() const override {
    return {kType, current};
  }
  void setDevice(c10::Device device) const override {
    if (device.index() < 0)
      return;
    check_index(device.index());
    current = device.index();
  }
  void uncheckedSetDevice(c10::Device device) const noexcept override {
    if (device.index() >= 0)
      current = device.index();
  }
  c10::DeviceIndex deviceCount() const noexcept override {
    return static_cast<c10::DeviceIndex>(devices);
  }

  c10::Stream getStream(c10::Device device) const override {
    const auto index = resolve(device).index();
    return c10::Stream(c10::Stream::UNSAFE, {kType, index}, streams[index]);
  }
  c10::Stream getDefaultStream(c10::Device device) const override {
    return c10::Stream(c10::Stream::UNSAFE, resolve(device), 0);
  }
  c10::Stream getNewStream(c10::Device device, int) const override {
    return c10::Stream(c10::Stream::UNSAFE, resolve(device), next_stream++);
  }
  c10::Stream getStreamFromGlobalPool(c10::Device device, bool) const override {
    return getNewStream(device, 0);
  }
  c10::Stream exchangeStream(c10::Stream stream) const override {
    const auto before = getStream(stream.device());
    streams[stream.device_index()] = stream.id();
    return before;
  }
  bool queryStream(const c10::Stream&) const override {
    return true;
  }
  void synchronizeStream(const c10::Stream&) const override {}
  void synchronizeDevice(const c10::DeviceIndex index) const override {
    check_usable(index);
  }

  void record(void** event, const c10::Stream&, const c10::DeviceIndex, const c10::EventFlag flag) const override {
    if (!*event)
      *event = new Event;
    *static_cast<Event*>(*event) = {std::chrono::steady_clock::now(), flag == c10::EventFlag::BACKEND_DEFAULT};
  }
  void destroyEvent(void* event, const c10::DeviceIndex) const noexcept override {
    delete static_cast<Event*>(event);
  }
  void block(void*, const c10::Stream&) const override {}
  bool queryEvent(void*) const override {
    return true;
  }
  void synchronizeEvent(void*) const override {}
  double elapsedTime(void* first, void* second, const c10::DeviceIndex) const override {
    TORCH_CHECK(first && second, "both events must be recorded before the time between them is asked for");
    const auto &from = *static_cast<Event*>(first), &to = *static_cast<Event*>(second);
    TORCH_CHECK(from.timed && to.timed, "both events must be made with enable_timing=True");
    return std::chrono::duration<double, std::milli>(to.at - from.at).count();
  }
};

C10_REGISTER_GUARD_IMPL(PrivateUse1, Guard);

// A device's numbers come from a host generator, so that a seed gives what it gives on the CPU.
struct DeviceGenerator final : c10::GeneratorImpl {
  DeviceGenerator(c10::DeviceIndex index, at::Generator host)
      : GeneratorImpl({kType, index}, c10::DispatchKeySet(c10::DispatchKey::PrivateUse1)), host(std::move(host)) {}

  void set_current_seed(uint64_t seed) override {
    host.set_current_seed(seed);
  }
  void set_offset(uint64_t offset) override {
    host.set_offset(offset);
  }
  uint64_t get_offset() const override {
    return host.get_offset();
  }
  uint64_t current_seed() const override {
    return host.current_seed();
  }
  uint64_t seed() override {
    return host.seed();
  }
  void set_state(const c10::TensorImpl& state) override {
    host.unsafeGetGeneratorImpl()->set_state(state);
  }
  c10::intrusive_ptr<c10::TensorImpl> get_state() const override {
    return host.unsafeGetGeneratorImpl()->get_state();
  }
  DeviceGenerator* clone_impl() const override {
    return new DeviceGenerator(device_.index(), host.clone());
  }

  at::Generator host;
};

struct Hooks final : at::PrivateUse1HooksInterface {
  bool isBuilt() const override {
    return true;
  }
  bool isAvailable() const override {
    return devices > 0;
  }
  bool hasPrimaryContext(c10::DeviceIndex) const override {
    return used;
  }
  void init() const override {}
  c10::DeviceIndex deviceCount() const override {
    return static_cast<c10::DeviceIndex>(devices);
  }
  void setCurrentDevice(c10::DeviceIndex index) const override {
    Guard().setDevice({kType, index});
  }
  c10::DeviceIndex getCurrentDevice() const override {
    return current;
  }
  c10::DeviceIndex exchangeDevice(c10::DeviceIndex index) const override {
    return Guard().exchangeDevice({kType, index}).index();
  }
  c10::DeviceIndex maybeExchangeDevice(c10::DeviceIndex index) const override {
    return exchangeDevice(index);
  }
  const at::Generator& getDefaultGenerator(c10::DeviceIndex index) const override {
    static const auto generators = [] {
      std::vector<at::Generator> made;
      for (c10::DeviceIndex at = 0; at < devices; ++at)
        made.push_back(at::make_generator<DeviceGenerator>(at, at::detail::getDefaultCPUGenerator()));
      return made;
    }();
    return generators[resolve({kType, index}).index()];
  }
  at::Generator getNewGenerator(c10::DeviceIndex index) const override {
    return at::make_generator<DeviceGenerator>(resolve({kType, index}).index(), at::detail::createCPUGenerator());
  }
  at::Device getDeviceFromPtr(void*) const override {
    return {kType, current};
  }
  bool isPinnedPtr(const void* data) const override {
    return is_pinned(data);
  }
  at::Allocator* getPinnedMemoryAllocator() const override {
    return pinned_allocator();
  }
  void resizePrivateUse1Bytes(const c10::Storage& storage, size_t bytes) const override {
    const c10::DeviceGuard guard(storage.device());
    auto fresh = c10::GetAllocator(kType)->allocate(bytes);
    if (const auto common = std::min(bytes, storage.nbytes()))
      memcpy(fresh.get(), storage.data(), common);
    storage.set_data_ptr_noswap(std::move(fresh));
    storage.set_nbytes(bytes);
  }
};

const int registered = [] {
  static Hooks hooks;
  at::RegisterPrivateUse1HooksInterface(&hooks);
  return pthread_atfork(nullptr, nullptr, [] { forked_after_use = used; });
}();

} // namespace

void configure(int count, std::string path) {
  TORCH_CHECK(count > 0 && count <= kMaxDevices, "1 to ", kMaxDevices, " devices can be simulated");
  devices = count;
  witness = std::move(path);
}

c10::DeviceIndex current_device() {
  return current;
}

void check_index(c10::DeviceIndex index) {
  TORCH_CHECK(index >= 0 && index < devices, name(), ": invalid device ordinal ", static_cast<int>(index), ": ", devices,
              devices == 1 ? " device is" : " devices are", " simulated");
}

void check_usable(c10::DeviceIndex index) {
  check_index(index);
  TORCH_CHECK(!forked_after_use, "Cannot re-initialize ", name(), " in forked subprocess. To use ", name(),
              " with multiprocessing, you must use the 'spawn' start method");
  if (!used.exchange(true))
    std::ofstream(witness).flush();
}

c10::Device resolve(c10::Device device) {
  const auto index = device.has_index() ? device.index() : current;
  check_index(index);
  return {kType, index};
}

at::Generator host_generator(const at::Generator& generator) {
  if (!generator.defined() || generator.device().type() != kType)
    return generator;
  return static_cast<DeviceGenerator*>(generator.unsafeGetGeneratorImpl())->host;
}

} // namespace simulated
