// The values of a context as text, for reports and tools.
//
//   std::fprintf(stderr, "slow: %s\n", cls::describeActive().c_str());
//   // slow: request{id="17", user="ada"}
//
// Values under a PrivateKey are nobody else's business and are left out. Strings are shown in
// quotes, cut after 80 bytes, numbers and booleans as such, everything else as the compiler's name
// of its type.
//
// Threads: that of the contexts.

#ifndef WEFT_CLS_VALUES_H_
#define WEFT_CLS_VALUES_H_

#include <string>
#include <vector>

#include "weft/cls/config.h"
#include "weft/cls/context.h"

namespace weft::cls::inline WEFT_CLS_ABI {

struct NamedValue {
  std::string key;
  std::string text;
};

// What the context sees, its parents' values included, by key.
std::vector<NamedValue> valuesOf(const Context& context);
// `name{key=value, ...}` with the name of the context's namespace; empty for no context.
std::string describe(const Context& context);
// The same of the active context of each registered namespace that has one, with a blank between.
std::string describeActive();

}  // namespace weft::cls::inline WEFT_CLS_ABI

#endif  // WEFT_CLS_VALUES_H_
