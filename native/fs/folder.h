// readdir, mkdir, mkdtemp, rmdir, rm: folders.
//
//   absl::Status made = co_await fs::mkdir("cache/pages", {.recursive = true});
//   absl::StatusOr<std::vector<std::string>> names = co_await fs::readdir("cache");
//
// Forms, errors and threads are those of weft/native/fs/stats.h.

#ifndef WEFT_NATIVE_FS_FOLDER_H_
#define WEFT_NATIVE_FS_FOLDER_H_

#include <sys/types.h>

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "weft/loop/async_function.h"

namespace weft::native::fs {

struct MkdirOptions {
  bool recursive = false;  // with the folders that lead there; a folder that is there is no error
  mode_t mode = 0777;      // without what the umask takes away
};

struct RmOptions {
  bool recursive = false;  // folders with all that is in them; links are removed, not followed
  bool force = false;      // what is not there is no error
};

namespace sync {
absl::StatusOr<std::vector<std::string>> readdir(const std::string& path);
absl::Status mkdir(const std::string& path, MkdirOptions options = {});
absl::StatusOr<std::string> mkdtemp(const std::string& prefix);
absl::Status rmdir(const std::string& path);
absl::Status rm(const std::string& path, RmOptions options = {});
}  // namespace sync

// The names in a folder, sorted, without "." and "..".
inline constexpr loop::AsyncFunction<&sync::readdir> readdir;
inline constexpr loop::AsyncFunction<&sync::mkdir> mkdir;
// Makes a folder that only this user may enter and gives its path: `prefix` and six characters.
inline constexpr loop::AsyncFunction<&sync::mkdtemp> mkdtemp;
// An empty folder.
inline constexpr loop::AsyncFunction<&sync::rmdir> rmdir;
// A file or link; folders if told so. After an error a part may be gone.
inline constexpr loop::AsyncFunction<&sync::rm> rm;

}  // namespace weft::native::fs

#endif  // WEFT_NATIVE_FS_FOLDER_H_
