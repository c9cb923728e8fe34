// Every function of fs, in both forms: the callback and what follows the co_await see the contexts
// of the call, and a coroutine that is dropped while it waits leaves nothing behind.

#include <unistd.h>

#include <functional>
#include <tuple>
#include <vector>

#include "weft/cls/cls.h"
#include "weft/native/fs/fs.h"
#include "weft/tests/native/fs/fs_fixture.h"

namespace weft::native::fs {
namespace {

class FsContextsTest : public FsTest {
 protected:
  // Both forms of `function`, each in a context of its own; whether it succeeds is not asked here.
  template <typename Function, typename... A>
  void check(const char* name, const Function& function, const A&... args) {
    SCOPED_TRACE(name);
    ++checked_;
    int by_callback = 0;
    int by_coroutine = 0;
    request_.run([&] {
      request_.set("id", 1);
      function(loop_, args..., [&](const auto&) { by_callback = *request_.get<int>("id"); });
    });
    request_.run([&] {
      request_.set("id", 2);
      loop::spawn(loop_, [&]() -> loop::Co<> {
        co_await function(args...);
        by_coroutine = *request_.get<int>("id");
      });
    });
    EXPECT_EQ(by_callback, 0) << "called back before it returned";
    loop_.run();
    EXPECT_EQ(by_callback, 1);
    EXPECT_EQ(by_coroutine, 2);
    EXPECT_FALSE(request_.active());

    bool went_on = false;
    {
      const loop::Running<> dropped = loop::start(loop_, [&]() -> loop::Co<> {
        co_await function(args...);
        went_on = true;
      });
    }
    loop_.run();
    EXPECT_FALSE(went_on);
  }

  cls::Namespace request_ = cls::createNamespace("request");
  int checked_ = 0;
};

TEST_F(FsContextsTest, EveryFunctionKeepsTheContextsOfTheCall) {
  const std::string a = file("a", "content");
  const std::string b = path("b");
  const FileTime now = std::chrono::system_clock::now();
  const File open_file = sync::open(file("open", "content"), {.flags = O_RDWR}).value();

  check("stat", stat, a);
  check("lstat", lstat, a);
  check("access", access, a);
  check("exists", exists, a);
  check("open", open, a);
  check("read", read, open_file, std::size_t{3});
  check("write", write, open_file, std::string("x"));
  check("fstat", fstat, open_file);
  check("ftruncate", ftruncate, open_file, std::uint64_t{2});
  check("fsync", fsync, open_file);
  check("fdatasync", fdatasync, open_file);
  check("fchmod", fchmod, open_file, mode_t{0600});
  check("fchown", fchown, open_file, geteuid(), getegid());
  check("futimes", futimes, open_file, now, now);
  check("close", close, open_file);
  check("readFile", readFile, a);
  check("writeFile", writeFile, a, std::string("x"));
  check("appendFile", appendFile, a, std::string("x"));
  check("copyFile", copyFile, a, b);
  check("truncate", truncate, a, std::uint64_t{1});
  check("readdir", readdir, folder_);
  check("mkdir", mkdir, path("folder"));
  check("mkdtemp", mkdtemp, path("t-"));
  check("rmdir", rmdir, path("folder"));
  check("rename", rename, b, path("c"));
  check("link", link, a, path("linked"));
  check("symlink", symlink, a, path("symbolic"));
  check("readlink", readlink, path("symbolic"));
  check("realpath", realpath, a);
  check("chmod", chmod, a, mode_t{0600});
  check("chown", chown, a, geteuid(), getegid());
  check("lchown", lchown, a, geteuid(), getegid());
  check("utimes", utimes, a, now, now);
  check("unlink", unlink, path("linked"));
  check("rm", rm, path("c"));
  EXPECT_EQ(checked_, 35);
}

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
      exists(loop_, path("none"), [&](const absl::StatusOr<bool>&) {
        seen.push_back(*request_.get<int>("id"));
      });
    });
  });
  loop_.run();
  EXPECT_EQ(seen, (std::vector<int>{7, 7}));
}

}  // namespace
}  // namespace weft::native::fs
