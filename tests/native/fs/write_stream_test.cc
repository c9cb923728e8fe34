#include "weft/native/fs/write_stream.h"

#include <algorithm>
#include <vector>

#include "weft/tests/native/fs/fs_fixture.h"

namespace weft::native::fs {
namespace {

using Events = std::vector<std::string>;

class WriteStreamTest : public FsTest {
 protected:
  std::shared_ptr<Events> eventsOf(const WriteStreamPtr& stream) {
    auto events = std::make_shared<Events>();
    stream->on(kOpen, [events] { events->push_back("open"); });
    stream->on(kDrain, [events] { events->push_back("drain"); });
    stream->on(kFinish, [events] { events->push_back("finish"); });
    stream->on(kError, [events](const absl::Status& why) { events->emplace_back(why.message()); });
    stream->on(kClose, [events] { events->push_back("close"); });
    return events;
  }
};

TEST_F(WriteStreamTest, WhatIsWrittenIsInTheFileAtFinish) {
  file("a", "what was there before, longer than what comes");
  const WriteStreamPtr stream = createWriteStream(loop_, path("a"));
  const auto events = eventsOf(stream);
  std::string at_finish;
  stream->on(kFinish, [&] { at_finish = content("a"); });
  std::vector<std::string> gone;
  stream->write("one ", [&](const absl::Status& status) { gone.push_back(status.ToString()); });
  stream->write(std::string("two "));
  stream->end("three");
  loop_.run();
  EXPECT_EQ(at_finish, "one two three");
  EXPECT_EQ(gone, Events{"OK"});
  EXPECT_EQ(*events, (Events{"open", "finish", "close"}));
  EXPECT_EQ(stream->bytesWritten(), 13u);
}

TEST_F(WriteStreamTest, ASlowDiskMakesTheWriterWait) {
  const WriteStreamPtr stream = createWriteStream(loop_, path("a"));
  const auto events = eventsOf(stream);
  const std::string piece(40'000, 'x');
  EXPECT_TRUE(stream->write(piece));
  EXPECT_FALSE(stream->write(piece));
  EXPECT_TRUE(stream->writableNeedDrain());
  stream->once(kDrain, [&, raw = stream.get()] {
    EXPECT_EQ(raw->writableLength(), 0u);
    raw->end(piece);
  });
  loop_.run();
  EXPECT_EQ(content("a").size(), 120'000u);
  EXPECT_EQ(*events, (Events{"open", "drain", "finish", "close"}));
}

TEST_F(WriteStreamTest, AMegabyteArrivesInOrder) {
  const WriteStreamPtr stream = createWriteStream(loop_, path("a"));
  std::string expected;
  for (int i = 0; expected.size() < 1'000'000; ++i) {
    const std::string piece = std::to_string(i) + ' ';
    expected += piece;
    stream->write(piece);
  }
  stream->end();
  loop_.run();
  EXPECT_TRUE(content("a") == expected);
}

TEST_F(WriteStreamTest, WritesInTheMiddleOrAtTheEnd) {
  const WriteStreamPtr middle =
      createWriteStream(loop_, file("a", "0123456789"), {.flags = O_WRONLY, .start = 3});
  middle->write("ab");
  middle->end("c");
  const WriteStreamPtr last =
      createWriteStream(loop_, file("b", "0123"), {.flags = O_WRONLY | O_APPEND});
  last->end("4");
  loop_.run();
  EXPECT_EQ(content("a"), "012abc6789");
  EXPECT_EQ(content("b"), "01234");
}

TEST_F(WriteStreamTest, AFullDiskIsAnErrorThatTheWriteHearsOf) {
  const WriteStreamPtr stream = createWriteStream(loop_, "/dev/full", {.flags = O_WRONLY});
  const auto events = eventsOf(stream);
  std::string heard;
  stream->write("x", [&](const absl::Status& status) { heard = std::string(status.message()); });
  loop_.run();
  EXPECT_EQ(heard, "write '/dev/full': No space left on device");
  EXPECT_EQ(*events, (Events{"open", heard, "close"}));
  EXPECT_FALSE(stream->write("late"));
}

TEST_F(WriteStreamTest, DestroyedAtAnyMomentItClosesOnceAndEveryWriteIsAnswered) {
  for (int iterations = 0; iterations < 12; ++iterations) {
    const WriteStreamPtr stream = createWriteStream(loop_, path("a"));
    const auto events = eventsOf(stream);
    int answered = 0;
    for (int i = 0; i < 3; ++i) stream->write("some bytes", [&] { ++answered; });
    for (int i = 0; i < iterations; ++i) loop_.runNoWait();
    stream->destroy();
    loop_.run();
    EXPECT_EQ(answered, 3);
    EXPECT_EQ(std::count(events->begin(), events->end(), "close"), 1);
  }
}

TEST_F(WriteStreamTest, TheEndOfTheLoopLeavesItSilent) {
  auto loop = std::make_unique<EventLoop>();
  const WriteStreamPtr stream = createWriteStream(*loop, path("a"));
  const auto events = eventsOf(stream);
  stream->write("x");
  loop.reset();
  EXPECT_TRUE(stream->closed());
  EXPECT_TRUE(events->empty());
}

TEST_F(WriteStreamTest, CorkedWritesGoTogether) {
  const WriteStreamPtr stream = createWriteStream(loop_, path("a"));
  stream->cork();
  stream->write("one ");
  loop_.run();
  EXPECT_EQ(content("a"), "");
  stream->write("two");
  stream->uncork();
  loop_.run();
  EXPECT_EQ(content("a"), "one two");
  stream->end();
  loop_.run();
  EXPECT_TRUE(stream->closed());
}

}  // namespace
}  // namespace weft::native::fs
