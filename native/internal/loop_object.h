// LoopObject: an I/O object that has the pool work for it, or waits on a descriptor, one way to be
// kept and to be told of the loop's end.
//
// What it hands to the loop holds a Keep: while that lives, the object does; if it is dropped
// without having been taken, the loop has ended, and the object says nothing more.

#ifndef WEFT_NATIVE_INTERNAL_LOOP_OBJECT_H_
#define WEFT_NATIVE_INTERNAL_LOOP_OBJECT_H_

#include <utility>

#include "weft/cls/frame.h"
#include "weft/loop/work.h"
#include "weft/stream/io_object.h"
#include "weft/stream/ref_ptr.h"

namespace weft::native::internal {

class LoopObject : public virtual stream::IoObject {
 protected:
  class Keep {
   public:
    explicit Keep(LoopObject* object) : object_(object) {}
    Keep(Keep&&) noexcept = default;
    ~Keep() {
      if (object_) object_->loopEnded();
    }
    // It ran: the object is the caller's to keep.
    stream::RefPtr<LoopObject> take() { return std::move(object_); }

   private:
    stream::RefPtr<LoopObject> object_;
  };

  // Calls `fn` on the pool, then `done(result)` here, in the object's own contexts; not if the
  // object was destroyed meanwhile. `fn` uses nothing of the object.
  template <typename F, typename D>
  void onPool(F fn, D done) {
    const cls::FrameScope scope(home());
    loop::work(
        loop(), std::move(fn),
        [keep = Keep(this), done = std::move(done)](auto result) mutable {
          const stream::RefPtr<LoopObject> self = keep.take();
          if (!self->destroyed()) done(std::move(result));
        },
        {.contexts = false});
  }

  // There is no loop any more: gives back what the object stands on.
  virtual void dropResources() noexcept = 0;

 private:
  void loopEnded() noexcept {
    if (closed()) return;
    dropResources();
    abandon();
  }
};

}  // namespace weft::native::internal

#endif  // WEFT_NATIVE_INTERNAL_LOOP_OBJECT_H_
