// context_hop/<kind>, context_hop_64/<kind>: what must it cost at least to queue a callback
// together with the context of whoever queues it, and to read a value of that context when it runs?
// One plain pointer, counted, saved and restored around the call; it stands for all namespaces, so
// their number does not matter.
#include <cstdint>
#include <string>
#include <utility>

#include "weft/bench/common/floor_queue.h"
#include "weft/bench/common/subject.h"

namespace weft::bench {
namespace {

struct Frame {
  std::uint64_t references;
  std::uint64_t value;
};

Frame* current = nullptr;

class FrameReference {
 public:
  explicit FrameReference(Frame* frame) : frame_(frame) { ++frame_->references; }
  FrameReference(FrameReference&& other) noexcept : frame_(std::exchange(other.frame_, nullptr)) {}
  ~FrameReference() {
    if (frame_ != nullptr && --frame_->references == 0) delete frame_;
  }

  Frame* get() const { return frame_; }

 private:
  Frame* frame_;
};

// Runs a callable in the frame that was current when it was wrapped.
template <class Callable>
class InFrame {
 public:
  explicit InFrame(Callable callable) : frame_(current), callable_(callable) {}

  void operator()() {
    Frame* const outer = std::exchange(current, frame_.get());
    callable_();
    current = outer;
  }

 private:
  FrameReference frame_;
  Callable callable_;
};

struct Chain {
  FloorQueue queue;
  std::uint64_t left = 0;
  std::uint64_t sum = 0;
};

struct Hop {
  Chain* chain;

  void operator()() const {
    chain->sum += current->value;
    if (--chain->left > 0) chain->queue.post(InFrame<Hop>(*this));
  }
};

void contextHop(benchmark::State& state) {
  Chain chain;
  const FrameReference frame(new Frame{0, 1});
  for (auto _ : state) {
    chain.left = kBatch;
    current = frame.get();
    chain.queue.post(InFrame<Hop>(Hop{&chain}));
    current = nullptr;
    chain.queue.run();
    benchmark::DoNotOptimize(chain.sum);
  }
  setOperations(state, kBatch);
}

}  // namespace
}  // namespace weft::bench

int main(int argc, char** argv) {
  using namespace weft::bench;
  for (const std::string subject : {"context_hop/", "context_hop_64/"}) {
    for (const char* kind : {"tick", "immediate", "await", "then"}) add(subject + kind, contextHop);
  }
  return run(argc, argv);
}
