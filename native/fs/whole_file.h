// readFile, writeFile, appendFile, copyFile, truncate: files as a whole.
//
//   absl::StatusOr<std::string> text = co_await fs::readFile("config.json");
//   fs::writeFile(loop, "config.json", std::move(changed), [](absl::Status written) { ... });
//
// Each is one job of the pool, however long the file. For files that do not fit in memory, or
// bytes that come one after the other, take a stream of weft/native/fs/read_stream.h.
//
// Forms, errors and threads are those of weft/native/fs/stats.h.

#ifndef WEFT_NATIVE_FS_WHOLE_FILE_H_
#define WEFT_NATIVE_FS_WHOLE_FILE_H_

#include <sys/types.h>

#include <cstddef>
#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "weft/loop/async_function.h"

namespace weft::native::fs {

struct ReadFileOptions {
  // A longer file, or one without an end, is ResourceExhausted.
  std::size_t max_bytes = std::size_t{1} << 31;
};

struct WriteFileOptions {
  mode_t mode = 0666;      // of a file that is made, without what the umask takes away
  bool exclusive = false;  // AlreadyExists if there is one
  bool flush = false;      // done when the bytes are on the disk
};

struct CopyFileOptions {
  bool exclusive = false;  // AlreadyExists if there is a target
};

namespace sync {
absl::StatusOr<std::string> readFile(const std::string& path, ReadFileOptions options = {});
absl::Status writeFile(const std::string& path, const std::string& bytes,
                       WriteFileOptions options = {});
absl::Status appendFile(const std::string& path, const std::string& bytes,
                        WriteFileOptions options = {});
absl::Status copyFile(const std::string& from, const std::string& to, CopyFileOptions options = {});
absl::Status truncate(const std::string& path, std::uint64_t length);
}  // namespace sync

inline constexpr loop::AsyncFunction<&sync::readFile> readFile;
// Makes the file or replaces what is in it. After an error a part may be written.
inline constexpr loop::AsyncFunction<&sync::writeFile> writeFile;
// Makes the file or adds to its end.
inline constexpr loop::AsyncFunction<&sync::appendFile> appendFile;
// What is in `from` replaces what is in `to`, which is made with the same permissions. After an
// error a part may be copied.
inline constexpr loop::AsyncFunction<&sync::copyFile> copyFile;
// Cuts the file, or adds zeros, so that it has `length` bytes.
inline constexpr loop::AsyncFunction<&sync::truncate> truncate;

}  // namespace weft::native::fs

#endif  // WEFT_NATIVE_FS_WHOLE_FILE_H_
