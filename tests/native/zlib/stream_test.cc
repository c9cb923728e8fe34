#include "weft/native/zlib/stream.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "weft/loop/event_loop.h"

namespace weft::native::zlib {
namespace {

using Events = std::vector<std::string>;

struct Format {
  const char* name;
  ZlibStreamPtr (*compress)(EventLoop&, const CompressOptions&);
  ZlibStreamPtr (*decompress)(EventLoop&, const DecompressOptions&);
  absl::StatusOr<std::string> (*decompressed)(const std::string&, DecompressOptions);
};

class OneZlibStreamTest : public testing::Test {
 protected:
  struct Outcome {
    std::string bytes;
    Events events;
  };
  std::shared_ptr<Outcome> outcomeOf(const ZlibStreamPtr& stream) {
    auto outcome = std::make_shared<Outcome>();
    stream->on(kData, [outcome](std::string_view bytes) { outcome->bytes += bytes; });
    stream->on(kEnd, [outcome] { outcome->events.push_back("end"); });
    stream->on(kFinish, [outcome] { outcome->events.push_back("finish"); });
    stream->on(kError,
               [outcome](const absl::Status& why) { outcome->events.emplace_back(why.message()); });
    stream->on(kClose, [outcome] { outcome->events.push_back("close"); });
    return outcome;
  }

  EventLoop loop_;
};

class ZlibStreamTest : public OneZlibStreamTest, public testing::WithParamInterface<Format> {
 protected:
  std::string compressed(const std::string& bytes) {
    const ZlibStreamPtr stream = GetParam().compress(loop_, {});
    const auto outcome = outcomeOf(stream);
    stream->end(bytes);
    loop_.run();
    return outcome->bytes;
  }

  const Events well_{"end", "finish", "close"};
};

INSTANTIATE_TEST_SUITE_P(
    All, ZlibStreamTest,
    testing::Values(
        Format{"deflate", &createDeflate, &createInflate, &sync::inflate},
        Format{"raw", &createDeflateRaw, &createInflateRaw, &sync::inflateRaw},
        Format{"gzip", &createGzip, &createGunzip, &sync::gunzip},
        Format{"brotli", &createBrotliCompress, &createBrotliDecompress, &sync::brotliDecompress},
        Format{"zstd", &createZstdCompress, &createZstdDecompress, &sync::zstdDecompress}),
    [](const auto& test) { return std::string(test.param.name); });

std::string numbers(std::size_t size) {
  std::string bytes;
  for (int i = 0; bytes.size() < size; ++i) bytes += std::to_string(i * 7919) + ' ';
  return bytes;
}

std::string noise(std::size_t size, int seed) {
  std::minstd_rand random(static_cast<unsigned>(seed) + 1);
  std::string bytes(size, '\0');
  for (char& byte : bytes) byte = static_cast<char>(random() >> 8);
  return bytes;
}

TEST_P(ZlibStreamTest, ThroughBothInPiecesItComesBack) {
  const std::string bytes = numbers(500'000);
  const ZlibStreamPtr in = GetParam().compress(loop_, {.level = 1});
  const ZlibStreamPtr out = GetParam().decompress(loop_, {});
  const auto outcome = outcomeOf(out);
  in->on(kData, [&](std::string_view piece) { out->write(piece); });
  in->on(kEnd, [&] { out->end(); });
  for (std::size_t i = 0; i < bytes.size(); i += 1'000) in->write(bytes.substr(i, 1'000));
  in->end();
  loop_.run();
  EXPECT_TRUE(outcome->bytes == bytes);
  EXPECT_EQ(outcome->events, well_);
  EXPECT_TRUE(in->closed());
  EXPECT_EQ(in->bytesWritten(), bytes.size());
  EXPECT_EQ(out->bytesMade(), bytes.size());
}

TEST_P(ZlibStreamTest, ByteByByteItComesBack) {
  const std::string small = compressed("one byte at a time");
  const ZlibStreamPtr stream = GetParam().decompress(loop_, {});
  const auto outcome = outcomeOf(stream);
  for (const char byte : small) {
    stream->write(std::string_view(&byte, 1));
    loop_.run();
  }
  stream->end();
  loop_.run();
  EXPECT_EQ(outcome->bytes, "one byte at a time");
}

TEST_P(ZlibStreamTest, NothingIsSomethingCompressedAndNothingBack) {
  const std::string small = compressed("");
  EXPECT_FALSE(small.empty());
  const ZlibStreamPtr stream = GetParam().decompress(loop_, {});
  const auto outcome = outcomeOf(stream);
  stream->end(small);
  loop_.run();
  EXPECT_EQ(outcome->bytes, "");
  EXPECT_EQ(outcome->events, well_);
}

TEST_P(ZlibStreamTest, WhatIsCutShortIsAnErrorAfterWhatWasGood) {
  const std::string bytes = numbers(300'000);
  std::string small = compressed(bytes);
  small.resize(small.size() - 5);
  const ZlibStreamPtr stream = GetParam().decompress(loop_, {});
  const auto outcome = outcomeOf(stream);
  stream->end(small);
  loop_.run();
  EXPECT_FALSE(outcome->bytes.empty());
  EXPECT_TRUE(bytes.starts_with(outcome->bytes));
  ASSERT_EQ(outcome->events.size(), 2u);
  EXPECT_NE(outcome->events[0].find("cut short"), std::string::npos);
  EXPECT_EQ(outcome->events[1], "close");
}

TEST_P(ZlibStreamTest, WhatIsCorruptIsAnErrorThatTheWriteHearsOf) {
  const ZlibStreamPtr stream = GetParam().decompress(loop_, {});
  const auto outcome = outcomeOf(stream);
  absl::Status heard;
  stream->write(std::string(200, '\xff'), [&](const absl::Status& status) { heard = status; });
  loop_.run();
  EXPECT_EQ(heard.code(), absl::StatusCode::kDataLoss) << heard;
  EXPECT_EQ(outcome->events, (Events{std::string(heard.message()), "close"}));
}

TEST_P(ZlibStreamTest, ABombIsStoppedAtItsLimit) {
  const std::string bomb = compressed(std::string(5'000'000, '\0'));
  const ZlibStreamPtr stream = GetParam().decompress(loop_, {.max_output = 1'000'000});
  const auto outcome = outcomeOf(stream);
  stream->end(bomb);
  loop_.run();
  EXPECT_LE(outcome->bytes.size(), 1'000'000u);
  ASSERT_EQ(outcome->events.size(), 2u);
  EXPECT_NE(outcome->events[0].find("longer than 1000000 bytes"), std::string::npos);
}

TEST_P(ZlibStreamTest, WithNobodyReadingABombStaysSmallAndTheWriterWaits) {
  const std::string bomb = compressed(std::string(5'000'000, '\0'));
  const ZlibStreamPtr stream = GetParam().decompress(loop_, {});
  stream->write(bomb);
  loop_.run();
  EXPECT_FALSE(stream->write(std::string(stream::kDefaultHighWaterMark, 'x')));
  loop_.run();
  EXPECT_TRUE(stream->writableNeedDrain());
  EXPECT_GT(stream->readableLength(), 0u);
  EXPECT_LE(stream->readableLength(), 2 * stream::kDefaultHighWaterMark);
  EXPECT_FALSE(stream->closed());
  stream->destroy();
  loop_.run();
  EXPECT_TRUE(stream->closed());
}

TEST_P(ZlibStreamTest, WhoeverPausesGetsEverythingLater) {
  const std::string bytes = numbers(400'000);
  const std::string small = compressed(bytes);
  const ZlibStreamPtr stream = GetParam().decompress(loop_, {});
  const auto outcome = outcomeOf(stream);
  stream->on(kData, [&, raw = stream.get()](std::string_view) {
    raw->pause();
    loop_.setImmediate([raw] { raw->resume(); });
  });
  stream->end(small);
  loop_.run();
  EXPECT_TRUE(outcome->bytes == bytes);
  EXPECT_EQ(outcome->events.back(), "close");
}

TEST_P(ZlibStreamTest, WhatIsFlushedIsReadBeforeTheEnd) {
  const ZlibStreamPtr in = GetParam().compress(loop_, {.level = 1});
  const ZlibStreamPtr out = GetParam().decompress(loop_, {});
  const auto outcome = outcomeOf(out);
  in->on(kData, [&](std::string_view piece) { out->write(piece); });
  in->on(kEnd, [&] { out->end(); });
  std::string written;
  for (const std::string& bytes : {std::string("hello"), std::string(), numbers(300'000)}) {
    in->write(bytes);
    in->flush();
    in->flush();  // nothing is between the two
    written += bytes;
    loop_.run();
    EXPECT_TRUE(outcome->bytes == written) << outcome->bytes.size() << " of " << written.size();
  }
  in->write("the rest");
  in->end();
  in->flush();
  loop_.run();
  EXPECT_TRUE(outcome->bytes == written + "the rest");
  EXPECT_EQ(outcome->events, well_);
}

TEST_P(ZlibStreamTest, FlushesKeepTheirPlacesAmongTheWritesAndTheReadersPauses) {
  const ZlibStreamPtr in = GetParam().compress(loop_, {.level = 1});
  const ZlibStreamPtr out = GetParam().decompress(loop_, {});
  const auto outcome = outcomeOf(out);
  in->on(kEnd, [&] { out->end(); });
  in->on(kData, [&, raw = in.get()](std::string_view piece) {
    out->write(piece);
    raw->pause();
    loop_.setImmediate([raw] { raw->resume(); });
  });
  std::string written;
  for (int i = 0; i < 40; ++i) {
    // Bytes that hardly get shorter, so that a flush fills more than one piece.
    const std::string bytes = noise(static_cast<std::size_t>(i % 7) * 20'000, i);
    in->write(bytes);
    written += bytes;
    if (i % 3 != 1) in->flush();
    if (i % 5 == 0) loop_.runNoWait();
  }
  loop_.run();
  EXPECT_TRUE(outcome->bytes == written) << "the last write was flushed";
  in->end();
  loop_.run();
  EXPECT_TRUE(outcome->bytes == written);
  EXPECT_EQ(outcome->events, well_);
}

TEST_P(ZlibStreamTest, WhatDecompressesHasNothingToFlush) {
  const std::string small = compressed("bytes");
  const ZlibStreamPtr stream = GetParam().decompress(loop_, {});
  const auto outcome = outcomeOf(stream);
  stream->flush();
  stream->write(small.substr(0, small.size() / 2));
  stream->flush();
  loop_.run();
  stream->write(small.substr(small.size() / 2));
  loop_.run();
  stream->flush();
  stream->end();
  loop_.run();
  EXPECT_EQ(outcome->bytes, "bytes");
  EXPECT_EQ(outcome->events, well_);
}

TEST_P(ZlibStreamTest, CorruptBytesAreJudgedAsByTheOneShotFunction) {
  const std::string small = compressed(numbers(300));
  for (std::size_t i = 0; i < small.size(); i += 1 + i / 8) {
    std::string bad = small;
    bad[i] = static_cast<char>(bad[i] ^ 0x24);
    const absl::StatusOr<std::string> expected = GetParam().decompressed(bad, {});
    const ZlibStreamPtr stream = GetParam().decompress(loop_, {});
    const auto outcome = outcomeOf(stream);
    stream->write(bad.substr(0, i));
    stream->end(bad.substr(i));
    loop_.run();
    if (expected.ok()) {
      EXPECT_EQ(outcome->bytes, *expected) << i;
      EXPECT_EQ(outcome->events, well_) << i;
    } else {
      ASSERT_EQ(outcome->events.size(), 2u) << i;
      EXPECT_EQ(outcome->events[1], "close") << i;
    }
  }
}

TEST_P(ZlibStreamTest, DestroyedAtAnyMomentItClosesOnce) {
  for (int iterations = 0; iterations < 10; ++iterations) {
    const ZlibStreamPtr stream = GetParam().compress(loop_, {});
    const auto outcome = outcomeOf(stream);
    stream->write(numbers(200'000));
    stream->flush();
    for (int i = 0; i < iterations; ++i) loop_.runNoWait();
    stream->destroy();
    loop_.run();
    EXPECT_EQ(std::count(outcome->events.begin(), outcome->events.end(), "close"), 1);
  }
}

TEST_P(ZlibStreamTest, TheEndOfTheLoopLeavesItSilent) {
  auto loop = std::make_unique<EventLoop>();
  const ZlibStreamPtr stream = GetParam().compress(*loop, {});
  const auto outcome = outcomeOf(stream);
  stream->write(numbers(200'000));
  loop.reset();
  EXPECT_TRUE(stream->closed());
  EXPECT_TRUE(outcome->events.empty());
}

TEST_F(OneZlibStreamTest, ALevelThatIsNotThereIsAnError) {
  const ZlibStreamPtr stream = createGzip(loop_, {.level = 77});
  const auto outcome = outcomeOf(stream);
  loop_.run();
  EXPECT_EQ(outcome->events, (Events{"gzip: there is no level 77: take one from 0 to 9", "close"}));
}

TEST_F(OneZlibStreamTest, MoreBehindTheEndIsAnError) {
  const std::string small = *sync::deflate("abc");
  const ZlibStreamPtr stream = createInflate(loop_);
  const auto outcome = outcomeOf(stream);
  stream->write(small);
  loop_.run();
  EXPECT_EQ(outcome->bytes, "abc");
  EXPECT_EQ(outcome->events, Events{"end"});
  stream->write("more");
  loop_.run();
  EXPECT_EQ(
      outcome->events,
      (Events{"end", "inflate: more bytes follow behind the end of the compressed data", "close"}));
}

}  // namespace
}  // namespace weft::native::zlib
