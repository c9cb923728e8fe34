#include <zstd.h>
#include <zstd_errors.h>

#include "weft/native/zlib/internal/codec.h"

namespace weft::native::zlib::internal {
namespace {

class ZstdEncoder final : public Codec {
 public:
  using Codec::Codec;
  ~ZstdEncoder() override { ZSTD_freeCCtx(context_); }

  bool begin(int level) {
    return context_ != nullptr &&
           !ZSTD_isError(ZSTD_CCtx_setParameter(context_, ZSTD_c_compressionLevel, level)) &&
           !ZSTD_isError(ZSTD_CCtx_setParameter(context_, ZSTD_c_checksumFlag, 1));
  }

 private:
  absl::StatusOr<bool> run(Buffers& buffers) override {
    ZSTD_inBuffer in{buffers.in, buffers.in_size, 0};
    ZSTD_outBuffer out{buffers.out, buffers.out_size, 0};
    const std::size_t left = ZSTD_compressStream2(context_, &out, &in, directiveOf(buffers.after));
    buffers.used(in.pos);
    buffers.made(out.pos);
    if (ZSTD_isError(left)) return noMemory(operation());
    return buffers.after == After::kEnd && left == 0;
  }

  static ZSTD_EndDirective directiveOf(After after) noexcept {
    if (after == After::kMore) return ZSTD_e_continue;
    return after == After::kEnd ? ZSTD_e_end : ZSTD_e_flush;
  }

  ZSTD_CCtx* const context_ = ZSTD_createCCtx();
};

class ZstdDecoder final : public Codec {
 public:
  using Codec::Codec;
  ~ZstdDecoder() override { ZSTD_freeDCtx(context_); }

  bool begin() const noexcept { return context_ != nullptr; }

 private:
  absl::StatusOr<bool> run(Buffers& buffers) override {
    // Frames follow one another.
    if (between_ && buffers.in_size == 0) return buffers.after == After::kEnd;
    ZSTD_inBuffer in{buffers.in, buffers.in_size, 0};
    ZSTD_outBuffer out{buffers.out, buffers.out_size, 0};
    const std::size_t wanted = ZSTD_decompressStream(context_, &out, &in);
    buffers.used(in.pos);
    buffers.made(out.pos);
    if (ZSTD_isError(wanted)) return corrupt(ZSTD_getErrorName(wanted));
    between_ = wanted == 0;
    return false;
  }

  ZSTD_DCtx* const context_ = ZSTD_createDCtx();
  bool between_ = false;  // a frame has ended, and another may follow
};

}  // namespace

absl::StatusOr<CodecPtr> makeZstdEncoder(const char* operation, std::optional<int> level) {
  constexpr int kLeast = 1;
  const int used = level.value_or(ZSTD_CLEVEL_DEFAULT);
  if (used < kLeast || used > ZSTD_maxCLevel()) {
    return badLevel(operation, used, kLeast, ZSTD_maxCLevel());
  }
  auto codec = std::make_unique<ZstdEncoder>(operation);
  if (!codec->begin(used)) return noMemory(operation);
  return codec;
}

absl::StatusOr<CodecPtr> makeZstdDecoder(const char* operation) {
  auto codec = std::make_unique<ZstdDecoder>(operation);
  if (!codec->begin()) return noMemory(operation);
  return codec;
}

}  // namespace weft::native::zlib::internal
