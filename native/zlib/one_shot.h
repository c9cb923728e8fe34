// gzip, gunzip, deflate, inflate, brotli, zstd: bytes that are all there, compressed or back.
//
//   absl::StatusOr<std::string> small = co_await zlib::gzip(page, {.level = 9});
//   zlib::gunzip(loop, body, {.max_output = 1 << 20}, [](absl::StatusOr<std::string> bytes) { ... });
//
// Each is one job of the pool, in the two forms of weft/loop/async_function.h; zlib::sync has the
// blocking ones. For bytes that come one after the other, or are too many for memory, take
// weft/native/zlib/stream.h.
//
// A few bytes can stand for gigabytes: results are limited, and a longer one is ResourceExhausted
// before it is made. What is no compressed data, corrupt, cut short, or has more bytes behind its
// end is DataLoss, which says what is wrong. gunzip and zstdDecompress take several compressed
// pieces behind one another as one; zeros may follow a gzip file.
//
// Threads: those of weft/loop/async_function.h; zlib::sync any.

#ifndef WEFT_NATIVE_ZLIB_ONE_SHOT_H_
#define WEFT_NATIVE_ZLIB_ONE_SHOT_H_

#include <cstddef>
#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "weft/loop/async_function.h"

namespace weft::native::zlib {

struct CompressOptions {
  // From 0 (fast) to 9 (small) for deflate and gzip, to 11 for brotli; from 1 to 22 for zstd.
  // Another one is InvalidArgument. Nothing: 6, 11, 3.
  std::optional<int> level = {};
};

// Of one-shot functions, where nothing is said.
inline constexpr std::size_t kDefaultMaxOutput = std::size_t{128} << 20;

struct DecompressOptions {
  // Bytes of the result. Nothing: kDefaultMaxOutput; for streams, which hold no more of it than
  // their reader lets them, no limit.
  std::optional<std::size_t> max_output = {};
};

namespace sync {
using Bytes = absl::StatusOr<std::string>;
Bytes deflate(const std::string& bytes, CompressOptions options = {});
Bytes inflate(const std::string& bytes, DecompressOptions options = {});
Bytes deflateRaw(const std::string& bytes, CompressOptions options = {});
Bytes inflateRaw(const std::string& bytes, DecompressOptions options = {});
Bytes gzip(const std::string& bytes, CompressOptions options = {});
Bytes gunzip(const std::string& bytes, DecompressOptions options = {});
Bytes brotliCompress(const std::string& bytes, CompressOptions options = {});
Bytes brotliDecompress(const std::string& bytes, DecompressOptions options = {});
Bytes zstdCompress(const std::string& bytes, CompressOptions options = {});
Bytes zstdDecompress(const std::string& bytes, DecompressOptions options = {});
}  // namespace sync

// With zlib's header: what HTTP calls "deflate".
inline constexpr loop::AsyncFunction<&sync::deflate> deflate;
inline constexpr loop::AsyncFunction<&sync::inflate> inflate;
// Without any.
inline constexpr loop::AsyncFunction<&sync::deflateRaw> deflateRaw;
inline constexpr loop::AsyncFunction<&sync::inflateRaw> inflateRaw;
inline constexpr loop::AsyncFunction<&sync::gzip> gzip;
inline constexpr loop::AsyncFunction<&sync::gunzip> gunzip;
inline constexpr loop::AsyncFunction<&sync::brotliCompress> brotliCompress;
inline constexpr loop::AsyncFunction<&sync::brotliDecompress> brotliDecompress;
inline constexpr loop::AsyncFunction<&sync::zstdCompress> zstdCompress;
inline constexpr loop::AsyncFunction<&sync::zstdDecompress> zstdDecompress;

}  // namespace weft::native::zlib

#endif  // WEFT_NATIVE_ZLIB_ONE_SHOT_H_
