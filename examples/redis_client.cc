// A C client library on the loop, whose replies find the request that asked: Redis by hiredis.
//
//   redis_client --socket=/run/redis.sock
//
// hiredis knows nothing of contexts. It is given two things: a descriptor watcher of the loop in
// place of an event loop of its own, and for each command a cls::Function, which captured the
// caller's contexts when it was made from a lambda. The one connection is opened by whichever
// request comes first, but detached from it: it belongs to nobody.
//
// Each request sets a key, reads it back in the reply, and prints what it finds in its context.

#include <hiredis/async.h>
#include <hiredis/hiredis.h>

#include <cstddef>
#include <cstdio>
#include <memory>
#include <new>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "weft/cls/cls.h"
#include "weft/loop/event_loop.h"
#include "weft/loop/fd_watcher.h"

namespace {

namespace cls = weft::cls;
using weft::loop::FdWatcher;

class Redis {
 public:
  using Reply = absl::StatusOr<std::string>;
  using Done = cls::Function<void(const Reply&)>;

  Redis(weft::EventLoop& loop, std::string socket) : loop_(loop), socket_(std::move(socket)) {}
  // Commands under way are told that they failed.
  ~Redis() {
    if (connection_ != nullptr) redisAsyncFree(connection_);
  }
  Redis(const Redis&) = delete;
  Redis& operator=(const Redis&) = delete;

  // `done` is called from the loop, in the contexts of whoever called this.
  void command(const std::vector<std::string>& words, Done done) {
    Asked asked{loop_, std::move(done)};
    if (connection_ == nullptr) cls::detached([this] { connect(); });
    if (connection_ == nullptr) {
      return answer(std::move(asked), absl::UnavailableError("there is no Redis at " + socket_));
    }
    std::vector<const char*> texts;
    std::vector<std::size_t> sizes;
    for (const std::string& word : words) {
      texts.push_back(word.data());
      sizes.push_back(word.size());
    }
    // onReply() takes it back, also when the command cannot be sent any more.
    auto* kept = new Asked(std::move(asked));
    if (redisAsyncCommandArgv(connection_, &Redis::onReply, kept, static_cast<int>(words.size()),
                              texts.data(), sizes.data()) != REDIS_OK) {
      onReply(connection_, nullptr, kept);
    }
  }

  // Once all replies are there.
  void disconnect() {
    if (connection_ != nullptr) redisAsyncDisconnect(connection_);
  }

 private:
  struct Asked {
    weft::EventLoop& loop;
    Done done;
  };

  void connect() {
    connection_ = redisAsyncConnectUnix(socket_.c_str());
    if (connection_ == nullptr) throw std::bad_alloc();
    if (connection_->err != 0) {
      redisAsyncFree(std::exchange(connection_, nullptr));
      return;
    }
    connection_->ev.data = this;
    connection_->ev.addRead = [](void* self) { of(self).want(FdWatcher::kReadable, true); };
    connection_->ev.delRead = [](void* self) { of(self).want(FdWatcher::kReadable, false); };
    connection_->ev.addWrite = [](void* self) { of(self).want(FdWatcher::kWritable, true); };
    connection_->ev.delWrite = [](void* self) { of(self).want(FdWatcher::kWritable, false); };
    connection_->ev.cleanup = [](void* self) { of(self).forget(); };
    watcher_.emplace(loop_, connection_->c.fd, FdWatcher::kNone,
                     [this](unsigned ready) { onReady(ready); });
    // Tells hiredis of a connection that fails; it says nothing of one that stands.
    redisAsyncSetConnectCallback(connection_, [](const redisAsyncContext*, int) {});
  }

  void onReady(unsigned ready) {
    if ((ready & FdWatcher::kWritable) != 0) redisAsyncHandleWrite(connection_);
    // The first call may have been the end of the connection.
    if ((ready & FdWatcher::kReadable) != 0 && connection_ != nullptr) {
      redisAsyncHandleRead(connection_);
    }
  }

  void want(unsigned what, bool on) {
    if (!watcher_.has_value()) return;
    watcher_->setInterest(on ? watcher_->interest() | what : watcher_->interest() & ~what);
  }

  // hiredis frees the connection, and opens none by itself.
  void forget() {
    watcher_.reset();
    connection_ = nullptr;
  }

  // On hiredis' stack, which no exception may cross: so the caller's function runs in a tick.
  static void onReply(redisAsyncContext*, void* raw, void* data) {
    const std::unique_ptr<Asked> asked(static_cast<Asked*>(data));
    const auto* reply = static_cast<const redisReply*>(raw);
    if (reply == nullptr) {
      answer(std::move(*asked), absl::UnavailableError("the connection to Redis is gone"));
    } else if (reply->type == REDIS_REPLY_ERROR) {
      answer(std::move(*asked), absl::InvalidArgumentError(std::string(reply->str, reply->len)));
    } else {
      answer(std::move(*asked), std::string(reply->str, reply->len));
    }
  }
  static void answer(Asked asked, Reply reply) {
    asked.loop.nextTick(
        [done = std::move(asked.done), reply = std::move(reply)]() mutable { done(reply); });
  }

  static Redis& of(void* self) { return *static_cast<Redis*>(self); }

  weft::EventLoop& loop_;
  const std::string socket_;
  redisAsyncContext* connection_ = nullptr;
  std::optional<FdWatcher> watcher_;
};

constexpr int kRequests = 20;
const cls::Namespace request = cls::createNamespace("request");

// It is handed nothing: what it prints is in its context.
void report(const Redis::Reply& reply) {
  std::printf("request %d: %s\n", *request.get<int>("id"),
              reply.ok() ? reply->c_str() : reply.status().ToString().c_str());
}

void handle(Redis& redis, int& left) {
  const std::string key = "weft:" + std::to_string(*request.get<int>("id"));
  redis.command({"SET", key, "of " + key}, [&redis, &left, key](const Redis::Reply& stored) {
    if (!stored.ok()) return report(stored);
    redis.command({"GET", key}, [&redis, &left](const Redis::Reply& value) {
      report(value);
      if (--left == 0) redis.disconnect();
    });
  });
}

}  // namespace

int main(int argc, char** argv) {
  constexpr std::string_view kSocket = "--socket=";
  if (argc != 2 || !std::string_view(argv[1]).starts_with(kSocket)) {
    std::fprintf(stderr, "usage: redis_client --socket=PATH\n");
    return 2;
  }
  weft::EventLoop loop;
  Redis redis(loop, argv[1] + kSocket.size());
  int left = kRequests;
  for (int id = 1; id <= kRequests; ++id) {
    request.run([&] {
      request.set("id", id);
      loop.setImmediate([&] { handle(redis, left); });
    });
  }
  loop.run();
  return left == 0 ? 0 : 1;
}
