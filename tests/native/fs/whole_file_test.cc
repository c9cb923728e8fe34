#include "weft/native/fs/whole_file.h"

#include <sys/stat.h>

#include "weft/native/fs/attributes.h"
#include "weft/native/fs/names.h"
#include "weft/native/fs/stats.h"
#include "weft/tests/native/fs/fs_fixture.h"

namespace weft::native::fs {
namespace {

using WholeFileTest = FsTest;

TEST_F(WholeFileTest, WhatIsWrittenIsRead) {
  std::string bytes(3'000'000, '\0');
  for (std::size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<char>(i * 7 + i / 256);
  run([&]() -> loop::Co<> {
    EXPECT_TRUE((co_await writeFile(path("a"), bytes)).ok());
    EXPECT_TRUE(*co_await readFile(path("a")) == bytes);
    EXPECT_TRUE((co_await writeFile(path("a"), "short")).ok());
    EXPECT_EQ(*co_await readFile(path("a")), "short");
    EXPECT_EQ(*co_await readFile(file("empty", "")), "");
  });
}

TEST_F(WholeFileTest, AppendAddsToTheEnd) {
  run([&]() -> loop::Co<> {
    EXPECT_TRUE((co_await appendFile(path("a"), "one ")).ok());
    EXPECT_TRUE((co_await appendFile(path("a"), "two", {.flush = true})).ok());
  });
  EXPECT_EQ(content("a"), "one two");
}

TEST_F(WholeFileTest, AnExclusiveWriteWantsANewFileWithItsMode) {
  const mode_t umask_before = ::umask(0);
  run([&]() -> loop::Co<> {
    EXPECT_TRUE((co_await writeFile(path("a"), "first", {.mode = 0640, .exclusive = true})).ok());
    const absl::Status again = co_await writeFile(path("a"), "second", {.exclusive = true});
    EXPECT_EQ(again.message(), "writeFile '" + path("a") + "': File exists");
    EXPECT_EQ(again.code(), absl::StatusCode::kAlreadyExists);
  });
  ::umask(umask_before);
  EXPECT_EQ(content("a"), "first");
  EXPECT_EQ(sync::stat(path("a"))->mode & 0777, 0640u);
}

TEST_F(WholeFileTest, AFileWithoutASizeIsReadToItsEnd) {
  run([&]() -> loop::Co<> {
    const absl::StatusOr<std::string> status = co_await readFile("/proc/self/status");
    EXPECT_NE(status->find("Name:"), std::string::npos);
  });
}

TEST_F(WholeFileTest, AFileThatIsTooLongIsRefused) {
  run([&]() -> loop::Co<> {
    const std::string ten = file("ten", "0123456789");
    EXPECT_TRUE((co_await readFile(ten, {.max_bytes = 10})).ok());
    const absl::StatusOr<std::string> read = co_await readFile(ten, {.max_bytes = 9});
    EXPECT_EQ(read.status().message(), "readFile '" + ten + "': the file is longer than 9 bytes");
    EXPECT_EQ(read.status().code(), absl::StatusCode::kResourceExhausted);
    const absl::StatusOr<std::string> endless =
        co_await readFile("/dev/zero", {.max_bytes = 1 << 20});
    EXPECT_EQ(endless.status().code(), absl::StatusCode::kResourceExhausted);
  });
}

TEST_F(WholeFileTest, ACopyHasTheSameBytesAndPermissions) {
  const std::string bytes(300'000, 'c');
  ASSERT_TRUE(sync::chmod(file("from", bytes), 0600).ok());
  file("to", std::string(400'000, 'o'));
  run([&]() -> loop::Co<> {
    EXPECT_TRUE((co_await copyFile(path("from"), path("to"))).ok());
    EXPECT_TRUE((co_await copyFile(path("from"), path("new"))).ok());
    EXPECT_TRUE((co_await copyFile("/proc/self/status", path("proc"))).ok());
    const absl::Status again = co_await copyFile(path("from"), path("to"), {.exclusive = true});
    EXPECT_EQ(again.code(), absl::StatusCode::kAlreadyExists);
    const absl::Status missing = co_await copyFile(path("none"), path("never"));
    EXPECT_EQ(missing.message(), "copyFile '" + path("none") + "' -> '" + path("never") +
                                     "': No such file or directory");
  });
  EXPECT_TRUE(content("to") == bytes);
  EXPECT_EQ(sync::stat(path("new"))->mode & 0777, 0600u);
  EXPECT_NE(content("proc").find("Name:"), std::string::npos);
  EXPECT_FALSE(sync::exists(path("never")).value());
}

TEST_F(WholeFileTest, ACopyOntoItselfLosesNothing) {
  ASSERT_TRUE(sync::link(file("a", "precious"), path("same")).ok());
  EXPECT_TRUE(sync::copyFile(path("a"), path("a")).ok());
  EXPECT_TRUE(sync::copyFile(path("a"), path("same")).ok());
  EXPECT_EQ(content("a"), "precious");
}

TEST_F(WholeFileTest, TruncateCutsAndExtends) {
  run([&]() -> loop::Co<> {
    EXPECT_TRUE((co_await truncate(file("a", "12345"), 2)).ok());
    EXPECT_EQ(content("a"), "12");
    EXPECT_TRUE((co_await truncate(path("a"), 4)).ok());
    EXPECT_EQ(content("a"), std::string("12\0\0", 4));
  });
}

}  // namespace
}  // namespace weft::native::fs
