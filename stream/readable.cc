#include "weft/stream/readable.h"

#include <algorithm>

#include "absl/cleanup/cleanup.h"
#include "weft/cls/errors.h"

namespace weft::stream {

// --- what the user says -------------------------------------------------------------------------

void Readable::pause() { flow_ = Flow::kPaused; }

void Readable::resume() {
  if (flow_ == Flow::kFlowing) return;
  flow_ = Flow::kFlowing;
  flowIfNeeded();
}

void Readable::listenerAdded(const emitter::EventName& event) {
  if (event.view() == kData.view() && flow_ == Flow::kNotYet) resume();
  if (event.view() != kReadable.view() || flow_ == Flow::kReading) return;
  flow_ = Flow::kReading;
  if (!buffer_.empty() || (source_ended_ && !ended_)) hasNews();
  flowIfNeeded();
}

std::string Readable::read(std::size_t most) {
  std::string bytes;
  if (destroyed()) return bytes;
  while (bytes.size() < most && !buffer_.empty()) {
    const std::string_view piece = buffer_.front().substr(0, most - bytes.size());
    bytes += piece;
    buffer_.consume(piece.size());
  }
  read_to_end_ = source_ended_ && buffer_.empty();
  if ((stalled_ && buffer_.size() < high_water_mark_) || (read_to_end_ && !ended_)) scheduleFlow();
  return bytes;
}

void Readable::unblock() {
  if (--blocks_ == 0) flowIfNeeded();
}

// --- what the source says -----------------------------------------------------------------------

bool Readable::push(std::string_view bytes) {
  if (source_ended_) throw UsageError("push() after pushEnd(): the end of a stream is final");
  if (destroyed() || bytes.empty()) return !destroyed();
  if (flows() && buffer_.empty() && !emitting_) {
    emit(kData, bytes);
    return !destroyed();
  }
  buffer_.append(bytes);
  if (flow_ == Flow::kReading) hasNews();
  stalled_ = buffer_.size() >= high_water_mark_;
  return !stalled_;
}

void Readable::pushEnd() {
  if (source_ended_ || destroyed()) return;
  source_ended_ = true;
  if (flow_ == Flow::kReading) hasNews();
  if (flows() && buffer_.empty() && !emitting_) emitEnd();
}

void Readable::dump() {
  if (flow_ != Flow::kNotYet || destroyed()) return;
  flow_ = Flow::kFlowing;
  if (source_ended_ && buffer_.empty() && !hasListeners()) {  // nobody to tell
    ended_ = true;
    return afterEnd();
  }
  flow();
}

// --- the flow -----------------------------------------------------------------------------------

void Readable::hasNews() {
  news_ = true;
  scheduleFlow();
}

void Readable::flowIfNeeded() {
  if (!buffer_.empty() || stalled_ || (source_ended_ && !ended_)) scheduleFlow();
}

void Readable::scheduleFlow() {
  if (scheduled_ || destroyed()) return;
  scheduled_ = true;
  defer([this] {
    scheduled_ = false;
    flow();
  });
}

// In the stream's own contexts.
void Readable::flow() {
  if (emitting_) return;
  const RefPtr<IoObject> self(this);
  emitWaiting();
  if (destroyed()) return;
  if (stalled_ && buffer_.size() < high_water_mark_) {
    stalled_ = false;
    readMore();
  }
  if (flow_ == Flow::kReading && !destroyed() && std::exchange(news_, false)) emit(kReadable);
  if (buffer_.empty() && source_ended_ && (flows() || read_to_end_)) emitEnd();
}

void Readable::emitWaiting() {
  emitting_ = true;
  absl::Cleanup go_on = [this] {  // a listener threw
    emitting_ = false;
    scheduleFlow();
  };
  while (flows() && !destroyed() && !buffer_.empty()) {
    buffer_.takeFront([this](std::string_view bytes) {
      if (!bytes.empty()) emit(kData, bytes);
    });
  }
  std::move(go_on).Cancel();
  emitting_ = false;
}

void Readable::emitEnd() {
  if (ended_ || destroyed()) return;
  ended_ = true;
  const RefPtr<IoObject> self(this);
  const auto after = [this] {
    if (!destroyed()) afterEnd();
  };
  absl::Cleanup go_on = [this, after] { defer(after); };  // a listener threw
  emit(kEnd);
  std::move(go_on).Cancel();
  after();
}

void Readable::resetReadable() noexcept {
  buffer_.clear();
  high_water_mark_ = kDefaultHighWaterMark;
  blocks_ = 0;
  flow_ = Flow::kNotYet;
  source_ended_ = ended_ = stalled_ = scheduled_ = emitting_ = news_ = read_to_end_ = false;
}

}  // namespace weft::stream
