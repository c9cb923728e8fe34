// From what users hand to an emitter to nodes and passed types: null checks, identities, and the
// types behind a name that comes as a string.

#ifndef WEFT_EMITTER_INTERNAL_CALLABLE_TRAITS_H_
#define WEFT_EMITTER_INTERNAL_CALLABLE_TRAITS_H_

#include <cstddef>
#include <functional>
#include <string_view>
#include <type_traits>
#include <utility>

#include "weft/emitter/event.h"
#include "weft/emitter/listener.h"

namespace weft::emitter::internal {

template <typename... P>
struct PassedList {};

// How an argument that is given to emit("name", ...) is passed: text as string_view, std::ref(x)
// as a reference, anything else as Event<its type> would.
template <typename T>
struct GivenArg {
  using type = Passed<T>;
};
template <>
struct GivenArg<const char*> {
  using type = std::string_view;
};
template <>
struct GivenArg<char*> {
  using type = std::string_view;
};
template <typename T>
struct GivenArg<std::reference_wrapper<T>> {
  using type = T&;
};
template <typename T>
using Given = typename GivenArg<std::decay_t<T>>::type;

// What the event of a listener parameter declared as T passes: const int& takes what int takes.
template <typename T>
struct ParameterArg {
  using type = Passed<T>;
};
template <typename T>
struct ParameterArg<const T&> {
  using type = Passed<T>;
};

template <typename F>
inline constexpr bool kIsListenerFn = false;
template <typename... T>
inline constexpr bool kIsListenerFn<ListenerFn<T...>> = true;

// The passed types behind a listener's parameters, if it has one operator() that is no template.
template <typename R, typename... T>
PassedList<typename ParameterArg<T>::type...> parametersOf(const std::function<R(T...)>&);

template <typename F>
concept HasKnownParameters = kIsListenerFn<F> || requires {
  std::function{std::declval<F>()};
};

template <typename F>
struct PassedTypes {
  using type = decltype(parametersOf(std::function{std::declval<F>()}));
};
template <typename... T>
struct PassedTypes<ListenerFn<T...>> {
  using type = PassedList<Passed<T>...>;
};
template <typename F>
using PassedTypesOf = typename PassedTypes<F>::type;

// True for a null function pointer and an empty std::function, AnyInvocable or ListenerFn.
template <typename F>
bool isNull(const F& function) {
  if constexpr (kIsListenerFn<F> || std::is_constructible_v<F, std::nullptr_t>) {
    return !static_cast<bool>(function);
  } else {
    return false;
  }
}

}  // namespace weft::emitter::internal

#endif  // WEFT_EMITTER_INTERNAL_CALLABLE_TRAITS_H_
