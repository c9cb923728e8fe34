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

}  // namespace

ListenerCore::~ListenerCore() {
  if (captured != nullptr) releaseFrame(captured, Holder::kListener);
  if (weak != nullptr) releaseFrame(weak, Holder::kQueued);
}

Frame* resolveTarget(ListenerCore& listener, Frame* base) {
  Frame* captured = listener.captured;
  const bool covers = base == nullptr || base->whileBound([&](std::uint32_t slot, ContextCore*) {
    return captured->at(slot) != nullptr;
  });
  if (covers) {
    listener.target = captured;
  } else {
    Frame* overlay = overlayFrame(base, captured);
    // A call in progress may stand on the old one; then it stays until the listener goes.
    if (listener.running == 0) {
      replace(listener.weak, overlay);
    } else {
      overlay->parent = std::exchange(listener.weak, overlay);
    }
    listener.target = overlay;
  }
  listener.base_uid = base != nullptr ? base->uid : 0;
  return listener.target;
}

Frame* freshTarget(ListenerCore& listener, Frame* base) {
  Frame* target = shareFrame(base, Holder::kQueued);
  if (listener.captured != nullptr) {
    listener.captured->forEachBound([&](std::uint32_t slot, ContextCore* context) {
      extend(target, namespaceIn(slot, context), context);
    });
  }
  for (const Namespace& ns : listener.fresh) {
    NamespaceCore& core = ns.core();
    if (activeIn(target, core.slot) != nullptr) continue;
    ContextCore* root = newContext(core, nullptr);
    extend(target, core, root);
    releaseContext(root);
  }
  ++target->held[static_cast<int>(Holder::kListener)];
  return target;
}

void noteListenerException(const ListenerCore& listener, const Frame* target) noexcept {
  if (listener.captured != nullptr) {
    listener.captured->forEachBound([](std::uint32_t slot, ContextCore* context) {
      noteException(namespaceIn(slot, context), context);
    });
  }
  for (const Namespace& ns : listener.fresh) {
    ContextCore* context = activeIn(target, ns.core().slot);
    if (context != nullptr) noteException(ns.core(), context);
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
