// What comes out of a stream is for the contexts in which the listener was added, not for those of
// whoever made the stream or wrote to it. That each function keeps them is in tests/entry_points.

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "weft/cls/cls.h"
#include "weft/native/zlib/stream.h"

namespace weft::native::zlib {
namespace {

class ZlibContextsTest : public testing::Test {
 protected:
  EventLoop loop_;
  cls::Namespace request_ = cls::createNamespace("request");
};

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
