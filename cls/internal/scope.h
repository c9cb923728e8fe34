// What changes the current frame for a stretch of the stack. Not for users.
//
// Scopes form a list, innermost first, from which the enter-stack of a namespace can be read when
// somebody asks; see scopes.cc.

#ifndef WEFT_CLS_INTERNAL_SCOPE_H_
#define WEFT_CLS_INTERNAL_SCOPE_H_

#include <cstdint>

#include "weft/cls/config.h"
#include "weft/cls/internal/frame_core.h"

namespace weft::cls::inline WEFT_CLS_ABI::internal {

#if WEFT_CLS

struct EnterList;

struct Scope {
  enum Kind : std::uintptr_t {
    kBarrier,  // the enter-stack starts anew with what the frame holds
    kOne,      // pushes what the frame itself binds
    kChanged,  // pushes each context that differs from what was before
  };
  static constexpr std::uintptr_t kKindBits = 3;

  Kind kind() const noexcept { return static_cast<Kind>(state & kKindBits); }
  // What enter() and exit() did directly inside; usually null.
  EnterList* enters() const noexcept { return reinterpret_cast<EnterList*>(state & ~kKindBits); }
  bool hasEnters() const noexcept { return state > kKindBits; }
  void setEnters(EnterList* list) noexcept {
    state = reinterpret_cast<std::uintptr_t>(list) | kind();
  }

  std::uintptr_t word_before;
  Scope* outer;
  std::uintptr_t state;  // enters() and kind(), in one word that is written and compared at once
};

inline thread_local constinit Scope* t_scope WEFT_CLS_TLS = nullptr;

// Undoes what enter() and exit() did directly inside.
void discardEnters(Scope* scope) noexcept;

inline void openScope(Scope* scope, Scope::Kind kind, std::uintptr_t word) noexcept {
  scope->word_before = t_word;
  scope->outer = t_scope;
  scope->state = kind;
  t_scope = scope;
  t_word = word;
}

inline void closeScope(Scope* scope) noexcept {
  t_word = scope->word_before;
  t_scope = scope->outer;
  if (scope->hasEnters()) [[unlikely]]
    discardEnters(scope);
}

inline void switchScope(Frame* frame) noexcept {
  if (frame != nullptr) checkHome(frame);
  t_word = wordOf(frame);
  if (t_scope != nullptr && t_scope->hasEnters()) [[unlikely]]
    discardEnters(t_scope);
}

class BarrierScope {
 public:
  explicit BarrierScope(Frame* frame) noexcept {
    if (frame != nullptr) checkHome(frame);
    openScope(&scope_, Scope::kBarrier, wordOf(frame));
  }
  ~BarrierScope() { closeScope(&scope_); }
  BarrierScope(const BarrierScope&) = delete;
  BarrierScope& operator=(const BarrierScope&) = delete;

 private:
  Scope scope_;
};

#else  // the no-op twin

inline void switchScope(Frame*) noexcept {}

class BarrierScope {
 public:
  explicit BarrierScope(Frame*) noexcept {}
  ~BarrierScope() {}
};

#endif

}  // namespace weft::cls::inline WEFT_CLS_ABI::internal

#endif  // WEFT_CLS_INTERNAL_SCOPE_H_
