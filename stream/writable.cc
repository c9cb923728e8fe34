#include "weft/stream/writable.h"

#include "absl/cleanup/cleanup.h"
#include "weft/cls/errors.h"

namespace weft::stream {

bool Writable::mayWrite() const {
  if (destroyed()) return false;
  if (end_called_) throw UsageError("write() after end(): write first, end last");
  return true;
}

bool Writable::belowMark() noexcept {
  if (writableLength() < high_water_mark_) return true;
  need_drain_ = true;
  return false;
}

bool Writable::writeBytes(std::string_view bytes, bool last) {
  if (!mayWrite()) return false;
  enqueue(bytes, last);
  end_called_ = last;
  if (!corked() || last) writeSome();
  return belowMark();
}

bool Writable::writeString(std::string&& bytes) {
  if (!mayWrite()) return false;
  enqueue(std::move(bytes));
  if (!corked()) writeSome();
  return belowMark();
}

void Writable::uncork() {
  if (corks_ == 0 || --corks_ != 0 || destroyed()) return;
  writeSome();
}

void Writable::whenGone(Done done) {
  if (destroyed()) {
    if (loopGone()) return;  // nobody is left to call it
    const cls::FrameScope scope;
    loop().nextTick([done = std::move(done)]() mutable {
      done(absl::CancelledError("the stream was destroyed before the bytes were written"));
    });
    return;
  }
  if (waiting_ == nullptr) waiting_ = std::make_unique<std::deque<Waiting>>();
  waiting_->push_back({gone_ + queue_.size(), std::move(done)});
  if (queue_.empty()) defer([this] { settle(); });
}

void Writable::settle() {
  const RefPtr<IoObject> self(this);
  while (waiting_ != nullptr) {
    if (waiting_->empty()) {
      waiting_.reset();
    } else if (waiting_->front().position <= gone_) {
      Done done = std::move(waiting_->front().done);
      waiting_->pop_front();
      absl::Cleanup go_on = [this] { defer([this] { settle(); }); };  // the callback threw
      done(absl::OkStatus());
      std::move(go_on).Cancel();
    } else {
      break;
    }
  }
  if (need_drain_ && !destroyed() && writableLength() == 0) {
    need_drain_ = false;
    if (!end_called_) emit(kDrain);
  }
}

void Writable::spliceInto(Writable& other) {
  if (waiting_ != nullptr) {
    const std::uint64_t moved = other.gone_ + other.queue_.size() - gone_;
    if (other.waiting_ == nullptr) other.waiting_ = std::make_unique<std::deque<Waiting>>();
    for (Waiting& waiting : *waiting_) {
      other.waiting_->push_back({waiting.position + moved, std::move(waiting.done)});
    }
    waiting_.reset();
  }
  other.queue_.splice(queue_);
}

void Writable::finished() {
  if (finished_ || destroyed()) return;
  finished_ = true;
  const RefPtr<IoObject> self(this);
  const auto after = [this] {
    if (!destroyed()) afterFinish();
  };
  absl::Cleanup go_on = [this, after] { defer(after); };  // a listener threw
  emit(kFinish);
  std::move(go_on).Cancel();
  after();
}

void Writable::beforeClose() {
  queue_.clear();
  while (waiting_ != nullptr && !waiting_->empty()) {
    Done done = std::move(waiting_->front().done);
    waiting_->pop_front();
    absl::Cleanup go_on = [this] { defer([this] { Writable::beforeClose(); }); };
    done(error().ok() ? absl::CancelledError("the stream was destroyed before the bytes were gone")
                      : error());
    std::move(go_on).Cancel();
  }
  waiting_.reset();
}

void Writable::onAbandon() noexcept {
  queue_.clear();
  waiting_.reset();
}

void Writable::resetWritable() noexcept {
  queue_.clear();
  gone_ = 0;
  waiting_.reset();
  high_water_mark_ = kDefaultHighWaterMark;
  corks_ = 0;
  end_called_ = finished_ = need_drain_ = false;
}

}  // namespace weft::stream
