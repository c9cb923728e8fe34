#include "weft/cls/holders.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdio>
#include <utility>

#if WEFT_CLS
#include "weft/cls/internal/thread_data.h"
#endif

namespace weft::cls::inline WEFT_CLS_ABI {

std::string HolderInfo::toString() const {
  std::string text = kind;
  if (count != 1) text += " x" + std::to_string(count);
  const bool known = where.line != 0;
  if (known) text += ", made at " + where.toString();
  if (where.isName()) text += ", in " + where.toString();
  if (age) {
    std::array<char, 32> seconds;
    std::snprintf(seconds.data(), seconds.size(), "%s %.1f s ago", known ? "" : ", made",
                  static_cast<double>(age->count()) / 1000);
    text += seconds.data();
  }
  return text;
}

#if WEFT_CLS

namespace {

constexpr std::array<const char*, kCountedHolders + 1> kNames = {
    "timer",     "watcher", "listener",         "I/O object",      "function",
    "coroutine", "work",    "captured by hand", "queued callback",
};

void add(std::vector<HolderInfo>& list, const char* kind, std::size_t count) {
  if (count != 0) list.push_back({kind, count, {}});
}

std::chrono::milliseconds ageOf(const internal::Frame& frame) {
  const auto now = static_cast<std::uint32_t>(internal::trackingTime());
  return std::chrono::milliseconds(now - frame.made);
}

bool binds(const internal::Frame& frame, const internal::ContextCore* context) noexcept {
  if (internal::activeIn(&frame, context->ns->slot) == context) return true;
  if (context->extras == nullptr) return false;
  for (const internal::NamespaceCore* ns : context->extras->guest_of) {
    if (internal::activeIn(&frame, ns->slot) == context) return true;
  }
  return false;
}

template <typename T>
std::size_t countOf(const std::vector<const T*>& list, const T* what) {
  return static_cast<std::size_t>(std::count(list.begin(), list.end(), what));
}

// Holds on `frame` that are neither counted by kind, nor another frame's, nor of running code.
std::size_t queuedHolds(const internal::ThreadData& data, const internal::Frame* frame,
                        const internal::RunningHolds& running) {
  std::size_t known = countOf(running.of_runs, frame) + countOf(running.of_enters, frame);
  for (std::uint32_t n : frame->held) known += n;
  internal::forEachFrame(data, [&](const internal::Frame& other) {
    known += (other.parent == frame) + (other.twin == frame) + (other.flat == frame);
  });
  return frame->refs - std::min<std::size_t>(known, frame->refs);
}

}  // namespace

void setTracking(bool on) noexcept { internal::setTracking(on); }

std::vector<HolderInfo> holders(const Context& context) {
  std::vector<HolderInfo> result;
  const internal::ContextCore* const core = internal::coreOf(context);
  if (core == nullptr) return result;
  const internal::ThreadData& data = *core->home;
  const internal::RunningHolds running = internal::runningHolds(data);
  std::array<std::size_t, kCountedHolders + 1> counts{};
  std::vector<std::pair<std::uint64_t, HolderInfo>> tracked;
  internal::forEachFrame(data, [&](const internal::Frame& frame) {
    if (!binds(frame, core) || (frame.flags & internal::Frame::kWeak) != 0) return;
    if ((frame.flags & internal::Frame::kTracked) != 0) {
      const auto kind = static_cast<int>(frame.holder);
      const std::size_t holds =
          kind < kCountedHolders ? frame.held[kind] : queuedHolds(data, &frame, running);
      const Location where{frame.file, frame.line};
      if (holds != 0) {
        tracked.emplace_back(frame.uid, HolderInfo{kNames[kind], holds, where, ageOf(frame)});
      }
      return;
    }
    for (int kind = 0; kind < kCountedHolders; ++kind) counts[kind] += frame.held[kind];
    counts[kCountedHolders] += queuedHolds(data, &frame, running);
  });
  std::sort(tracked.begin(), tracked.end(),
            [](const auto& a, const auto& b) { return a.first > b.first; });
  for (auto& [uid, info] : tracked) result.push_back(std::move(info));
  for (int kind = 0; kind <= kCountedHolders; ++kind) add(result, kNames[kind], counts[kind]);
  std::size_t children = 0;
  data.contexts.forEach(
      [&](const internal::ContextCore& other) { children += other.parent == core; });
  add(result, "child context", children);
  std::size_t scopes = countOf(running.entered, core);
  for (const internal::Frame* f : running.of_runs) scopes += binds(*f, core);
  add(result, "running scope", scopes);
  std::size_t notes = 0;
  for (const internal::ErrorNote& note : data.notes) {
    for (const internal::ErrorNote::Left& left : note.contexts) notes += left.context == core;
  }
  add(result, "exception", notes);
  add(result, "handle of the user", core->handles - 1);
  return result;
}

std::vector<Context> liveContextList() {
  std::vector<Context> result;
  if (internal::t_data == nullptr) return result;
  internal::t_data->contexts.forEach([&](internal::ContextCore& context) {
    if (!context.ended) result.push_back(internal::handleOf(&context));
  });
  std::sort(result.begin(), result.end(), [](const Context& a, const Context& b) {
    return internal::coreOf(a)->uid < internal::coreOf(b)->uid;
  });
  return result;
}

Location madeAt(const Context& context) noexcept {
  return context ? internal::coreOf(context)->where : Location{};
}

#else

void setTracking(bool) noexcept {}
std::vector<HolderInfo> holders(const Context&) { return {}; }
std::vector<Context> liveContextList() { return {}; }
Location madeAt(const Context&) noexcept { return {}; }

#endif

}  // namespace weft::cls::inline WEFT_CLS_ABI
