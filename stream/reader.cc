#include "weft/stream/reader.h"

#include <utility>

#include "weft/cls/errors.h"

namespace weft::stream {

Reader::Reader(RefPtr<Readable> stream) : stream_(std::move(stream)) {
  if (!stream_) throw UsageError("a Reader of a null pointer: give it a stream");
  listeners_ = {
      stream_->on(kReadable, [this] { wake(); }), stream_->on(kClose, [this] { wake(); }),
      stream_->on(kError, [] {}),  // read() tells
  };
}

Reader::~Reader() {
  for (emitter::ListenerHandle& listener : listeners_) listener.remove();
}

Reader::Read Reader::read(std::size_t most) {
  if (most == 0) throw UsageError("read() of no bytes: ask for one at least");
  return {*this, most};
}

bool Reader::ready() const noexcept {
  return ended_ || stream_->destroyed() || stream_->readableLength() != 0 || stream_->pushedEnd();
}

absl::StatusOr<std::string> Reader::take(std::size_t most) {
  std::string bytes = stream_->read(most);
  if (bytes.empty()) ended_ = ended_ || stream_->readableEnded() || !stream_->destroyed();
  if (!bytes.empty() || ended_) return bytes;
  if (!stream_->error().ok()) return stream_->error();
  return absl::AbortedError("the stream was closed before its end");
}

void Reader::wake() {
  if (waiting_ == nullptr || !ready()) return;
  Read* const read = std::exchange(waiting_, nullptr);
  read->waiter_->queueMicrotask();
}

void Reader::Read::suspend(loop::internal::CoPromise& promise) {
  if (reader_.waiting_ != nullptr) {
    throw UsageError("two coroutines read at a time: let one Reader have one");
  }
  promise.suspend();
  waiter_ = &promise;
  reader_.waiting_ = this;
}

loop::Co<absl::StatusOr<std::string>> Reader::readAll(std::size_t limit) {
  std::string all;
  while (true) {
    const absl::StatusOr<std::string> bytes = co_await read();
    if (!bytes.ok()) co_return bytes.status();
    if (bytes->empty()) co_return std::move(all);
    if (bytes->size() > limit - all.size()) {
      co_return absl::ResourceExhaustedError("the stream has more than the " +
                                             std::to_string(limit) + " bytes that were allowed");
    }
    all += *bytes;
  }
}

}  // namespace weft::stream
