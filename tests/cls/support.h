// What the tests of cls share: texts of errors, ends of contexts, and the smallest dispatcher.

#ifndef WEFT_TESTS_CLS_SUPPORT_H_
#define WEFT_TESTS_CLS_SUPPORT_H_

#include <gtest/gtest.h>

#include <cstddef>
#include <deque>
#include <functional>
#include <string>
#include <utility>

#include "absl/functional/any_invocable.h"
#include "weft/cls/cls.h"

namespace weft::cls {

// The text of the UsageError that `act` throws.
template <typename F>
std::string usageErrorOf(F&& act) {
  try {
    std::forward<F>(act)();
  } catch (const UsageError& error) {
    return error.what();
  }
  return "nothing was thrown";
}

// Runs the listeners of all contexts that have ended; returns how many.
inline int drainAll() {
  int count = 0;
  while (drainEnded()) ++count;
  return count;
}

// A test with a namespace, after which no context may be alive.
class OneNamespaceTest : public testing::Test {
 protected:
  ~OneNamespaceTest() override {
    settle();
    drainAll();
    EXPECT_EQ(liveContexts(), 0u);
  }
  Context child(const Context& parent) {
    Context made;
    ns_.bind([&] { made = ns_.createContext(); }, parent)();
    return made;
  }

  Namespace ns_ = createAnonymousNamespace();
};

// A queue of callbacks, each run in the frame that was current when it was added: what every
// dispatcher is, without a loop.
class Dispatcher {
 public:
  void add(absl::AnyInvocable<void()> fn) {
    queue_.push_back({std::move(fn), HeldFrame<Holder::kQueued>::capture()});
  }
  // Until nothing is queued, with the ends of contexts after each callback.
  void run() {
    while (!queue_.empty()) {
      Entry entry = std::move(queue_.front());
      queue_.pop_front();
      if (entry.frame) entry.frame.enter();
      entry.fn();
      entry.fn = nullptr;
      leave();
      entry.frame.reset();
      settle();
      drainAll();
    }
  }
  std::size_t size() const { return queue_.size(); }

 private:
  struct Entry {
    absl::AnyInvocable<void()> fn;
    HeldFrame<Holder::kQueued> frame;
  };
  std::deque<Entry> queue_;
};

}  // namespace weft::cls

#endif  // WEFT_TESTS_CLS_SUPPORT_H_
