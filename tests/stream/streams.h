// Streams for the tests of streams: a Readable that gives what it is told to, and a Writable that
// takes as much as it is told to.

#ifndef WEFT_TESTS_STREAM_STREAMS_H_
#define WEFT_TESTS_STREAM_STREAMS_H_

#include <gtest/gtest.h>

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "weft/loop/event_loop.h"
#include "weft/stream/readable.h"
#include "weft/stream/ref_ptr.h"
#include "weft/stream/writable.h"

namespace weft::tests {

class Source final : public stream::Readable {
 public:
  explicit Source(EventLoop& loop) : IoObject(loop) {}

  using Readable::push;
  using Readable::pushEnd;
  using Readable::readWhenWanted;
  int wanted = 0;  // how often more was asked for

 private:
  void readMore() override { ++wanted; }
  void onDestroy() override {}
};

class Sink final : public stream::Writable {
 public:
  explicit Sink(EventLoop& loop) : IoObject(loop) {}

  // Takes up to `most` bytes of what waits, and finishes if that was all.
  void take(std::size_t most = std::string::npos) {
    const stream::RefPtr<Sink> self(this);
    while (most != 0 && !queue().empty()) {
      const std::string_view piece = queue().front().substr(0, most);
      taken += piece;
      most -= piece.size();
      consumed(piece.size());
    }
    if (queue().empty() && writableEnded()) finished();
  }
  void takeAllByItself() { eager_ = true; }

  std::string taken;
  int asked = 0;  // how often writeSome() was called

 private:
  void writeSome() override {
    ++asked;
    if (eager_) defer([this] { take(); });
  }
  void afterFinish() override { destroy(); }
  void onDestroy() override {}

  bool eager_ = false;
};

class StreamTest : public testing::Test {
 protected:
  auto note(std::string text) {
    return [this, text] { log_.push_back(text); };
  }
  // Notes the end of a stream.
  void noteEnd(stream::IoObject& object, const std::string& name) {
    object.on(kError, [this, name](const absl::Status& why) {
      log_.push_back(name + " error: " + std::string(why.message()));
    });
    object.on(kClose, note(name + " close"));
  }

  using Log = std::vector<std::string>;
  ManualClock clock_;
  EventLoop loop_{{.clock = &clock_}};
  Log log_;
};

}  // namespace weft::tests

#endif  // WEFT_TESTS_STREAM_STREAMS_H_
