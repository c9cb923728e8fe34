#include "weft/native/fs/watcher.h"

#include <set>
#include <vector>

#include "weft/cls/cls.h"
#include "weft/native/fs/names.h"
#include "weft/tests/native/fs/fs_fixture.h"

namespace weft::native::fs {
namespace {

class WatcherTest : public FsTest {
 protected:
  // Changes that are made at once are there to be read at once.
  void settle() {
    for (int i = 0; i < 5; ++i) loop_.runNoWait();
  }
  auto note() {
    return [this](Change change, std::string_view name) {
      seen_.insert((change == Change::kRename ? "rename " : "content ") + std::string(name));
    };
  }
  std::set<std::string> seen_;
};

TEST_F(WatcherTest, TellsWhatHappensInAFolder) {
  const WatcherPtr watcher = watch(loop_, folder_, note());
  file("a", "x");
  settle();
  EXPECT_EQ(seen_, (std::set<std::string>{"rename a", "content a"}));
  seen_.clear();
  ASSERT_TRUE(sync::rename(path("a"), path("b")).ok());
  settle();
  EXPECT_EQ(seen_, (std::set<std::string>{"rename a", "rename b"}));
  seen_.clear();
  ASSERT_TRUE(sync::unlink(path("b")).ok());
  settle();
  EXPECT_EQ(seen_, (std::set<std::string>{"rename b"}));
  watcher->close();
  loop_.run();
}

TEST_F(WatcherTest, TellsOfOneFileByItsName) {
  const WatcherPtr watcher = watch(loop_, file("a", "x"), note());
  ASSERT_TRUE(sync::appendFile(path("a"), "y").ok());
  file("b", "other");
  settle();
  EXPECT_EQ(seen_, (std::set<std::string>{"content a"}));
  watcher->close();
  loop_.run();
}

TEST_F(WatcherTest, KeepsItselfAndTheLoopUntilItIsClosed) {
  std::vector<std::string> events;
  Watcher* raw = nullptr;
  {
    const WatcherPtr watcher = watch(loop_, folder_);
    raw = watcher.get();
    watcher->on(kChange, [&, raw](Change, std::string_view) {
      if (events.empty()) raw->close();
      events.push_back("change");
    });
    watcher->on(stream::kClose, [&] { events.push_back("close"); });
  }
  EXPECT_TRUE(loop_.runNoWait());
  file("a", "x");
  loop_.run();
  EXPECT_EQ(events, (std::vector<std::string>{"change", "close"}));
}

TEST_F(WatcherTest, UnrefLetsTheLoopEnd) {
  const WatcherPtr watcher = watch(loop_, folder_, note());
  watcher->unref();
  EXPECT_FALSE(loop_.runNoWait());
  watcher->ref();
  EXPECT_TRUE(loop_.runNoWait());
  watcher->close();
  loop_.run();
}

TEST_F(WatcherTest, WhatIsNotThereIsAnError) {
  const WatcherPtr watcher = watch(loop_, path("none"), note());
  std::string why;
  watcher->on(stream::kError,
              [&](const absl::Status& status) { why = std::string(status.message()); });
  loop_.run();
  EXPECT_EQ(why, "watch '" + path("none") + "': No such file or directory");
  EXPECT_TRUE(watcher->closed());
}

TEST_F(WatcherTest, TheEndOfTheLoopLeavesItSilent) {
  auto loop = std::make_unique<EventLoop>();
  const WatcherPtr watcher = watch(*loop, folder_, note());
  loop.reset();
  EXPECT_TRUE(watcher->closed());
}

}  // namespace
}  // namespace weft::native::fs
