// RefPtr: a counted pointer to an object that counts its own references.
//
// What users hold of sockets, servers, requests and responses. Copying adds one to a plain count in
// the object, so a pointer is one word and may be made from `this`. T has addRef() and release().
//
//   SocketPtr socket = net::connect(loop, {.port = 80});
//   socket->on(stream::kData, [socket](std::string_view bytes) { socket->write(bytes); });
//
// A listener may hold the object that it listens to: I/O objects drop their listeners after
// `close`.
//
// Threads: counts are not atomic; pointer and object belong to the loop's thread.

#ifndef WEFT_STREAM_REF_PTR_H_
#define WEFT_STREAM_REF_PTR_H_

#include <concepts>
#include <cstddef>
#include <utility>

namespace weft::stream {

template <typename T>
class RefPtr {
 public:
  RefPtr() = default;
  RefPtr(std::nullptr_t) noexcept {}  // NOLINT: as std::shared_ptr
  explicit RefPtr(T* object) noexcept : object_(object) {
    if (object_ != nullptr) object_->addRef();
  }
  RefPtr(const RefPtr& other) noexcept : RefPtr(other.object_) {}
  RefPtr(RefPtr&& other) noexcept : object_(std::exchange(other.object_, nullptr)) {}
  template <typename U>
  requires std::convertible_to<U*, T*> RefPtr(const RefPtr<U>& other)
  noexcept : RefPtr(other.get()) {}  // NOLINT: to a base class
  RefPtr& operator=(RefPtr other) noexcept {
    std::swap(object_, other.object_);
    return *this;
  }
  ~RefPtr() {
    if (object_ != nullptr) object_->release();
  }

  T* get() const noexcept { return object_; }
  T& operator*() const noexcept { return *object_; }
  T* operator->() const noexcept { return object_; }
  explicit operator bool() const noexcept { return object_ != nullptr; }
  void reset() noexcept { *this = nullptr; }

  friend bool operator==(const RefPtr& a, const RefPtr& b) noexcept {
    return a.object_ == b.object_;
  }
  friend bool operator==(const RefPtr& a, std::nullptr_t) noexcept { return a.object_ == nullptr; }

 private:
  T* object_ = nullptr;
};

// A new T, held.
template <typename T, typename... Args>
RefPtr<T> makeRef(Args&&... args) {
  return RefPtr<T>(new T(std::forward<Args>(args)...));
}

}  // namespace weft::stream

#endif  // WEFT_STREAM_REF_PTR_H_
