#ifndef WEFT_BENCH_COMMON_DURATIONS_H_
#define WEFT_BENCH_COMMON_DURATIONS_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <random>
#include <vector>

// Which timers a program sets, and in which order it touches them; the same for every peer.
namespace weft::bench {

// few: a server's timeouts, one of five durations. random: anything from 1 ms to 60 s.
enum class Durations { few, random };

inline constexpr std::array<std::uint32_t, 5> kFewMilliseconds = {100, 1000, 5000, 30000, 60000};

inline const char* nameOf(Durations kind) { return kind == Durations::few ? "few" : "random"; }

inline std::vector<std::uint32_t> milliseconds(Durations kind, std::size_t count) {
  std::mt19937 random(42);
  std::uniform_int_distribution<std::uint32_t> any(1, 60000);
  std::uniform_int_distribution<std::size_t> one_of(0, kFewMilliseconds.size() - 1);
  std::vector<std::uint32_t> result(count);
  for (std::uint32_t& each : result) {
    each = kind == Durations::few ? kFewMilliseconds[one_of(random)] : any(random);
  }
  return result;
}

// `count` indexes below `below`, in no order.
inline std::vector<std::uint32_t> randomIndexes(std::size_t count, std::size_t below) {
  std::mt19937 random(43);
  std::uniform_int_distribution<std::uint32_t> any(0, static_cast<std::uint32_t>(below - 1));
  std::vector<std::uint32_t> result(count);
  for (std::uint32_t& each : result) each = any(random);
  return result;
}

}  // namespace weft::bench

#endif  // WEFT_BENCH_COMMON_DURATIONS_H_
