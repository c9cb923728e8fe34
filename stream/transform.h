// Transform: a stream in the middle: bytes are written into it, and what becomes of them is read
// from it. PassThrough is the one that changes nothing.
//
//   class Shout final : public stream::Transform {
//    public:
//     explicit Shout(EventLoop& loop) : IoObject(loop), Transform(loop) {}
//    private:
//     void transform(std::string_view bytes) override { push(upperCase(bytes)); }
//   };
//   stream::pipeline({request, stream::makeRef<Shout>(loop), response}, done);
//
// While nobody takes what comes out, nothing is transformed: what is written waits, and the writer
// is told by write(). Written bytes are worked on in a tick, never on the writer's stack. The
// stream closes by itself after both `end` and `finish`.
//
// What it is not: for work that takes long or happens elsewhere; derive from Readable and Writable.
//
// Threads: the loop's only.

#ifndef WEFT_STREAM_TRANSFORM_H_
#define WEFT_STREAM_TRANSFORM_H_

#include <string_view>

#include "weft/stream/readable.h"
#include "weft/stream/ref_ptr.h"
#include "weft/stream/writable.h"

namespace weft::stream {

class Transform : public Readable, public Writable {
 protected:
  explicit Transform(EventLoop& loop) : IoObject(loop) {}

  // Some of what was written, in order: push() what becomes of it, as much as you like. For bytes
  // that cannot be transformed, destroy() with the reason.
  virtual void transform(std::string_view bytes) = 0;
  // All was transformed; the last occasion to push().
  virtual void flush() {}

  void writeSome() final;
  void readMore() final;
  void afterEnd() final { closeIfDone(); }
  void afterFinish() final { closeIfDone(); }
  void onDestroy() override {}

 private:
  void work();
  void closeIfDone();

  bool scheduled_ = false;
  bool full_ = false;  // nobody takes what comes out
};

class PassThrough final : public Transform {
 public:
  explicit PassThrough(EventLoop& loop) : IoObject(loop), Transform(loop) {}

 private:
  void transform(std::string_view bytes) override { push(bytes); }
};

}  // namespace weft::stream

namespace weft {
using stream::PassThrough;
using stream::Transform;
}  // namespace weft

#endif  // WEFT_STREAM_TRANSFORM_H_
