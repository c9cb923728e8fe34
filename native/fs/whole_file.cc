#include "weft/native/fs/whole_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <utility>

#include "weft/native/internal/file_io.h"
#include "weft/native/internal/posix.h"

namespace weft::native::fs::sync {
namespace {

using native::internal::checkPath;
using native::internal::errnoStatus;
using native::internal::posix;
using native::internal::quoted;
using native::internal::retried;

// A descriptor for the time of one function.
class Descriptor {
 public:
  Descriptor(const std::string& path, int flags, mode_t mode = 0)
      : fd_(retried([&] { return ::open(path.c_str(), flags | O_CLOEXEC, mode); })) {}
  ~Descriptor() {
    if (fd_ >= 0) ::close(fd_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;

  // -1, with errno, if there is none.
  int get() const noexcept { return fd_; }
  // What was written may fail as late as here. False, with errno, if it does.
  bool close() { return ::close(std::exchange(fd_, -1)) == 0 || errno == EINTR; }

 private:
  int fd_;
};

absl::Status put(const char* operation, const std::string& path, const std::string& bytes,
                 int flags, WriteFileOptions options) {
  if (absl::Status checked = checkPath(operation, path); !checked.ok()) return checked;
  if (options.exclusive) flags |= O_EXCL;
  Descriptor file(path, flags | O_WRONLY | O_CREAT, options.mode);
  const bool done = file.get() >= 0 && native::internal::writeAll(file.get(), bytes) &&
                    (!options.flush || retried([&] { return ::fsync(file.get()); }) == 0) &&
                    file.close();
  return done ? absl::OkStatus() : errnoStatus(errno, operation, quoted(path));
}

// The file system may share the blocks; if it cannot do it by itself, -1 before anything is copied.
bool copyAll(int from, int to) {
  constexpr std::size_t kPiece = std::size_t{1} << 30;
  bool copied = false;
  for (;;) {
    const ssize_t count =
        retried([&] { return ::copy_file_range(from, nullptr, to, nullptr, kPiece, 0); });
    if (count == 0) {
      if (copied) return true;
      break;  // also said of files of the kernel's own, which are not empty
    }
    if (count < 0) {
      if (copied || (errno != EXDEV && errno != ENOSYS && errno != EINVAL && errno != EOPNOTSUPP)) {
        return false;
      }
      break;
    }
    copied = true;
  }
  std::string piece;
  for (;;) {
    piece.clear();
    const ssize_t count = native::internal::readSome(from, 128 * 1024, {}, &piece);
    if (count <= 0) return count == 0;
    if (!native::internal::writeAll(to, piece)) return false;
  }
}

}  // namespace

absl::StatusOr<std::string> readFile(const std::string& path, ReadFileOptions options) {
  if (absl::Status checked = checkPath("readFile", path); !checked.ok()) return checked;
  const Descriptor file(path, O_RDONLY);
  struct ::stat about {};
  std::string bytes;
  if (file.get() < 0 || ::fstat(file.get(), &about) != 0) {
    return errnoStatus(errno, "readFile", quoted(path));
  }
  const auto expected = static_cast<std::size_t>(about.st_size);
  if (expected <= options.max_bytes &&
      !native::internal::readToEnd(file.get(), expected, options.max_bytes, &bytes)) {
    return errnoStatus(errno, "readFile", quoted(path));
  }
  if (expected > options.max_bytes || bytes.size() > options.max_bytes) {
    return absl::ResourceExhaustedError(absl::StrCat(
        "readFile ", quoted(path), ": the file is longer than ", options.max_bytes, " bytes"));
  }
  return bytes;
}

absl::Status writeFile(const std::string& path, const std::string& bytes,
                       WriteFileOptions options) {
  return put("writeFile", path, bytes, O_TRUNC, options);
}

absl::Status appendFile(const std::string& path, const std::string& bytes,
                        WriteFileOptions options) {
  return put("appendFile", path, bytes, O_APPEND, options);
}

absl::Status copyFile(const std::string& from, const std::string& to, CopyFileOptions options) {
  return posix("copyFile", from, to, [&] {
    const Descriptor source(from, O_RDONLY);
    struct ::stat about {};
    if (source.get() < 0 || ::fstat(source.get(), &about) != 0) return -1;
    if (S_ISDIR(about.st_mode)) {
      errno = EISDIR;
      return -1;
    }
    const int flags = O_WRONLY | O_CREAT | (options.exclusive ? O_EXCL : 0);
    Descriptor target(to, flags, about.st_mode & 0777);
    struct ::stat there {};
    if (target.get() < 0 || ::fstat(target.get(), &there) != 0) return -1;
    if (there.st_dev == about.st_dev && there.st_ino == about.st_ino) return 0;  // already a copy
    const bool done = ::ftruncate(target.get(), 0) == 0 && copyAll(source.get(), target.get()) &&
                      target.close();
    return done ? 0 : -1;
  });
}

absl::Status truncate(const std::string& path, std::uint64_t length) {
  return posix("truncate", path,
               [&] { return ::truncate(path.c_str(), static_cast<off_t>(length)); });
}

}  // namespace weft::native::fs::sync
