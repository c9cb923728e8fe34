// What an EventEmitter has once something was added to it: its events, their listeners, the
// namespaces it is bound to. On the heap, so that an emitter without listeners is one pointer,
// can be moved, and can be destroyed by its own listeners: emissions that are under way keep the
// state until they are over.

#ifndef WEFT_EMITTER_INTERNAL_EMITTER_STATE_H_
#define WEFT_EMITTER_INTERNAL_EMITTER_STATE_H_

#include <cstdint>
#include <string>
#include <vector>

#include "weft/cls/config.h"
#include "weft/cls/emitter_binding.h"
#include "weft/cls/location.h"
#include "weft/emitter/internal/event_table.h"
#include "weft/emitter/internal/listener_list.h"
#include "weft/emitter/internal/listener_node.h"
#include "weft/emitter/internal/signature.h"

namespace weft::emitter {
class ListenerObserver;
}  // namespace weft::emitter

namespace weft::emitter::internal {

class EmitterState;

// What a destroyed emitter holds in place of its state, in debug builds.
inline EmitterState* destroyedMark() noexcept { return reinterpret_cast<EmitterState*>(1); }
[[noreturn]] void failDestroyed();

enum class Place { kLast, kFirst };

class EmitterState {
 public:
  EmitterState() = default;
  EmitterState(const EmitterState&) = delete;
  EmitterState& operator=(const EmitterState&) = delete;

  // The emitter is destroyed: drops all listeners, ends emissions that are under way after the
  // listener that runs now. The state deletes itself when nothing uses it any more.
  // Every program with an emitter calls it; see AbiTag.
  void abandon(cls::AbiTag = {}) noexcept;
  bool abandoned() const noexcept { return abandoned_; }

  // Adds the node to the event's listeners, having emitted `newListener`.
  void add(EventKey key, ListenerNode& node, Place place, Location where);
  // Removes the node, which is in one of the lists, and emits `removeListener`.
  void remove(ListenerNode& node);
  // Removes the latest registration of the function of that identity; false if there is none.
  bool removeLatest(const EventName& event, const void* function);
  void removeAll(const EventName& event);
  void removeAll();

  // As the emitter was at first, but for bindEvery() and its observer.
  void recycle() noexcept;
  void setObserver(ListenerObserver* observer) noexcept { observer_ = observer; }

  // Negative: the default for all emitters.
  void setMaxListeners(int limit) noexcept { max_listeners_ = limit; }
  int maxListeners() const noexcept;

  EventTable& events() noexcept { return events_; }
  cls::EmitterBinding& binding() noexcept { return binding_; }

  // Keeps the state while a call to the outside is under way.
  class Hold {
   public:
    explicit Hold(EmitterState& state) noexcept : state_(state) { ++state_.holds_; }
    ~Hold() { state_.release(); }
    Hold(const Hold&) = delete;
    Hold& operator=(const Hold&) = delete;

   private:
    EmitterState& state_;
  };

  // An emission under way: its list stays as it is, and the state with it.
  class Walk {
   public:
    explicit Walk(ListenerList& list) noexcept : list_(list) { list_.pin(); }
    [[gnu::always_inline]] ~Walk() {
      if (list_.unpin()) [[unlikely]]
        drop(list_);
    }
    Walk(const Walk&) = delete;
    Walk& operator=(const Walk&) = delete;

   private:
    ListenerList& list_;
  };
  // The same for a list that is idle().
  class OnlyWalk {
   public:
    explicit OnlyWalk(ListenerList& list) noexcept : list_(list) { list_.pinOnly(); }
    [[gnu::always_inline]] ~OnlyWalk() {
      if (!list_.unpinOnly() && list_.unpin()) [[unlikely]]
        drop(list_);
    }
    OnlyWalk(const OnlyWalk&) = delete;
    OnlyWalk& operator=(const OnlyWalk&) = delete;

   private:
    ListenerList& list_;
  };

 private:
  ~EmitterState() = default;

  std::uint64_t sequenceFor(const EventName& event) noexcept;
  void emitNewListener(const EventName& event, ListenerNode& node);
  void emitRemoveListener(const std::string& event, ListenerNode& node);
  ListenerList& listToChange(ListenerList& list);
  void warnOfLeak(ListenerList& list, Location where);
  void removeSilently(ListenerList& list) noexcept;
  void removeOneByOne(ListenerList& list);
  enum class Walks { kGoOn, kEnd };
  void removeAllSilently(Walks walks) noexcept;
  void retire(ListenerList& list) noexcept;
  static void drop(ListenerList& orphan) noexcept;
  void release() noexcept;

  EventTable events_;
  cls::EmitterBinding binding_;
  ListenerObserver* observer_ = nullptr;
  ListenerList* orphans_ = nullptr;  // pinned by emissions, replaced or removed since
  std::uint64_t next_sequence_ = 0;
  std::uint32_t holds_ = 1;  // the emitter, each orphan, each Hold
  int max_listeners_ = -1;
  bool abandoned_ = false;
};

// deliver() calls the listeners of the list as it is now, and gives true. Every event goes through
// it, or through deliverIdle(), its usual case, which is inlined where the event is emitted.
template <typename... P>
bool deliver(ListenerList& list, P... args) {
  EmitterState::Walk walk(list);
  ListenerNode* const* at = list.begin();
  do {
    (*at)->template emit<P...>(static_cast<P>(args)...);
  } while (++at < list.end());
  return true;
}

// For a list that is idle().
template <typename... P>
[[gnu::always_inline]] inline void deliverIdle(ListenerList& list, P... args) {
  EmitterState::OnlyWalk walk(list);
  ListenerNode* const* at = list.begin();
  do {
    (*at)->template emit<P...>(static_cast<P>(args)...);
  } while (++at < list.end());
}

}  // namespace weft::emitter::internal

#endif  // WEFT_EMITTER_INTERNAL_EMITTER_STATE_H_
