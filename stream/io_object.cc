#include "weft/stream/io_object.h"

#include "absl/cleanup/cleanup.h"

namespace weft::stream {

IoObject::IoObject(EventLoop& loop)
    : loop_(&loop), home_(cls::HeldFrame<cls::Holder::kWatcher>::capture()) {}

IoObject::~IoObject() = default;

void IoObject::destroy(absl::Status error) {
  if (destroyed_) return;
  destroyed_ = true;
  error_ = std::move(error);
  const RefPtr<IoObject> self(this);
  onDestroy();
  // Several callbacks, so that the last ones come also if the first throw.
  const cls::FrameScope scope(home_);
  loop_->queueClose([self] { self->beforeClose(); });
  if (!error_.ok()) loop_->queueClose([self] { self->reportError(); });
  loop_->queueClose([self] { self->finishClose(); });
}

void IoObject::reportError() {
  if (closed_) return;
  if (!peer_fails_ || listenerCount(kError) != 0) emit(kError, error_);
}

void IoObject::finishClose() {
  if (closed_) return;
  closed_ = true;
  const RefPtr<IoObject> self(this);
  const absl::Cleanup drop = [this] {
    recycle();
    home_.reset();
  };
  emit(kClose);
}

void IoObject::abandon() noexcept {
  destroyed_ = closed_ = true;
  loop_ = nullptr;
  home_.reset();
  recycle();
}

void IoObject::reopen(EventLoop& loop, cls::HeldFrame<cls::Holder::kWatcher> home) noexcept {
  loop_ = &loop;
  home_ = std::move(home);
  error_ = absl::OkStatus();
  destroyed_ = closed_ = peer_fails_ = false;
}

}  // namespace weft::stream
