// Everything of weft/native/fs; include single headers to build faster.

#ifndef WEFT_NATIVE_FS_FS_H_
#define WEFT_NATIVE_FS_FS_H_

#include "weft/native/fs/attributes.h"    // IWYU pragma: export
#include "weft/native/fs/file.h"          // IWYU pragma: export
#include "weft/native/fs/folder.h"        // IWYU pragma: export
#include "weft/native/fs/names.h"         // IWYU pragma: export
#include "weft/native/fs/read_stream.h"   // IWYU pragma: export
#include "weft/native/fs/stats.h"         // IWYU pragma: export
#include "weft/native/fs/watcher.h"       // IWYU pragma: export
#include "weft/native/fs/whole_file.h"    // IWYU pragma: export
#include "weft/native/fs/write_stream.h"  // IWYU pragma: export

namespace weft {
namespace fs = native::fs;
}  // namespace weft

#endif  // WEFT_NATIVE_FS_FS_H_
