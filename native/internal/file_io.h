// Reading and writing descriptors whole, as all of fs does it. Failures are left in errno.

#ifndef WEFT_NATIVE_INTERNAL_FILE_IO_H_
#define WEFT_NATIVE_INTERNAL_FILE_IO_H_

#include <sys/types.h>
#include <time.h>

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace weft::native::internal {

// Up to `length` bytes by one read; at `position`, or where the file is. Appends them to `bytes`;
// returns how many, or -1.
ssize_t readSome(int fd, std::size_t length, std::optional<std::uint64_t> position,
                 std::string* bytes);

// All to the end, of which some `expected` bytes are left, or a little more than `most`. False if it
// fails.
bool readToEnd(int fd, std::size_t expected, std::size_t most, std::string* bytes);

// All of them. False if it fails.
bool writeAll(int fd, std::string_view bytes, std::optional<std::uint64_t> position = std::nullopt);

// What futimens() takes.
class TimePair {
 public:
  using Time = std::chrono::time_point<std::chrono::system_clock, std::chrono::nanoseconds>;

  TimePair(Time atime, Time mtime) : times_{specOf(atime), specOf(mtime)} {}
  const timespec* data() const noexcept { return times_.data(); }

 private:
  static timespec specOf(Time time);
  std::array<timespec, 2> times_;
};

}  // namespace weft::native::internal

#endif  // WEFT_NATIVE_INTERNAL_FILE_IO_H_
