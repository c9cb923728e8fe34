#ifndef WEFT_BENCH_LOOP_TIMER_SUBJECTS_H_
#define WEFT_BENCH_LOOP_TIMER_SUBJECTS_H_

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "weft/bench/common/durations.h"
#include "weft/bench/common/fake_clock.h"
#include "weft/bench/common/heap.h"
#include "weft/bench/common/payload.h"
#include "weft/bench/common/subject.h"

// What do timers cost when many are outstanding?
//
//   timer_cancel_insert/N/few|random   one of N timers, any, is cancelled; it is set to another
//   duration timer_rearm/N/few|random           one of N timers, any, starts again with its own
//   duration timer_fire/1000000/few|random      a timer is set, and fires when its time has come
//   timer_bytes                        memory per timer, with a callback of 16 bytes
//
// Which timer is touched is random: of a million, most are in no cache, as in a server that has a
// timer a connection. "random" durations are uniform between 1 ms and 60 s, "few" are five.
// Operations are done from inside a callback, 1,000 a turn of the loop, as programs do. The clock
// stands still (fake_clock.h) but for timer_fire, where it moves in steps of 10 ms, with a turn
// after each.
//
// Every peer gives a `Timers` with
//
//   Timers(std::size_t count, Durations);                    // none is set yet
//   void set(std::size_t timer, std::uint32_t milliseconds, Work16);
//   void cancel(std::size_t timer);
//   void rearm(std::size_t timer, std::uint32_t milliseconds);   // while it is set
//   template <class Function> void turn(Function);           // one iteration that does not block
//                                                            // and calls the function once
namespace weft::bench {

// N timers that are all set.
template <class Timers>
class Population {
 public:
  Population(std::size_t count, Durations kind)
      : count_(count),
        kind_(kind),
        durations_(milliseconds(kind, count)),
        order_(randomIndexes(1 << 20, count)),
        timers_(std::make_unique<Timers>(count, kind)) {
    timers_->turn([&] {
      for (std::size_t i = 0; i < count; ++i) timers_->set(i, durations_[i], Work16{&fired_, 1});
    });
  }

  // The one that is alive; making a million timers takes longer than measuring them.
  static Population& shared(std::size_t count, Durations kind) {
    static std::unique_ptr<Population> alive;
    if (alive == nullptr || alive->count_ != count || alive->kind_ != kind) {
      alive.reset();
      alive = std::make_unique<Population>(count, kind);
    }
    return *alive;
  }

  // A duration for one more timer, and the duration that `timer` was first set with. Nothing here
  // divides: that would take as long as a quick peer's whole operation.
  std::uint32_t anyDuration() {
    if (++next_duration_ == durations_.size()) next_duration_ = 0;
    return durations_[next_duration_];
  }
  std::uint32_t durationOf(std::size_t timer) const { return durations_[timer]; }

  // Calls function(timers, which timer, a callback for it) kBatch times within one turn.
  template <class Function>
  void batch(Function function) {
    timers_->turn([&] {
      for (std::size_t i = 0; i < kBatch; ++i) {
        if (++next_ == order_.size()) next_ = 0;
        function(*timers_, order_[next_], Work16{&fired_, 1});
      }
    });
  }

 private:
  std::size_t count_;
  Durations kind_;
  std::vector<std::uint32_t> durations_;
  std::vector<std::uint32_t> order_;
  std::size_t next_ = 0;
  std::size_t next_duration_ = 0;
  std::uint64_t fired_ = 0;
  std::unique_ptr<Timers> timers_;
};

template <class Timers>
void timerCancelInsert(benchmark::State& state, std::size_t count, Durations kind) {
  auto& population = Population<Timers>::shared(count, kind);
  for (auto _ : state) {
    population.batch([&](Timers& timers, std::size_t which, Work16 work) {
      timers.cancel(which);
      timers.set(which, population.anyDuration(), work);
    });
  }
  setOperations(state, kBatch);
}

template <class Timers>
void timerRearm(benchmark::State& state, std::size_t count, Durations kind) {
  auto& population = Population<Timers>::shared(count, kind);
  for (auto _ : state) {
    population.batch([&](Timers& timers, std::size_t which, Work16) {
      timers.rearm(which, population.durationOf(which));
    });
  }
  setOperations(state, kBatch);
}

template <class Timers>
void timerFire(benchmark::State& state, std::size_t count, Durations kind) {
  constexpr std::uint32_t kStep = 10;
  const std::vector<std::uint32_t> durations = milliseconds(kind, count);
  Timers timers(count, kind);
  for (auto _ : state) {
    std::uint64_t fired = 0;
    timers.turn([&] {
      for (std::size_t i = 0; i < count; ++i) timers.set(i, durations[i], Work16{&fired, 1});
    });
    for (std::uint32_t passed = 0; fired < count && passed <= 70000; passed += kStep) {
      advanceClock(std::chrono::milliseconds(kStep));
      timers.turn([] {});
    }
    if (fired != count) state.SkipWithError("some timers did not fire");
  }
  setOperations(state, count);
}

template <class Timers>
void timerBytes(benchmark::State& state) {
  const std::size_t count = scaled(100000);
  const std::vector<std::uint32_t> durations = milliseconds(Durations::random, count);
  std::uint64_t fired = 0;
  for (auto _ : state) {
    const std::size_t before = heapInUse();
    Timers timers(count, Durations::random);
    timers.turn([&] {
      for (std::size_t i = 0; i < count; ++i) timers.set(i, durations[i], Work16{&fired, 1});
    });
    state.counters["bytes"] =
        static_cast<double>(heapInUse() - before) / static_cast<double>(count);
  }
}

template <class Timers>
int runTimerSubjects(int argc, char** argv) {
  for (const std::size_t full : {1000, 100000, 1000000}) {
    for (const Durations kind : {Durations::few, Durations::random}) {
      const std::size_t count = scaled(full);
      const std::string suffix = "/" + std::to_string(full) + "/" + nameOf(kind);
      add("timer_cancel_insert" + suffix,
          [=](benchmark::State& state) { timerCancelInsert<Timers>(state, count, kind); });
      add("timer_rearm" + suffix,
          [=](benchmark::State& state) { timerRearm<Timers>(state, count, kind); });
      if (full == 1000000) {
        add("timer_fire" + suffix,
            [=](benchmark::State& state) { timerFire<Timers>(state, count, kind); });
      }
    }
  }
  add("timer_bytes", timerBytes<Timers>)->Iterations(1);
  return run(argc, argv);
}

}  // namespace weft::bench

#endif  // WEFT_BENCH_LOOP_TIMER_SUBJECTS_H_
