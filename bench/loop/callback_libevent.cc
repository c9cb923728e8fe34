// Callbacks on libevent. As ticks: a pool of events that were made beforehand, each with a slot for
// a callable, made active by event_active. As immediates: event_base_once with an allocated
// callable, which is what libevent offers for the purpose.
#include <event2/event.h>
#include <event2/event_struct.h>

#include <deque>
#include <memory>
#include <utility>

#include "weft/bench/common/slot.h"
#include "weft/bench/loop/callback_subjects.h"

namespace weft::bench {
namespace {

event_base* makeBase() {
  const std::unique_ptr<event_config, decltype(&event_config_free)> config(event_config_new(),
                                                                           event_config_free);
  event_config_set_flag(config.get(), EVENT_BASE_FLAG_NOLOCK);
  return event_base_new_with_config(config.get());
}

class Ticks {
 public:
  ~Ticks() { event_base_free(base_); }

  template <class Callable>
  void post(Callable callable) {
    Job* job = free_ == nullptr ? makeJob() : std::exchange(free_, free_->next);
    job->slot.set(std::move(callable));
    event_active(&job->handle, EV_TIMEOUT, 1);
  }

  void run() { event_base_loop(base_, 0); }

 private:
  struct Job {
    event handle;
    Ticks* ticks;
    Job* next = nullptr;
    Slot slot;
  };

  Job* makeJob() {
    Job* job = &jobs_.emplace_back();
    job->ticks = this;
    event_assign(&job->handle, base_, -1, 0, runJob, job);
    return job;
  }

  static void runJob(evutil_socket_t, short, void* argument) {
    Job* job = static_cast<Job*>(argument);
    job->slot.runAndDestroy();
    job->next = job->ticks->free_;
    job->ticks->free_ = job;
  }

  event_base* base_ = makeBase();
  std::deque<Job> jobs_;
  Job* free_ = nullptr;
};

class Immediates {
 public:
  ~Immediates() { event_base_free(base_); }

  template <class Callable>
  void post(Callable callable) {
    event_base_once(base_, -1, EV_TIMEOUT, runOnce<Callable>, new Callable(std::move(callable)),
                    nullptr);
  }

  void run() { event_base_loop(base_, 0); }

 private:
  template <class Callable>
  static void runOnce(evutil_socket_t, short, void* argument) {
    const std::unique_ptr<Callable> callable(static_cast<Callable*>(argument));
    (*callable)();
  }

  event_base* base_ = makeBase();
};

}  // namespace
}  // namespace weft::bench

int main(int argc, char** argv) {
  using namespace weft::bench;
  add("tick_burst", callbackBurst<Ticks>);
  add("tick_chain", callbackChain<Ticks>);
  add("immediate_burst", callbackBurst<Immediates>);
  return run(argc, argv);
}
