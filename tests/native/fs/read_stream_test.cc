#include "weft/native/fs/read_stream.h"

#include <sys/stat.h>

#include <stdexcept>
#include <vector>

#include "weft/cls/cls.h"
#include "weft/tests/loop/message_of.h"
#include "weft/tests/native/fs/fs_fixture.h"

namespace weft::native::fs {
namespace {

class ReadStreamTest : public FsTest {
 protected:
  // Everything that comes, and how it ends.
  struct Read {
    std::string bytes;
    std::vector<std::string> events;
  };
  std::shared_ptr<Read> readAll(const ReadStreamPtr& stream) {
    auto read = std::make_shared<Read>();
    stream->on(kData, [read](std::string_view bytes) { read->bytes += bytes; });
    stream->on(kOpen, [read] { read->events.push_back("open"); });
    stream->on(kEnd, [read] { read->events.push_back("end"); });
    stream->on(kError,
               [read](const absl::Status& why) { read->events.emplace_back(why.message()); });
    stream->on(kClose, [read] { read->events.push_back("close"); });
    return read;
  }
  const std::vector<std::string> well_{"open", "end", "close"};
};

TEST_F(ReadStreamTest, GivesTheWholeFileInOrder) {
  std::string bytes;
  for (int i = 0; bytes.size() < 1'000'000; ++i) bytes += std::to_string(i) + ' ';
  const ReadStreamPtr stream = createReadStream(loop_, file("a", bytes));
  const auto read = readAll(stream);
  loop_.run();
  EXPECT_TRUE(read->bytes == bytes);
  EXPECT_EQ(read->events, well_);
  EXPECT_EQ(stream->bytesRead(), bytes.size());
}

TEST_F(ReadStreamTest, GivesThePartThatIsAskedFor) {
  const auto middle = readAll(createReadStream(loop_, file("a", "0123456789"),
                                               {.start = 2, .end = 6, .high_water_mark = 3}));
  const auto rest = readAll(createReadStream(loop_, path("a"), {.start = 8}));
  const auto nothing = readAll(createReadStream(loop_, path("a"), {.start = 5, .end = 5}));
  const auto behind = readAll(createReadStream(loop_, path("a"), {.start = 50}));
  loop_.run();
  EXPECT_EQ(middle->bytes, "2345");
  EXPECT_EQ(rest->bytes, "89");
  EXPECT_EQ(nothing->bytes + behind->bytes, "");
  EXPECT_EQ(nothing->events, well_);
  EXPECT_EQ(behind->events, well_);
}

TEST_F(ReadStreamTest, WhoDoesNotReadIsNotFlooded) {
  const ReadStreamPtr stream =
      createReadStream(loop_, file("a", std::string(1'000'000, 'x')), {.high_water_mark = 10'000});
  loop_.run();
  EXPECT_EQ(stream->readableLength(), 10'000u);
  const auto read = readAll(stream);
  std::size_t most = 0;
  stream->on(kData, [&, raw = stream.get()](std::string_view) {
    raw->pause();
    loop_.setImmediate([&, raw] {
      most = std::max(most, raw->readableLength());
      raw->resume();
    });
  });
  loop_.run();
  EXPECT_EQ(read->bytes.size(), 1'000'000u);
  EXPECT_LE(most, 20'000u);
  EXPECT_EQ(read->events.back(), "close");
}

TEST_F(ReadStreamTest, WhatFailsIsAnErrorAndThenClose) {
  const auto missing = readAll(createReadStream(loop_, path("none")));
  const auto folder = readAll(createReadStream(loop_, folder_));
  loop_.run();
  EXPECT_EQ(missing->events,
            (std::vector<std::string>{"open '" + path("none") + "': No such file or directory",
                                      "close"}));
  EXPECT_EQ(folder->events,
            (std::vector<std::string>{"open", "read '" + folder_ + "': Is a directory", "close"}));
}

TEST_F(ReadStreamTest, DestroyedAtAnyMomentItClosesOnce) {
  file("a", std::string(300'000, 'x'));
  for (int iterations = 0; iterations < 12; ++iterations) {
    const ReadStreamPtr stream = createReadStream(loop_, path("a"));
    const auto read = readAll(stream);
    for (int i = 0; i < iterations; ++i) loop_.runNoWait();
    stream->destroy();
    loop_.run();
    EXPECT_EQ(std::count(read->events.begin(), read->events.end(), "close"), 1);
    EXPECT_EQ(read->events.back(), "close");
  }
}

TEST_F(ReadStreamTest, TheEndOfTheLoopLeavesItSilent) {
  const std::string a = file("a", "x");
  auto loop = std::make_unique<EventLoop>();
  const ReadStreamPtr stream = createReadStream(*loop, a);
  const auto read = readAll(stream);
  loop.reset();
  EXPECT_TRUE(stream->closed());
  EXPECT_TRUE(read->events.empty());
}

TEST_F(ReadStreamTest, AListenerThatThrowsDoesNotStopIt) {
  std::vector<std::string> caught;
  loop_.onUncaughtException(
      [&](std::exception_ptr error) { caught.push_back(tests::messageOf(error)); });
  const ReadStreamPtr stream =
      createReadStream(loop_, file("a", "0123456789"), {.high_water_mark = 5});
  stream->on(kData, [](std::string_view bytes) { throw std::runtime_error(std::string(bytes)); });
  bool closed = false;
  stream->on(kClose, [&] { closed = true; });
  loop_.run();
  EXPECT_EQ(caught, (std::vector<std::string>{"01234", "56789"}));
  EXPECT_TRUE(closed);
}

TEST_F(ReadStreamTest, APipeIsReadToItsEnd) {
  ASSERT_EQ(::mkfifo(path("pipe").c_str(), 0600), 0);
  const auto read = readAll(createReadStream(loop_, path("pipe")));
  writeFile(loop_, path("pipe"), "through a pipe",
            [](const absl::Status& written) { EXPECT_TRUE(written.ok()) << written; });
  loop_.run();
  EXPECT_EQ(read->bytes, "through a pipe");
  EXPECT_EQ(read->events, well_);
}

TEST_F(ReadStreamTest, OptionsThatMakeNoSenseAreRefused) {
  EXPECT_THROW(createReadStream(loop_, path("a"), {.high_water_mark = 0}), UsageError);
  EXPECT_THROW(createReadStream(loop_, path("a"), {.start = 2, .end = 1}), UsageError);
}

}  // namespace
}  // namespace weft::native::fs
