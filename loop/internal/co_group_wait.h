// The waits behind weft/loop/co_group.h. Not for users.

#ifndef WEFT_LOOP_INTERNAL_CO_GROUP_WAIT_H_
#define WEFT_LOOP_INTERNAL_CO_GROUP_WAIT_H_

#include <coroutine>
#include <cstddef>
#include <tuple>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#include "weft/loop/all_failed.h"
#include "weft/loop/co.h"
#include "weft/loop/internal/co_core.h"
#include "weft/loop/spawn.h"

namespace weft::loop::internal {

// Which end of a member ends the wait for the group.
enum class GroupKind { kAll, kAny, kRace };

// What a group counts, whatever its members' types.
class GroupCount final : public CoListener {
 public:
  explicit GroupCount(GroupKind kind) noexcept : kind_(kind) {}
  GroupCount(const GroupCount&) = delete;
  GroupCount& operator=(const GroupCount&) = delete;

  void begin(CoPromise& waiter, std::size_t members) noexcept {
    waiter_ = &waiter;
    left_ = members;
    waiter.suspend();
    if (members == 0) decide(nullptr);
  }
  // Begins one more member, unless that makes no difference any more.
  template <typename T>
  void start(Co<T>& co, Running<T>& running) {
    if (decided_) return;
    running = loop::start(waiter_->loop(), std::move(co));
    if (running.done()) {
      rootEnded(*running.root());
    } else {
      running.root()->setListener(this);
    }
  }
  // The member that ended the wait; null: there was none.
  const CoRoot* decisive() const noexcept { return decisive_; }

  // The result of a member that has ended.
  template <typename T>
  static T take(Running<T>& running) {
    if (running.root()->cancelled()) throw Cancelled();
    return running.root()->take();
  }

 private:
  void rootEnded(CoRoot& root) noexcept override {
    const bool good = !root.cancelled() && !root.failed();
    --left_;
    if (decided_) return;
    if (kind_ == GroupKind::kRace || good == (kind_ == GroupKind::kAny) || left_ == 0) {
      decide(&root);
    }
  }
  void decide(const CoRoot* root) noexcept {
    decided_ = true;
    decisive_ = root;
    waiter_->queueMicrotask();
  }

  const GroupKind kind_;
  CoPromise* waiter_ = nullptr;
  std::size_t left_ = 0;
  bool decided_ = false;
  const CoRoot* decisive_ = nullptr;
};

template <typename T>
using Member = std::conditional_t<std::is_void_v<T>, std::monostate, T>;

template <typename T>
Member<T> takeMember(Running<T>& running) {
  if constexpr (std::is_void_v<T>) {
    GroupCount::take(running);
    return {};
  } else {
    return GroupCount::take(running);
  }
}

template <typename... T>
class AllWait : public AtHome {
 public:
  explicit AllWait(std::tuple<Co<T>...> members) : members_(std::move(members)) {}

  bool await_ready() const noexcept { return false; }
  template <typename P>
  void await_suspend(std::coroutine_handle<P> handle) {
    suspend(handle.promise(), std::index_sequence_for<T...>());
  }
  std::tuple<Member<T>...> await_resume() { return take(std::index_sequence_for<T...>()); }

 private:
  template <std::size_t... kI>
  [[gnu::noinline]] void suspend(CoPromise& promise, std::index_sequence<kI...>) {
    count_.begin(promise, sizeof...(T));
    (count_.start(std::get<kI>(members_), std::get<kI>(running_)), ...);
  }
  template <std::size_t... kI>
  std::tuple<Member<T>...> take(std::index_sequence<kI...>) {
    // The failure that ended the wait, if it was one; some may not have ended.
    ((std::get<kI>(running_).root() == count_.decisive() ? checkDecisive(std::get<kI>(running_))
                                                         : void()),
     ...);
    return {takeMember(std::get<kI>(running_))...};
  }
  template <typename U>
  static void checkDecisive(Running<U>& running) {
    if (running.root()->cancelled() || running.root()->failed()) (void)GroupCount::take(running);
  }

  GroupCount count_{GroupKind::kAll};
  std::tuple<Co<T>...> members_;
  std::tuple<Running<T>...> running_;
};

template <typename T, GroupKind kKind>
class ManyWait : public AtHome {
 public:
  explicit ManyWait(std::vector<Co<T>> members) : members_(std::move(members)) {}

  bool await_ready() const noexcept { return false; }
  template <typename P>
  void await_suspend(std::coroutine_handle<P> handle) {
    suspend(handle.promise());
  }
  auto await_resume() {
    if constexpr (kKind == GroupKind::kAll) {
      return takeAll();
    } else {
      return takeOne();
    }
  }

 private:
  [[gnu::noinline]] void suspend(CoPromise& promise) {
    running_.resize(members_.size());
    count_.begin(promise, members_.size());
    for (std::size_t i = 0; i < members_.size(); ++i) count_.start(members_[i], running_[i]);
  }
  Running<T>& decisive() {
    for (Running<T>& running : running_) {
      if (running.root() != nullptr && running.root() == count_.decisive()) return running;
    }
    throw UsageError("any() and race() need something to wait for");
  }
  std::vector<Member<T>> takeAll() {
    std::vector<Member<T>> results;
    if (running_.empty()) return results;
    results.reserve(running_.size());
    Running<T>& last = decisive();
    if (last.root()->cancelled() || last.root()->failed()) (void)GroupCount::take(last);
    for (Running<T>& running : running_) results.push_back(takeMember(running));
    return results;
  }
  T takeOne() {
    Running<T>& chosen = decisive();
    const bool good = !chosen.root()->cancelled() && !chosen.root()->failed();
    if (kKind == GroupKind::kAny && !good) throw AllFailed(errors());
    return GroupCount::take(chosen);
  }
  std::vector<cls::HeldError> errors() const {
    std::vector<cls::HeldError> result;
    for (const Running<T>& running : running_) {
      result.push_back(running.root()->cancelled()
                           ? cls::HeldError(std::make_exception_ptr(Cancelled()))
                           : running.root()->error());
    }
    return result;
  }

  GroupCount count_{kKind};
  std::vector<Co<T>> members_;
  std::vector<Running<T>> running_;
};

// Made of members that are given, awaited once.
template <typename W, typename Members>
class [[nodiscard]] Group {
 public:
  explicit Group(Members members) : members_(std::move(members)) {}
  W operator co_await() && { return W(std::move(members_)); }

 private:
  Members members_;
};

template <typename T, typename... Rest>
std::vector<Co<T>> listOf(Co<T> first, Rest... rest) {
  std::vector<Co<T>> members;
  members.reserve(1 + sizeof...(rest));
  members.push_back(std::move(first));
  (members.push_back(std::move(rest)), ...);
  return members;
}

}  // namespace weft::loop::internal

#endif  // WEFT_LOOP_INTERNAL_CO_GROUP_WAIT_H_
