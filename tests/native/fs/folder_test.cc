#include "weft/native/fs/folder.h"

#include <gmock/gmock.h>
#include <sys/stat.h>

#include "weft/native/fs/names.h"
#include "weft/native/fs/stats.h"
#include "weft/tests/native/fs/fs_fixture.h"

namespace weft::native::fs {
namespace {

using FolderTest = FsTest;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::StartsWith;

TEST_F(FolderTest, ReaddirGivesTheNamesInOrder) {
  run([&]() -> loop::Co<> {
    EXPECT_THAT(*co_await readdir(folder_), IsEmpty());
    file("b", "");
    file(".hidden", "");
    EXPECT_TRUE((co_await mkdir(path("a"))).ok());
    EXPECT_THAT(*co_await readdir(folder_), ElementsAre(".hidden", "a", "b"));
    EXPECT_EQ((co_await readdir(path("b"))).status().message(),
              "readdir '" + path("b") + "': Not a directory");
    EXPECT_EQ((co_await readdir(path("c"))).status().code(), absl::StatusCode::kNotFound);
  });
}

TEST_F(FolderTest, MkdirMakesOneOrAllThatLeadThere) {
  run([&]() -> loop::Co<> {
    EXPECT_TRUE(absl::IsNotFound(co_await mkdir(path("a/b/c"))));
    EXPECT_TRUE((co_await mkdir(path("a/b/c"), {.recursive = true, .mode = 0700})).ok());
    EXPECT_TRUE((co_await mkdir(path("a/b/c/"), {.recursive = true})).ok());
    EXPECT_EQ((co_await stat(path("a/b")))->mode & 0777, 0700u);
    EXPECT_EQ((co_await mkdir(path("a"))).message(), "mkdir '" + path("a") + "': File exists");
    file("plain", "");
    EXPECT_EQ((co_await mkdir(path("plain"), {.recursive = true})).code(),
              absl::StatusCode::kAlreadyExists);
    EXPECT_FALSE((co_await mkdir(path("plain/below"), {.recursive = true})).ok());
  });
}

TEST_F(FolderTest, MkdtempMakesANewOneEachTime) {
  run([&]() -> loop::Co<> {
    const absl::StatusOr<std::string> one = co_await mkdtemp(path("x-"));
    const absl::StatusOr<std::string> two = co_await mkdtemp(path("x-"));
    EXPECT_THAT(*one, StartsWith(path("x-")));
    EXPECT_NE(*one, *two);
    EXPECT_EQ((co_await stat(*one))->mode & 0777, 0700u);
    EXPECT_EQ((co_await mkdtemp(path("none/x-"))).status().message(),
              "mkdtemp '" + path("none/x-") + "': No such file or directory");
  });
}

TEST_F(FolderTest, RmdirTakesAnEmptyOne) {
  run([&]() -> loop::Co<> {
    EXPECT_TRUE((co_await mkdir(path("a/b"), {.recursive = true})).ok());
    EXPECT_EQ((co_await rmdir(path("a"))).message(),
              "rmdir '" + path("a") + "': Directory not empty");
    EXPECT_TRUE((co_await rmdir(path("a/b"))).ok());
    EXPECT_TRUE((co_await rmdir(path("a"))).ok());
  });
}

TEST_F(FolderTest, RmTakesWhatItIsTold) {
  run([&]() -> loop::Co<> {
    EXPECT_TRUE((co_await rm(file("plain", ""))).ok());
    EXPECT_TRUE(absl::IsNotFound(co_await rm(path("plain"))));
    EXPECT_TRUE((co_await rm(path("plain"), {.force = true})).ok());
    EXPECT_TRUE((co_await mkdir(path("tree/deep/er"), {.recursive = true})).ok());
    file("tree/deep/leaf", "x");
    EXPECT_EQ((co_await rm(path("tree"))).message(), "rm '" + path("tree") + "': Is a directory");
    EXPECT_TRUE((co_await rm(path("tree"), {.recursive = true})).ok());
    EXPECT_TRUE(absl::IsNotFound(co_await rm(path("tree"), {.recursive = true})));
    EXPECT_TRUE((co_await rm(path("tree"), {.recursive = true, .force = true})).ok());
  });
}

TEST_F(FolderTest, RmDoesNotFollowLinks) {
  ASSERT_TRUE(sync::mkdir(path("kept")).ok());
  file("kept/leaf", "x");
  ASSERT_TRUE(sync::mkdir(path("gone")).ok());
  ASSERT_TRUE(sync::symlink(path("kept"), path("gone/link")).ok());
  EXPECT_TRUE(sync::rm(path("gone"), {.recursive = true}).ok());
  EXPECT_EQ(content("kept/leaf"), "x");
}

}  // namespace
}  // namespace weft::native::fs
