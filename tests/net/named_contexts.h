// What the tests of contexts in this room share: a namespace whose contexts have a name. A second
// base of a test.

#ifndef WEFT_TESTS_NET_NAMED_CONTEXTS_H_
#define WEFT_TESTS_NET_NAMED_CONTEXTS_H_

#include <string>

#include "weft/cls/cls.h"

namespace weft::tests {

class NamedContexts {
 protected:
  ~NamedContexts() { cls::destroyNamespace("test"); }

  // The name of the context that is active, "none" outside of any.
  std::string here() const {
    const auto* name = ns_.get<std::string>("name");
    return name != nullptr ? *name : "none";
  }
  // Calls fn in a new context of that name.
  template <typename F>
  void in(const std::string& name, F&& fn) {
    ns_.run([&] {
      ns_.set("name", name);
      fn();
    });
  }

  cls::Namespace ns_ = cls::createNamespace("test");
};

}  // namespace weft::tests

#endif  // WEFT_TESTS_NET_NAMED_CONTEXTS_H_
