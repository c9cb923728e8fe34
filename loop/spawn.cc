#include "weft/loop/spawn.h"

namespace weft::loop::internal {

void refuseSecondAwait() {
  throw UsageError(
      "a Running was awaited twice, or is empty: keep its result, or use a Promise for many "
      "waiters");
}

StopLink::StopLink(CoRoot& root, const EventLoop& loop, std::stop_token token)
    : target_(std::make_shared<Target>(Target{&root, loop.poster(), &t_thread_marker})),
      callback_(std::move(token), Request{target_}) {}

// On whatever thread asks for the stop; before that, if it was asked for already.
void StopLink::Request::operator()() const noexcept {
  const std::shared_ptr<Target> kept = target;  // cancelling may destroy this
  if (kept->home == &t_thread_marker) {
    if (kept->root != nullptr) kept->root->cancel();
    return;
  }
  // If the loop has ended, so has the coroutine.
  (void)kept->poster.post([kept] {
    if (kept->root != nullptr) kept->root->cancel();
  });
}

}  // namespace weft::loop::internal
