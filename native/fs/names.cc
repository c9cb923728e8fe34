#include "weft/native/fs/names.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <memory>

#include "weft/native/internal/posix.h"

namespace weft::native::fs::sync {

using native::internal::posix;
using native::internal::posixValue;

absl::Status rename(const std::string& from, const std::string& to) {
  return posix("rename", from, to, [&] { return ::rename(from.c_str(), to.c_str()); });
}

absl::Status unlink(const std::string& path) {
  return posix("unlink", path, [&] { return ::unlink(path.c_str()); });
}

absl::Status link(const std::string& existing, const std::string& path) {
  return posix("link", existing, path, [&] { return ::link(existing.c_str(), path.c_str()); });
}

absl::Status symlink(const std::string& target, const std::string& path) {
  return posix("symlink", target, path, [&] { return ::symlink(target.c_str(), path.c_str()); });
}

absl::StatusOr<std::string> readlink(const std::string& path) {
  std::string target;
  // What fills its room may have been cut.
  for (std::size_t room = 256;; room *= 2) {
    target.resize(room);
    const absl::StatusOr<ssize_t> length = posixValue(
        "readlink", path, [&] { return ::readlink(path.c_str(), target.data(), room); });
    if (!length.ok()) return length.status();
    if (static_cast<std::size_t>(*length) < room) {
      target.resize(static_cast<std::size_t>(*length));
      return target;
    }
  }
}

absl::StatusOr<std::string> realpath(const std::string& path) {
  std::unique_ptr<char, decltype(&::free)> found(nullptr, &::free);
  const absl::Status status = posix("realpath", path, [&] {
    found.reset(::realpath(path.c_str(), nullptr));
    return found == nullptr ? -1 : 0;
  });
  if (!status.ok()) return status;
  return std::string(found.get());
}

}  // namespace weft::native::fs::sync
