// pipe() and pipeline(): everything from one stream into the next, no faster than that takes it.
//
//   stream::pipeline({request, gzip, response}, [](const absl::Status& why) {
//     if (!why.ok()) log(why);
//   });
//   absl::Status why = co_await stream::pipeline(file, response);
//
// pipeline() sees to the end: when one part fails, or closes too early, all are destroyed; when
// all is well, every part has ended and finished. It is what you want. pipe() only moves bytes and
// hands the end on, as Node's: each stream's `error` and `close` are yours to listen to.
//
// A Readable may have several pipes: it goes at the pace of the slowest. Pausing it pauses them.
//
// The bytes are written, and the callback is called, in the contexts in which pipe() or pipeline()
// was called.
//
// Threads: the loop's only.

#ifndef WEFT_STREAM_PIPE_H_
#define WEFT_STREAM_PIPE_H_

#include <concepts>
#include <initializer_list>
#include <memory>

#include "absl/status/status.h"
#include "weft/cls/function.h"
#include "weft/loop/promise.h"
#include "weft/stream/readable.h"
#include "weft/stream/ref_ptr.h"
#include "weft/stream/writable.h"

namespace weft::stream {

struct PipeOptions {
  // The sink is ended when the source has ended.
  bool end = true;
};

// Two streams that are connected. Copies mean the same pipe; dropping one does nothing.
class Pipe {
 public:
  Pipe() = default;
  // Moves bytes from now on, until the source ends or either closes.
  Pipe(const RefPtr<Readable>& source, const RefPtr<Writable>& sink, PipeOptions options);

  // Moves no more. Nothing else happens to either stream, but that a source without another pipe
  // is paused.
  void unpipe();
  // It still moves bytes.
  bool active() const noexcept;

 private:
  struct State;
  static void disconnect(State& state);
  static void write(State& state, std::string_view bytes);
  static void drained(State& state);
  static void sourceEnded(State& state);

  std::shared_ptr<State> state_;
};

// As Node's source.pipe(sink).
inline Pipe pipe(const RefPtr<Readable>& source, const RefPtr<Writable>& sink,
                 PipeOptions options = {}) {
  return Pipe(source, sink, options);
}

// A part of a pipeline, made from the pointer to any stream.
struct PipelinePart {
  template <std::derived_from<IoObject> T>
  PipelinePart(const RefPtr<T>& stream) : object(stream) {  // NOLINT: implicit, for lists
    if constexpr (std::derived_from<T, Readable>) readable = stream.get();
    if constexpr (std::derived_from<T, Writable>) writable = stream.get();
  }

  RefPtr<IoObject> object;
  Readable* readable = nullptr;
  Writable* writable = nullptr;
};

Promise<absl::Status> promisePipeline(std::initializer_list<PipelinePart> parts);

// `done` is called once: with OK when everything that comes out of the first part has gone through
// the last one, which is ended; else with the reason. Throws UsageError for fewer than two parts,
// and for one that is not Readable where it must be, or not Writable.
void pipeline(std::initializer_list<PipelinePart> parts,
              cls::Function<void(const absl::Status&)> done);
// The same, for `co_await` and then(). (No braces: g++ 12 cannot await a call with a list.)
template <typename... T>
Promise<absl::Status> pipeline(const RefPtr<T>&... parts) {
  return promisePipeline({parts...});
}

}  // namespace weft::stream

#endif  // WEFT_STREAM_PIPE_H_
