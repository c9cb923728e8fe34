#include "weft/native/fs/file.h"

#include <unistd.h>

#include <thread>
#include <vector>

#include "weft/tests/native/fs/fs_fixture.h"

namespace weft::native::fs {
namespace {

using FileTest = FsTest;

TEST_F(FileTest, ReadsAndWritesWhereItIsOrWhereItIsTold) {
  run([&]() -> loop::Co<> {
    absl::StatusOr<File> file = co_await open(path("a"), {.flags = O_RDWR | O_CREAT});
    EXPECT_EQ(*co_await write(*file, "hello world"), 11u);
    EXPECT_EQ(*co_await write(*file, "W", 6), 1u);
    EXPECT_EQ(*co_await read(*file, 5, 0), "hello");
    EXPECT_EQ(*co_await read(*file, 100, 6), "World");
    EXPECT_EQ(*co_await read(*file, 100), "");  // where the writes have left it: at the end
    EXPECT_EQ((co_await fstat(*file))->size, 11u);
    EXPECT_TRUE((co_await fsync(*file)).ok());
    EXPECT_TRUE((co_await fdatasync(*file)).ok());
    EXPECT_TRUE((co_await ftruncate(*file, 5)).ok());
    EXPECT_TRUE((co_await fchmod(*file, 0600)).ok());
    EXPECT_TRUE((co_await fchown(*file, geteuid(), getegid())).ok());
    const FileTime then{std::chrono::seconds(-5) + std::chrono::nanoseconds(7)};
    EXPECT_TRUE((co_await futimes(*file, then, then)).ok());
    EXPECT_EQ((co_await fstat(*file))->atime, then);
    EXPECT_EQ((co_await fstat(*file))->mode & 0777, 0600u);
    EXPECT_TRUE((co_await close(*file)).ok());
  });
  EXPECT_EQ(content("a"), "hello");
}

TEST_F(FileTest, WhatIsDoneAfterCloseIsRefused) {
  run([&]() -> loop::Co<> {
    const File file = *co_await open(this->file("a", "x"));
    const File other = file;
    EXPECT_TRUE((co_await close(file)).ok());
    EXPECT_FALSE(other.isOpen());
    EXPECT_EQ((co_await read(other, 1)).status().message(),
              "read '" + path("a") + "': the file is closed");
    EXPECT_EQ((co_await close(other)).code(), absl::StatusCode::kFailedPrecondition);
    EXPECT_FALSE((co_await fstat(File())).ok());
  });
}

TEST_F(FileTest, TheLastHandleClosesIt) {
  int fd = -1;
  {
    absl::StatusOr<File> file = sync::open(this->file("a", "x"));
    ASSERT_TRUE(file.ok());
    fd = file->fd();
    const File copy = *file;
    file = absl::CancelledError();
    EXPECT_NE(::fcntl(fd, F_GETFD), -1);
  }
  EXPECT_EQ(::fcntl(fd, F_GETFD), -1);
}

TEST_F(FileTest, WhatFailsNamesOperationAndPath) {
  run([&]() -> loop::Co<> {
    EXPECT_EQ((co_await open(path("none"))).status().message(),
              "open '" + path("none") + "': No such file or directory");
    const File file = *co_await open(this->file("a", "x"));
    EXPECT_EQ((co_await write(file, "y")).status().message(),
              "write '" + path("a") + "': Bad file descriptor");
    const File full = *co_await open("/dev/full", {.flags = O_WRONLY});
    EXPECT_EQ((co_await write(full, "y")).status().code(), absl::StatusCode::kResourceExhausted);
    const File folder = *co_await open(folder_);
    EXPECT_EQ((co_await read(folder, 1)).status().message(),
              "read '" + folder_ + "': Is a directory");
  });
}

TEST_F(FileTest, CloseWaitsForWhatHasBegun) {
  int ends[2];
  ASSERT_EQ(::pipe(ends), 0);
  const File pipe(ends[0], "pipe");
  std::optional<File::Use> use(std::in_place, pipe);
  std::thread closer([&] { EXPECT_TRUE(sync::close(pipe).ok()); });
  EXPECT_GE(use->fd(), 0);
  EXPECT_NE(::fcntl(ends[0], F_GETFD), -1);
  use.reset();
  closer.join();
  EXPECT_EQ(::fcntl(ends[0], F_GETFD), -1);
  ::close(ends[1]);
}

}  // namespace
}  // namespace weft::native::fs
