// Callbacks on libev, which has no queue of closures: a pool of watchers that were made beforehand,
// each with a slot for a callable, fed by ev_feed_event.
#include <ev.h>

#include <deque>
#include <utility>

#include "weft/bench/common/slot.h"
#include "weft/bench/loop/callback_subjects.h"

namespace weft::bench {
namespace {

class Loop {
 public:
  Loop() : loop_(ev_loop_new(EVFLAG_AUTO)) { ev_set_userdata(loop_, this); }
  ~Loop() { ev_loop_destroy(loop_); }

  template <class Callable>
  void post(Callable callable) {
    Job* job = free_ == nullptr ? makeJob() : std::exchange(free_, free_->next);
    job->slot.set(std::move(callable));
    ev_feed_event(loop_, &job->watcher, EV_CUSTOM);
  }

  void run() { ev_invoke_pending(loop_); }

 private:
  struct Job {
    ev_prepare watcher;  // of any kind: it is only ever fed
    Job* next = nullptr;
    Slot slot;
  };

  Job* makeJob() {
    Job* job = &jobs_.emplace_back();
    ev_prepare_init(&job->watcher, runJob);
    job->watcher.data = job;
    return job;
  }

  static void runJob(struct ev_loop* loop, ev_prepare* watcher, int) {
    Job* job = static_cast<Job*>(watcher->data);
    job->slot.runAndDestroy();
    Loop* self = static_cast<Loop*>(ev_userdata(loop));
    job->next = self->free_;
    self->free_ = job;
  }

  struct ev_loop* loop_;
  std::deque<Job> jobs_;
  Job* free_ = nullptr;
};

}  // namespace
}  // namespace weft::bench

int main(int argc, char** argv) {
  using namespace weft::bench;
  add("tick_burst", callbackBurst<Loop>);
  add("tick_chain", callbackChain<Loop>);
  return run(argc, argv);
}
