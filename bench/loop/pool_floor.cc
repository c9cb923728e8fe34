// A thread pool on the floor: a mutex, a condition variable and a queue for the jobs; a mutex, two
// vectors and an eventfd for the way back.
#include <sys/eventfd.h>
#include <unistd.h>

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

#include "weft/bench/common/handover.h"
#include "weft/bench/common/slot.h"
#include "weft/bench/loop/pool_subject.h"

namespace weft::bench {
namespace {

class Pool {
 public:
  Pool() : wakeup_(eventfd(0, EFD_CLOEXEC)) {
    for (int i = 0; i < 4; ++i) threads_.emplace_back([this] { serve(); });
  }

  ~Pool() {
    {
      const std::lock_guard lock(mutex_);
      ending_ = true;
    }
    arrived_.notify_all();
    for (std::thread& thread : threads_) thread.join();
    close(wakeup_);
  }

  template <class Work, class Done>
  void submit(Work work, Done done) {
    ++outstanding_;
    Slot job;
    job.set([this, work, done] {
      work();
      const bool wake = finished_.push([this, done] {
        --outstanding_;
        done();
      });
      if (wake) eventfd_write(wakeup_, 1);
    });
    bool wake;
    {
      const std::lock_guard lock(mutex_);
      jobs_.push_back(job);
      wake = idle_ > 0;
    }
    if (wake) arrived_.notify_one();
  }

  void run() {
    while (outstanding_ > 0) {
      eventfd_t count;
      eventfd_read(wakeup_, &count);
      finished_.runAll();
    }
  }

 private:
  void serve() {
    for (;;) {
      Slot job;
      {
        std::unique_lock lock(mutex_);
        ++idle_;
        arrived_.wait(lock, [this] { return ending_ || !jobs_.empty(); });
        --idle_;
        if (jobs_.empty()) return;
        job = jobs_.front();
        jobs_.pop_front();
      }
      job.runAndDestroy();
    }
  }

  std::mutex mutex_;
  std::condition_variable arrived_;
  std::deque<Slot> jobs_;
  int idle_ = 0;
  bool ending_ = false;
  Handover finished_;
  int wakeup_;
  std::uint64_t outstanding_ = 0;  // touched by the loop's thread only
  std::vector<std::thread> threads_;
};

}  // namespace
}  // namespace weft::bench

int main(int argc, char** argv) {
  return weft::bench::runPoolSubject<weft::bench::Pool>(argc, argv);
}
