#include "weft/native/fs/folder.h"

#include <dirent.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <memory>
#include <string_view>
#include <system_error>

#include "weft/native/internal/posix.h"

namespace weft::native::fs::sync {
namespace {

using native::internal::checkPath;
using native::internal::errnoStatus;
using native::internal::posix;
using native::internal::quoted;

struct CloseFolder {
  void operator()(DIR* folder) const noexcept { ::closedir(folder); }
};

bool isFolder(const std::string& path) {
  struct ::stat about {};
  return ::stat(path.c_str(), &about) == 0 && S_ISDIR(about.st_mode);
}

// As mkdir(2), but a folder that is there is as good.
int makeFolder(const std::string& path, mode_t mode) {
  if (::mkdir(path.c_str(), mode) == 0) return 0;
  const int error = errno;
  if (isFolder(path)) return 0;
  errno = error;
  return -1;
}

int makeFolders(const std::string& path, mode_t mode) {
  if (makeFolder(path, mode) == 0) return 0;
  if (errno != ENOENT) return -1;
  for (std::size_t end = path.find('/', 1); end != std::string::npos;
       end = path.find('/', end + 1)) {
    if (makeFolder(path.substr(0, end), mode) != 0) return -1;
  }
  return makeFolder(path, mode);
}

}  // namespace

absl::StatusOr<std::vector<std::string>> readdir(const std::string& path) {
  if (absl::Status checked = checkPath("readdir", path); !checked.ok()) return checked;
  const std::unique_ptr<DIR, CloseFolder> folder(::opendir(path.c_str()));
  if (folder == nullptr) return errnoStatus(errno, "readdir", quoted(path));
  std::vector<std::string> names;
  errno = 0;  // how the end differs from an error
  while (const dirent* entry = ::readdir(folder.get())) {
    const std::string_view name = entry->d_name;
    if (name != "." && name != "..") names.emplace_back(name);
    errno = 0;
  }
  if (errno != 0) return errnoStatus(errno, "readdir", quoted(path));
  std::sort(names.begin(), names.end());
  return names;
}

absl::Status mkdir(const std::string& path, MkdirOptions options) {
  return posix("mkdir", path, [&] {
    return options.recursive ? makeFolders(path, options.mode)
                             : ::mkdir(path.c_str(), options.mode);
  });
}

absl::StatusOr<std::string> mkdtemp(const std::string& prefix) {
  std::string path = prefix + "XXXXXX";
  const absl::Status made =
      posix("mkdtemp", prefix, [&] { return ::mkdtemp(path.data()) == nullptr ? -1 : 0; });
  if (!made.ok()) return made;
  return path;
}

absl::Status rmdir(const std::string& path) {
  return posix("rmdir", path, [&] { return ::rmdir(path.c_str()); });
}

absl::Status rm(const std::string& path, RmOptions options) {
  return posix("rm", path, [&] {
    if (!options.recursive) {
      if (::unlink(path.c_str()) == 0) return 0;
      return options.force && errno == ENOENT ? 0 : -1;
    }
    std::error_code error;
    const auto removed = std::filesystem::remove_all(path, error);
    if (!error && (removed != 0 || options.force)) return 0;
    errno = error ? error.value() : ENOENT;
    return -1;
  });
}

}  // namespace weft::native::fs::sync
