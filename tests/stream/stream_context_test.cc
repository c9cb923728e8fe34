// Which contexts the callbacks of streams see: those in which they were added.

#include <string>

#include "weft/cls/cls.h"
#include "weft/loop/spawn.h"
#include "weft/stream/pipe.h"
#include "weft/stream/reader.h"
#include "weft/stream/transform.h"
#include "weft/tests/stream/streams.h"

namespace weft::tests {
namespace {

using stream::makeRef;

class StreamContextTest : public StreamTest {
 protected:
  std::string seen() const {
    const std::string* const value = ns_.get<std::string>("who");
    return value != nullptr ? *value : "nobody";
  }
  template <typename F>
  void as(const char* who, F&& fn) {
    ns_.run([&] {
      ns_.set("who", who);
      fn();
    });
  }
  auto noteWho(std::string what) {
    return [this, what] { log_.push_back(what + ": " + seen()); };
  }

  cls::Namespace ns_ = cls::createNamespace("stream_context_test");
};

TEST_F(StreamContextTest, ListenersOfAStreamInMemorySeeWhereTheyWereAdded) {
  stream::RefPtr<PassThrough> pass;
  as("creator", [&] { pass = makeRef<PassThrough>(loop_); });
  as("listener", [&] {
    pass->on(kData, noteWho("data"));
    pass->on(kEnd, noteWho("end"));
    pass->on(kFinish, noteWho("finish"));
    pass->on(kClose, noteWho("close"));
  });
  as("writer", [&] {
    pass->write("a", noteWho("written"));
    pass->end();
  });
  loop_.run();
  EXPECT_EQ(log_, (Log{"data: listener", "written: writer", "end: listener", "finish: listener",
                       "close: listener"}));
}

TEST_F(StreamContextTest, APipelinesCallbackSeesWhereItWasGiven) {
  const auto source = makeRef<Source>(loop_);
  stream::RefPtr<Sink> sink;
  as("creator", [&] { sink = makeRef<Sink>(loop_); });
  sink->takeAllByItself();
  as("caller", [&] {
    stream::pipeline({source, sink}, [this](const absl::Status&) { noteWho("done")(); });
  });
  as("pusher", [&] {
    source->push("a");
    source->pushEnd();
  });
  loop_.run();
  EXPECT_EQ(log_, Log{"done: caller"});
}

TEST_F(StreamContextTest, ACoroutineReadsOnInItsOwnContexts) {
  const auto source = makeRef<Source>(loop_);
  for (const char* who : {"ann", "ben"}) {
    as(who, [&] {
      loop::spawn(loop_, [this, source]() -> Co<> {
        stream::Reader reader(source);
        noteWho("begin")();
        (void)co_await reader.read(1);
        noteWho("read")();
      });
    });
  }
  as("pusher", [&] { source->push("ab"); });
  loop_.run();
  EXPECT_EQ(log_, (Log{"begin: ann", "begin: ben", "read: ann", "read: ben"}));
}

TEST_F(StreamContextTest, AContextEndsWhenTheStreamItListenedToHasClosed) {
  const auto source = makeRef<Source>(loop_);
  as("listener", [&] {
    ns_.active().onEnd([this] { log_.push_back("context end"); });
    source->on(kData, note("data"));
  });
  loop_.run();
  EXPECT_EQ(log_, Log{});
  source->on(kClose, note("close"));
  source->destroy();
  loop_.run();
  EXPECT_EQ(log_, (Log{"close", "context end"}));
}

}  // namespace
}  // namespace weft::tests
