// Keys of a context's values.
//
// A string names a value; `Key<T>{"user"}` is the same key `user` with a type, found without
// looking the name up again; `PrivateKey<T>` has no name, so that no other part of the program
// can reach its value (what symbols are for JavaScript's packages).
//
//   inline const cls::Key<std::string> kUser{"user"};
//   request.set(kUser, "ada");
//   if (const std::string* user = request.get(kUser)) log(*user);
//
// Flow says what becomes of a value that crosses to another thread in a Snapshot.
//
// Threads: keys may be made, copied and used on any thread.

#ifndef WEFT_CLS_KEY_H_
#define WEFT_CLS_KEY_H_

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include "weft/cls/config.h"

namespace weft::cls::inline WEFT_CLS_ABI {

enum class Flow : std::uint8_t {
  kDefault,  // kCopy if the type can be copied, else kDrop
  kCopy,     // the other thread sees a copy, made when the snapshot was taken
  kShare,    // the other thread sees this very object, which must be safe to read from several
             // threads; it lives as long as any of them sees it
  kDrop,     // the other thread does not see the value
};

namespace internal {

using KeyId = std::uint32_t;
inline constexpr KeyId kNoKey = 0;

// The id of `name`, for good. Asking again with another flow than kDefault changes the flow.
KeyId internKey(std::string_view name, Flow flow);
// The id of `name` and its flow, for as long as somebody holds the id: the caller gives it back by
// releaseKey().
std::pair<KeyId, Flow> acquireKey(std::string_view name);
// The id of `name` or kNoKey if no value can have it.
KeyId findKey(std::string_view name) noexcept;
// An id without a name, to be given back by releaseKey().
KeyId newPrivateKey(Flow flow);
void retainKey(KeyId id) noexcept;
void releaseKey(KeyId id) noexcept;
Flow flowOf(KeyId id) noexcept;
// For messages: the name, or "a private key".
std::string describeKey(KeyId id);
// Empty if it is private.
std::string nameOfKey(KeyId id);
// How many ids are in use; for tests of memory.
std::size_t keysInUse() noexcept;

}  // namespace internal

// The key `name`, whose value is a T. Two with the same name are the same key. Its id is kept for
// the life of the process, so keys are made once, as constants.
template <typename T>
class Key {
 public:
  using Type = T;
  explicit Key(std::string_view name, Flow flow = Flow::kDefault)
      : id_(internal::internKey(name, flow)), flow_(flow) {}
  internal::KeyId id() const noexcept { return id_; }
  Flow flow() const noexcept { return flow_; }

 private:
  internal::KeyId id_;
  Flow flow_;
};

// A key that only its owner can name: equal to nothing but its own copies.
template <typename T>
class PrivateKey {
 public:
  using Type = T;
  explicit PrivateKey(Flow flow = Flow::kDefault)
      : id_(internal::newPrivateKey(flow)), flow_(flow) {}
  PrivateKey(const PrivateKey& other) noexcept : id_(other.id_), flow_(other.flow_) {
    internal::retainKey(id_);
  }
  PrivateKey& operator=(const PrivateKey& other) noexcept {
    internal::retainKey(other.id_);
    internal::releaseKey(std::exchange(id_, other.id_));
    flow_ = other.flow_;
    return *this;
  }
  ~PrivateKey() { internal::releaseKey(id_); }
  internal::KeyId id() const noexcept { return id_; }
  Flow flow() const noexcept { return flow_; }

 private:
  internal::KeyId id_;
  Flow flow_;
};

// Key<T> or PrivateKey<T>.
template <typename K>
concept TypedKey = requires(const K& key) {
  typename K::Type;
  { key.id() } -> std::same_as<internal::KeyId>;
};

}  // namespace weft::cls::inline WEFT_CLS_ABI

#endif  // WEFT_CLS_KEY_H_
