// What is wrong with a path is told by every function of fs in the same way: the operation, the
// path, the system's reason, and the code that belongs to it.

#include <linux/capability.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cstdlib>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "weft/native/fs/fs.h"
#include "weft/tests/native/fs/fs_fixture.h"

namespace weft::native::fs {
namespace {

struct Operation {
  const char* name;
  std::function<absl::Status(const std::string& path)> on;
};

// What a function that gives a value says.
template <typename T>
absl::Status said(const absl::StatusOr<T>& result) {
  return result.status();
}

class BadPathsTest : public FsTest {
 protected:
  static absl::Status throughStream(const stream::RefPtr<stream::IoObject>& object,
                                    EventLoop& loop) {
    absl::Status error;
    object->on(kError, [&error](const absl::Status& why) { error = why; });
    loop.run();
    return error;
  }

  // Everything that is given the path of something that is there...
  const std::vector<Operation> existing_ = {
      {"stat", [](const auto& path) { return said(sync::stat(path)); }},
      {"lstat", [](const auto& path) { return said(sync::lstat(path)); }},
      {"access", [](const auto& path) { return sync::access(path); }},
      {"open", [](const auto& path) { return said(sync::open(path)); }},
      {"readFile", [](const auto& path) { return said(sync::readFile(path)); }},
      {"copyFile", [this](const auto& path) { return sync::copyFile(path, this->path("to")); }},
      {"truncate", [](const auto& path) { return sync::truncate(path, 0); }},
      {"readdir", [](const auto& path) { return said(sync::readdir(path)); }},
      {"rmdir", [](const auto& path) { return sync::rmdir(path); }},
      {"rm", [](const auto& path) { return sync::rm(path); }},
      {"rm", [](const auto& path) { return sync::rm(path, {.recursive = true}); }},
      {"rename", [this](const auto& path) { return sync::rename(path, this->path("to")); }},
      {"unlink", [](const auto& path) { return sync::unlink(path); }},
      {"link", [this](const auto& path) { return sync::link(path, this->path("to")); }},
      {"readlink", [](const auto& path) { return said(sync::readlink(path)); }},
      {"realpath", [](const auto& path) { return said(sync::realpath(path)); }},
      {"chmod", [](const auto& path) { return sync::chmod(path, 0600); }},
      {"chown", [](const auto& path) { return sync::chown(path, ::geteuid(), ::getegid()); }},
      {"lchown", [](const auto& path) { return sync::lchown(path, ::geteuid(), ::getegid()); }},
      {"utimes", [](const auto& path) { return sync::utimes(path, FileTime(), FileTime()); }},
      {"open",
       [this](const auto& path) { return throughStream(createReadStream(loop_, path), loop_); }},
      {"watch", [this](const auto& path) { return throughStream(watch(loop_, path), loop_); }},
  };
  // ... or will be.
  const std::vector<Operation> made_ = {
      {"writeFile", [](const auto& path) { return sync::writeFile(path, "x"); }},
      {"appendFile", [](const auto& path) { return sync::appendFile(path, "x"); }},
      {"copyFile", [this](const auto& path) { return sync::copyFile(file("from", ""), path); }},
      {"mkdir", [](const auto& path) { return sync::mkdir(path); }},
      {"mkdtemp", [](const auto& path) { return said(sync::mkdtemp(path)); }},
      {"rename", [this](const auto& path) { return sync::rename(file("from", ""), path); }},
      {"link", [this](const auto& path) { return sync::link(file("from", ""), path); }},
      {"symlink", [](const auto& path) { return sync::symlink("target", path); }},
      {"open",
       [this](const auto& path) { return throughStream(createWriteStream(loop_, path), loop_); }},
  };

  static void expect(const Operation& operation, const std::string& path, absl::StatusCode code,
                     const std::string& reason) {
    SCOPED_TRACE(std::string(operation.name) + " of " + path.substr(0, 200));
    const absl::Status status = operation.on(path);
    const std::string text(status.message());
    EXPECT_EQ(status.code(), code) << status;
    EXPECT_TRUE(text.starts_with(std::string(operation.name) + " '")) << text;
    EXPECT_NE(text.find("'" + std::string(path.c_str()) + "'"), std::string::npos) << text;
    EXPECT_TRUE(text.ends_with(": " + reason)) << text;
  }
  void expectOfAll(const std::string& path, absl::StatusCode code, const std::string& reason) {
    for (const Operation& operation : existing_) expect(operation, path, code, reason);
    for (const Operation& operation : made_) expect(operation, path, code, reason);
  }
};

TEST_F(BadPathsTest, WhatIsNotThere) {
  expectOfAll(path("none/below"), absl::StatusCode::kNotFound, "No such file or directory");
}

TEST_F(BadPathsTest, AFileInPlaceOfAFolderOnTheWay) {
  expectOfAll(file("plain", "") + "/below", absl::StatusCode::kFailedPrecondition,
              "Not a directory");
}

TEST_F(BadPathsTest, ALoopOfLinks) {
  ASSERT_TRUE(sync::symlink("loop", path("loop")).ok());
  expectOfAll(path("loop") + "/below", absl::StatusCode::kUnknown,
              "Too many levels of symbolic links");
}

TEST_F(BadPathsTest, ANameThatIsTooLong) {
  expectOfAll(path(std::string(300, 'x')), absl::StatusCode::kInvalidArgument,
              "File name too long");
}

TEST_F(BadPathsTest, AByteThatEndsThePathForTheSystem) {
  expectOfAll(folder_ + std::string("/a\0b", 4), absl::StatusCode::kInvalidArgument,
              "the path contains a NUL byte");
}

TEST_F(BadPathsTest, AFolderThatNobodyMayEnter) {
  const std::string locked = path("locked");
  ASSERT_TRUE(sync::mkdir(locked).ok());
  file("locked/inside", "hidden");
  file("from", "");
  ASSERT_TRUE(sync::chmod(locked, 0).ok());
  // In a process of its own, which gives up what root may do.
  const auto withoutPrivileges = [&] {
    __user_cap_header_struct header{.version = _LINUX_CAPABILITY_VERSION_3, .pid = 0};
    const __user_cap_data_struct none[_LINUX_CAPABILITY_U32S_3] = {};
    if (::syscall(SYS_capset, &header, none) != 0) std::exit(2);
    expectOfAll(locked + "/inside", absl::StatusCode::kPermissionDenied, "Permission denied");
    std::exit(HasFailure() ? 1 : 0);
  };
  EXPECT_EXIT(withoutPrivileges(), testing::ExitedWithCode(0), "");
  ASSERT_TRUE(sync::chmod(locked, 0700).ok());
}

TEST_F(BadPathsTest, AFolderInPlaceOfAFile) {
  const std::vector<Operation> operations = {
      {"readFile", [](const auto& path) { return said(sync::readFile(path)); }},
      {"writeFile", [](const auto& path) { return sync::writeFile(path, "x"); }},
      {"appendFile", [](const auto& path) { return sync::appendFile(path, "x"); }},
      {"copyFile", [this](const auto& path) { return sync::copyFile(path, this->path("to")); }},
      {"copyFile", [this](const auto& path) { return sync::copyFile(file("from", ""), path); }},
      {"truncate", [](const auto& path) { return sync::truncate(path, 0); }},
      {"unlink", [](const auto& path) { return sync::unlink(path); }},
      {"rm", [](const auto& path) { return sync::rm(path); }},
      {"open", [](const auto& path) { return said(sync::open(path, {.flags = O_RDWR})); }},
      {"read", [](const auto& path) { return said(sync::read(*sync::open(path), 10)); }},
      {"read",
       [this](const auto& path) { return throughStream(createReadStream(loop_, path), loop_); }},
      {"open",
       [this](const auto& path) { return throughStream(createWriteStream(loop_, path), loop_); }},
  };
  for (const Operation& operation : operations) {
    expect(operation, folder_, absl::StatusCode::kFailedPrecondition, "Is a directory");
  }
}

TEST_F(BadPathsTest, AFileInPlaceOfAFolder) {
  const std::string plain = file("plain", "");
  expect({"readdir", [](const auto& path) { return said(sync::readdir(path)); }}, plain,
         absl::StatusCode::kFailedPrecondition, "Not a directory");
  expect({"rmdir", [](const auto& path) { return sync::rmdir(path); }}, plain,
         absl::StatusCode::kFailedPrecondition, "Not a directory");
  expect({"mkdir", [](const auto& path) { return sync::mkdir(path); }}, plain,
         absl::StatusCode::kAlreadyExists, "File exists");
  expect({"mkdir", [](const auto& path) { return sync::mkdir(path, {.recursive = true}); }}, plain,
         absl::StatusCode::kAlreadyExists, "File exists");
}

}  // namespace
}  // namespace weft::native::fs
