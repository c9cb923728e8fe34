#include "weft/stream/readable.h"

#include "absl/cleanup/cleanup.h"
#include "weft/cls/errors.h"

namespace weft::stream {

void Readable::pause() { flow_ = Flow::kPaused; }

void Readable::resume() {
  if (flow_ == Flow::kFlowing) return;
  flow_ = Flow::kFlowing;
  if (!buffer_.empty() || stalled_ || (source_ended_ && !ended_)) scheduleFlow();
}

void Readable::listenerAdded(const emitter::EventName& event) {
  if (event.view() == kData.view() && flow_ == Flow::kNotYet) resume();
}

void Readable::scheduleFlow() {
  if (scheduled_ || destroyed()) return;
  scheduled_ = true;
  defer([this] {
    scheduled_ = false;
    flow();
  });
}

bool Readable::push(std::string_view bytes) {
  if (source_ended_) throw UsageError("push() after pushEnd(): the end of a stream is final");
  if (destroyed() || bytes.empty()) return !destroyed();
  if (flow_ == Flow::kFlowing && buffer_.empty() && !emitting_) {
    emit(kData, bytes);
    return !destroyed();
  }
  buffer_.append(bytes);
  stalled_ = buffer_.size() >= high_water_mark_;
  return !stalled_;
}

void Readable::pushEnd() {
  if (source_ended_ || destroyed()) return;
  source_ended_ = true;
  if (flow_ == Flow::kFlowing && buffer_.empty() && !emitting_) emitEnd();
}

void Readable::dump() {
  if (flow_ != Flow::kNotYet || destroyed()) return;
  flow_ = Flow::kFlowing;
  flow();
}

// In the stream's own contexts.
void Readable::flow() {
  if (emitting_) return;
  const RefPtr<IoObject> self(this);
  emitting_ = true;
  absl::Cleanup go_on = [this] {  // a listener threw
    emitting_ = false;
    scheduleFlow();
  };
  while (flow_ == Flow::kFlowing && !destroyed() && !buffer_.empty()) {
    buffer_.takeFront([this](std::string_view bytes) {
      if (!bytes.empty()) emit(kData, bytes);
    });
  }
  std::move(go_on).Cancel();
  emitting_ = false;
  if (destroyed()) return;
  if (stalled_ && buffer_.size() < high_water_mark_) {
    stalled_ = false;
    readMore();
  }
  if (flow_ == Flow::kFlowing && buffer_.empty() && source_ended_ && !ended_) emitEnd();
}

void Readable::emitEnd() {
  ended_ = true;
  const RefPtr<IoObject> self(this);
  emit(kEnd);
  if (!destroyed()) afterEnd();
}

void Readable::resetReadable() noexcept {
  buffer_.clear();
  high_water_mark_ = kDefaultHighWaterMark;
  flow_ = Flow::kNotYet;
  source_ended_ = ended_ = stalled_ = scheduled_ = emitting_ = false;
}

}  // namespace weft::stream
