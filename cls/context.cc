#include "weft/cls/context.h"

#include "weft/cls/errors.h"
#include "weft/cls/internal/thread_data.h"

namespace weft::cls::inline WEFT_CLS_ABI {

Context Context::parent() const noexcept {
  return internal::handleOf(core_ != nullptr ? core_->parent : nullptr);
}

Context Context::fork() const {
  if constexpr (!kEnabled) return {};
  internal::ContextCore* source = writable();
  internal::ContextCore* made = internal::newContext(*source->ns, nullptr);
  Context copy = internal::adoptContext(made);
  std::string refused;
  if (!internal::copyValues(source, made, &refused)) {
    throw UsageError("the context cannot be forked: the value of " + refused +
                     " cannot be copied; store it in a std::shared_ptr");
  }
  return copy;
}

void Context::onEnd(absl::AnyInvocable<void()> listener) {
  if (listener == nullptr) throw UsageError("onEnd() needs a function, and was given a null one");
  if constexpr (!kEnabled) return;
  internal::ContextCore* context = writable();
  if (context->ended) {
    throw UsageError("the context has ended: add its onEnd listener before its work is over");
  }
  internal::addEndListener(context, std::move(listener));
}

internal::ContextCore* Context::writable() const {
  if (core_ == nullptr) {
    throw UsageError("this Context names no context: take one from run() or createContext()");
  }
  return core_;
}

std::size_t liveContexts() noexcept {
#if WEFT_CLS
  std::size_t count = 0;
  if (internal::t_data != nullptr) {
    internal::t_data->contexts.forEach(
        [&](const internal::ContextCore& context) { count += !context.ended; });
  }
  return count;
#else
  return 0;
#endif
}

}  // namespace weft::cls::inline WEFT_CLS_ABI
