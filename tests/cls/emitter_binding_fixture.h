// What the tests of emitters' bindings share: the least that an emitter does about contexts, and
// two namespaces.

#ifndef WEFT_TESTS_CLS_EMITTER_BINDING_FIXTURE_H_
#define WEFT_TESTS_CLS_EMITTER_BINDING_FIXTURE_H_

#include <gtest/gtest.h>

#include <cstddef>
#include <functional>
#include <utility>
#include <vector>

#include "weft/cls/cls.h"
#include "weft/cls/emitter_binding.h"
#include "weft/tests/cls/support.h"

namespace weft::cls {

// The least that an emitter does about contexts.
class SmallEmitter {
 public:
  void bindNamespace(const Namespace& ns) { binding_.bind(ns); }
  void unbindNamespace(const Namespace& ns) { binding_.unbind(ns); }
  void bindEveryNamespace() { binding_.bindEvery(); }
  void on(std::function<void()> listener) {
    entries_.push_back({ListenerContext::capture(binding_), std::move(listener)});
  }
  void emit() {
    for (Entry& entry : entries_) entry.context.call(entry.listener);
  }
  void clear() { entries_.clear(); }
  const ListenerContext& context(std::size_t i) const { return entries_[i].context; }

 private:
  struct Entry {
    ListenerContext context;
    std::function<void()> listener;
  };
  EmitterBinding binding_;
  std::vector<Entry> entries_;
};

class EmitterBindingTest : public testing::Test {
 protected:
  ~EmitterBindingTest() override {
    emitter_.clear();
    settle();
    drainAll();
    EXPECT_EQ(liveContexts(), 0u);
  }
  // Adds a listener that notes what it sees of `n` in ns_: 0 without a context, -1 without a value.
  void listen() {
    emitter_.on([this] {
      const int* n = ns_.get<int>("n");
      seen_.push_back(n != nullptr ? *n : ns_.active() ? -1 : 0);
    });
  }
  // Calls fn in a run of ns_ with `n` set.
  template <typename F>
  void in(int n, F fn) {
    ns_.run([&] {
      ns_.set("n", n);
      fn();
    });
  }
  using Seen = std::vector<int>;

  Namespace ns_ = createAnonymousNamespace(), other_ = createAnonymousNamespace();
  SmallEmitter emitter_;
  Seen seen_;
};

}  // namespace weft::cls

#endif  // WEFT_TESTS_CLS_EMITTER_BINDING_FIXTURE_H_
