// The loop of the reference model: deques, in the order of one loop whose clock only moves when
// nothing else can run.
//
// Threads: one.

#ifndef WEFT_TESTS_CONFORMANCE_MODEL_LOOP_H_
#define WEFT_TESTS_CONFORMANCE_MODEL_LOOP_H_

#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <vector>

#include "weft/tests/conformance/model_contexts.h"

namespace weft::conformance {

struct Job {
  std::function<void()> callback;
  Frame frame;
  bool pending = true;
  std::int64_t ms = 0;  // of a timer
  int turns = 0;        // left; of an interval
  std::int64_t deadline = 0;
};
using JobPtr = std::shared_ptr<Job>;

class ModelLoop {
 public:
  enum class Queue { kTick, kWork, kImmediate, kTimer };

  // `ended` is called with the label of each context that has ended. Does not own the contexts.
  ModelLoop(ModelContexts* contexts, std::function<void(std::int64_t)> ended);

  // Will call `callback` in what is active now. A timer has its turns, one at the least.
  JobPtr add(Queue queue, std::function<void()> callback, std::int64_t ms = 0, int turns = 0);
  void clear(const JobPtr& job);

  // Until nothing is left to run.
  void run();
  // Ticks until there are none, then the end of one context, and so on.
  void drain();

 private:
  void runRound(std::deque<JobPtr>& queue);
  void runTimers();
  void runJob(Job& job, bool again = false);

  ModelContexts& contexts_;
  const std::function<void(std::int64_t)> ended_;
  std::int64_t now_ = 0;
  std::deque<JobPtr> ticks_;
  std::deque<JobPtr> work_;  // done
  std::deque<JobPtr> immediates_;
  std::vector<JobPtr> timers_;  // armed, in the order in which they were
};

}  // namespace weft::conformance

#endif  // WEFT_TESTS_CONFORMANCE_MODEL_LOOP_H_
