#include "weft/stream/transform.h"

#include <cctype>

#include "weft/tests/stream/streams.h"

namespace weft::tests {
namespace {

using stream::makeRef;

class Shout final : public stream::Transform {
 public:
  explicit Shout(EventLoop& loop) : IoObject(loop), Transform(loop) {}

 private:
  void transform(std::string_view bytes) override {
    std::string loud(bytes);
    for (char& c : loud) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
    if (loud == "?") return destroy(absl::InvalidArgumentError("that cannot be shouted"));
    push(loud);
  }
  void flush() override { push("!"); }
};

class TransformTest : public StreamTest {
 protected:
  template <typename T>
  void noteAll(T& stream) {
    stream->on(kData, [this](std::string_view bytes) { log_.emplace_back(bytes); });
    stream->on(kEnd, note("end"));
    stream->on(kFinish, note("finish"));
    noteEnd(*stream, "stream");
  }
};

TEST_F(TransformTest, WhatIsWrittenComesOutTransformedAndThenItCloses) {
  const auto shout = makeRef<Shout>(loop_);
  noteAll(shout);
  shout->write("a");
  shout->end("b");
  EXPECT_EQ(log_, Log{}) << "not from the writer's stack";
  loop_.run();
  EXPECT_EQ(log_, (Log{"AB", "!", "end", "finish", "stream close"}));
}

TEST_F(TransformTest, AReaderThatIsSlowHoldsTheWriterBack) {
  const auto pass = makeRef<PassThrough>(loop_);
  pass->setReadableHighWaterMark(4);
  pass->setWritableHighWaterMark(4);
  EXPECT_FALSE(pass->write("abcd"));
  pass->on(kDrain, note("drain"));
  loop_.run();
  EXPECT_EQ(log_, Log{"drain"}) << "it went on to the readable side";
  EXPECT_FALSE(pass->write("efgh"));
  loop_.run();
  EXPECT_EQ(log_, Log{"drain"}) << "which is full";
  EXPECT_EQ(pass->writableLength(), 4u);
  EXPECT_EQ(pass->readableLength(), 4u);
  EXPECT_EQ(pass->read(), "abcd");
  loop_.run();
  EXPECT_EQ(log_, (Log{"drain", "drain"}));
  EXPECT_EQ(pass->read(), "efgh");
}

TEST_F(TransformTest, BytesThatCannotBeTransformedAreAnError) {
  const auto shout = makeRef<Shout>(loop_);
  noteAll(shout);
  shout->write("?");
  loop_.run();
  EXPECT_EQ(log_, (Log{"stream error: that cannot be shouted", "stream close"}));
}

TEST_F(TransformTest, AListenerMayWriteBackIntoTheStream) {
  const auto pass = makeRef<PassThrough>(loop_);
  int left = 3;
  std::string all;
  pass->on(kData, [&](std::string_view bytes) {
    all += bytes;
    if (left-- > 0) pass->write(std::string(20'000, 'x'));
  });
  pass->write("a");
  loop_.run();
  EXPECT_EQ(all.size(), 60'001u);
}

}  // namespace
}  // namespace weft::tests
