// Every function of zlib keeps the contexts of the call; what comes out of a stream is for those in
// which the listener was added, not for those of whoever made the stream or wrote to it.

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "weft/cls/cls.h"
#include "weft/loop/spawn.h"
#include "weft/native/zlib/zlib.h"

namespace weft::native::zlib {
namespace {

class ZlibContextsTest : public testing::Test {
 protected:
  template <typename Function>
  void check(const char* name, const Function& function) {
    SCOPED_TRACE(name);
    int by_callback = 0;
    int by_coroutine = 0;
    request_.run([&] {
      request_.set("id", 1);
      function(loop_, "bytes", [&](const auto&) { by_callback = *request_.get<int>("id"); });
    });
    request_.run([&] {
      request_.set("id", 2);
      loop::spawn(loop_, [&]() -> loop::Co<> {
        (void)co_await function("bytes");
        by_coroutine = *request_.get<int>("id");
      });
    });
    loop_.run();
    EXPECT_EQ(by_callback, 1);
    EXPECT_EQ(by_coroutine, 2);
  }

  EventLoop loop_;
  cls::Namespace request_ = cls::createNamespace("request");
};

TEST_F(ZlibContextsTest, EveryFunctionKeepsTheContextsOfTheCall) {
  check("deflate", deflate);
  check("inflate", inflate);
  check("deflateRaw", deflateRaw);
  check("inflateRaw", inflateRaw);
  check("gzip", gzip);
  check("gunzip", gunzip);
  check("brotliCompress", brotliCompress);
  check("brotliDecompress", brotliDecompress);
  check("zstdCompress", zstdCompress);
  check("zstdDecompress", zstdDecompress);
}

TEST_F(ZlibContextsTest, AStreamMadeInOneListenedToInAnotherAndWrittenInAThird) {
  std::vector<std::pair<std::string, int>> seen;
  const auto note = [&](const char* what) {
    return [&seen, this, what](auto&&...) { seen.emplace_back(what, *request_.get<int>("id")); };
  };
  ZlibStreamPtr stream;
  request_.run([&] {
    request_.set("id", 1);
    stream = createGzip(loop_);
  });
  request_.run([&] {
    request_.set("id", 2);
    stream->once(kData, note("data"));
  });
  request_.run([&] {
    request_.set("id", 3);
    stream->write("bytes", note("written"));
    stream->end();
  });
  stream->on(kEnd, note("end"));
  stream->resume();
  loop_.run();
  std::sort(seen.begin(), seen.end());
  EXPECT_EQ(seen,
            (std::vector<std::pair<std::string, int>>{{"data", 2}, {"end", 1}, {"written", 3}}));
}

}  // namespace
}  // namespace weft::native::zlib
