#include <brotli/decode.h>
#include <brotli/encode.h>

#include "weft/native/zlib/internal/codec.h"

namespace weft::native::zlib::internal {
namespace {

class BrotliEncoder final : public Codec {
 public:
  using Codec::Codec;
  ~BrotliEncoder() override { BrotliEncoderDestroyInstance(state_); }

  bool begin(int quality) {
    return state_ != nullptr && BrotliEncoderSetParameter(state_, BROTLI_PARAM_QUALITY,
                                                          static_cast<std::uint32_t>(quality));
  }

 private:
  absl::StatusOr<bool> run(Buffers& buffers) override {
    auto* in = reinterpret_cast<const std::uint8_t*>(buffers.in);
    auto* out = reinterpret_cast<std::uint8_t*>(buffers.out);
    std::size_t in_left = buffers.in_size;
    std::size_t out_left = buffers.out_size;
    const bool went = BrotliEncoderCompressStream(state_, operationOf(buffers.after), &in_left, &in,
                                                  &out_left, &out, nullptr);
    buffers.used(buffers.in_size - in_left);
    buffers.made(buffers.out_size - out_left);
    if (!went) return noMemory(operation());
    return BrotliEncoderIsFinished(state_) != BROTLI_FALSE;
  }

  static BrotliEncoderOperation operationOf(After after) noexcept {
    if (after == After::kMore) return BROTLI_OPERATION_PROCESS;
    return after == After::kEnd ? BROTLI_OPERATION_FINISH : BROTLI_OPERATION_FLUSH;
  }

  BrotliEncoderState* const state_ = BrotliEncoderCreateInstance(nullptr, nullptr, nullptr);
};

class BrotliDecoder final : public Codec {
 public:
  using Codec::Codec;
  ~BrotliDecoder() override { BrotliDecoderDestroyInstance(state_); }

  bool begin() const noexcept { return state_ != nullptr; }

 private:
  absl::StatusOr<bool> run(Buffers& buffers) override {
    auto* in = reinterpret_cast<const std::uint8_t*>(buffers.in);
    auto* out = reinterpret_cast<std::uint8_t*>(buffers.out);
    std::size_t in_left = buffers.in_size;
    std::size_t out_left = buffers.out_size;
    const BrotliDecoderResult result =
        BrotliDecoderDecompressStream(state_, &in_left, &in, &out_left, &out, nullptr);
    buffers.used(buffers.in_size - in_left);
    buffers.made(buffers.out_size - out_left);
    if (result == BROTLI_DECODER_RESULT_ERROR) {
      return corrupt(BrotliDecoderErrorString(BrotliDecoderGetErrorCode(state_)));
    }
    return result == BROTLI_DECODER_RESULT_SUCCESS;
  }

  BrotliDecoderState* const state_ = BrotliDecoderCreateInstance(nullptr, nullptr, nullptr);
};

}  // namespace

absl::StatusOr<CodecPtr> makeBrotliEncoder(const char* operation, std::optional<int> level) {
  const int quality = level.value_or(BROTLI_DEFAULT_QUALITY);
  if (quality < BROTLI_MIN_QUALITY || quality > BROTLI_MAX_QUALITY) {
    return badLevel(operation, quality, BROTLI_MIN_QUALITY, BROTLI_MAX_QUALITY);
  }
  auto codec = std::make_unique<BrotliEncoder>(operation);
  if (!codec->begin(quality)) return noMemory(operation);
  return codec;
}

absl::StatusOr<CodecPtr> makeBrotliDecoder(const char* operation) {
  auto codec = std::make_unique<BrotliDecoder>(operation);
  if (!codec->begin()) return noMemory(operation);
  return codec;
}

}  // namespace weft::native::zlib::internal
