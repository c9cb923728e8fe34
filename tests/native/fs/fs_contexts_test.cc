// Contexts through several hops, and those of streams and watchers. That each function keeps them
// is in tests/entry_points.

#include <algorithm>
#include <functional>
#include <utility>
#include <vector>

#include "weft/cls/cls.h"
#include "weft/native/fs/fs.h"
#include "weft/tests/native/fs/fs_fixture.h"

namespace weft::native::fs {
namespace {

class FsContextsTest : public FsTest {
 protected:
  cls::Namespace request_ = cls::createNamespace("request");
};

TEST_F(FsContextsTest, ANullCallbackIsRefused) {
  const std::function<void(absl::StatusOr<Stats>)> null;
  EXPECT_THROW(stat(loop_, folder_, null), UsageError);
}

TEST_F(FsContextsTest, ASecondHopKeepsThemToo) {
  std::vector<int> seen;
  request_.run([&] {
    request_.set("id", 7);
    exists(loop_, folder_, [&](const absl::StatusOr<bool>&) {
      seen.push_back(*request_.get<int>("id"));
      exists(loop_, path("none"),
             [&](const absl::StatusOr<bool>&) { seen.push_back(*request_.get<int>("id")); });
    });
  });
  loop_.run();
  EXPECT_EQ(seen, (std::vector<int>{7, 7}));
}

TEST_F(FsContextsTest, AStreamsListenersRunWhereTheyWereAdded) {
  std::vector<std::pair<std::string, int>> seen;
  const auto note = [&](const char* what) {
    return [&seen, this, what](auto&&...) { seen.emplace_back(what, *request_.get<int>("id")); };
  };
  ReadStreamPtr in;
  WriteStreamPtr out;
  request_.run([&] {
    request_.set("id", 1);
    in = createReadStream(loop_, file("a", "x"));
    out = createWriteStream(loop_, path("b"));
    in->on(kOpen, note("open"));
  });
  request_.run([&] {
    request_.set("id", 2);
    in->on(kData, note("data"));
    out->on(kFinish, note("finish"));
  });
  request_.run([&] {
    request_.set("id", 3);
    out->write("x", note("written"));
    out->end();
  });
  in->on(kEnd, note("end"));  // with none active: those of the stream's maker
  loop_.run();
  std::sort(seen.begin(), seen.end());
  EXPECT_EQ(seen, (std::vector<std::pair<std::string, int>>{
                      {"data", 2}, {"end", 1}, {"finish", 2}, {"open", 1}, {"written", 3}}));
}

TEST_F(FsContextsTest, AWatchersListenerRunsWhereItWasAddedWhoeverChangesTheFile) {
  WatcherPtr watcher;
  int seen = 0;
  request_.run([&] {
    request_.set("id", 1);
    watcher = watch(loop_, folder_, [&](Change, std::string_view) {
      seen = *request_.get<int>("id");
      watcher->close();
    });
  });
  request_.run([&] {
    request_.set("id", 2);
    writeFile(loop_, path("changed"), "x", [](const absl::Status&) {});
  });
  loop_.run();
  EXPECT_EQ(seen, 1);
}

}  // namespace
}  // namespace weft::native::fs
