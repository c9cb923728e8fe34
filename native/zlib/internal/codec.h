// Codec: one compressed stream in the making, whatever the format. What one-shot functions and
// streams of weft/native/zlib run, on the pool.
//
// A format implements run(), which is the libraries' own way: so much input, so much room. pump()
// drives it.

#ifndef WEFT_NATIVE_ZLIB_INTERNAL_CODEC_H_
#define WEFT_NATIVE_ZLIB_INTERNAL_CODEC_H_

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace weft::native::zlib::internal {

class Codec {
 public:
  // `operation` is what errors begin with.
  explicit Codec(const char* operation) noexcept : operation_(operation) {}
  virtual ~Codec() = default;
  Codec(const Codec&) = delete;
  Codec& operator=(const Codec&) = delete;

  enum class State {
    kHungry,  // all input is used
    kFull,    // the room is used
    kEnded,   // the compressed stream is complete
  };
  enum class After {
    kMore,   // more input may follow
    kFlush,  // as well; but what there was comes out, once the state is kHungry
    kEnd,    // it was all there is
  };
  // Takes from `input` and appends up to `room` bytes to `output`. After kFull the same `after`
  // must be given again. DataLoss if the input is corrupt, cut short, or goes on behind its end.
  absl::StatusOr<State> pump(std::string_view& input, After after, std::size_t room,
                             std::string& output);

  const char* operation() const noexcept { return operation_; }

 protected:
  // What is left of the input and of the room.
  struct Buffers {
    const char* in;
    std::size_t in_size;
    char* out;
    std::size_t out_size;
    After after;

    void used(std::size_t bytes) noexcept {
      in += bytes;
      in_size -= bytes;
    }
    void made(std::size_t bytes) noexcept {
      out += bytes;
      out_size -= bytes;
    }
  };
  // Goes as far as input and room let it. True: the stream is complete.
  virtual absl::StatusOr<bool> run(Buffers& buffers) = 0;

  absl::Status corrupt(const char* why) const;

 private:
  const char* const operation_;
};

using CodecPtr = std::unique_ptr<Codec>;

enum class Wrapping { kZlib, kRaw, kGzip };

// InvalidArgument for a level that the format does not know; none: the format's own default.
absl::StatusOr<CodecPtr> makeDeflate(const char* operation, Wrapping wrapping,
                                     std::optional<int> level);
absl::StatusOr<CodecPtr> makeInflate(const char* operation, Wrapping wrapping);
absl::StatusOr<CodecPtr> makeBrotliEncoder(const char* operation, std::optional<int> level);
absl::StatusOr<CodecPtr> makeBrotliDecoder(const char* operation);
absl::StatusOr<CodecPtr> makeZstdEncoder(const char* operation, std::optional<int> level);
absl::StatusOr<CodecPtr> makeZstdDecoder(const char* operation);

absl::Status badLevel(const char* operation, int level, int least, int most);
absl::Status noMemory(const char* operation);
absl::Status tooMuch(const char* operation, std::size_t most);

// All of `input` at once. ResourceExhausted as soon as there would be more than `most` bytes.
absl::StatusOr<std::string> convert(Codec& codec, std::string_view input, std::size_t most);

}  // namespace weft::native::zlib::internal

#endif  // WEFT_NATIVE_ZLIB_INTERNAL_CODEC_H_
