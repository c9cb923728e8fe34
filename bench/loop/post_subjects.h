#ifndef WEFT_BENCH_LOOP_POST_SUBJECTS_H_
#define WEFT_BENCH_LOOP_POST_SUBJECTS_H_

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <future>
#include <string>
#include <thread>
#include <vector>

#include "weft/bench/common/subject.h"
#include "weft/bench/common/threads.h"

// What does it cost to hand a callback to a loop in another thread?
//
//   post_throughput/1, /4   time per callback of 16 bytes while 1 or 4 threads post 200,000 as fast
//                           as they can and the loop runs them
//   post_roundtrip          two loops post to each other, both asleep in between, both on one core
//                           (on two, the kernel's wake-up of an idle core hides everything else);
//                           the median there and back
//
// Every peer gives a `Loop` that can be made without arguments and has
//
//   void post(Callable);   // from any thread
//   void run();            // runs what is posted, and sleeps, until stop()
//   void stop();           // from a callback; run() may be called again
namespace weft::bench {

template <class Loop>
struct Counting {
  Loop loop;
  std::uint64_t left = 0;
};

template <class Loop>
struct CountDown {
  Counting<Loop>* counting;
  std::uint64_t by;

  void operator()() const {
    if ((counting->left -= by) == 0) counting->loop.stop();
  }
};

template <class Loop>
void postThroughput(benchmark::State& state, std::size_t producers) {
  const std::size_t each = scaled(200000) / producers;
  Counting<Loop> counting;
  for (auto _ : state) {
    std::atomic<bool> started = false;
    std::vector<std::thread> threads;
    for (std::size_t i = 0; i < producers; ++i) {
      threads.emplace_back([&] {
        started.wait(false);
        for (std::size_t n = 0; n < each; ++n) counting.loop.post(CountDown<Loop>{&counting, 1});
      });
    }
    counting.left = each * producers;
    const auto start = std::chrono::steady_clock::now();
    started = true;
    started.notify_all();
    counting.loop.run();
    state.SetIterationTime(secondsSince(start));
    for (std::thread& thread : threads) thread.join();
  }
  setOperations(state, each * producers);
}

template <class Loop>
class PingPong {
 public:
  double medianSeconds(std::size_t rounds) {
    seconds_.clear();
    left_ = rounds;
    std::promise<Loop*> made;  // a loop belongs to the thread that makes it
    std::thread other([&made] {
      Loop far;
      made.set_value(&far);
      far.run();
    });
    far_ = made.get_future().get();
    near_.post([this] { ping(); });
    near_.run();
    other.join();
    return median(seconds_);
  }

 private:
  void ping() {
    start_ = std::chrono::steady_clock::now();
    far_->post([this] { near_.post([this] { pong(); }); });
  }

  void pong() {
    seconds_.push_back(secondsSince(start_));
    if (--left_ > 0) return ping();
    far_->post([far = far_] { far->stop(); });
    near_.stop();
  }

  Loop near_;
  Loop* far_ = nullptr;
  std::size_t left_ = 0;
  std::chrono::steady_clock::time_point start_;
  std::vector<double> seconds_;
};

template <class Loop>
void postRoundtrip(benchmark::State& state) {
  cpu_set_t before;
  sched_getaffinity(0, sizeof(before), &before);
  pinToCore(0);
  PingPong<Loop> ping_pong;
  for (auto _ : state) {
    const double seconds = ping_pong.medianSeconds(scaled(20000));
    state.SetIterationTime(seconds);
  }
  setOperations(state, 1);
  sched_setaffinity(0, sizeof(before), &before);
}

template <class Loop>
int runPostSubjects(int argc, char** argv) {
  for (const std::size_t producers : {1, 4}) {
    add("post_throughput/" + std::to_string(producers),
        [=](benchmark::State& state) { postThroughput<Loop>(state, producers); })
        ->UseManualTime()
        ->Iterations(1);
  }
  add("post_roundtrip", postRoundtrip<Loop>)->UseManualTime()->Iterations(1);
  return run(argc, argv);
}

}  // namespace weft::bench

#endif  // WEFT_BENCH_LOOP_POST_SUBJECTS_H_
