// What the tests of emitters and contexts share: a namespace, an emitter, and listeners that note
// what they see.

#ifndef WEFT_TESTS_EMITTER_EMITTER_CONTEXTS_FIXTURE_H_
#define WEFT_TESTS_EMITTER_EMITTER_CONTEXTS_FIXTURE_H_

#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

#include "weft/cls/cls.h"
#include "weft/emitter/event_emitter.h"

namespace weft {

inline constexpr Event<> kEnd{"end"};
inline constexpr Event<std::string_view> kData{"data"};

class EmitterContextsTest : public ::testing::Test {
 protected:
  void TearDown() override { cls::settle(); }

  // Calls `fn` in a new context in which `who` is `value`.
  template <typename F>
  void in(const std::string& value, F&& fn) {
    ns_.run([&] {
      ns_.set("who", value);
      fn();
    });
  }
  // What the running code sees; "-" for nothing, "none" outside of any context.
  std::string who() const {
    const auto* value = ns_.get<std::string>("who");
    return value != nullptr ? *value : ns_.active() ? "-" : "none";
  }
  // A listener that notes what it sees.
  auto seer() {
    return [this] { seen_.push_back(who()); };
  }

  cls::Namespace ns_ = cls::createNamespace("emitter contexts");
  EventEmitter emitter_;
  std::vector<std::string> seen_;
  using Seen = std::vector<std::string>;
};

}  // namespace weft

#endif  // WEFT_TESTS_EMITTER_EMITTER_CONTEXTS_FIXTURE_H_
