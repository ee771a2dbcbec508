// What the parts of the simulated device share.

#pragma once

#include <string>

#include <ATen/core/Tensor.h>
#include <c10/core/Device.h>
#include <c10/core/Storage.h>

namespace simulated {

// Sets, before the first use, the number of devices and the file that is made when one is first used.
void configure(int count, std::string witness);

// The device this thread has selected.
c10::DeviceIndex current_device();

// Raises where the index names no device, or where a forked child goes on with its parent's device.
void check_index(c10::DeviceIndex index);
void check_usable(c10::DeviceIndex index);

// The device meant: index -1 stands for the current one.  Raises where there is none such.
c10::Device resolve(c10::Device device);

// Device memory that is a host storage's own memory: nothing is copied, the host storage is kept alive.
c10::DataPtr adopt_memory(const c10::Storage& host, c10::DeviceIndex index);

// A device tensor over the memory of a host tensor.
at::Tensor device_view(const at::Tensor& host, c10::DeviceIndex index);

// A host tensor over the memory of a device tensor (itself, where it is no device tensor).
at::Tensor host_view(const at::Tensor& tensor);

// The host generator that makes a device generator's numbers.
at::Generator host_generator(const at::Generator& generator);

} // namespace simulated
