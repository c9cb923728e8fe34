// Readable against Node's contract.

#include "weft/stream/readable.h"

#include <stdexcept>

#include "weft/cls/errors.h"
#include "weft/tests/stream/streams.h"

namespace weft::tests {
namespace {

using stream::makeRef;

class ReadableTest : public StreamTest {
 protected:
  void noteData() {
    source_->on(kData, [this](std::string_view bytes) { log_.emplace_back(bytes); });
  }

  stream::RefPtr<Source> source_ = makeRef<Source>(loop_);
};

TEST_F(ReadableTest, BytesWaitUntilSomebodyListensAndThenComeInATick) {
  EXPECT_TRUE(source_->push("a"));
  EXPECT_EQ(source_->readableLength(), 1u);
  noteData();
  EXPECT_EQ(log_, Log{});
  loop_.run();
  EXPECT_EQ(log_, Log{"a"});
  source_->push("b");
  EXPECT_EQ(log_, (Log{"a", "b"})) << "a stream that flows hands bytes on at once";
}

TEST_F(ReadableTest, AtTheHighWaterMarkTheSourceIsToldToWaitAndLaterAskedOnce) {
  source_->setReadableHighWaterMark(4);
  EXPECT_TRUE(source_->push("abc"));
  EXPECT_FALSE(source_->push("d"));
  loop_.run();
  EXPECT_EQ(source_->wanted, 0);
  noteData();
  loop_.run();
  EXPECT_EQ(log_, Log{"abcd"});
  EXPECT_EQ(source_->wanted, 1);
}

TEST_F(ReadableTest, ASourceThatWaitsIsAskedOnlyWhenSomebodyListens) {
  source_->readWhenWanted();
  loop_.run();
  EXPECT_EQ(source_->wanted, 0);
  noteData();
  loop_.run();
  EXPECT_EQ(source_->wanted, 1);
}

TEST_F(ReadableTest, PauseHoldsEverythingBackAndResumeLetsItGo) {
  noteData();
  source_->push("a");
  source_->pause();
  EXPECT_TRUE(source_->isPaused());
  source_->push("b");
  source_->pushEnd();
  source_->on(kEnd, note("end"));
  loop_.run();
  EXPECT_EQ(log_, Log{"a"});
  source_->resume();
  loop_.run();
  EXPECT_EQ(log_, (Log{"a", "b", "end"}));
}

TEST_F(ReadableTest, AListenerDoesNotWakeAStreamThatWasPaused) {
  source_->pause();
  noteData();
  source_->push("a");
  loop_.run();
  EXPECT_EQ(log_, Log{});
}

TEST_F(ReadableTest, PausingInsideAListenerStopsAfterThatPiece) {
  source_->push(std::string(16 * 1024, 'a'));
  source_->push("b");
  source_->on(kData, [this](std::string_view bytes) {
    log_.emplace_back(1, bytes[0]);
    source_->pause();
  });
  loop_.run();
  EXPECT_EQ(log_, Log{"a"});
  EXPECT_EQ(source_->readableLength(), 1u);
}

TEST_F(ReadableTest, EndComesOnceAndNotBeforeTheStreamFlows) {
  source_->on(kEnd, note("end"));
  source_->pushEnd();
  source_->pushEnd();
  loop_.run();
  EXPECT_EQ(log_, Log{});
  EXPECT_FALSE(source_->readableEnded());
  source_->resume();
  loop_.run();
  EXPECT_EQ(log_, Log{"end"});
  EXPECT_TRUE(source_->readableEnded());
}

TEST_F(ReadableTest, AStreamThatIsDestroyedGivesNothingMoreAndClosesOnce) {
  noteData();
  noteEnd(*source_, "source");
  source_->on(kEnd, note("end"));
  loop_.run();
  source_->destroy(absl::DataLossError("torn"));
  source_->destroy(absl::InternalError("never said"));
  EXPECT_FALSE(source_->push("late"));
  source_->pushEnd();
  EXPECT_EQ(log_, Log{}) << "nothing is emitted from the stack of destroy()";
  loop_.run();
  EXPECT_EQ(log_, (Log{"source error: torn", "source close"}));
  EXPECT_TRUE(source_->closed());
}

TEST_F(ReadableTest, DestroyInsideAListenerIsTheEnd) {
  source_->push(std::string(16 * 1024, 'a'));
  source_->push("b");
  source_->on(kData, [this] {
    log_.push_back("data");
    source_->destroy();
  });
  loop_.run();
  EXPECT_EQ(log_, Log{"data"});
}

TEST_F(ReadableTest, WhatAListenerThrowsIsReportedAndTheStreamGoesOn) {
  int uncaught = 0;
  loop_.onUncaughtException([&](std::exception_ptr) { ++uncaught; });
  source_->push(std::string(16 * 1024, 'a'));
  source_->push("b");
  source_->pushEnd();
  source_->on(kEnd, note("end"));
  source_->on(kData, [this](std::string_view bytes) {
    log_.emplace_back(1, bytes[0]);
    throw std::runtime_error("listener");
  });
  loop_.run();
  EXPECT_EQ(log_, (Log{"a", "b", "end"}));
  EXPECT_EQ(uncaught, 2);
}

TEST_F(ReadableTest, BytesAfterTheEndAreMisuse) {
  source_->pushEnd();
  EXPECT_THROW(source_->push("late"), UsageError);
}

TEST_F(ReadableTest, ReadTakesWhatWaitsAndAsksForMore) {
  source_->setReadableHighWaterMark(4);
  EXPECT_EQ(source_->read(), "");
  EXPECT_FALSE(source_->push("abcd"));
  EXPECT_EQ(source_->read(3), "abc");
  EXPECT_EQ(source_->wanted, 0) << "the source is not asked from the reader's stack";
  loop_.run();
  EXPECT_EQ(source_->wanted, 1);
  EXPECT_EQ(source_->read(), "d");
  EXPECT_EQ(source_->read(), "");
}

TEST_F(ReadableTest, ReadableSaysThatThereIsSomethingOrNothingMore) {
  source_->on(kReadable, [this] { log_.push_back("read '" + source_->read() + "'"); });
  source_->on(kEnd, note("end"));
  noteData();  // does not flow any more: the reader has come first
  loop_.run();
  EXPECT_EQ(log_, Log{});
  source_->push("a");
  source_->push("b");
  loop_.run();
  EXPECT_EQ(log_, Log{"read 'ab'"}) << "once for both";
  source_->pushEnd();
  loop_.run();
  EXPECT_EQ(log_, (Log{"read 'ab'", "read ''", "end"}));
}

TEST_F(ReadableTest, ForAReaderTheEndComesOnlyAfterTheLastByteWasTaken) {
  source_->on(kReadable, note("readable"));
  source_->on(kEnd, note("end"));
  source_->push("ab");
  source_->pushEnd();
  loop_.run();
  EXPECT_EQ(log_, Log{"readable"});
  EXPECT_EQ(source_->read(1), "a");
  loop_.run();
  EXPECT_EQ(log_, Log{"readable"});
  EXPECT_EQ(source_->read(1), "b");
  loop_.run();
  EXPECT_EQ(log_, (Log{"readable", "end"}));
}

TEST_F(ReadableTest, ResumeGoesBackFromReadingToFlowing) {
  source_->on(kReadable, note("readable"));
  source_->push("a");
  loop_.run();
  noteData();
  source_->resume();
  loop_.run();
  source_->push("b");
  EXPECT_EQ(log_, (Log{"readable", "a", "b"}));
}

}  // namespace
}  // namespace weft::tests
