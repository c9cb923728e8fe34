// Queues of a user's own, as a user would write them: a pool, a batcher and a queue of replies,
// each of which stores cls::Function and so gives every waiter its own context.

#include <gtest/gtest.h>

#include <chrono>
#include <deque>
#include <utility>
#include <vector>

#include "weft/cls/cls.h"
#include "weft/loop/event_loop.h"
#include "weft/tests/cls/scenarios_fixture.h"

namespace weft::cls {
namespace {

using std::chrono::milliseconds;
using Ints = std::vector<int>;
using QueueTest = ScenarioTest;

TEST_F(QueueTest, APoolGivesEachWaiterItsOwnContext) {
  class Pool {
   public:
    explicit Pool(int size) : free_(size) {}
    void acquire(Function<void()> ready) {
      waiting_.push_back(std::move(ready));
      serve();
    }
    void release() {
      ++free_;
      serve();
    }

   private:
    void serve() {
      while (free_ > 0 && !waiting_.empty()) {
        --free_;
        Function<void()> next = std::move(waiting_.front());
        waiting_.pop_front();
        next();
      }
    }
    int free_;
    std::deque<Function<void()>> waiting_;
  };
  Pool pool(1);
  for (int request : {1, 2, 3}) {
    in(request, [&] {
      pool.acquire([&] {
        look();
        loop_.setTimeout(
            [&] {
              look();
              pool.release();
            },
            milliseconds(5));
      });
    });
  }
  loop_.run();
  EXPECT_EQ(seen_, (Ints{1, 1, 2, 2, 3, 3}));
}

TEST_F(QueueTest, ABatcherGivesEachWaiterItsOwnContext) {
  class Batcher {
   public:
    explicit Batcher(EventLoop& loop) : loop_(loop) {}
    void load(int key, Function<void(int)> done) {
      if (batch_.empty()) loop_.nextTick([this] { flush(); });
      batch_.emplace_back(key, std::move(done));
    }

   private:
    void flush() {
      auto batch = std::move(batch_);
      batch_.clear();
      for (auto& [key, done] : batch) done(key * 10);
    }
    EventLoop& loop_;
    std::vector<std::pair<int, Function<void(int)>>> batch_;
  };
  Batcher batcher(loop_);
  for (int request : {1, 2, 3}) {
    in(request,
       [&] { batcher.load(request, [&](int answer) { seen_.push_back(answer + value()); }); });
  }
  loop_.run();
  EXPECT_EQ(seen_, (Ints{11, 22, 33}));
}

TEST_F(QueueTest, RepliesOnAConnectionThatIsOpenedLazilyGoToTheirAskers) {
  class Client {
   public:
    explicit Client(EventLoop& loop) : loop_(loop) {}
    void ask(Function<void()> reply) {
      // Opened in the first asker's context, but not to keep it.
      if (!open_)
        detached([this] { timer_ = loop_.setInterval([this] { onReply(); }, milliseconds(5)); });
      open_ = true;
      replies_.push_back(std::move(reply));
    }

   private:
    void onReply() {
      Function<void()> reply = std::move(replies_.front());
      replies_.pop_front();
      if (replies_.empty()) timer_.clear();
      reply();
    }
    EventLoop& loop_;
    bool open_ = false;
    TimerHandle timer_;
    std::deque<Function<void()>> replies_;
  };
  Client client(loop_);
  std::vector<bool> ended(3);
  for (int request : {1, 2, 3}) {
    in(request, [&] {
      ns_.active().onEnd([&, request] { ended[static_cast<std::size_t>(request) - 1] = true; });
      client.ask([&, request] {
        look();
        EXPECT_EQ(ended[0], request > 1) << "the connection does not keep the first request";
      });
    });
  }
  loop_.run();
  EXPECT_EQ(seen_, (Ints{1, 2, 3}));
}

}  // namespace
}  // namespace weft::cls
