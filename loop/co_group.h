// Waiting for several coroutines at once: all(), any(), race(), timeout().
//
//   auto [page, user] = co_await loop::all(fetch(url), findUser(id));
//   std::vector<Page> pages = co_await loop::all(std::move(list_of_cos));
//   Page first = co_await loop::any(fetch(here), fetch(there));  // the first that succeeds
//   absl::StatusOr<Page> page = co_await loop::timeout(fetch(url), 2s);
//
// The members begin in their order when the group is awaited, in the contexts of now. The others
// are cancelled as soon as the outcome is known, and all of them when whoever waits is dropped.
//
//   all      every result, in order, std::monostate for void; throws what the first failure threw
//   any      the first result; throws AllFailed if there is none
//   race     the first outcome, result or failure
//   timeout  the outcome, or DeadlineExceeded after `delay`; a Status or StatusOr is not wrapped
//
// all() of nothing is an empty list; any() and race() of nothing throw UsageError.
//
// Threads: the loop's only.

#ifndef WEFT_LOOP_CO_GROUP_H_
#define WEFT_LOOP_CO_GROUP_H_

#include <concepts>
#include <tuple>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "weft/cls/frame.h"
#include "weft/loop/all_failed.h"
#include "weft/loop/clock.h"
#include "weft/loop/co.h"
#include "weft/loop/co_wait.h"
#include "weft/loop/internal/co_group_wait.h"
#include "weft/loop/internal/outcome.h"
#include "weft/loop/spawn.h"
#include "weft/loop/timer.h"

namespace weft::loop {

template <typename... T>
auto all(Co<T>... members) {
  return internal::Group<internal::AllWait<T...>, std::tuple<Co<T>...>>(
      std::tuple<Co<T>...>(std::move(members)...));
}
template <typename T>
auto all(std::vector<Co<T>> members) {
  using internal::GroupKind;
  return internal::Group<internal::ManyWait<T, GroupKind::kAll>, std::vector<Co<T>>>(
      std::move(members));
}

template <typename T>
auto any(std::vector<Co<T>> members) {
  using internal::GroupKind;
  return internal::Group<internal::ManyWait<T, GroupKind::kAny>, std::vector<Co<T>>>(
      std::move(members));
}
template <typename T, std::same_as<Co<T>>... Rest>
auto any(Co<T> first, Rest... rest) {
  return any(internal::listOf(std::move(first), std::move(rest)...));
}

template <typename T>
auto race(std::vector<Co<T>> members) {
  using internal::GroupKind;
  return internal::Group<internal::ManyWait<T, GroupKind::kRace>, std::vector<Co<T>>>(
      std::move(members));
}
template <typename T, std::same_as<Co<T>>... Rest>
auto race(Co<T> first, Rest... rest) {
  return race(internal::listOf(std::move(first), std::move(rest)...));
}

template <typename T>
Co<internal::StatusOrOf<T>> timeout(Co<T> member, Duration delay) {
  EventLoop& loop = co_await thisLoop();
  bool late = false;
  Running<T> running = start(loop, std::move(member));
  Timer timer(loop, [&late, &running] {
    late = !running.done();
    running.cancel();
  });
  timer.start(delay);
  try {
    if constexpr (std::is_void_v<T>) {
      co_await running;
      co_return absl::OkStatus();
    } else {
      co_return co_await running;
    }
  } catch (const Cancelled&) {
    if (!late) throw;
  }
  co_return absl::DeadlineExceededError("it took longer than it was given");
}

}  // namespace weft::loop

#endif  // WEFT_LOOP_CO_GROUP_H_
