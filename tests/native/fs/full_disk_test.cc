// A disk without room, and a limit on the length of files: writing fails and says so, what there
// was room for is there, and when there is room again it goes on.

#include <sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <string>

#include "weft/native/fs/fs.h"
#include "weft/tests/native/fs/fs_fixture.h"

namespace weft::native::fs {
namespace {

constexpr int kNotAllowed = 77;
const std::string kTooMuch(1 << 20, 'x');

// A disk of 64 KiB at `folder`, seen by this process only; in a user namespace of its own, if it is
// not root. False if this machine does not allow that.
bool mountSmallDisk(const std::string& folder) {
  const std::string user = "0 " + std::to_string(::geteuid()) + " 1";
  const std::string group = "0 " + std::to_string(::getegid()) + " 1";
  if (::unshare(CLONE_NEWNS) != 0) {
    if (::unshare(CLONE_NEWUSER | CLONE_NEWNS) != 0 ||
        !sync::writeFile("/proc/self/setgroups", "deny").ok() ||
        !sync::writeFile("/proc/self/uid_map", user).ok() ||
        !sync::writeFile("/proc/self/gid_map", group).ok()) {
      return false;
    }
  }
  return ::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0 &&
         ::mount("tmpfs", folder.c_str(), "tmpfs", 0, "size=64k") == 0;
}

class FullDiskTest : public FsTest {
 protected:
  FullDiskTest() { EXPECT_TRUE(sync::writeFile(source_, kTooMuch).ok()); }
  ~FullDiskTest() override { EXPECT_TRUE(sync::rm(source_folder_, {.recursive = true}).ok()); }

  // Runs `body` in a process of its own; kNotAllowed if that says so.
  template <typename F>
  int inProcess(F body) {
    int code = -1;
    const auto ended = [&code](int status) {
      code = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
      return code == 0 || code == kNotAllowed;
    };
    EXPECT_EXIT(
        {
          body();
          std::exit(HasFailure() ? 1 : 0);
        },
        ended, "");
    return code;
  }
  // Every way to write, each of which must fail for `reason`.
  void expectNoRoom(const std::string& reason) {
    const auto expect = [&](const absl::Status& status, const std::string& what) {
      EXPECT_EQ(status.message(), what + ": " + reason);
    };
    const std::string big = path("big");
    run([&]() -> loop::Co<> {
      expect(co_await writeFile(big, kTooMuch), "writeFile '" + big + "'");
      EXPECT_GT((co_await stat(big))->size, 0u) << "what there was room for is there";
      EXPECT_TRUE((co_await rm(big)).ok());
      expect(co_await appendFile(big, kTooMuch), "appendFile '" + big + "'");
      EXPECT_TRUE((co_await rm(big)).ok());
      absl::StatusOr<File> file = co_await open(big, {.flags = O_WRONLY | O_CREAT});
      expect((co_await write(*file, kTooMuch)).status(), "write '" + big + "'");
      EXPECT_TRUE((co_await close(*file)).ok());
      EXPECT_TRUE((co_await rm(big)).ok());
      const std::string source = source_;
      expect(co_await copyFile(source, big), "copyFile '" + source + "' -> '" + big + "'");
      EXPECT_TRUE((co_await rm(big)).ok());
    });
    const WriteStreamPtr stream = createWriteStream(loop_, big);
    absl::Status error;
    absl::Status heard;
    bool finished = false;
    stream->on(kError, [&](const absl::Status& why) { error = why; });
    stream->on(kFinish, [&] { finished = true; });
    stream->write(kTooMuch, [&](const absl::Status& status) { heard = status; });
    stream->end();
    loop_.run();
    expect(error, "write '" + big + "'");
    EXPECT_EQ(heard, error);
    EXPECT_FALSE(finished);
    EXPECT_TRUE(stream->closed());
    EXPECT_TRUE(sync::rm(big).ok());
    EXPECT_TRUE(sync::writeFile(path("small"), "there is room again").ok());
    EXPECT_EQ(content("small"), "there is room again");
  }

  // Beside the disk that is full.
  const std::string source_folder_ = *sync::mkdtemp(testing::TempDir() + "/weft-source-");
  const std::string source_ = source_folder_ + "/file";
};

TEST_F(FullDiskTest, EveryWriteSaysThatThereIsNoRoom) {
  const int code = inProcess([this] {
    if (!mountSmallDisk(folder_)) std::exit(kNotAllowed);
    expectNoRoom("No space left on device");
  });
  if (code == kNotAllowed) GTEST_SKIP() << "this process may not mount a small disk";
}

TEST_F(FullDiskTest, EveryWriteSaysThatTheFileWouldBeTooLong) {
  EXPECT_EQ(inProcess([this] {
              ::signal(SIGXFSZ, SIG_IGN);
              const rlimit limit{.rlim_cur = 64 * 1024, .rlim_max = 64 * 1024};
              ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &limit), 0);
              expectNoRoom("File too large");
            }),
            0);
}

TEST_F(FullDiskTest, ADeviceThatIsAlwaysFullIsToldSo) {
  run([&]() -> loop::Co<> {
    const absl::Status written = co_await writeFile("/dev/full", "x");
    EXPECT_EQ(written.message(), "writeFile '/dev/full': No space left on device");
    EXPECT_EQ(written.code(), absl::StatusCode::kResourceExhausted);
  });
}

}  // namespace
}  // namespace weft::native::fs
