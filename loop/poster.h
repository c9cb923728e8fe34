// Poster: posts to a loop that may be gone.
//
// Take one from loop.poster() on any thread that knows the loop to live, copy it, keep it as long
// as you like. To post to a loop that has ended is an error value.
//
//   std::thread worker([poster = loop.poster(), request] {
//     absl::Status posted = poster.post([request, answer = work()] { request->answer(answer); });
//     if (!posted.ok()) giveUp();  // FailedPrecondition: the loop has ended
//   });
//
// Threads: any.

#ifndef WEFT_LOOP_POSTER_H_
#define WEFT_LOOP_POSTER_H_

#include <memory>
#include <utility>

#include "absl/status/status.h"
#include "weft/cls/errors.h"
#include "weft/cls/location.h"
#include "weft/loop/internal/post_queue.h"

namespace weft::loop {

class Poster {
 public:
  // Runs `fn` on the loop's thread, in phase 2 of its iteration; with no contexts (a cls::Function
  // brings its own). FailedPrecondition if the loop has ended, ResourceExhausted if its queue is
  // full; then `fn` is destroyed here.
  template <typename F>
  absl::Status post(F&& fn, cls::Location where = cls::Location::here()) const {
    if (isNullCallable(fn)) {
      throw UsageError("a null callable was posted: give post() something to call");
    }
    return queue_->pushFromElsewhere(std::forward<F>(fn), where);
  }

  // As EventLoop::stop(); nothing happens if the loop has ended.
  void stop() const noexcept { queue_->requestStop(); }

  bool loopHasEnded() const noexcept { return queue_->ended(); }

 private:
  friend class EventLoop;
  explicit Poster(std::shared_ptr<internal::PostQueue> queue) noexcept : queue_(std::move(queue)) {}

  std::shared_ptr<internal::PostQueue> queue_;
};

}  // namespace weft::loop

namespace weft {
using loop::Poster;
}  // namespace weft

#endif  // WEFT_LOOP_POSTER_H_
