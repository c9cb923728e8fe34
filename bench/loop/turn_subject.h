#ifndef WEFT_BENCH_LOOP_TURN_SUBJECT_H_
#define WEFT_BENCH_LOOP_TURN_SUBJECT_H_

#include <sys/eventfd.h>
#include <unistd.h>

#include "weft/bench/common/subject.h"

// What does one iteration of the loop cost that finds nothing to do, and does not sleep?
//
// loop_turn: the loop watches one descriptor, which is never ready. Every peer gives a `Loop` that
// is made with that descriptor and has `void turn()`, which polls once without blocking.
namespace weft::bench {

class IdleDescriptor {
 public:
  IdleDescriptor() : descriptor_(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {}
  ~IdleDescriptor() { close(descriptor_); }
  IdleDescriptor(const IdleDescriptor&) = delete;
  IdleDescriptor& operator=(const IdleDescriptor&) = delete;

  int get() const { return descriptor_; }

 private:
  int descriptor_;
};

template <class Loop>
void loopTurn(benchmark::State& state) {
  const IdleDescriptor idle;
  Loop loop(idle.get());
  for (auto _ : state) loop.turn();
  setOperations(state, 1);
}

template <class Loop>
int runTurnSubject(int argc, char** argv) {
  add("loop_turn", loopTurn<Loop>);
  return run(argc, argv);
}

}  // namespace weft::bench

#endif  // WEFT_BENCH_LOOP_TURN_SUBJECT_H_
