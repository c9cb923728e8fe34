#include "weft/native/zlib/one_shot.h"

#include <limits>

#include "weft/native/zlib/internal/codec.h"

namespace weft::native::zlib::sync {
namespace {

using internal::CodecPtr;
using internal::Wrapping;

Bytes compress(const absl::StatusOr<CodecPtr>& codec, const std::string& bytes) {
  if (!codec.ok()) return codec.status();
  return internal::convert(**codec, bytes, std::numeric_limits<std::size_t>::max());
}

Bytes decompress(const absl::StatusOr<CodecPtr>& codec, const std::string& bytes,
                 const DecompressOptions& options) {
  if (!codec.ok()) return codec.status();
  return internal::convert(**codec, bytes, options.max_output.value_or(kDefaultMaxOutput));
}

}  // namespace

Bytes deflate(const std::string& bytes, CompressOptions options) {
  return compress(internal::makeDeflate("deflate", Wrapping::kZlib, options.level), bytes);
}
Bytes inflate(const std::string& bytes, DecompressOptions options) {
  return decompress(internal::makeInflate("inflate", Wrapping::kZlib), bytes, options);
}

Bytes deflateRaw(const std::string& bytes, CompressOptions options) {
  return compress(internal::makeDeflate("deflateRaw", Wrapping::kRaw, options.level), bytes);
}
Bytes inflateRaw(const std::string& bytes, DecompressOptions options) {
  return decompress(internal::makeInflate("inflateRaw", Wrapping::kRaw), bytes, options);
}

Bytes gzip(const std::string& bytes, CompressOptions options) {
  return compress(internal::makeDeflate("gzip", Wrapping::kGzip, options.level), bytes);
}
Bytes gunzip(const std::string& bytes, DecompressOptions options) {
  return decompress(internal::makeInflate("gunzip", Wrapping::kGzip), bytes, options);
}

Bytes brotliCompress(const std::string& bytes, CompressOptions options) {
  return compress(internal::makeBrotliEncoder("brotliCompress", options.level), bytes);
}
Bytes brotliDecompress(const std::string& bytes, DecompressOptions options) {
  return decompress(internal::makeBrotliDecoder("brotliDecompress"), bytes, options);
}

Bytes zstdCompress(const std::string& bytes, CompressOptions options) {
  return compress(internal::makeZstdEncoder("zstdCompress", options.level), bytes);
}
Bytes zstdDecompress(const std::string& bytes, DecompressOptions options) {
  return decompress(internal::makeZstdDecoder("zstdDecompress"), bytes, options);
}

}  // namespace weft::native::zlib::sync
