#include "weft/stream/pipe.h"

#include <array>
#include <string>
#include <utility>
#include <vector>

#include "weft/cls/errors.h"

namespace weft::stream {

namespace {

// A listener of `close` that also learns if there will be none because the loop has ended: then it
// is dropped by an object that is closed. `fn(said)` lets go of what holds the object.
template <typename F>
class CloseListener {
 public:
  CloseListener(const IoObject& object, F fn) : object_(&object), fn_(std::move(fn)) {}
  CloseListener(CloseListener&& other) noexcept
      : object_(std::exchange(other.object_, nullptr)), fn_(std::move(other.fn_)) {}
  ~CloseListener() {
    if (object_ != nullptr && object_->closed()) fn_(false);
  }
  void operator()() {
    object_ = nullptr;
    fn_(true);
  }

 private:
  const IoObject* object_;
  F fn_;
};

}  // namespace

// --- one pipe -----------------------------------------------------------------------------------

struct Pipe::State {
  RefPtr<Readable> source;  // null once it moves no more
  RefPtr<Writable> sink;
  bool end = true;
  bool waiting = false;  // for the sink to drain: the source is blocked
  std::array<emitter::ListenerHandle, 5> listeners;
};

Pipe::Pipe(const RefPtr<Readable>& source, const RefPtr<Writable>& sink, PipeOptions options)
    : state_(std::make_shared<State>()) {
  if (!source || !sink) throw UsageError("pipe() of a null pointer: give it two streams");
  state_->source = source;
  state_->sink = sink;
  state_->end = options.end;
  const auto state = state_;
  state->listeners = {
      sink->on(kDrain, [state] { drained(*state); }),
      sink->on(kClose, CloseListener(*sink, [state](bool) { disconnect(*state); })),
      source->on(kEnd, [state] { sourceEnded(*state); }),
      source->on(kClose, CloseListener(*source, [state](bool) { disconnect(*state); })),
      source->on(kData, [state](std::string_view bytes) { write(*state, bytes); }),
  };
  if (source->readableEnded()) {
    source->loop().nextTick([state] { sourceEnded(*state); });
  } else if (sink->writableNeedDrain()) {
    state->waiting = true;
    source->block();
  }
}

void Pipe::write(State& state, std::string_view bytes) {
  const RefPtr<Readable> source = state.source;
  if (!source || state.sink->writableEnded()) return;
  if (state.sink->write(bytes) || state.sink->destroyed()) return;
  if (std::exchange(state.waiting, true)) return;
  source->block();
}

void Pipe::drained(State& state) {
  if (std::exchange(state.waiting, false)) state.source->unblock();
}

void Pipe::sourceEnded(State& state) {
  const RefPtr<Writable> sink = state.sink;
  if (!sink) return;
  const bool end = state.end;
  disconnect(state);
  if (end && !sink->writableEnded() && !sink->destroyed()) sink->end();
}

void Pipe::disconnect(State& state) {
  const RefPtr<Readable> source = std::exchange(state.source, nullptr);
  if (!source) return;
  state.sink = nullptr;
  for (emitter::ListenerHandle& listener : state.listeners) {
    std::exchange(listener, {}).remove();
  }
  if (source->listenerCount(kData) == 0 && !source->destroyed()) source->pause();
  if (std::exchange(state.waiting, false)) source->unblock();
}

void Pipe::unpipe() {
  if (state_ != nullptr) disconnect(*state_);
}

bool Pipe::active() const noexcept { return state_ != nullptr && state_->source; }

// --- pipelines ----------------------------------------------------------------------------------

namespace {

using Done = cls::Function<void(const absl::Status&)>;

void check(const std::vector<PipelinePart>& parts) {
  if (parts.size() < 2) throw UsageError("pipeline() needs a source and a sink at least");
  for (std::size_t i = 0; i != parts.size(); ++i) {
    const std::string place = std::to_string(i + 1);
    if (!parts[i].object) throw UsageError("part " + place + " of the pipeline is a null pointer");
    if (i + 1 != parts.size() && parts[i].readable == nullptr) {
      throw UsageError("part " + place + " of the pipeline is not Readable: only the last may be");
    }
    if (i != 0 && parts[i].writable == nullptr) {
      throw UsageError("part " + place + " of the pipeline is not Writable: only the first may be");
    }
  }
}

class Pipeline : public std::enable_shared_from_this<Pipeline> {
 public:
  Pipeline(std::vector<PipelinePart> parts, Done done)
      : parts_(std::move(parts)), done_(std::move(done)), left_(2 * (parts_.size() - 1)) {}

  void start() {
    for (std::size_t i = 0; i != parts_.size(); ++i) listenTo(i);
    for (std::size_t i = 0; i + 1 != parts_.size(); ++i) {
      pipes_.push_back(
          pipe(RefPtr<Readable>(parts_[i].readable), RefPtr<Writable>(parts_[i + 1].writable)));
    }
  }

 private:
  bool reads(std::size_t i) const { return i + 1 != parts_.size(); }
  bool writes(std::size_t i) const { return i != 0; }

  void listenTo(std::size_t i) {
    const PipelinePart& part = parts_[i];
    const auto self = shared_from_this();
    if (part.object->destroyed()) {
      part.object->loop().nextTick([self, i] {
        if (self->done_) self->fail(self->reasonOf(i));
      });
    }
    part.object->on(kError, [self](const absl::Status& why) { self->fail(why); });
    listeners_.push_back(part.object->on(kClose, CloseListener(*part.object, [self, i](bool said) {
                                           said ? self->partClosed(i) : void(self->letGo());
                                         })));
    if (reads(i) && part.readable->readableEnded()) {
      --left_;
    } else if (reads(i)) {
      listeners_.push_back(part.readable->on(kEnd, [self] { self->oneLess(); }));
    }
    if (writes(i) && part.writable->writableFinished()) {
      --left_;
    } else if (writes(i)) {
      listeners_.push_back(part.writable->on(kFinish, [self, i] { self->partFinished(i); }));
    }
  }

  absl::Status reasonOf(std::size_t i) const {
    const absl::Status& why = parts_[i].object->error();
    if (!why.ok()) return why;
    return absl::AbortedError("part " + std::to_string(i + 1) + " of " +
                              std::to_string(parts_.size()) +
                              " of the pipeline closed before its end");
  }

  void partClosed(std::size_t i) {
    if (!done_) return;
    const bool early = (reads(i) && !parts_[i].readable->readableEnded()) ||
                       (writes(i) && !parts_[i].writable->writableFinished());
    if (early) fail(reasonOf(i));
  }

  void partFinished(std::size_t i) {
    if (!done_) return;
    if (parts_[i - 1].readable->readableEnded()) return oneLess();
    fail(absl::AbortedError("part " + std::to_string(i + 1) + " of " +
                            std::to_string(parts_.size()) +
                            " of the pipeline was ended by somebody else"));
  }

  void oneLess() {
    if (--left_ == 0 && done_) settle(absl::OkStatus());
  }

  void fail(const absl::Status& why) {
    if (!done_) return;
    const auto self = shared_from_this();
    for (const PipelinePart& part : std::vector(parts_)) part.object->destroy(why);
    settle(why);
  }

  void settle(const absl::Status& how) {
    const auto self = shared_from_this();
    letGo()(how);
  }

  // The parts hold this, by the listeners of errors to come; this holds them no more. Gives whom to
  // tell of it.
  Done letGo() {
    const auto self = shared_from_this();
    Done done = std::exchange(done_, nullptr);
    if (!done) return done;
    for (emitter::ListenerHandle& listener : std::exchange(listeners_, {})) listener.remove();
    for (Pipe& one : std::exchange(pipes_, {})) one.unpipe();
    parts_.clear();
    return done;
  }

  std::vector<PipelinePart> parts_;  // none once done_ was called
  Done done_;                        // empty once called
  std::size_t left_;                 // ends and finishes that are to come
  std::vector<emitter::ListenerHandle> listeners_;
  std::vector<Pipe> pipes_;
};

}  // namespace

void pipeline(std::initializer_list<PipelinePart> parts, Done done) {
  std::vector<PipelinePart> list(parts);
  check(list);
  if (!done) throw UsageError("pipeline() without a callback: await it, or say who is to be told");
  std::make_shared<Pipeline>(std::move(list), std::move(done))->start();
}

Promise<absl::Status> promisePipeline(std::initializer_list<PipelinePart> parts) {
  check(parts);
  auto [promise, resolver] = Promise<absl::Status>::withResolvers(parts.begin()->object->loop());
  pipeline(parts,
           [resolver = resolver](const absl::Status& how) mutable { resolver.resolve(how); });
  return promise;
}

}  // namespace weft::stream
