#include "weft/native/zlib/internal/codec.h"

#include <algorithm>
#include <limits>

#include "absl/strings/str_cat.h"

namespace weft::native::zlib::internal {
namespace {

constexpr std::size_t kPiece = 64 * 1024;

}  // namespace

absl::StatusOr<Codec::State> Codec::pump(std::string_view& input, After after, std::size_t room,
                                         std::string& output) {
  while (room != 0) {
    const std::size_t before = output.size();
    const std::size_t piece = std::min(room, kPiece);
    output.resize(before + piece);
    Buffers buffers{input.data(), input.size(), output.data() + before, piece, after};
    const absl::StatusOr<bool> ended = run(buffers);
    const std::size_t made = piece - buffers.out_size;
    const bool moved = made != 0 || buffers.in_size != input.size();
    output.resize(before + made);
    room -= made;
    input.remove_prefix(input.size() - buffers.in_size);
    if (!ended.ok()) return ended.status();
    if (*ended) {
      if (input.empty()) return State::kEnded;
      return corrupt("more bytes follow behind the end of the compressed data");
    }
    if (buffers.out_size == 0) continue;
    if (input.empty() && after != After::kEnd) return State::kHungry;
    if (!moved) return corrupt("the compressed data is cut short");
  }
  return State::kFull;
}

absl::Status Codec::corrupt(const char* why) const {
  return absl::DataLossError(absl::StrCat(operation_, ": ", why));
}

absl::Status badLevel(const char* operation, int level, int least, int most) {
  return absl::InvalidArgumentError(absl::StrCat(operation, ": there is no level ", level,
                                                 ": take one from ", least, " to ", most));
}

absl::Status noMemory(const char* operation) {
  return absl::ResourceExhaustedError(absl::StrCat(operation, ": there is no memory for it"));
}

absl::Status tooMuch(const char* operation, std::size_t most) {
  return absl::ResourceExhaustedError(
      absl::StrCat(operation, ": the result would be longer than ", most, " bytes"));
}

absl::StatusOr<std::string> convert(Codec& codec, std::string_view input, std::size_t most) {
  std::string output;
  // One byte more than may be, to tell a result that just fits from one that is too long.
  const std::size_t room = most + (most != std::numeric_limits<std::size_t>::max() ? 1 : 0);
  const absl::StatusOr<Codec::State> state = codec.pump(input, Codec::After::kEnd, room, output);
  if (!state.ok()) return state.status();
  if (output.size() > most) return tooMuch(codec.operation(), most);
  return output;
}

}  // namespace weft::native::zlib::internal
