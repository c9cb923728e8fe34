#include "weft/cls/emitter_binding.h"

#include <algorithm>

namespace weft::cls::inline WEFT_CLS_ABI {

void EmitterBinding::bind(const Namespace& ns) {
  ns.core();
  if (state_ == nullptr) state_ = std::make_unique<State>();
  auto& bound = state_->bound;
  if (std::find(bound.begin(), bound.end(), ns) == bound.end()) bound.push_back(ns);
}

void EmitterBinding::unbind(const Namespace& ns) {
  if (state_ == nullptr) return;
  std::erase(state_->bound, ns);
  if (state_->bound.empty() && !state_->every) state_.reset();
}

void EmitterBinding::bindEvery() {
  if (state_ == nullptr) state_ = std::make_unique<State>();
  state_->every = true;
}

#if WEFT_CLS

namespace internal {
namespace {

void replace(Frame*& frame, Frame* by) noexcept {
  if (frame != nullptr) releaseFrame(frame, Holder::kQueued);
  frame = by;
}

void extend(Frame*& frame, const NamespaceCore& ns, ContextCore* context) {
  replace(frame, deriveFrame(frame, ns, context));
}

void forgetSeen(const ListenerCore& listener) noexcept {
  if (Frame* frame = frameOf(listener.scope.word_before)) forgetFrame(frame);
}

// True if `captured`, which binds something, hides all of what `base` binds.
bool covers(const Frame* captured, const Frame* base) noexcept {
  return base == nullptr || base->whileBound([&](std::uint32_t slot, ContextCore*) {
    return captured->at(slot) != nullptr;
  });
}

}  // namespace

ListenerCore::~ListenerCore() {
  forgetSeen(*this);
  replace(weak, nullptr);
  if (captured != nullptr) releaseFrame(captured, Holder::kListener);
}

bool remember(ListenerCore& listener) {
  const bool running = listener.seen != listener.scope.word_before;
  if (running || !listener.fresh.empty()) return false;
  Frame* base = currentFrame();
  replace(listener.weak,
          covers(listener.captured, base) ? nullptr : overlayFrame(base, listener.captured));
  forgetSeen(listener);
  if (base != nullptr) rememberFrame(base);
  listener.seen = listener.scope.word_before = t_word;
  listener.target = wordOf(listener.weak != nullptr ? listener.weak : listener.captured);
  return true;
}

void noteListenerException(const ListenerCore& listener) noexcept {
  if (listener.captured == nullptr) return;
  listener.captured->forEachBound([](std::uint32_t slot, ContextCore* context) {
    noteException(namespaceIn(slot, context), context);
  });
}

ListenerTurn::ListenerTurn(ListenerCore& listener)
    : listener_(listener), frame_(shareFrame(currentFrame(), Holder::kQueued)) {
  if (listener.captured != nullptr) {
    listener.captured->forEachBound([&](std::uint32_t slot, ContextCore* context) {
      const NamespaceCore& ns = namespaceIn(slot, context);
      if (activeIn(frame_, slot) != context) extend(frame_, ns, context);
    });
  }
  for (const Namespace& ns : listener.fresh) {
    NamespaceCore& core = ns.core();
    if (activeIn(frame_, core.slot) != nullptr) continue;
    ContextCore* root = newContext(core, nullptr);
    extend(frame_, core, root);
    releaseContext(root);
  }
  ++frame_->held[static_cast<int>(Holder::kListener)];
  openScope(&scope_, Scope::kChanged, wordOf(frame_));
}

ListenerTurn::~ListenerTurn() {
  closeScope(&scope_);
  releaseFrame(frame_, Holder::kListener);
}

void ListenerTurn::noteException() const noexcept {
  noteListenerException(listener_);
  for (const Namespace& ns : listener_.fresh) {
    ContextCore* context = activeIn(frame_, ns.core().slot);
    if (context != nullptr) internal::noteException(ns.core(), context);
  }
}

}  // namespace internal

ListenerContext ListenerContext::capture(const EmitterBinding& binding, Location where) {
  ListenerContext result;
  if (binding.state_ == nullptr) return result;
  auto core = std::make_unique<internal::ListenerCore>();
  // Propagating by itself leaves destroyed namespaces out; what is bound explicitly keeps them.
  internal::Frame* frame =
      binding.state_->every ? internal::captureCurrent(Holder::kQueued, where) : nullptr;
  for (const Namespace& ns : binding.state_->bound) {
    internal::NamespaceCore& space = ns.core();
    internal::ContextCore* active = internal::activeContext(space.slot);
    if (active == nullptr) {
      core->fresh.push_back(ns);
    } else if (internal::activeIn(frame, space.slot) != active) {
      internal::extend(frame, space, active);
    }
  }
  if (frame == nullptr && core->fresh.empty()) return result;
  core->captured =
      frame != nullptr ? internal::holdNewFrame(frame, Holder::kListener, where) : nullptr;
  result.core_ = std::move(core);
  return result;
}

#else

ListenerContext ListenerContext::capture(const EmitterBinding&, Location) { return {}; }

#endif

}  // namespace weft::cls::inline WEFT_CLS_ABI
