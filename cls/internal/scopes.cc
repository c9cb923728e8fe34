// The enter-stack: run scopes, enter and exit, and what a dispatcher owes after a callback.
//
// Nothing of this is kept while it is not used: run() leaves a Scope on the C++ stack, enter() and
// exit() leave a line in the EnterList of the scope that they are called in. The stack of a
// namespace is put together from these when exit() or depth() asks, and it is gone with the scope.

#include <algorithm>
#include <cstdio>
#include <utility>
#include <vector>

#include "weft/cls/internal/thread_data.h"

#if WEFT_CLS

namespace weft::cls::inline WEFT_CLS_ABI {
namespace internal {

struct EnterList {
  struct Step {
    const NamespaceCore* ns;  // kept alive by the context
    ContextCore* context;     // owned
    bool entered;             // else left
  };
  std::uintptr_t word_before;  // when the first step was made
  Frame* frame = nullptr;      // owned; what the steps made current
  std::vector<Step> steps;
};

namespace {

Scope& innermost(ThreadData& data) noexcept { return t_scope != nullptr ? *t_scope : data.base; }

// What `scope` made current, before enter() and exit() in it; `inner` is the scope inside it.
std::uintptr_t wordInside(const Scope& scope, const Scope* inner) noexcept {
  if (scope.hasEnters()) return scope.enters()->word_before;
  return inner != nullptr ? inner->word_before : t_word;
}

void removeLast(std::vector<ContextCore*>& stack, const ContextCore* context) {
  for (std::size_t i = stack.size(); i-- > 0;) {
    if (stack[i] == context) {
      stack.erase(stack.begin() + static_cast<std::ptrdiff_t>(i));
      return;
    }
  }
}

// What was entered in `slot`, outermost first, from the innermost barrier on.
std::vector<ContextCore*> enterStack(ThreadData& data, std::uint32_t slot) {
  std::vector<Scope*> scopes;  // innermost first
  for (Scope* s = t_scope;; s = s->outer) {
    if (s == nullptr) s = &data.base;
    scopes.push_back(s);
    if (s == &data.base || s->kind() == Scope::kBarrier) break;
  }
  std::vector<ContextCore*> stack;
  for (std::size_t i = scopes.size(); i-- > 0;) {
    const Scope* scope = scopes[i];
    const std::uintptr_t inside = wordInside(*scope, i > 0 ? scopes[i - 1] : nullptr);
    ContextCore* now = activeIn(frameOf(inside), slot);
    const bool outermost = i + 1 == scopes.size();
    const bool pushes =
        outermost || (scope->kind() == Scope::kOne && frameOf(inside)->own_slot == slot) ||
        (scope->kind() == Scope::kChanged && now != activeIn(frameOf(scope->word_before), slot));
    if (pushes && now != nullptr) stack.push_back(now);
    if (!scope->hasEnters()) continue;
    for (const EnterList::Step& step : scope->enters()->steps) {
      if (step.ns->slot != slot) continue;
      if (step.entered) {
        stack.push_back(step.context);
      } else {
        removeLast(stack, step.context);
      }
    }
  }
  return stack;
}

EnterList& entersOf(ThreadData& data) {
  Scope& scope = innermost(data);
  if (!scope.hasEnters()) {
    scope.setEnters(new EnterList{t_word, nullptr, {}});
    if (&scope == &data.base || scope.kind() == Scope::kBarrier) data.notify();
  }
  return *scope.enters();
}

// Makes `context` (may be null) active in `ns` until the innermost scope ends.
void activate(EnterList& list, const NamespaceCore& ns, ContextCore* context) {
  Frame* made = deriveFrame(currentFrame(), ns, context);
  t_word = wordOf(made);
  if (list.frame != nullptr) releaseFrame(list.frame, Holder::kQueued);
  list.frame = made;
}

void addEnter(EnterList& list, const NamespaceCore& ns, ContextCore* context) {
  retainContext(context);
  list.steps.push_back({&ns, context, /*entered=*/true});
}

// Leaving what was entered in this very scope takes that step back; when none is left, the scope is
// as it was found.
void addExit(Scope& scope, const NamespaceCore& ns, ContextCore* context) {
  EnterList& list = *scope.enters();
  for (std::size_t i = list.steps.size(); i-- > 0;) {
    const EnterList::Step& step = list.steps[i];
    if (!step.entered || step.ns != &ns || step.context != context) continue;
    list.steps.erase(list.steps.begin() + static_cast<std::ptrdiff_t>(i));
    releaseContext(context);
    if (list.steps.empty()) {
      t_word = list.word_before;
      discardEnters(&scope);
    }
    return;
  }
  retainContext(context);
  list.steps.push_back({&ns, context, /*entered=*/false});
}

}  // namespace

RunningHolds runningHolds(const ThreadData& data) {
  RunningHolds holds;
  auto addEnters = [&](const EnterList* list) {
    if (list == nullptr) return;
    if (list->frame != nullptr) holds.of_enters.push_back(list->frame);
    for (const EnterList::Step& step : list->steps) holds.entered.push_back(step.context);
  };
  const Scope* inner = nullptr;
  for (const Scope* s = t_scope; s != nullptr; inner = s, s = s->outer) {
    if (s->kind() == Scope::kOne) holds.of_runs.push_back(frameOf(wordInside(*s, inner)));
    addEnters(s->enters());
  }
  addEnters(data.base.enters());
  if (data.end_frame != nullptr) holds.of_runs.push_back(data.end_frame);
  return holds;
}

void releaseNote(const ErrorNote& note) noexcept {
  for (const ErrorNote::Left& left : note.contexts) releaseContext(left.context);
}

void discardEnters(Scope* scope) noexcept {
  EnterList* list = scope->enters();
  scope->setEnters(nullptr);
  for (const EnterList::Step& step : list->steps) releaseContext(step.context);
  if (list->frame != nullptr) releaseFrame(list->frame, Holder::kQueued);
  delete list;
}

void enterContext(const NamespaceCore& ns, ContextCore* context) {
  EnterList& list = entersOf(*context->home);
  activate(list, ns, context);
  addEnter(list, ns, context);
}

bool exitContext(const NamespaceCore& ns, ContextCore* context) {
  ThreadData& data = *context->home;
  std::vector<ContextCore*> stack = enterStack(data, ns.slot);
  const std::size_t entered = stack.size();
  const bool top = entered != 0 && stack.back() == context;
  removeLast(stack, context);
  if (stack.size() == entered) return false;
  retainContext(context);  // the step below may hold the last reference
  EnterList& list = entersOf(data);
  if (top) activate(list, ns, stack.empty() ? nullptr : stack.back());
  addExit(innermost(data), ns, context);
  releaseContext(context);
  return true;
}

std::size_t enterDepth(std::uint32_t slot) { return enterStack(threadData(), slot).size(); }

void leaveGuard(const NamespaceCore& ns, ContextCore* context, ContextCore* before) noexcept {
  const bool active = activeContext(ns.slot) == context;
  exitContext(ns, context);
  if (!active || activeContext(ns.slot) == before) return;
  // The guard outlived the callback that it was made in: what was below is not on this stack.
  EnterList& list = entersOf(*context->home);
  activate(list, ns, before);
  if (before != nullptr) addEnter(list, ns, before);
}

const ErrorNote* noteOf(const std::exception_ptr& error) noexcept {
  if (t_data == nullptr || error == nullptr) return nullptr;
  for (const ErrorNote& note : t_data->notes) {
    if (note.error == error) return &note;
  }
  return nullptr;
}

void addNote(const ErrorNote& added) noexcept {
  ThreadData& data = threadData();
  auto* note = const_cast<ErrorNote*>(noteOf(added.error));
  if (note == nullptr) {
    if (data.notes.size() == ThreadData::kMostNotes) {
      const ErrorNote oldest = std::move(data.notes.front());
      data.notes.erase(data.notes.begin());
      releaseNote(oldest);
    }
    note = &data.notes.emplace_back(ErrorNote{added.error, {}});
    data.notify();
  }
  for (const ErrorNote::Left& left : added.contexts) {
    const auto same = [&](const ErrorNote::Left& known) { return known.ns == left.ns; };
    // The innermost one of a namespace may be there already.
    if (std::any_of(note->contexts.begin(), note->contexts.end(), same)) continue;
    retainContext(left.context);
    note->contexts.push_back(left);
  }
}

void noteException(const NamespaceCore& ns, ContextCore* context) noexcept {
  addNote({std::current_exception(), {{&ns, context}}});
}

ContextCore* contextOfException(const std::exception_ptr& error, const NamespaceCore& ns) noexcept {
  if (const ErrorNote* note = noteOf(error)) {
    for (const ErrorNote::Left& left : note->contexts) {
      if (left.ns == &ns) return left.context;
    }
  }
  return nullptr;
}

}  // namespace internal

Attention internal::exchangeAttention(Attention attention) noexcept {
  ThreadData& data = threadData();
  std::lock_guard lock(data.inbox_mutex);
  return std::exchange(data.attention, attention);
}

void settle() noexcept {
  internal::ThreadData& data = internal::threadData();
  internal::Scope& scope = internal::innermost(data);
  if (scope.hasEnters()) {
#ifndef NDEBUG
    for (const auto& step : scope.enters()->steps) {
      if (!step.entered) continue;
      std::fprintf(stderr,
                   "weft: a callback entered a context of namespace '%s' and never left it; it "
                   "ends with the callback. Use run() or scope().\n",
                   step.ns->name.c_str());
    }
#endif
    internal::discardEnters(&scope);
  }
  internal::t_word = internal::t_idle;
  if (data.end_frame != nullptr) {
    internal::releaseFrame(std::exchange(data.end_frame, nullptr), Holder::kQueued);
  }
  std::vector<internal::ErrorNote> notes;
  notes.swap(data.notes);
  for (const internal::ErrorNote& note : notes) internal::releaseNote(note);
  internal::emptyInbox(data);
}

bool drainEnded() {
  internal::ThreadData* data = internal::t_data;
  if (data == nullptr || data->ended_first == nullptr) return false;
  internal::ContextCore* context = data->ended_first;
  internal::ContextExtras& extras = *context->extras;
  absl::AnyInvocable<void()> listener = std::move(extras.end_listeners[extras.next_listener++]);
  internal::Frame* frame = internal::deriveFrame(nullptr, *context->ns, context);
  if (extras.next_listener == extras.end_listeners.size()) {
    // The last one: from here on the frame alone keeps the context.
    data->ended_first = context->queued;
    if (data->ended_first == nullptr) data->ended_last = nullptr;
    internal::releaseContext(context);
  }
  const std::uintptr_t before = internal::t_word;
  if (data->end_frame != nullptr) internal::releaseFrame(data->end_frame, Holder::kQueued);
  data->end_frame = frame;
  internal::setCurrent(frame);
  try {
    listener();
  } catch (...) {
    internal::noteException(*context->ns, context);
    data->notify();
    throw;
  }
  listener = nullptr;
  internal::t_word = before;
  internal::releaseFrame(std::exchange(data->end_frame, nullptr), Holder::kQueued);
  return true;
}

}  // namespace weft::cls::inline WEFT_CLS_ABI

#endif  // WEFT_CLS
