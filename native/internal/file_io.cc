#include "weft/native/internal/file_io.h"

#include <unistd.h>

#include <algorithm>

#include "weft/native/internal/posix.h"

namespace weft::native::internal {
namespace {

// As much at a time as the processor's cache keeps: a string fills its room with zeros before the
// file's bytes go there.
constexpr std::size_t kPiece = 128 * 1024;

ssize_t readOnce(int fd, char* to, std::size_t length, std::optional<std::uint64_t> position) {
  return retried([&] {
    return position ? ::pread(fd, to, length, static_cast<off_t>(*position))
                    : ::read(fd, to, length);
  });
}

}  // namespace

ssize_t readSome(int fd, std::size_t length, std::optional<std::uint64_t> position,
                 std::string* bytes) {
  const std::size_t before = bytes->size();
  bytes->resize(before + length);
  const ssize_t got = readOnce(fd, bytes->data() + before, length, position);
  bytes->resize(before + static_cast<std::size_t>(std::max<ssize_t>(got, 0)));
  return got;
}

bool readToEnd(int fd, std::size_t expected, std::size_t most, std::string* bytes) {
  // One byte more, so that the end is seen without growing.
  bytes->reserve(bytes->size() + expected + 1);
  while (bytes->size() <= most) {
    const std::size_t room = bytes->capacity() - bytes->size();
    const ssize_t got = readSome(fd, std::clamp<std::size_t>(room, 4096, kPiece), {}, bytes);
    if (got <= 0) return got == 0;
  }
  return true;
}

bool writeAll(int fd, std::string_view bytes, std::optional<std::uint64_t> position) {
  while (!bytes.empty()) {
    const ssize_t put = retried([&] {
      return position ? ::pwrite(fd, bytes.data(), bytes.size(), static_cast<off_t>(*position))
                      : ::write(fd, bytes.data(), bytes.size());
    });
    if (put < 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(put));
    if (position) *position += static_cast<std::uint64_t>(put);
  }
  return true;
}

timespec TimePair::specOf(Time time) {
  const auto seconds = std::chrono::floor<std::chrono::seconds>(time);
  return {.tv_sec = static_cast<time_t>(seconds.time_since_epoch().count()),
          .tv_nsec = static_cast<long>((time - seconds).count())};
}

}  // namespace weft::native::internal
