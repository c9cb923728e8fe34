// The listeners of one event of one emitter, in order, in one block of memory.
//
// "An emission works on the list as it was when it began": an emission pins the list that it
// walks, and a pinned list is not changed any more. Whoever adds or removes meanwhile puts a copy
// in its place; the pinned one becomes an orphan and goes with its last emission. So emitting
// copies nothing, and only a change in the middle of an emission does.
//
// The one thing that happens to a pinned list is a cut, when its emitter is destroyed: its end
// becomes its begin, which ends the walks, and it keeps its nodes until they are over.

#ifndef WEFT_EMITTER_INTERNAL_LISTENER_LIST_H_
#define WEFT_EMITTER_INTERNAL_LISTENER_LIST_H_

#include <cstdint>
#include <string>
#include <utility>

#include "weft/emitter/internal/listener_node.h"
#include "weft/emitter/internal/signature.h"

namespace weft::emitter::internal {

class EmitterState;

class ListenerList {
 public:
  // An empty list for the event.
  static ListenerList* make(EmitterState& state, EventKey key, std::uint64_t sequence);
  // The same listeners in a list of their own, with room for one more; they belong to it from now
  // on, and this one only keeps them.
  ListenerList* copy();
  // Drops the nodes and the memory. Not while pinned.
  void destroy() noexcept;

  ListenerList(const ListenerList&) = delete;
  ListenerList& operator=(const ListenerList&) = delete;

  std::uint32_t size() const noexcept { return size_; }
  ListenerNode* at(std::uint32_t index) const noexcept { return begin()[index]; }
  // What an emission walks: from begin() while before end(), which is to be read again each time.
  // Never empty when it begins.
  ListenerNode* const* begin() const noexcept {
    return reinterpret_cast<ListenerNode* const*>(this + 1);
  }
  ListenerNode* const* end() const noexcept { return end_; }
  // Where the node is; it must be there.
  std::uint32_t indexOf(const ListenerNode& node) const noexcept;

  bool full() const noexcept { return size_ == capacity_; }
  // Not while pinned. insert(): not when full. remove(): the caller drops the node's count.
  void insert(std::uint32_t index, ListenerNode& node) noexcept;
  void remove(std::uint32_t index) noexcept;

  // The listeners are not in the emitter's list any more.
  void disown() noexcept;
  void cut() noexcept { end_ = begin(); }

  // True if nobody walks it: the usual case, told by one compare. pinOnly() and unpinOnly() are for
  // it alone; the latter is false if the list was orphaned meanwhile, and has then done nothing.
  bool idle() const noexcept { return status_ == 0; }
  void pinOnly() noexcept { status_ = kOnePin; }
  bool unpinOnly() noexcept {
    if (status_ != kOnePin) [[unlikely]]
      return false;
    status_ = 0;
    return true;
  }
  bool pinned() const noexcept { return status_ >= kOnePin; }
  void pin() noexcept { status_ += kOnePin; }
  // True if an orphan lost its last pin: it must be dropped.
  bool unpin() noexcept {
    status_ -= kOnePin;
    return (status_ & kOrphan) != 0 && !pinned();
  }
  // Not the emitter's any more, only pinned.
  void orphan() noexcept { status_ |= kOrphan; }

  EmitterState& state() const noexcept { return state_; }
  const std::string& name() const noexcept { return event_.name; }
  std::uint32_t hash() const noexcept { return event_.hash; }
  const Signature& signature() const noexcept { return *event_.signature; }
  // Grows with each new event of an emitter: the order of eventNames().
  std::uint64_t sequence() const noexcept { return event_.sequence; }

  bool warned = false;           // of too many listeners
  ListenerList* next = nullptr;  // in a chain of lists that are in no table

 private:
  // What a list hands on to its copy.
  struct EventFacts {
    std::string name;
    std::uint32_t hash;
    const Signature* signature;
    std::uint64_t sequence;
  };

  ListenerList(EmitterState& state, EventFacts event, std::uint32_t capacity);
  ~ListenerList() = default;
  static ListenerList* make(EmitterState& state, EventFacts event, std::uint32_t capacity);

  ListenerNode** nodes() noexcept { return const_cast<ListenerNode**>(begin()); }
  void resize(std::uint32_t size) noexcept {
    size_ = size;
    end_ = begin() + size;
  }

  enum Status : std::uint32_t {
    kOrphan = 1,
    kOnePin = 2,  // and more: the count of emissions that walk it
  };

  std::uint32_t status_ = 0;
  ListenerNode* const* end_;
  std::uint32_t size_ = 0;
  const std::uint32_t capacity_;
  EmitterState& state_;
  const EventFacts event_;
};

}  // namespace weft::emitter::internal

#endif  // WEFT_EMITTER_INTERNAL_LISTENER_LIST_H_
