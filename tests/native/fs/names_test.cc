#include "weft/native/fs/names.h"

#include "weft/native/fs/stats.h"
#include "weft/tests/native/fs/fs_fixture.h"

namespace weft::native::fs {
namespace {

using NamesTest = FsTest;

TEST_F(NamesTest, RenameMovesAndReplaces) {
  file("old", "new content");
  file("target", "old content");
  run([&]() -> loop::Co<> {
    EXPECT_TRUE((co_await rename(path("old"), path("target"))).ok());
    EXPECT_EQ((co_await rename(path("old"), path("target"))).message(),
              "rename '" + path("old") + "' -> '" + path("target") +
                  "': No such file or directory");
  });
  EXPECT_EQ(content("target"), "new content");
}

TEST_F(NamesTest, AFileIsThereUntilItsLastNameIsTaken) {
  file("a", "x");
  run([&]() -> loop::Co<> {
    EXPECT_TRUE((co_await link(path("a"), path("b"))).ok());
    EXPECT_EQ((co_await stat(path("b")))->nlink, 2u);
    EXPECT_TRUE((co_await unlink(path("a"))).ok());
    EXPECT_EQ(content("b"), "x");
    EXPECT_EQ((co_await unlink(path("a"))).message(),
              "unlink '" + path("a") + "': No such file or directory");
    EXPECT_TRUE(absl::IsAlreadyExists(co_await link(path("b"), path("b"))));
  });
}

TEST_F(NamesTest, ALinkSaysWhatItWasGiven) {
  const std::string long_target(1000, 't');
  run([&]() -> loop::Co<> {
    EXPECT_TRUE((co_await symlink("nowhere", path("short"))).ok());
    EXPECT_TRUE((co_await symlink(long_target, path("long"))).ok());
    EXPECT_EQ(*co_await readlink(path("short")), "nowhere");
    EXPECT_EQ(*co_await readlink(path("long")), long_target);
    EXPECT_EQ((co_await readlink(folder_)).status().message(),
              "readlink '" + folder_ + "': Invalid argument");
  });
}

TEST_F(NamesTest, RealpathFollowsEverything) {
  ASSERT_TRUE(sync::mkdir(path("folder")).ok());
  file("folder/leaf", "");
  ASSERT_TRUE(sync::symlink("folder", path("link")).ok());
  run([&]() -> loop::Co<> {
    const std::string root = *co_await realpath(folder_);
    EXPECT_EQ(*co_await realpath(path("link/../link/./leaf")), root + "/folder/leaf");
    EXPECT_EQ((co_await realpath(path("none"))).status().message(),
              "realpath '" + path("none") + "': No such file or directory");
  });
}

}  // namespace
}  // namespace weft::native::fs
