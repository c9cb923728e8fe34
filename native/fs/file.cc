#include "weft/native/fs/file.h"

#include <sys/stat.h>
#include <unistd.h>

#include <mutex>

#include "weft/native/internal/file_io.h"
#include "weft/native/internal/posix.h"

namespace weft::native::fs {

using native::internal::errnoStatus;
using native::internal::posixValue;
using native::internal::quoted;
using native::internal::retried;

File::Open::~Open() {
  if (const int descriptor = fd.load(); descriptor >= 0) ::close(descriptor);
}

File::Use::Use(const File& file) {
  if (file.open_ == nullptr) return;
  lock_ = std::shared_lock(file.open_->mutex);
  fd_ = file.open_->fd.load();
}

int File::release() const {
  if (open_ == nullptr) return -1;
  const std::unique_lock lock(open_->mutex);
  return open_->fd.exchange(-1);
}

namespace sync {
namespace {

absl::Status closedError(const char* operation, const File& file) {
  return absl::FailedPreconditionError(
      absl::StrCat(operation, " ", quoted(file.path()), ": the file is closed"));
}

// `call(fd)`, which answers as the system does, on an open file.
template <typename F>
absl::Status onOpen(const char* operation, const File& file, F&& call) {
  const File::Use use(file);
  if (use.fd() < 0) return closedError(operation, file);
  if (retried([&] { return call(use.fd()); }) != -1) return absl::OkStatus();
  return errnoStatus(errno, operation, quoted(file.path()));
}

}  // namespace

absl::StatusOr<File> open(const std::string& path, OpenOptions options) {
  const absl::StatusOr<int> fd = posixValue(
      "open", path, [&] { return ::open(path.c_str(), options.flags | O_CLOEXEC, options.mode); });
  if (!fd.ok()) return fd.status();
  return File(*fd, path);
}

absl::Status close(const File& file) {
  const int fd = file.release();
  if (fd < 0) return closedError("close", file);
  // The descriptor is gone even if a signal came.
  if (::close(fd) == 0 || errno == EINTR) return absl::OkStatus();
  return errnoStatus(errno, "close", quoted(file.path()));
}

absl::StatusOr<std::string> read(const File& file, std::size_t length,
                                 std::optional<std::uint64_t> position) {
  std::string bytes;
  const absl::Status status = onOpen("read", file, [&](int fd) {
    return native::internal::readSome(fd, length, position, &bytes);
  });
  if (!status.ok()) return status;
  return bytes;
}

absl::StatusOr<std::size_t> write(const File& file, const std::string& bytes,
                                  std::optional<std::uint64_t> position) {
  const absl::Status status = onOpen("write", file, [&](int fd) {
    return native::internal::writeAll(fd, bytes, position) ? 0 : -1;
  });
  if (!status.ok()) return status;
  return bytes.size();
}

absl::StatusOr<Stats> fstat(const File& file) {
  struct ::stat about {};
  const absl::Status status =
      onOpen("fstat", file, [&](int fd) { return ::fstat(fd, &about); });
  if (!status.ok()) return status;
  return fs::internal::statsOf(about);
}

absl::Status ftruncate(const File& file, std::uint64_t length) {
  return onOpen("ftruncate", file,
                [&](int fd) { return ::ftruncate(fd, static_cast<off_t>(length)); });
}

absl::Status fsync(const File& file) {
  return onOpen("fsync", file, [](int fd) { return ::fsync(fd); });
}

absl::Status fdatasync(const File& file) {
  return onOpen("fdatasync", file, [](int fd) { return ::fdatasync(fd); });
}

absl::Status fchmod(const File& file, mode_t mode) {
  return onOpen("fchmod", file, [&](int fd) { return ::fchmod(fd, mode); });
}

absl::Status fchown(const File& file, uid_t owner, gid_t group) {
  return onOpen("fchown", file, [&](int fd) { return ::fchown(fd, owner, group); });
}

absl::Status futimes(const File& file, FileTime atime, FileTime mtime) {
  const native::internal::TimePair times(atime, mtime);
  return onOpen("futimes", file, [&](int fd) { return ::futimens(fd, times.data()); });
}

}  // namespace sync
}  // namespace weft::native::fs
