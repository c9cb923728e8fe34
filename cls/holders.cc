#include "weft/cls/holders.h"

#include <algorithm>
#include <array>

#if WEFT_CLS
#include "weft/cls/internal/thread_data.h"
#endif

namespace weft::cls::inline WEFT_CLS_ABI {

std::string HolderInfo::toString() const {
  std::string text = kind;
  if (count != 1) text += " x" + std::to_string(count);
  if (where.line != 0) text += ", made at " + where.toString();
  return text;
}

#if WEFT_CLS

namespace {

constexpr std::array<const char*, kCountedHolders + 1> kNames = {
    "timer",     "watcher", "listener",         "I/O object",      "function",
    "coroutine", "work",    "captured by hand", "queued callback",
};

void add(std::vector<HolderInfo>& list, const char* kind, std::size_t count, Location where = {}) {
  if (count != 0) list.push_back({kind, count, where});
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
  for (const internal::Frame* f = data.frames; f != nullptr; f = f->next) {
    known += (f->parent == frame) + (f->twin == frame);
  }
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
  for (const internal::Frame* f = data.frames; f != nullptr; f = f->next) {
    if (!binds(*f, core) || (f->flags & internal::Frame::kWeak) != 0) continue;
    if ((f->flags & internal::Frame::kTracked) != 0) {
      const auto kind = static_cast<int>(f->holder);
      const std::size_t holds =
          kind < kCountedHolders ? f->held[kind] : queuedHolds(data, f, running);
      add(result, kNames[kind], holds, f->where);
      continue;
    }
    for (int kind = 0; kind < kCountedHolders; ++kind) counts[kind] += f->held[kind];
    counts[kCountedHolders] += queuedHolds(data, f, running);
  }
  for (int kind = 0; kind <= kCountedHolders; ++kind) add(result, kNames[kind], counts[kind]);
  std::size_t children = 0;
  for (const internal::ContextCore* c = data.contexts; c != nullptr; c = c->next) {
    children += c->parent == core;
  }
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
  for (internal::ContextCore* c = internal::t_data->contexts; c != nullptr; c = c->next) {
    if (!c->ended) result.push_back(internal::handleOf(c));
  }
  std::reverse(result.begin(), result.end());
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
