#include "weft/cls/held_error.h"

#include "weft/cls/internal/thread_data.h"

namespace weft::cls::inline WEFT_CLS_ABI {

#if WEFT_CLS

HeldError HeldError::current() noexcept {
  HeldError held(std::current_exception());
  if (const internal::ErrorNote* note = internal::noteOf(held.error_)) {
    for (const auto& left : note->contexts) internal::retainContext(left.context);
    held.note_.reset(new internal::ErrorNote(*note), [](const internal::ErrorNote* kept) {
      internal::releaseNote(*kept);
      delete kept;
    });
  }
  return held;
}

const std::exception_ptr& HeldError::show() const noexcept {
  if (note_ != nullptr) internal::addNote(*note_);
  return error_;
}

void noteException(const Context& context) noexcept {
  if (internal::ContextCore* core = internal::coreOf(context)) {
    internal::noteException(*core->ns, core);
  }
}

#else

HeldError HeldError::current() noexcept { return HeldError(std::current_exception()); }
const std::exception_ptr& HeldError::show() const noexcept { return error_; }
void noteException(const Context&) noexcept {}

#endif

}  // namespace weft::cls::inline WEFT_CLS_ABI
