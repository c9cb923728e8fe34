// The listeners of one event of one emitter, in order, in one block of memory.
//
// "An emission works on the list as it was when it began": an emission pins the list that it
// walks, and a pinned list is not changed any more. Whoever adds or removes meanwhile puts a copy
// in its place; the pinned one becomes an orphan and goes with its last emission. So emitting
// copies nothing, and only a change in the middle of an emission does.
//
// The one thing that happens to a pinned list is a cut, when its emitter is destroyed: its size
// becomes 0, which ends the walks, and it keeps its nodes until they are over.

#ifndef WEFT_EMITTER_INTERNAL_LISTENER_LIST_H_
#define WEFT_EMITTER_INTERNAL_LISTENER_LIST_H_

#include <cstdint>
#include <string>

#include "weft/emitter/internal/listener_node.h"
#include "weft/emitter/internal/signature.h"

namespace weft::emitter::internal {

class EmitterState;

class ListenerList {
 public:
  // An empty list for `key`.
  static ListenerList* make(EmitterState& state, const EventKey& key, std::uint64_t sequence);
  // The same listeners in a list of their own, with room for one more; they belong to it from now
  // on, and this one only keeps them.
  ListenerList* copy();
  // Drops the nodes and the memory. Not while pinned.
  void destroy() noexcept;

  ListenerList(const ListenerList&) = delete;
  ListenerList& operator=(const ListenerList&) = delete;

  std::uint32_t size() const noexcept { return size_; }
  ListenerNode* at(std::uint32_t index) const noexcept { return nodes()[index]; }
  // Where the node is; it must be there.
  std::uint32_t indexOf(const ListenerNode& node) const noexcept;

  bool full() const noexcept { return size_ == capacity_; }
  // Not while pinned. insert(): not when full. remove(): the caller drops the node's count.
  void insert(std::uint32_t index, ListenerNode& node) noexcept;
  void remove(std::uint32_t index) noexcept;

  // The listeners are not in the emitter's list any more.
  void disown() noexcept;
  void cut() noexcept { size_ = 0; }

  // True if some listener is, or was, bound to contexts.
  bool bound() const noexcept { return bound_; }

  bool pinned() const noexcept { return pins_ != 0; }
  void pin() noexcept { ++pins_; }
  // True if an orphan lost its last pin: somebody must destroy it.
  bool unpin() noexcept { return --pins_ == 0 && orphan; }

  EmitterState& state() const noexcept { return *state_; }
  const std::string& name() const noexcept { return name_; }
  const Signature& signature() const noexcept { return *signature_; }
  // Grows with each new event of an emitter: the order of eventNames().
  std::uint64_t sequence() const noexcept { return sequence_; }

  bool orphan = false;           // not the emitter's any more, only pinned
  bool warned = false;           // of too many listeners
  ListenerList* next = nullptr;  // in a chain of lists that are in no table

 private:
  ListenerList(EmitterState& state, std::string name, const Signature& signature,
               std::uint64_t sequence, std::uint32_t capacity);
  ~ListenerList() = default;
  static void* allocate(std::uint32_t capacity);

  ListenerNode** nodes() const noexcept {
    return reinterpret_cast<ListenerNode**>(const_cast<ListenerList*>(this + 1));
  }

  std::uint32_t pins_ = 0;
  std::uint32_t size_ = 0;  // what an emission walks
  bool bound_ = false;
  std::uint32_t held_ = 0;  // nodes to drop at the end: size_ until the cut
  const std::uint32_t capacity_;
  EmitterState* const state_;
  const Signature* const signature_;
  const std::uint64_t sequence_;
  std::string name_;
};

}  // namespace weft::emitter::internal

#endif  // WEFT_EMITTER_INTERNAL_LISTENER_LIST_H_
