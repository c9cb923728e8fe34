#include "weft/native/fs/attributes.h"

#include <unistd.h>

#include "weft/native/fs/names.h"
#include "weft/tests/native/fs/fs_fixture.h"

namespace weft::native::fs {
namespace {

using AttributesTest = FsTest;

TEST_F(AttributesTest, ChmodAndUtimesChangeWhatStatTells) {
  file("a", "x");
  const FileTime read_at{std::chrono::seconds(1'600'000'000)};
  const FileTime written_at{std::chrono::seconds(1'700'000'000) + std::chrono::nanoseconds(9)};
  run([&]() -> loop::Co<> {
    EXPECT_TRUE((co_await chmod(path("a"), 0751)).ok());
    EXPECT_TRUE((co_await utimes(path("a"), read_at, written_at)).ok());
    EXPECT_EQ((co_await stat(path("a")))->mode & 0777, 0751u);
    EXPECT_EQ((co_await stat(path("a")))->atime, read_at);
    EXPECT_EQ((co_await stat(path("a")))->mtime, written_at);
  });
}

TEST_F(AttributesTest, ChownToWhoItBelongsToIsAllowed) {
  ASSERT_TRUE(sync::symlink(file("a", "x"), path("link")).ok());
  run([&]() -> loop::Co<> {
    EXPECT_TRUE((co_await chown(path("link"), geteuid(), getegid())).ok());
    EXPECT_TRUE((co_await lchown(path("link"), static_cast<uid_t>(-1), getegid())).ok());
  });
}

TEST_F(AttributesTest, WhatFailsNamesOperationAndPath) {
  const std::string none = path("none");
  const std::string reason = " '" + none + "': No such file or directory";
  run([&]() -> loop::Co<> {
    EXPECT_EQ((co_await chmod(none, 0)).message(), "chmod" + reason);
    EXPECT_EQ((co_await chown(none, 1, 1)).message(), "chown" + reason);
    EXPECT_EQ((co_await lchown(none, 1, 1)).message(), "lchown" + reason);
    EXPECT_EQ((co_await utimes(none, {}, {})).message(), "utimes" + reason);
  });
}

}  // namespace
}  // namespace weft::native::fs
