#include "weft/stream/io_object.h"

#include "absl/cleanup/cleanup.h"

namespace weft::stream {

// What emits `close`. If it is dropped before, the loop has ended, and the object with it: a
// listener that holds the object would keep both for ever.
class IoObject::LastWord {
 public:
  explicit LastWord(IoObject* object) noexcept : object_(object) {}
  LastWord(LastWord&&) noexcept = default;
  ~LastWord() {
    if (object_ && !object_->closed_) object_->abandon();
  }
  void operator()() const { object_->finishClose(); }

 private:
  RefPtr<IoObject> object_;
};

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
  loop_->queueClose(LastWord(this));
}

void IoObject::reportError() {
  if (closed_) return;
  if (!peer_fails_ || listenerCount(kError) != 0) emit(kError, error_);
}

void IoObject::finishClose() {
  if (closed_) return;
  closed_ = true;
  const RefPtr<IoObject> self(this);
  const absl::Cleanup drop = [this] { dropAll(); };
  emit(kClose);
}

void IoObject::dropAll() noexcept {
  recycle();
  home_.reset();
}

void IoObject::abandon() noexcept {
  destroyed_ = closed_ = true;
  loop_ = nullptr;
  home_.reset();
  onAbandon();
  recycle();
}

void IoObject::reopen(EventLoop& loop, cls::HeldFrame<cls::Holder::kWatcher> home) noexcept {
  loop_ = &loop;
  home_ = std::move(home);
  error_ = absl::OkStatus();
  destroyed_ = closed_ = peer_fails_ = false;
}

}  // namespace weft::stream
