// Memory that frees itself.
#pragma once

#include <cstddef>
#include <utility>

#include "check.h"

namespace spectra {

enum class Memory { device, managed, pinned };

template <typename T>
class Buffer {
 public:
  explicit Buffer(std::size_t size, Memory memory = Memory::device) : size_(size), memory_(memory) {
    const std::size_t bytes = size * sizeof(T);
    switch (memory) {
      case Memory::device:
        CUDA_CHECK(cudaMalloc(&data_, bytes));
        break;
      case Memory::managed:
        CUDA_CHECK(cudaMallocManaged(&data_, bytes, cudaMemAttachGlobal));
        break;
      case Memory::pinned:
        CUDA_CHECK(cudaMallocHost(&data_, bytes));
        break;
    }
  }
  Buffer(Buffer&& other) noexcept
      : data_(std::exchange(other.data_, nullptr)), size_(other.size_), memory_(other.memory_) {}
  Buffer(const Buffer&) = delete;
  Buffer& operator=(const Buffer&) = delete;
  ~Buffer() {
    if (memory_ == Memory::pinned) {
      cudaFreeHost(data_);
    } else {
      cudaFree(data_);
    }
  }

  T* data() const { return data_; }
  std::size_t size() const { return size_; }

 private:
  T* data_ = nullptr;
  std::size_t size_;
  Memory memory_;
};

}  // namespace spectra
