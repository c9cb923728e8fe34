// IoEmitter: what I/O objects derive from, sockets, servers, requests and streams.
//
// An emitter that is bound to every namespace: a listener sees the contexts in which it was added,
// else those in which the object emits (see EventEmitter::bindEveryNamespace()). And one that hears
// of each listener that is added, as a stream does that begins to read when somebody listens. Other
// classes derive from EventEmitter, and whoever wants contexts binds it.
//
//   class Socket : public emitter::IoEmitter {
//     void listenerAdded(const EventName& event) override;  // kData: begin to read
//   };
//
// Cost: 8 bytes more than an emitter, and no memory on the heap until somebody listens. Threads:
// as an EventEmitter, the loop's.

#ifndef WEFT_EMITTER_IO_EMITTER_H_
#define WEFT_EMITTER_IO_EMITTER_H_

#include "weft/emitter/event.h"
#include "weft/emitter/event_emitter.h"
#include "weft/emitter/listener.h"

namespace weft::emitter {

class IoEmitter : public EventEmitter, private ListenerObserver {
 public:
  IoEmitter(const IoEmitter&) = delete;
  IoEmitter& operator=(const IoEmitter&) = delete;

 protected:
  IoEmitter() noexcept { state_ = ioMark(); }
  virtual ~IoEmitter() = default;

  void listenerAdded(const EventName& event) override {}
  // As new, for pools: tells nobody, and keeps memory.
  void recycle() noexcept;

 private:
  friend class EventEmitter;
};

}  // namespace weft::emitter

#endif  // WEFT_EMITTER_IO_EMITTER_H_
