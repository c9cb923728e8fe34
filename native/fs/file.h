// File: an open file, and what is done with one.
//
//   absl::StatusOr<fs::File> file = co_await fs::open("log", {.flags = O_WRONLY | O_APPEND});
//   if (!file.ok()) co_return file.status();
//   co_await fs::write(*file, "started\n");
//   co_await fs::close(*file);  // or drop the File, which closes it and tells no error
//
// A File is a handle; copies mean the same open file, which is closed with the last of them. An
// operation holds one while it runs, so the descriptor cannot be closed, and its number given to
// another file, under it: close() waits for the operations that have begun, and those that come
// later fail with "closed".
//
// Reads and writes without a position use and move that of the open file; several at a time run in
// no promised order. For a whole file take weft/native/fs/whole_file.h, for a long one a stream.
//
// Threads: a File may be copied and dropped on any; the functions as in weft/native/fs/stats.h.

#ifndef WEFT_NATIVE_FS_FILE_H_
#define WEFT_NATIVE_FS_FILE_H_

#include <fcntl.h>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <shared_mutex>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "weft/loop/async_function.h"
#include "weft/native/fs/stats.h"

namespace weft::native::fs {

class File {
 public:
  // Of no file; every operation fails with "closed".
  File() = default;
  // Takes over a descriptor. `path` is what errors call it.
  File(int fd, std::string path) : open_(std::make_shared<Open>(fd, std::move(path))) {}

  // -1 once it is closed. Whoever uses it looks to it that nobody closes it meanwhile.
  int fd() const noexcept { return open_ == nullptr ? -1 : open_->fd.load(); }
  bool isOpen() const noexcept { return fd() >= 0; }
  // As it was given to open(); empty if there is none.
  std::string path() const { return open_ == nullptr ? std::string() : open_->path; }

  // For the mechanism: keeps the descriptor open while it lives.
  class Use {
   public:
    explicit Use(const File& file);
    int fd() const noexcept { return fd_; }

   private:
    std::shared_lock<std::shared_mutex> lock_;
    int fd_ = -1;  // closed
  };
  // Waits for those, and gives the descriptor away; -1 if it is closed.
  int release() const;

 private:
  struct Open {
    Open(int descriptor, std::string name) : fd(descriptor), path(std::move(name)) {}
    Open(const Open&) = delete;
    Open& operator=(const Open&) = delete;
    ~Open();

    std::shared_mutex mutex;
    std::atomic<int> fd;
    const std::string path;
  };
  std::shared_ptr<Open> open_;
};

struct OpenOptions {
  int flags = O_RDONLY;  // as open(2) has them; O_CLOEXEC is added
  mode_t mode = 0666;    // of a file that is made, without what the umask takes away
};

namespace sync {
absl::StatusOr<File> open(const std::string& path, OpenOptions options = {});
absl::Status close(const File& file);
absl::StatusOr<std::string> read(const File& file, std::size_t length,
                                 std::optional<std::uint64_t> position = std::nullopt);
absl::StatusOr<std::size_t> write(const File& file, const std::string& bytes,
                                  std::optional<std::uint64_t> position = std::nullopt);
absl::StatusOr<Stats> fstat(const File& file);
absl::Status ftruncate(const File& file, std::uint64_t length);
absl::Status fsync(const File& file);
absl::Status fdatasync(const File& file);
absl::Status fchmod(const File& file, mode_t mode);
absl::Status fchown(const File& file, uid_t owner, gid_t group);
absl::Status futimes(const File& file, FileTime atime, FileTime mtime);
}  // namespace sync

inline constexpr loop::AsyncFunction<&sync::open> open;
// OK the first time, FailedPrecondition after that.
inline constexpr loop::AsyncFunction<&sync::close> close;
// `read(loop, file, length, position)`: up to `length` bytes; fewer before the end of the file or
// from what is no plain file, none at the end.
inline constexpr loop::AsyncFunction<&sync::read> read;
// All of the bytes, and how many they are; or an error, after which some may be written.
inline constexpr loop::AsyncFunction<&sync::write> write;
inline constexpr loop::AsyncFunction<&sync::fstat> fstat;
// Cuts it, or adds zeros, so that it has `length` bytes.
inline constexpr loop::AsyncFunction<&sync::ftruncate> ftruncate;
// What was written is on the disk, with what the system knows about the file...
inline constexpr loop::AsyncFunction<&sync::fsync> fsync;
// ... or only with what is needed to read it.
inline constexpr loop::AsyncFunction<&sync::fdatasync> fdatasync;
inline constexpr loop::AsyncFunction<&sync::fchmod> fchmod;
inline constexpr loop::AsyncFunction<&sync::fchown> fchown;
// When it was read, and when written.
inline constexpr loop::AsyncFunction<&sync::futimes> futimes;

}  // namespace weft::native::fs

#endif  // WEFT_NATIVE_FS_FILE_H_
