// Event<Args...>: the name of an event together with the types of what it carries.
//
// Declare each event of a class once, next to the class, and use the constant everywhere:
//
//   inline constexpr weft::Event<std::string_view> kData{"data"};
//   inline constexpr weft::Event<> kEnd{"end"};
//
//   emitter.on(kData, [](std::string_view bytes) { ... });
//   emitter.emit(kData, "hello");   // other arguments do not compile
//
// An event is its name and its types, not the constant: two constants with the same name and the
// same types, in whatever file, are the same event, and so is the same name as a string, which is
// checked when the program runs. What it is not: a channel. Listeners belong to an emitter.
//
// Listeners get an argument declared as
//   T         by value if it is small and trivial (int, string_view), else as const T&
//   const T&  as it is
//   T&        as it is: a listener may change it, or move from it
// T&& is refused: several listeners cannot all consume one value.
//
// Cost: the name is hashed when the program is compiled; finding its listeners compares pointers.

#ifndef WEFT_EMITTER_EVENT_H_
#define WEFT_EMITTER_EVENT_H_

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <vector>

namespace weft::emitter {

// The name of an event, typed or not: what calls take that need no argument types. It borrows the
// characters, so keep none.
class EventName {
 public:
  constexpr EventName(std::string_view name) noexcept : EventName(name, false) {}
  constexpr EventName(const char* name) noexcept : EventName(std::string_view(name)) {}
  EventName(const std::string& name) noexcept : EventName(std::string_view(name)) {}

  constexpr std::string_view view() const noexcept { return {data_, size_}; }
  constexpr const char* data() const noexcept { return data_; }
  constexpr std::uint32_t hash() const noexcept { return hash_; }
  // The one event that throws when nobody listens.
  constexpr bool isError() const noexcept { return hash_ == kErrorHash; }
  // True of a constexpr Event: then equal data() means equal names.
  constexpr bool literal() const noexcept { return literal_ != 0; }

 private:
  template <typename... Args>
  friend class Event;

  static constexpr std::uint32_t kErrorHash = 0;  // no other name has it

  constexpr EventName(std::string_view name, bool literal) noexcept
      : data_(name.data()),
        size_(static_cast<std::uint32_t>(name.size())),
        literal_(literal),
        hash_(hashOf(name)) {}

  static constexpr std::uint32_t hashOf(std::string_view name) noexcept {
    if (name == "error") return kErrorHash;
    std::uint32_t hash = 2166136261u;  // FNV-1a
    for (char c : name) hash = (hash ^ static_cast<unsigned char>(c)) * 16777619u;
    hash ^= hash >> 15;  // tables look at the low bits
    return hash == kErrorHash ? 1 : hash;
  }

  const char* data_;
  std::uint32_t size_ : 31;
  std::uint32_t literal_ : 1;
  std::uint32_t hash_;
};

namespace internal {

// How an argument that was declared as T reaches a listener.
template <typename T>
struct PassedArg {
  static_assert(!std::is_rvalue_reference_v<T>,
                "an Event cannot carry T&&: several listeners cannot all consume one value; "
                "declare T& if a listener may move from it");
  using Value = std::remove_cv_t<T>;
  static constexpr bool kSmall =
      std::is_trivially_copyable_v<Value> && sizeof(Value) <= 2 * sizeof(void*);
  using type = std::conditional_t<kSmall, Value, const Value&>;
};
template <typename T>
struct PassedArg<T&> {
  using type = T&;
};
template <typename T>
using Passed = typename PassedArg<T>::type;

// A value that keeps what the argument said after the emission is over.
template <typename T>
struct OwnedArg {
  using type = T;
};
template <>
struct OwnedArg<std::string_view> {
  using type = std::string;
};
template <>
struct OwnedArg<const char*> {
  using type = std::string;
};
template <>
struct OwnedArg<char*> {
  using type = std::string;
};
template <typename T, std::size_t N>
struct OwnedArg<std::span<T, N>> {
  using type = std::vector<std::remove_cv_t<T>>;
};

}  // namespace internal

// What an argument declared as T is when it is kept: string_view and const char* become string,
// a span becomes a vector, a reference becomes a value.
template <typename T>
using Owned = typename internal::OwnedArg<std::decay_t<T>>::type;

template <typename... Args>
class Event : public EventName {
 public:
  // All arguments in their owned form, for whoever keeps them beyond the emission.
  using OwnedArgs = std::tuple<Owned<Args>...>;

  // Of a constexpr Event, as it should be, the name lives as long as the program. Otherwise it is
  // borrowed, and found by its characters each time.
  constexpr explicit Event(const char* name) noexcept
      : EventName(std::string_view(name), std::is_constant_evaluated()) {}
};

}  // namespace weft::emitter

namespace weft {
using emitter::Event;
}  // namespace weft

#endif  // WEFT_EMITTER_EVENT_H_
