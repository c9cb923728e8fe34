// The argument types of an event, as a value: compared when a name comes as a string, and quoted
// in errors.

#ifndef WEFT_EMITTER_INTERNAL_SIGNATURE_H_
#define WEFT_EMITTER_INTERNAL_SIGNATURE_H_

#include <string>
#include <type_traits>
#include <typeinfo>
#include <vector>

#include "weft/emitter/event.h"

namespace weft::emitter::internal {

struct Signature {
  const std::type_info* type;  // of void(Passed...)
  std::string (*describe)();   // "(std::string_view, int)"

  friend bool operator==(const Signature& a, const Signature& b) noexcept {
    return &a == &b || *a.type == *b.type;
  }
};

// "int", "std::string", "my::Type&".
std::string typeName(const std::type_info& type);

// "(a, b)" of the given names.
std::string joinNames(const std::vector<std::string>& names);

template <typename P>
std::string argName() {
  using Bare = std::remove_reference_t<P>;
  constexpr bool kMutable = std::is_lvalue_reference_v<P> && !std::is_const_v<Bare>;
  return typeName(typeid(std::remove_cv_t<Bare>)) + (kMutable ? "&" : "");
}

template <typename... P>
std::string describeArgs() {
  return joinNames({argName<P>()...});
}

template <typename... P>
inline constexpr Signature kSignature{&typeid(void(P...)), &describeArgs<P...>};

// What finds the listeners of an event. Fits in two registers.
struct EventKey {
  const EventName* name;
  const Signature* signature;
};

template <typename... Args>
constexpr EventKey keyOf(const Event<Args...>& event) noexcept {
  return {&event, &kSignature<Passed<Args>...>};
}

}  // namespace weft::emitter::internal

#endif  // WEFT_EMITTER_INTERNAL_SIGNATURE_H_
