// Writable against Node's contract.

#include "weft/stream/writable.h"

#include <stdexcept>

#include "weft/cls/errors.h"
#include "weft/tests/stream/streams.h"

namespace weft::tests {
namespace {

using stream::makeRef;

class WritableTest : public StreamTest {
 protected:
  auto noteDone(std::string name) {
    return [this, name](const absl::Status& how) {
      log_.push_back(name + (how.ok() ? " gone" : " lost: " + std::string(how.message())));
    };
  }

  stream::RefPtr<Sink> sink_ = makeRef<Sink>(loop_);
};

TEST_F(WritableTest, WriteSaysFalseFromTheHighWaterMarkOnAndDrainComesWhenAllHasGone) {
  sink_->setWritableHighWaterMark(4);
  sink_->on(kDrain, note("drain"));
  EXPECT_TRUE(sink_->write("abc"));
  EXPECT_FALSE(sink_->write("d"));
  EXPECT_FALSE(sink_->write("e")) << "it is taken all the same";
  EXPECT_TRUE(sink_->writableNeedDrain());
  EXPECT_EQ(sink_->writableLength(), 5u);
  sink_->take(4);
  EXPECT_EQ(log_, Log{}) << "one byte waits still";
  sink_->take();
  EXPECT_EQ(log_, Log{"drain"});
  EXPECT_FALSE(sink_->writableNeedDrain());
  EXPECT_EQ(sink_->taken, "abcde");
}

TEST_F(WritableTest, ThereIsNoDrainForWritesThatSaidTrue) {
  sink_->on(kDrain, note("drain"));
  EXPECT_TRUE(sink_->write("abc"));
  sink_->take();
  loop_.run();
  EXPECT_EQ(log_, Log{});
}

TEST_F(WritableTest, ThereIsNoDrainAfterEnd) {
  sink_->setWritableHighWaterMark(1);
  sink_->on(kDrain, note("drain"));
  sink_->on(kFinish, note("finish"));
  EXPECT_FALSE(sink_->write("abc"));
  sink_->end();
  sink_->take();
  EXPECT_EQ(log_, Log{"finish"});
}

TEST_F(WritableTest, CallbacksComeInOrderAsTheirBytesGo) {
  sink_->write("ab", noteDone("ab"));
  sink_->write(std::string("cd"), [this] { log_.push_back("cd gone"); });
  sink_->end("ef", noteDone("ef"));
  sink_->on(kFinish, note("finish"));
  sink_->take(2);
  EXPECT_EQ(log_, Log{"ab gone"});
  sink_->take();
  EXPECT_EQ(log_, (Log{"ab gone", "cd gone", "ef gone", "finish"}));
}

TEST_F(WritableTest, ACallbackIsNeverCalledFromTheWritersStack) {
  sink_->write("", noteDone("nothing"));
  EXPECT_EQ(log_, Log{});
  loop_.run();
  EXPECT_EQ(log_, Log{"nothing gone"});
}

TEST_F(WritableTest, WriteAfterEndIsMisuseAndASecondEndIsNot) {
  sink_->end();
  sink_->end();
  EXPECT_THROW(sink_->write("late"), UsageError);
  EXPECT_THROW(sink_->end("late"), UsageError);
}

TEST_F(WritableTest, FinishAndCloseComeOnce) {
  sink_->on(kFinish, note("finish"));
  noteEnd(*sink_, "sink");
  sink_->end("a");
  loop_.run();
  EXPECT_EQ(log_, Log{}) << "not all has gone";
  sink_->take();
  sink_->take();
  loop_.run();
  EXPECT_EQ(log_, (Log{"finish", "sink close"}));
  EXPECT_TRUE(sink_->writableFinished());
}

TEST_F(WritableTest, DestroyTellsPendingCallbacksWhyAndThenErrorAndClose) {
  noteEnd(*sink_, "sink");
  sink_->on(kFinish, note("finish"));
  sink_->write("a", noteDone("a"));
  sink_->destroy(absl::DataLossError("torn"));
  EXPECT_FALSE(sink_->write("b", noteDone("b"))) << "a writer that is late needs no care";
  loop_.run();
  EXPECT_EQ(log_.size(), 4u);
  EXPECT_EQ(log_[0], "b lost: the stream was destroyed before the bytes were written");
  EXPECT_EQ(log_[1], "a lost: torn");
  EXPECT_EQ(log_[2], "sink error: torn");
  EXPECT_EQ(log_[3], "sink close");
}

TEST_F(WritableTest, DestroyWithoutAReasonStillTellsCallbacks) {
  sink_->write("a", noteDone("a"));
  sink_->destroy();
  loop_.run();
  EXPECT_EQ(log_, Log{"a lost: the stream was destroyed before the bytes were gone"});
}

TEST_F(WritableTest, CorkedWritesGoTogether) {
  sink_->cork();
  sink_->cork();
  sink_->write("a");
  sink_->write("b");
  sink_->uncork();
  EXPECT_EQ(sink_->asked, 0);
  sink_->uncork();
  EXPECT_EQ(sink_->asked, 1);
  sink_->uncork();  // once too often: nothing
  EXPECT_EQ(sink_->asked, 1);
}

TEST_F(WritableTest, EndGoesThroughACork) {
  sink_->cork();
  sink_->write("a");
  sink_->end();
  EXPECT_EQ(sink_->asked, 1);
}

TEST_F(WritableTest, WhatACallbackThrowsDoesNotStopTheOthers) {
  int uncaught = 0;
  loop_.onUncaughtException([&](std::exception_ptr) { ++uncaught; });
  sink_->takeAllByItself();
  sink_->on(kFinish, [] { throw std::runtime_error("finish"); });
  noteEnd(*sink_, "sink");
  sink_->write("a", [] { throw std::runtime_error("a"); });
  sink_->write("b", noteDone("b"));
  sink_->end();
  loop_.run();
  sink_->take();
  loop_.run();
  EXPECT_EQ(log_, (Log{"b gone", "sink close"}));
  EXPECT_EQ(uncaught, 2);
}

TEST_F(WritableTest, AWriteFromTheDrainListenerIsTaken) {
  sink_->setWritableHighWaterMark(1);
  int left = 3;
  sink_->on(kDrain, [&] {
    if (left-- > 0) sink_->write("b");
  });
  sink_->write("a");
  sink_->take();
  EXPECT_EQ(sink_->taken, "abbb");
}

}  // namespace
}  // namespace weft::tests
