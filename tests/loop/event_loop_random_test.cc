// Random programs on the loop and on a model of the iteration that event_loop.h describes, in the
// plainest code; both must run the same callbacks in the same order at the same times.

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <ostream>
#include <stdexcept>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "weft/cls/cls.h"
#include "weft/loop/event_loop.h"

namespace weft::loop {
namespace {

using Callback = std::function<void()>;

// Which of a program's contexts it is.
const cls::Key<int> kNumber{"number"};

// The iteration, in the plainest code. Timers and immediates are named by numbers.
class Model {
 public:
  void nextTick(Callback fn) { ticks_.push_back(std::move(fn)); }
  void queueMicrotask(Callback fn) { microtasks_.push_back(std::move(fn)); }
  void post(Callback fn) { posts_.push_back(std::move(fn)); }
  void queueClose(Callback fn) { closing_.push_back(std::move(fn)); }
  void setImmediate(int name, Callback fn) { immediates_.push_back({name, std::move(fn)}); }
  void setTimeout(int name, Callback fn, std::int64_t delay) {
    arm(name, {std::move(fn), delay, 0});
  }
  void setInterval(int name, Callback fn, std::int64_t period) {
    arm(name, {std::move(fn), period, period});
  }
  bool clearTimer(int name) {
    const bool armed = disarm(name);
    const auto it = timers_.find(name);
    if (it == timers_.end()) return armed;
    const bool running_interval = running_ == name && it->second.period > 0;
    timers_.erase(it);
    return armed || running_interval;
  }
  bool refresh(int name) {
    const auto it = timers_.find(name);
    if (it == timers_.end()) return false;
    disarm(name);
    places_[name] = {now_ + it->second.delay, ++armings_};
    sorted_[places_[name]] = name;
    return true;
  }
  bool clearImmediate(int name) {
    for (auto& [other, fn] : immediates_) {
      if (other != name || fn == nullptr) continue;
      fn = nullptr;
      return true;
    }
    return false;
  }
  std::int64_t now() const { return now_; }

  void run() {
    drain();
    while (!sorted_.empty() || !immediates_.empty() || !posts_.empty() || !closing_.empty()) {
      runTimers();
      for (std::size_t count = posts_.size(); count > 0; --count) callFirst(posts_);
      if (immediates_.empty() && closing_.empty() && posts_.empty() && !sorted_.empty()) {
        now_ = std::max(now_, sorted_.begin()->first.first);
      }
      for (std::size_t count = immediates_.size(); count > 0; --count) {
        const Callback fn = std::move(immediates_.front().second);
        immediates_.pop_front();
        if (fn != nullptr) call(fn);
      }
      for (std::size_t count = closing_.size(); count > 0; --count) callFirst(closing_);
    }
  }

 private:
  struct Timer {
    Callback fn;
    std::int64_t delay;
    std::int64_t period;  // 0: once
  };
  using Place = std::pair<std::int64_t, std::uint64_t>;

  void arm(int name, Timer timer) {
    timers_[name] = std::move(timer);
    refresh(name);
  }
  bool disarm(int name) {
    const auto it = places_.find(name);
    if (it == places_.end()) return false;
    sorted_.erase(it->second);
    places_.erase(it);
    return true;
  }
  void runTimers() {
    const std::uint64_t armed_before = armings_;
    while (!sorted_.empty()) {
      // The first that is due and was armed before this phase.
      auto it = sorted_.begin();
      while (it != sorted_.end() && it->first.first <= now_ && it->first.second > armed_before)
        ++it;
      if (it == sorted_.end() || it->first.first > now_) return;
      const int name = it->second;
      disarm(name);
      running_ = name;
      const Callback fn = timers_.at(name).fn;
      call(fn, [&] {
        running_ = 0;
        const auto timer = timers_.find(name);
        if (timer == timers_.end() || places_.contains(name)) return;
        timer->second.period > 0 ? static_cast<void>(refresh(name))
                                 : static_cast<void>(timers_.erase(timer));
      });
    }
  }
  void callFirst(std::deque<Callback>& queue) {
    const Callback fn = std::move(queue.front());
    queue.pop_front();
    call(fn);
  }
  void call(
      const Callback& fn, const Callback& afterwards = [] {}) {
    try {
      fn();
    } catch (const std::runtime_error&) {
    }
    afterwards();
    drain();
  }
  void drain() {
    while (!ticks_.empty() || !microtasks_.empty()) {
      std::deque<Callback>& queue = !ticks_.empty() ? ticks_ : microtasks_;
      // Microtasks until none is left, then ticks again.
      const bool micro = &queue == &microtasks_;
      do {
        const Callback fn = std::move(queue.front());
        queue.pop_front();
        try {
          fn();
        } catch (const std::runtime_error&) {
        }
      } while (micro && !queue.empty());
    }
  }

  std::int64_t now_ = 0;
  std::deque<Callback> ticks_, microtasks_, posts_, closing_;
  std::deque<std::pair<int, Callback>> immediates_;
  std::map<int, Timer> timers_;
  std::map<int, Place> places_;
  std::map<Place, int> sorted_;
  std::uint64_t armings_ = 0;
  int running_ = 0;
};

// The loop under the model's interface.
class Real {
 public:
  Real() {
    loop_.onUncaughtException([](std::exception_ptr) {});
  }
  void nextTick(Callback fn) { loop_.nextTick(std::move(fn)); }
  void queueMicrotask(Callback fn) { loop_.queueMicrotask(std::move(fn)); }
  void post(Callback fn) { EXPECT_TRUE(loop_.post(std::move(fn)).ok()); }
  void queueClose(Callback fn) { loop_.queueClose(std::move(fn)); }
  void setImmediate(int name, Callback fn) {
    immediates_[name] = loop_.setImmediate(std::move(fn));
  }
  void setTimeout(int name, Callback fn, std::int64_t delay) {
    timers_[name] = loop_.setTimeout(std::move(fn), Duration(delay));
  }
  void setInterval(int name, Callback fn, std::int64_t period) {
    timers_[name] = loop_.setInterval(std::move(fn), Duration(period));
  }
  bool clearTimer(int name) { return timers_[name].clear(); }
  bool refresh(int name) { return timers_[name].refresh(); }
  bool clearImmediate(int name) { return immediates_[name].clear(); }
  std::int64_t now() { return loop_.now().time_since_epoch().count(); }
  void run() { loop_.run(); }

 private:
  ManualClock clock_;
  EventLoop loop_{{.clock = &clock_}};
  std::map<int, TimerHandle> timers_;
  std::map<int, ImmediateHandle> immediates_;
};

// What a program notes: a callback that runs, or an operation and whether it did anything.
struct Line {
  std::string_view what;
  int number = 0;  // of the callback, in the order they were made; of the operation: 1 or 0
  std::int64_t at = 0;
  int context = 0;

  bool operator==(const Line&) const = default;
  friend std::ostream& operator<<(std::ostream& out, const Line& line) {
    return out << line.what << ' ' << line.number << " at " << line.at << " in " << line.context;
  }
};

// What a callback does depends on the seed and on how many ran before, so that two loops do the
// same as long as they agree.
template <typename Loop>
class Program {
 public:
  explicit Program(std::uint64_t seed) : random_(seed) {}

  std::vector<Line> run() {
    for (int i = 0; i < 5; ++i) act();
    loop_.run();
    return std::move(log_);
  }

 private:
  std::uint64_t draw(std::uint64_t n) {
    random_ = random_ * 6364136223846793005u + 1442695040888963407u;
    return (random_ >> 33) % n;
  }
  void note(std::string_view what, bool result) { log_.push_back({what, result ? 1 : 0}); }

  // A callback, the `kind`-th of its name.
  Callback callback(std::string_view kind) {
    const int number = ++made_;
    const auto fn = [this, kind, number] {
      const int* const in = ns_.get(kNumber);
      log_.push_back({kind, number, loop_.now(), in != nullptr ? *in : 0});
      if (log_.size() > 3000) return;
      for (std::uint64_t actions = draw(4); actions > 0; --actions) act();
      if (draw(10) == 0) throw std::runtime_error("thrown");
    };
    // The model knows no contexts: its callbacks are bound to them by hand.
    if constexpr (std::is_same_v<Loop, Model>) {
      return cls::bindAll(fn);
    } else {
      return fn;
    }
  }

  void act() {
    if (draw(5) == 0) {
      ns_.run([this](const cls::Context&) {
        ns_.set(kNumber, ++contexts_);
        actHere();
      });
    } else {
      actHere();
    }
  }

  void actHere() {
    const int name = static_cast<int>(draw(20)) + 1;
    const auto delay = static_cast<std::int64_t>(draw(3) == 0 ? 0 : draw(50));
    switch (draw(12)) {
      case 0:
      case 1:
        return loop_.nextTick(callback("tick"));
      case 2:
        return loop_.queueMicrotask(callback("microtask"));
      case 3:
      case 4:
        note("clear immediate", loop_.clearImmediate(name));
        return loop_.setImmediate(name, callback("immediate"));
      case 5:
        return loop_.post(callback("post"));
      case 6:
        return loop_.queueClose(callback("close"));
      case 7:
        return note("clear timer", loop_.clearTimer(name));
      case 8:
        return note("refresh", loop_.refresh(name));
      case 9:
        if (log_.size() > 2000) return;
        note("clear timer", loop_.clearTimer(name));
        return loop_.setInterval(name, untilTenth(callback("interval"), name), delay + 1);
      default:
        note("clear timer", loop_.clearTimer(name));
        return loop_.setTimeout(name, callback("timeout"), delay);
    }
  }
  Callback untilTenth(Callback fn, int name) {
    return [this, fn = std::move(fn), name, runs = std::make_shared<int>(0)] {
      if (++*runs == 10) note("end of interval", loop_.clearTimer(name));
      fn();
    };
  }

  std::uint64_t random_;
  cls::Namespace ns_ = cls::createNamespace("random program");
  Loop loop_;
  std::vector<Line> log_;
  int made_ = 0;
  int contexts_ = 0;
};

TEST(EventLoopRandomTest, AgreesWithTheModelInAThousandPrograms) {
  std::size_t callbacks = 0;
  for (std::uint64_t seed = 1; seed <= 1000; ++seed) {
    const auto real = Program<Real>(seed).run();
    callbacks += real.size();
    const auto model = Program<Model>(seed).run();
    for (std::size_t i = 0; i < std::min(real.size(), model.size()); ++i) {
      ASSERT_EQ(real[i], model[i]) << "seed " << seed << ", line " << i;
    }
    ASSERT_EQ(real.size(), model.size()) << "seed " << seed;
  }
  EXPECT_GT(callbacks, 50'000u);
}

}  // namespace
}  // namespace weft::loop
