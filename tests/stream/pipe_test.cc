#include "weft/stream/pipe.h"

#include "weft/cls/errors.h"
#include "weft/loop/spawn.h"
#include "weft/stream/transform.h"
#include "weft/tests/stream/streams.h"

namespace weft::tests {
namespace {

using stream::makeRef;
using stream::pipe;
using stream::pipeline;

class PipeTest : public StreamTest {
 protected:
  PipeTest() {
    noteEnd(*source_, "source");
    noteEnd(*sink_, "sink");
  }
  // A pipe keeps both of its ends until one of them closes.
  ~PipeTest() override {
    source_->destroy();
    sink_->destroy();
    loop_.run();
  }
  auto noteDone() {
    return [this](const absl::Status& how) {
      log_.push_back(how.ok() ? "done" : "failed: " + std::string(how.message()));
    };
  }

  stream::RefPtr<Source> source_ = makeRef<Source>(loop_);
  stream::RefPtr<Sink> sink_ = makeRef<Sink>(loop_);
};

// --- pipe() -------------------------------------------------------------------------------------

TEST_F(PipeTest, BytesAndTheEndGoFromOneToTheOther) {
  sink_->takeAllByItself();
  pipe(source_, sink_);
  source_->push("ab");
  loop_.run();
  source_->push("c");
  source_->pushEnd();
  loop_.run();
  EXPECT_EQ(sink_->taken, "abc");
  EXPECT_TRUE(sink_->writableFinished());
  EXPECT_EQ(log_, Log{"sink close"});
}

TEST_F(PipeTest, TheSinkIsLeftOpenIfAsked) {
  pipe(source_, sink_, {.end = false});
  source_->pushEnd();
  loop_.run();
  EXPECT_TRUE(source_->readableEnded());
  EXPECT_FALSE(sink_->writableEnded());
}

TEST_F(PipeTest, AFullSinkHoldsTheSourceBackUntilItDrains) {
  sink_->setWritableHighWaterMark(2);
  source_->setReadableHighWaterMark(2);
  pipe(source_, sink_);
  loop_.run();
  EXPECT_TRUE(source_->push("ab"));   // goes through, and fills the sink
  EXPECT_FALSE(source_->push("cd"));  // waits
  loop_.run();
  EXPECT_EQ(sink_->writableLength(), 2u);
  EXPECT_EQ(source_->wanted, 0);
  sink_->take();
  loop_.run();
  EXPECT_EQ(sink_->writableLength(), 2u);
  EXPECT_EQ(source_->wanted, 1);
}

TEST_F(PipeTest, OfTwoSinksTheSlowerSetsThePace) {
  const auto slow = makeRef<Sink>(loop_);
  sink_->takeAllByItself();
  sink_->setWritableHighWaterMark(1);
  slow->setWritableHighWaterMark(1);
  pipe(source_, sink_);
  pipe(source_, slow);
  loop_.run();
  for (int i = 0; i < 100; ++i) {
    source_->push("x");
    loop_.run();
  }
  EXPECT_EQ(slow->writableLength(), 1u) << "nothing is heaped up";
  EXPECT_EQ(sink_->taken, "x");
  slow->take();
  loop_.run();
  EXPECT_EQ(sink_->taken.size(), 100u);
  EXPECT_EQ(slow->writableLength(), 99u);
}

TEST_F(PipeTest, ASinkThatGoesAwayWhileItIsFullFreesTheOthers) {
  const auto other = makeRef<Sink>(loop_);
  other->takeAllByItself();
  sink_->setWritableHighWaterMark(1);
  pipe(source_, sink_);
  pipe(source_, other);
  loop_.run();
  source_->push("a");
  source_->push("b");
  loop_.run();
  EXPECT_EQ(other->taken, "a");
  sink_->destroy();
  loop_.run();
  EXPECT_EQ(other->taken, "ab");
}

TEST_F(PipeTest, UnpipeStopsAndPausesTheSource) {
  stream::Pipe one = pipe(source_, sink_);
  loop_.run();
  source_->push("a");
  EXPECT_TRUE(one.active());
  one.unpipe();
  one.unpipe();
  EXPECT_FALSE(one.active());
  source_->push("b");
  loop_.run();
  EXPECT_EQ(sink_->writableLength(), 1u);
  EXPECT_TRUE(source_->isPaused());
  EXPECT_EQ(source_->readableLength(), 1u);
  EXPECT_FALSE(stream::Pipe().active());
}

TEST_F(PipeTest, PausingTheSourcePausesThePipeAlsoAcrossADrain) {
  sink_->setWritableHighWaterMark(1);
  pipe(source_, sink_);
  loop_.run();
  source_->push("a");
  source_->push("b");
  source_->pause();
  sink_->take();
  loop_.run();
  EXPECT_EQ(sink_->taken, "a");
  EXPECT_EQ(sink_->writableLength(), 0u);
  source_->resume();
  loop_.run();
  EXPECT_EQ(sink_->writableLength(), 1u);
}

TEST_F(PipeTest, ErrorsAreNotHandedOn) {
  pipe(source_, sink_);
  source_->destroy(absl::DataLossError("torn"));
  loop_.run();
  EXPECT_EQ(log_, (Log{"source error: torn", "source close"}));
  EXPECT_FALSE(sink_->destroyed());
}

TEST_F(PipeTest, ASourceThatHasEndedBeforeEndsTheSink) {
  source_->pushEnd();
  source_->resume();
  loop_.run();
  pipe(source_, sink_);
  EXPECT_FALSE(sink_->writableEnded());
  loop_.run();
  EXPECT_TRUE(sink_->writableEnded());
}

TEST_F(PipeTest, APipeOfNothingIsMisuse) {
  EXPECT_THROW(pipe(nullptr, sink_), UsageError);
  EXPECT_THROW(pipe(source_, nullptr), UsageError);
}

// --- pipeline() ---------------------------------------------------------------------------------

TEST_F(PipeTest, APipelineIsDoneWhenAllHasGoneThroughTheLastPart) {
  const auto middle = makeRef<PassThrough>(loop_);
  noteEnd(*middle, "middle");
  pipeline({source_, middle, sink_}, noteDone());
  source_->push("abc");
  source_->pushEnd();
  loop_.run();
  EXPECT_EQ(log_, Log{"middle close"});
  sink_->take();
  loop_.run();
  EXPECT_EQ(sink_->taken, "abc");
  EXPECT_EQ(log_, (Log{"middle close", "done", "sink close"}));
}

TEST_F(PipeTest, ManyBytesGoThroughSmallMarks) {
  const auto a = makeRef<PassThrough>(loop_);
  const auto b = makeRef<PassThrough>(loop_);
  for (const auto& part : {a, b}) {
    part->setReadableHighWaterMark(10);
    part->setWritableHighWaterMark(10);
  }
  sink_->setWritableHighWaterMark(10);
  sink_->takeAllByItself();
  pipeline({source_, a, b, sink_}, noteDone());
  std::string all;
  for (int i = 0; i < 2000; ++i) {
    const std::string bytes = std::to_string(i);
    all += bytes;
    source_->push(bytes);
    if (i % 3 == 0) loop_.runNoWait();
  }
  source_->pushEnd();
  loop_.run();
  EXPECT_EQ(sink_->taken, all);
  EXPECT_EQ(log_.front(), "done");
}

// Each part in turn fails, or closes too early.
TEST_F(PipeTest, WhicheverPartFailsAllAreDestroyedAndTheCallbackComesOnce) {
  for (int culprit = 0; culprit != 3; ++culprit) {
    for (const bool with_error : {true, false}) {
      Log log;
      const auto source = makeRef<Source>(loop_);
      const auto middle = makeRef<PassThrough>(loop_);
      const auto sink = makeRef<Sink>(loop_);
      const std::array<stream::RefPtr<stream::IoObject>, 3> parts{source, middle, sink};
      int closes = 0;
      for (const auto& part : parts) part->on(kClose, [&] { ++closes; });
      pipeline({source, middle, sink},
               [&](const absl::Status& how) { log.emplace_back(how.message()); });
      source->push("abc");
      loop_.run();
      parts[culprit]->destroy(with_error ? absl::DataLossError("torn") : absl::OkStatus());
      loop_.run();
      const std::string early =
          "part " + std::to_string(culprit + 1) + " of 3 of the pipeline closed before its end";
      EXPECT_EQ(log, Log{with_error ? "torn" : early});
      EXPECT_EQ(closes, 3);
    }
  }
}

TEST_F(PipeTest, ASinkThatSomebodyElseEndsFailsThePipeline) {
  pipeline({source_, sink_}, noteDone());
  source_->push("abc");
  loop_.run();
  sink_->end();
  sink_->take();
  source_->push("lost");
  loop_.run();
  EXPECT_EQ(log_[0], "failed: part 2 of 2 of the pipeline was ended by somebody else");
  EXPECT_TRUE(source_->closed());
}

TEST_F(PipeTest, APartThatIsDestroyedAlreadyFailsThePipeline) {
  sink_->destroy();
  loop_.run();
  log_.clear();
  pipeline({source_, sink_}, noteDone());
  EXPECT_EQ(log_, Log{}) << "not from the caller's stack";
  loop_.run();
  EXPECT_EQ(log_[0], "failed: part 2 of 2 of the pipeline closed before its end");
  EXPECT_TRUE(source_->closed());
}

TEST_F(PipeTest, TheLastPartMayBeReadableToo) {
  const auto last = makeRef<PassThrough>(loop_);
  pipeline({source_, last}, noteDone());
  source_->push("abc");
  source_->pushEnd();
  loop_.run();
  EXPECT_EQ(log_, Log{"done"});
  EXPECT_EQ(last->read(), "abc");
}

TEST_F(PipeTest, APipelineCanBeAwaited) {
  sink_->takeAllByItself();
  loop::spawn(loop_, [this]() -> Co<> {
    const absl::Status how = co_await pipeline(source_, sink_);
    noteDone()(how);
  });
  source_->push("abc");
  source_->pushEnd();
  loop_.run();
  EXPECT_EQ(sink_->taken, "abc");
  EXPECT_EQ(log_, (Log{"done", "sink close"}));
}

TEST_F(PipeTest, PartsThatDoNotFitAreMisuse) {
  EXPECT_THROW(pipeline({source_}, noteDone()), UsageError);
  EXPECT_THROW(pipeline({source_, source_}, noteDone()), UsageError);
  EXPECT_THROW(pipeline({sink_, sink_}, noteDone()), UsageError);
  EXPECT_THROW(pipeline({source_, stream::RefPtr<Sink>()}, noteDone()), UsageError);
  EXPECT_THROW(pipeline({source_, sink_}, nullptr), UsageError);
}

// --- the loop's end -----------------------------------------------------------------------------

// A Transform in the middle is not open by itself: what keeps it is the pipe.
TEST(PipeEndTest, ALoopThatEndsLetsPipesAndPipelinesGoWithTheirParts) {
  auto held = std::make_shared<int>(0);
  const std::weak_ptr<int> watch = held;
  bool told = false;
  {
    EventLoop loop;
    const auto source = makeRef<Source>(loop);
    const auto middle = makeRef<stream::PassThrough>(loop);
    const auto last = makeRef<stream::PassThrough>(loop);
    pipeline({source, middle, last},
             [held = std::move(held), &told](const absl::Status&) { told = true; });
    pipe(last, makeRef<Sink>(loop));
    source->push("on its way");
    last->destroy();
    EXPECT_FALSE(watch.expired());
  }
  EXPECT_TRUE(watch.expired());
  EXPECT_FALSE(told);
}

}  // namespace
}  // namespace weft::tests
