// The vendor's collective backend by name: gloo, on host tensors over the device tensors' memory.

#include <torch/csrc/distributed/c10d/Backend.hpp>
#include <torch/csrc/distributed/c10d/Work.hpp>
#include <torch/csrc/utils/pybind.h>

#include "device.h"

namespace simulated {
namespace {

using c10d::Backend;
using c10d::Work;
using Tensors = std::vector<at::Tensor>;
using WorkPtr = c10::intrusive_ptr<Work>;

at::Tensor on_host(const at::Tensor& tensor, const std::string& backend) {
  TORCH_CHECK(tensor.is_privateuseone(), "No backend type associated with device type ", tensor.device().type(), ": ",
              backend, " takes tensors on ", c10::get_privateuse1_backend());
  return host_view(tensor);
}

// gloo's work; its results are the device's tensors.
struct DeviceWork final : Work {
  DeviceWork(WorkPtr inner, Tensors outputs) : inner(std::move(inner)), outputs(std::move(outputs)) {}

  bool isCompleted() override {
    return inner->isCompleted();
  }
  bool isSuccess() const override {
    return inner->isSuccess();
  }
  std::exception_ptr exception() const override {
    return inner->exception();
  }
  int sourceRank() const override {
    return inner->sourceRank();
  }
  Tensors result() override {
    return outputs;
  }
  void synchronize() override {
    inner->wait();
  }
  bool wait(std::chrono::milliseconds timeout) override {
    return inner->wait(timeout);
  }
  void abort() override {
    inner->abort();
  }
  c10::intrusive_ptr<c10::ivalue::Future> getFuture() override {
    auto done = [outputs = outputs](c10::ivalue::Future& future) -> c10::IValue {
      if (future.hasError())
        std::rethrow_exception(future.exception_ptr());
      return outputs;
    };
    return inner->getFuture()->then(std::move(done), c10::ListType::create(c10::TensorType::get()));
  }

  WorkPtr inner;
  Tensors outputs;
};

struct DeviceBackend final : Backend {
  DeviceBackend(c10::intrusive_ptr<Backend> inner, std::string name)
      : Backend(inner->getRank(), inner->getSize()), inner(std::move(inner)), name(std::move(name)) {}

  const std::string getBackendName() const override {
    return name;
  }
  void setTimeout(std::chrono::milliseconds timeout) override {
    inner->setTimeout(timeout);
  }
  void setSequenceNumberForGroup() override {
    inner->setSequenceNumberForGroup();
  }
  uint64_t getSequenceNumberForGroup() override {
    return inner->getSequenceNumberForGroup();
  }

  WorkPtr broadcast(Tensors& tensors, const c10d::BroadcastOptions& options) override {
    auto host = hosts(tensors);
    return work(inner->broadcast(host, options), tensors);
  }
  WorkPtr allreduce(Tensors& tensors, const c10d::AllreduceOptions& options) override {
    auto host = hosts(tensors);
    return work(inner->allreduce(host, options), tensors);
  }
  WorkPtr allreduce_coalesced(Tensors& tensors, const c10d::AllreduceCoalescedOptions& options) override {
    auto host = hosts(tensors);
    return work(inner->allreduce_coalesced(host, options), tensors);
  }
  WorkPtr reduce(Tensors& tensors, const c10d::ReduceOptions& options) override {
    auto host = hosts(tensors);
    return work(inner->reduce(host, options), tensors);
  }
  WorkPtr allgather(std::vector<Tensors>& outputs, Tensors& inputs, const c10d::AllgatherOptions& options) override {
    auto to = hosts(outputs);
    auto from = hosts(inputs);
    return work(inner->allgather(to, from, options), flat(outputs));
  }
  WorkPtr _allgather_base(at::Tensor& output, at::Tensor& input, const c10d::AllgatherOptions& options) override {
    auto to = host(output), from = host(input);
    return work(inner->_allgather_base(to, from, options), {output});
  }
  WorkPtr allgather_into_tensor_coalesced(Tensors& outputs, Tensors& inputs,
                                          const c10d::AllgatherOptions& options) override {
    auto to = hosts(outputs), from = hosts(inputs);
    return work(inner->allgather_into_tensor_coalesced(to, from, options), outputs);
  }
  WorkPtr gather(std::vector<Tensors>& outputs, Tensors& inputs, const c10d::GatherOptions& options) override {
    auto to = hosts(outputs);
    auto from = hosts(inputs);
    return work(inner->gather(to, from, options), flat(outputs));
  }
  WorkPtr scatter(Tensors& outputs, std::vector<Tensors>& inputs, const c10d::ScatterOptions& options) override {
    auto to = hosts(outputs);
    auto from = hosts(inputs);
    return work(inner->scatter(to, from, options), outputs);
  }
  WorkPtr reduce_scatter(Tensors& outputs, std::vector<Tensors>& inputs,
                         const c10d::ReduceScatterOptions& options) override {
    auto to = hosts(outputs);
    auto from = hosts(inputs);
    return work(inner->reduce_scatter(to, from, options), outputs);
  }
  WorkPtr _reduce_scatter_base(at::Tensor& output, at::Tensor& input,
                               const c10d::ReduceScatterOptions& options) override {
    auto to = host(output), from = host(input);
    return work(inner->_reduce_scatter_base(to, from, options), {output});
  }
  WorkPtr reduce_scatter_tensor_coalesced(Tensors& outputs, Tensors& inputs,
                                          const c10d::ReduceScatterOptions& options) override {
    auto to = hosts(outputs), from = hosts(inputs);
    return work(inner->reduce_scatter_tensor_coalesced(to, from, options), outputs);
  }
  WorkPtr alltoall_base(at::Tensor& output, at::Tensor& input, std::vector<int64_t>& output_splits,
                        std::vector<int64_t>& input_splits, const c10d::AllToAllOptions& options) override {
    auto to = host(output), from = host(input);
    return work(inner->alltoall_base(to, from, output_splits, input_splits, options), {output});
  }
  WorkPtr send(Tensors& tensors, int rank, int tag) override {
    auto host = hosts(tensors);
    return work(inner->send(host, rank, tag), tensors);
  }
  WorkPtr recv(Tensors& tensors, int rank, int tag) override {
    auto host = hosts(tensors);
    return work(inner->recv(host, rank, tag), tensors);
  }
  WorkPtr recvAnysource(Tensors& tensors, int tag) override {
    auto host = hosts(tensors);
    return work(inner->recvAnysource(host, tag), tensors);
  }
  WorkPtr barrier(const c10d::BarrierOptions& options) override {
    return inner->barrier(options);
  }

 private:
  at::Tensor host(const at::Tensor& tensor) const {
    return on_host(tensor, name);
  }
  Tensors hosts(const Tensors& tensors) const {
    Tensors result;
    for (const auto& tensor : tensors)
      result.push_back(host(tensor));
    return result;
  }
  std::vector<Tensors> hosts(const std::vector<Tensors>& lists) const {
    std::vector<Tensors> result;
    for (const auto& list : lists)
      result.push_back(hosts(list));
    return result;
  }
  static Tensors flat(const std::vector<Tensors>& lists) {
    Tensors result;
    for (const auto& list : lists)
      result.insert(result.end(), list.begin(), list.end());
    return result;
  }
  static WorkPtr work(WorkPtr inner, Tensors outputs) {
    return c10::make_intrusive<DeviceWork>(std::move(inner), std::move(outputs));
  }

  c10::intrusive_ptr<Backend> inner;
  std::string name;
};

} // namespace
} // namespace simulated

PYBIND11_MODULE(TORCH_EXTENSION_NAME, module) {
  py::module_::import("torch.distributed"); // knows Backend
  module.def("configure", &simulated::configure);
  module.def("device_count", [] { return c10::impl::getDeviceGuardImpl(c10::DeviceType::PrivateUse1)->deviceCount(); });
  module.def("default_generator", [](int index) {
    return at::globalContext().defaultGenerator(c10::Device(c10::DeviceType::PrivateUse1, index));
  });
  py::class_<simulated::DeviceBackend, c10::intrusive_ptr<simulated::DeviceBackend>, c10d::Backend>(module, "Backend")
      .def(py::init<c10::intrusive_ptr<c10d::Backend>, std::string>());
  py::class_<simulated::DeviceWork, c10::intrusive_ptr<simulated::DeviceWork>, c10d::Work>(module, "Work");
}
