#include "weft/native/zlib/one_shot.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <string>
#include <vector>

#include "weft/loop/event_loop.h"
#include "weft/loop/spawn.h"

namespace weft::native::zlib {
namespace {

using Text = absl::StatusOr<std::string>;

struct Format {
  const char* name;
  Text (*compress)(const std::string&, CompressOptions);
  Text (*decompress)(const std::string&, DecompressOptions);
  int best;
};

class FormatTest : public testing::TestWithParam<Format> {
 protected:
  static Text compress(const std::string& bytes, CompressOptions options = {}) {
    return GetParam().compress(bytes, options);
  }
  static Text decompress(const std::string& bytes, DecompressOptions options = {}) {
    return GetParam().decompress(bytes, options);
  }
};

INSTANTIATE_TEST_SUITE_P(
    All, FormatTest,
    testing::Values(Format{"deflate", &sync::deflate, &sync::inflate, 9},
                    Format{"deflateRaw", &sync::deflateRaw, &sync::inflateRaw, 9},
                    Format{"gzip", &sync::gzip, &sync::gunzip, 9},
                    Format{"brotli", &sync::brotliCompress, &sync::brotliDecompress, 11},
                    Format{"zstd", &sync::zstdCompress, &sync::zstdDecompress, 22}),
    [](const auto& test) { return std::string(test.param.name); });

// Bytes that do not compress well.
std::string noise(std::size_t size) {
  std::string bytes(size, '\0');
  std::uint64_t state = 1;
  for (char& byte : bytes) {
    state = state * 6364136223846793005u + 1442695040888963407u;
    byte = static_cast<char>(state >> 56);
  }
  return bytes;
}

TEST_P(FormatTest, WhatIsCompressedComesBack) {
  for (const std::string& bytes :
       {std::string(), std::string("a"), std::string(1'000'000, 'x'), noise(300'000)}) {
    const Text small = compress(bytes);
    ASSERT_TRUE(small.ok()) << small.status();
    EXPECT_TRUE(decompress(*small).value() == bytes);
  }
  EXPECT_LT(compress(std::string(1'000'000, 'x'))->size(), 2'000u);
}

TEST_P(FormatTest, EveryLevelComesBack) {
  const std::string bytes = noise(2'000) + std::string(2'000, 'y');
  for (int level = 1; level <= GetParam().best; ++level) {
    EXPECT_TRUE(decompress(*compress(bytes, {.level = level})).value() == bytes) << level;
  }
  for (const int level : {-1, GetParam().best + 1}) {
    const Text refused = compress(bytes, {.level = level});
    EXPECT_EQ(refused.status().code(), absl::StatusCode::kInvalidArgument) << level;
  }
}

TEST_P(FormatTest, DataThatIsCutShortIsToldSo) {
  const std::string small = *compress(noise(1'000));
  for (std::size_t size = 0; size < small.size(); ++size) {
    const Text text = decompress(small.substr(0, size));
    ASSERT_EQ(text.status().code(), absl::StatusCode::kDataLoss) << size;
  }
  EXPECT_NE(std::string(decompress(small.substr(0, 500)).status().message()).find("cut short"),
            std::string::npos);
}

TEST_P(FormatTest, DataThatIsCorruptNeverPassesForMoreThanItIs) {
  const std::string bytes = noise(200) + std::string(500, 'z');
  const std::string small = *compress(bytes);
  int refused = 0;
  for (std::size_t i = 0; i < small.size(); ++i) {
    std::string bad = small;
    bad[i] = static_cast<char>(bad[i] ^ 0x55);
    const Text text = decompress(bad, {.max_output = 100'000});
    if (!text.ok()) ++refused;
  }
  EXPECT_GT(refused, 0);
  EXPECT_EQ(decompress(std::string(100, '\xff')).status().code(), absl::StatusCode::kDataLoss);
}

TEST_P(FormatTest, BytesBehindTheEndAreRefused) {
  const Text text = decompress(*compress("abc") + "garbage");
  EXPECT_EQ(text.status().code(), absl::StatusCode::kDataLoss) << text.status();
}

TEST_P(FormatTest, ABombIsStoppedAtItsLimit) {
  const std::string bomb = *compress(std::string(10'000'000, '\0'));
  ASSERT_LT(bomb.size(), 20'000u);
  const Text text = decompress(bomb, {.max_output = 9'999'999});
  EXPECT_EQ(text.status().code(), absl::StatusCode::kResourceExhausted);
  EXPECT_NE(std::string(text.status().message()).find("longer than 9999999 bytes"),
            std::string::npos);
  EXPECT_EQ(decompress(bomb, {.max_output = 10'000'000})->size(), 10'000'000u);
  EXPECT_EQ(decompress(*compress(""), {.max_output = 0}).value(), "");
}

TEST(OneShotTest, AResultIsLimitedAlsoWhereNothingIsSaid) {
  const std::string bomb = *sync::zstdCompress(std::string(kDefaultMaxOutput + 1, '\0'));
  EXPECT_EQ(sync::zstdDecompress(bomb).status().code(), absl::StatusCode::kResourceExhausted);
}

TEST(OneShotTest, GzipFilesBehindOneAnotherAreOne) {
  const std::string two = *sync::gzip("one ") + *sync::gzip("two");
  EXPECT_EQ(*sync::gunzip(two), "one two");
  EXPECT_EQ(*sync::gunzip(two + std::string(1000, '\0')), "one two");
  EXPECT_FALSE(sync::gunzip(two + "x").ok());
  EXPECT_FALSE(sync::gunzip(two.substr(0, two.size() - 1)).ok());
  EXPECT_EQ(*sync::zstdDecompress(*sync::zstdCompress("one ") + *sync::zstdCompress("two")),
            "one two");
}

TEST(OneShotTest, OthersReadWhatWeWriteAndTheOtherWayRound) {
  // What `printf hello | gzip -n` gives.
  const std::string gzip_hello(
      "\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03\xcb\x48\xcd\xc9\xc9\x07\x00\x86\xa6\x10\x36\x05"
      "\x00\x00\x00",
      25);
  EXPECT_EQ(*sync::gunzip(gzip_hello), "hello");
  EXPECT_EQ(*sync::gzip("hello"), gzip_hello);
  // RFC 1950 and 1951: a zlib header, the bare deflate of above, Adler-32.
  EXPECT_EQ(*sync::inflate(std::string("\x78\x9c\xcb\x48\xcd\xc9\xc9\x07\x00\x06\x2c\x02\x15", 13)),
            "hello");
  EXPECT_EQ(*sync::inflateRaw(std::string("\xcb\x48\xcd\xc9\xc9\x07\x00", 7)), "hello");
}

TEST(OneShotTest, ErrorsNameTheOperation) {
  EXPECT_EQ(sync::gunzip("not compressed").status().message(), "gunzip: incorrect header check");
  EXPECT_EQ(sync::inflate("").status().message(), "inflate: the compressed data is cut short");
  EXPECT_EQ(sync::gzip("", {.level = 10}).status().message(),
            "gzip: there is no level 10: take one from 0 to 9");
}

TEST(OneShotTest, BothFormsRunOnThePool) {
  EventLoop loop;
  std::vector<std::string> got;
  gzip(loop, "by callback", [&](const Text& small) {
    gunzip(loop, *small, {.max_output = 100}, [&](const Text& text) { got.push_back(*text); });
  });
  loop::spawn(loop, [&]() -> loop::Co<> {
    const Text small = co_await brotliCompress("by coroutine", {.level = 5});
    got.push_back((co_await brotliDecompress(*small)).value());
    got.push_back((co_await inflate(*co_await deflate("deflate"))).value());
    got.push_back((co_await inflateRaw(*co_await deflateRaw("raw"))).value());
    got.push_back((co_await zstdDecompress(*co_await zstdCompress("zstd"))).value());
  });
  EXPECT_TRUE(got.empty());
  loop.run();
  std::sort(got.begin(), got.end());
  EXPECT_EQ(got,
            (std::vector<std::string>{"by callback", "by coroutine", "deflate", "raw", "zstd"}));
}

}  // namespace
}  // namespace weft::native::zlib
