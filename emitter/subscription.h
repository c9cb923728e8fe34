// Subscription: a listener that is removed when this object goes.
//
//   class Session {
//     weft::Subscription on_data_ = socket_->on(kData, [this](std::string_view s) { feed(s); });
//   };
//
// For listeners that refer to the object that holds the subscription. It may outlive the emitter;
// then its end does nothing. If the emitter should just go on calling, keep no Subscription.
//
// Threads: as the emitter, on the loop's thread.

#ifndef WEFT_EMITTER_SUBSCRIPTION_H_
#define WEFT_EMITTER_SUBSCRIPTION_H_

#include <utility>

#include "weft/emitter/listener.h"

namespace weft::emitter {

class [[nodiscard]] Subscription {
 public:
  Subscription() = default;  // of nothing
  Subscription(ListenerHandle listener) noexcept : listener_(std::move(listener)) {}
  Subscription(Subscription&& other) noexcept = default;
  Subscription& operator=(Subscription&& other) {
    if (this != &other) {
      reset();
      listener_ = std::move(other.listener_);
    }
    return *this;
  }
  ~Subscription() { reset(); }

  // Removes the listener now, if it is still there. An exception of a `removeListener` listener
  // leaves here, and ends the program if it comes from the destructor.
  void reset() { std::exchange(listener_, ListenerHandle()).remove(); }

  // Leaves the listener where it is, for as long as the emitter lives.
  ListenerHandle release() noexcept { return std::exchange(listener_, ListenerHandle()); }

  bool active() const noexcept { return listener_.active(); }

 private:
  ListenerHandle listener_;
};

}  // namespace weft::emitter

namespace weft {
using emitter::Subscription;
}  // namespace weft

#endif  // WEFT_EMITTER_SUBSCRIPTION_H_
