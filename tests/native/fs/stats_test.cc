#include "weft/native/fs/stats.h"

#include <unistd.h>

#include <cstdlib>

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
    EXPECT_EQ(stats.status().message(),
              "stat '" + path("none") + "': No such file or directory");
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

// In a process of its own, which is nobody where the test is root.
[[noreturn]] void exitAsNobody(const std::string& secret) {
  if (geteuid() == 0 && setuid(65534) != 0) std::exit(2);
  const absl::StatusOr<std::string> read = sync::readFile(secret);
  const absl::Status written = sync::writeFile(secret, "mine");
  std::exit(absl::IsPermissionDenied(read.status()) && absl::IsPermissionDenied(written) &&
                    read.status().message() == "readFile '" + secret + "': Permission denied"
                ? 0
                : 1);
}

TEST_F(StatsTest, WhoMayNotIsToldSo) {
  const std::string secret = file("secret", "hidden");
  ASSERT_TRUE(sync::chmod(secret, 0).ok());
  EXPECT_EXIT(exitAsNobody(secret), testing::ExitedWithCode(0), "");
}

TEST_F(StatsTest, APathWithANulByteIsRefused) {
  run([&]() -> loop::Co<> {
    const absl::StatusOr<Stats> stats = co_await stat(folder_ + std::string("\0x", 2));
    EXPECT_EQ(stats.status().code(), absl::StatusCode::kInvalidArgument);
  });
}

}  // namespace
}  // namespace weft::native::fs
