#include "weft/native/fs/stats.h"

#include "weft/native/fs/attributes.h"
#include "weft/native/fs/names.h"
#include "weft/tests/native/fs/fs_fixture.h"

namespace weft::native::fs {
namespace {

using StatsTest = FsTest;

TEST_F(StatsTest, StatTellsSizeKindAndTimes) {
  const FileTime then{std::chrono::seconds(1'000'000'000) + std::chrono::nanoseconds(5)};
  ASSERT_TRUE(sync::utimes(file("five", "12345"), then, then).ok());
  bool called = false;
  stat(loop_, path("five"), [&](const absl::StatusOr<Stats>& stats) {
    called = true;
    ASSERT_TRUE(stats.ok()) << stats.status();
    EXPECT_EQ(stats->size, 5u);
    EXPECT_TRUE(stats->isFile());
    EXPECT_FALSE(stats->isDirectory());
    EXPECT_EQ(stats->nlink, 1u);
    EXPECT_EQ(stats->mtime, then);
    EXPECT_EQ(stats->uid, geteuid());
  });
  EXPECT_FALSE(called);
  loop_.run();
  EXPECT_TRUE(called);
}

TEST_F(StatsTest, AMissingFileIsToldWithOperationPathAndReason) {
  run([&]() -> loop::Co<> {
    const absl::StatusOr<Stats> stats = co_await stat(path("none"));
    EXPECT_EQ(stats.status().code(), absl::StatusCode::kNotFound);
    EXPECT_EQ(stats.status().message(), "stat '" + path("none") + "': No such file or directory");
  });
}

TEST_F(StatsTest, LstatTellsOfALinkItself) {
  ASSERT_TRUE(sync::symlink(file("target", "x"), path("link")).ok());
  run([&]() -> loop::Co<> {
    EXPECT_TRUE((co_await lstat(path("link")))->isSymbolicLink());
    EXPECT_TRUE((co_await stat(path("link")))->isFile());
  });
}

TEST_F(StatsTest, ExistsTellsYesAndNo) {
  run([&]() -> loop::Co<> {
    EXPECT_TRUE((co_await exists(folder_)).value());
    EXPECT_FALSE((co_await exists(path("none"))).value());
    const absl::StatusOr<bool> below_a_file = co_await exists(file("plain", "") + "/below");
    EXPECT_FALSE(below_a_file.ok());
  });
}

TEST_F(StatsTest, AccessLooksForWhatIsAsked) {
  run([&]() -> loop::Co<> {
    const std::string plain = file("plain", "");
    EXPECT_TRUE((co_await access(plain)).ok());
    EXPECT_TRUE((co_await access(plain, {.read = true, .write = true})).ok());
    const absl::Status run_it = co_await access(plain, {.execute = true});
    EXPECT_EQ(run_it.message(), "access '" + plain + "': Permission denied");
    EXPECT_EQ(run_it.code(), absl::StatusCode::kPermissionDenied);
  });
}

}  // namespace
}  // namespace weft::native::fs
