#include "weft/native/zlib/stream.h"

#include <algorithm>
#include <limits>
#include <string>
#include <utility>

#include "absl/cleanup/cleanup.h"
#include "weft/native/internal/gather.h"
#include "weft/native/zlib/internal/codec.h"

namespace weft::native::zlib {

using internal::Codec;
using internal::CodecPtr;
using internal::Wrapping;

namespace {

constexpr std::size_t kPiece = 64 * 1024;
constexpr std::size_t kNoLimit = std::numeric_limits<std::size_t>::max();

}  // namespace

// What the pool does at a time.
struct ZlibStream::Step {
  CodecPtr codec = {};
  std::string input = {};
  Codec::After after = Codec::After::kMore;
  std::size_t room = kPiece;

  std::string output = {};
  std::size_t used = 0;  // of the input
  absl::StatusOr<Codec::State> state = Codec::State::kHungry;

  void run() {
    std::string_view left = input;
    state = codec->pump(left, after, room, output);
    used = input.size() - left.size();
  }
};

ZlibStream::ZlibStream(EventLoop& loop, absl::StatusOr<CodecPtr> codec, std::size_t max_output)
    : IoObject(loop), max_output_(max_output) {
  if (codec.ok()) codec_ = *std::move(codec);
}

ZlibStream::~ZlibStream() = default;

void ZlibStream::readMore() {
  blocked_ = false;
  advance();
}

void ZlibStream::flush() {
  const std::uint64_t position = gone() + queue().size();
  if (destroyed() || writableEnded() || pushedEnd()) return;
  if (flushes_.empty() || flushes_.back() != position) flushes_.push_back(position);
  advance();
}

bool ZlibStream::nextStep(Step& step) {
  const bool flushing = !flushes_.empty();
  if (queue().empty() && !full_ && !flushing && !writableEnded()) return false;
  const std::uint64_t until = flushing ? flushes_.front() - gone() : queue().size();
  step.input = native::internal::gather(queue(), std::min<std::uint64_t>(kPiece, until));
  if (step.input.size() == until) {
    if (flushing) {
      step.after = Codec::After::kFlush;
    } else if (writableEnded()) {
      step.after = Codec::After::kEnd;
    }
  }
  return true;
}

void ZlibStream::advance() {
  if (busy_ || blocked_ || destroyed() || (corked() && !writableEnded())) return;
  if (codec_ == nullptr) return;
  auto shared = std::make_unique<Step>();
  if (!nextStep(*shared)) return;
  shared->codec = std::move(codec_);
  // One byte more than may be, to see that it is too much.
  if (max_output_ != kNoLimit) shared->room = std::min(kPiece, max_output_ - made_ + 1);
  busy_ = true;
  onPool(
      [shared = std::move(shared)]() mutable {
        shared->run();
        return std::move(shared);
      },
      [this](absl::StatusOr<std::unique_ptr<Step>> done) {
        busy_ = false;
        if (!done.ok()) return destroy(done.status());
        finishStep(std::move(**done));
      });
}

void ZlibStream::finishStep(Step step) {
  made_ += step.output.size();
  if (made_ > max_output_) {
    return destroy(internal::tooMuch(step.codec->operation(), max_output_));
  }
  const bool ended = step.state.ok() && *step.state == Codec::State::kEnded;
  full_ = step.state.ok() && *step.state == Codec::State::kFull;
  if (step.after == Codec::After::kFlush && !full_) flushes_.erase(flushes_.begin());
  codec_ = std::move(step.codec);
  const absl::Cleanup go_on = [this,
                               failed = step.state.ok() ? absl::OkStatus() : step.state.status(),
                               ended] {  // also if a listener throws
    if (!failed.ok()) destroy(failed);
    if (!ended) advance();
  };
  if (!step.output.empty()) blocked_ = !push(step.output);
  if (!destroyed()) consumed(step.used);
  if (!ended || destroyed()) return;
  pushEnd();
  if (writableEnded() && !destroyed()) finished();
}

void ZlibStream::afterEnd() {
  if (writableFinished()) destroy();
}

void ZlibStream::afterFinish() {
  if (readableEnded()) destroy();
}

void ZlibStream::dropResources() noexcept { codec_.reset(); }

namespace {

ZlibStreamPtr made(EventLoop& loop, absl::StatusOr<CodecPtr> codec, std::size_t max_output) {
  const absl::Status status = codec.status();
  ZlibStreamPtr stream = stream::makeRef<ZlibStream>(loop, std::move(codec), max_output);
  if (!status.ok()) stream->destroy(status);
  return stream;
}

ZlibStreamPtr compressing(EventLoop& loop, absl::StatusOr<CodecPtr> codec) {
  return made(loop, std::move(codec), kNoLimit);
}

ZlibStreamPtr decompressing(EventLoop& loop, absl::StatusOr<CodecPtr> codec,
                            const DecompressOptions& options) {
  return made(loop, std::move(codec), options.max_output.value_or(kNoLimit));
}

}  // namespace

ZlibStreamPtr createDeflate(EventLoop& loop, const CompressOptions& options) {
  return compressing(loop, internal::makeDeflate("deflate", Wrapping::kZlib, options.level));
}
ZlibStreamPtr createInflate(EventLoop& loop, const DecompressOptions& options) {
  return decompressing(loop, internal::makeInflate("inflate", Wrapping::kZlib), options);
}

ZlibStreamPtr createDeflateRaw(EventLoop& loop, const CompressOptions& options) {
  return compressing(loop, internal::makeDeflate("deflateRaw", Wrapping::kRaw, options.level));
}
ZlibStreamPtr createInflateRaw(EventLoop& loop, const DecompressOptions& options) {
  return decompressing(loop, internal::makeInflate("inflateRaw", Wrapping::kRaw), options);
}

ZlibStreamPtr createGzip(EventLoop& loop, const CompressOptions& options) {
  return compressing(loop, internal::makeDeflate("gzip", Wrapping::kGzip, options.level));
}
ZlibStreamPtr createGunzip(EventLoop& loop, const DecompressOptions& options) {
  return decompressing(loop, internal::makeInflate("gunzip", Wrapping::kGzip), options);
}

ZlibStreamPtr createBrotliCompress(EventLoop& loop, const CompressOptions& options) {
  return compressing(loop, internal::makeBrotliEncoder("brotliCompress", options.level));
}
ZlibStreamPtr createBrotliDecompress(EventLoop& loop, const DecompressOptions& options) {
  return decompressing(loop, internal::makeBrotliDecoder("brotliDecompress"), options);
}

ZlibStreamPtr createZstdCompress(EventLoop& loop, const CompressOptions& options) {
  return compressing(loop, internal::makeZstdEncoder("zstdCompress", options.level));
}
ZlibStreamPtr createZstdDecompress(EventLoop& loop, const DecompressOptions& options) {
  return decompressing(loop, internal::makeZstdDecoder("zstdDecompress"), options);
}

}  // namespace weft::native::zlib
