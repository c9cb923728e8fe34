// zlib, gzip and bare deflate, by zlib.
#include <zlib.h>

#include <algorithm>

#include "weft/native/zlib/internal/codec.h"

namespace weft::native::zlib::internal {
namespace {

int windowBits(Wrapping wrapping) {
  switch (wrapping) {
    case Wrapping::kRaw:
      return -MAX_WBITS;
    case Wrapping::kGzip:
      return MAX_WBITS + 16;
    case Wrapping::kZlib:
      break;
  }
  return MAX_WBITS;
}

// zlib's view of the buffers, whose sizes it counts in 32 bits.
class View {
 public:
  View(z_stream& stream, std::size_t in_size, const char* in, std::size_t out_size, char* out)
      : stream_(stream), in_(clip(in_size)), out_(clip(out_size)), whole_(in_ == in_size) {
    stream_.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(in));
    stream_.avail_in = in_;
    stream_.next_out = reinterpret_cast<Bytef*>(out);
    stream_.avail_out = out_;
  }
  std::size_t used() const noexcept { return in_ - stream_.avail_in; }
  std::size_t made() const noexcept { return out_ - stream_.avail_out; }
  // All of the input is in view.
  bool whole() const noexcept { return whole_; }

 private:
  static uInt clip(std::size_t size) noexcept {
    return static_cast<uInt>(std::min(size, std::size_t{1} << 30));
  }
  z_stream& stream_;
  const uInt in_;
  const uInt out_;
  const bool whole_;
};

class Deflate final : public Codec {
 public:
  using Codec::Codec;
  ~Deflate() override { deflateEnd(&stream_); }

  bool begin(Wrapping wrapping, int level) {
    return deflateInit2(&stream_, level, Z_DEFLATED, windowBits(wrapping), 8, Z_DEFAULT_STRATEGY) ==
           Z_OK;
  }

 private:
  absl::StatusOr<bool> run(Buffers& buffers) override {
    View view(stream_, buffers.in_size, buffers.in, buffers.out_size, buffers.out);
    const int result = ::deflate(&stream_, view.whole() ? flushOf(buffers.after) : Z_NO_FLUSH);
    buffers.used(view.used());
    buffers.made(view.made());
    return result == Z_STREAM_END;
  }

  static int flushOf(After after) noexcept {
    if (after == After::kMore) return Z_NO_FLUSH;
    return after == After::kEnd ? Z_FINISH : Z_SYNC_FLUSH;
  }

  z_stream stream_{};
};

class Inflate final : public Codec {
 public:
  Inflate(const char* operation, Wrapping wrapping) noexcept
      : Codec(operation), gzip_(wrapping == Wrapping::kGzip) {}
  ~Inflate() override { inflateEnd(&stream_); }

  bool begin(Wrapping wrapping) { return inflateInit2(&stream_, windowBits(wrapping)) == Z_OK; }

 private:
  absl::StatusOr<bool> run(Buffers& buffers) override {
    if (between_) {
      // As gzip does: members follow one another, and zeros may pad the last.
      while (buffers.in_size != 0 && *buffers.in == '\0') buffers.used(1);
      if (buffers.in_size == 0) return buffers.after == After::kEnd;
      if (*buffers.in != '\x1f') return true;
      inflateReset(&stream_);
      between_ = false;
    }
    View view(stream_, buffers.in_size, buffers.in, buffers.out_size, buffers.out);
    const int result = ::inflate(&stream_, Z_NO_FLUSH);
    buffers.used(view.used());
    buffers.made(view.made());
    switch (result) {
      case Z_STREAM_END:
        between_ = gzip_;
        return !gzip_;
      case Z_NEED_DICT:
        return corrupt("the data was compressed with a dictionary");
      case Z_DATA_ERROR:
        return corrupt(stream_.msg != nullptr ? stream_.msg : "the data is corrupt");
      case Z_MEM_ERROR:
        return noMemory(operation());
      default:
        return false;
    }
  }

  z_stream stream_{};
  const bool gzip_;
  bool between_ = false;  // a member has ended, and another may follow
};

}  // namespace

absl::StatusOr<CodecPtr> makeDeflate(const char* operation, Wrapping wrapping,
                                     std::optional<int> level) {
  if (level && (*level < 0 || *level > 9)) return badLevel(operation, *level, 0, 9);
  auto codec = std::make_unique<Deflate>(operation);
  if (!codec->begin(wrapping, level.value_or(Z_DEFAULT_COMPRESSION))) return noMemory(operation);
  return codec;
}

absl::StatusOr<CodecPtr> makeInflate(const char* operation, Wrapping wrapping) {
  auto codec = std::make_unique<Inflate>(operation, wrapping);
  if (!codec->begin(wrapping)) return noMemory(operation);
  return codec;
}

}  // namespace weft::native::zlib::internal
