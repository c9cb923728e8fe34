// What request_log shows of itself when it is asked to: a trace for Perfetto, and a live page.

#ifndef WEFT_EXAMPLES_REQUEST_LOG_INSPECTION_H_
#define WEFT_EXAMPLES_REQUEST_LOG_INSPECTION_H_

#include <signal.h>

#include <cstdint>
#include <cstdio>
#include <memory>
#include <string>
#include <utility>

#include "absl/status/statusor.h"
#include "weft/cls/cls.h"
#include "weft/inspect/server.h"
#include "weft/inspect/trace.h"
#include "weft/inspect/watchdog.h"
#include "weft/loop/event_loop.h"
#include "weft/loop/signal_watcher.h"

namespace weft::examples {

// --trace: what runs goes to the file when it is stopped, and at the end.
class Recorder {
 public:
  Recorder(EventLoop& loop, const Namespace& track, std::string file)
      : trace_(loop, {.track = track}),
        file_(std::move(file)),
        toggle_(loop, SIGUSR2, [this](int) { trace_.recording() ? save() : record(); }) {
    trace_.start();
  }
  ~Recorder() {
    if (trace_.recording()) save();
  }

 private:
  void record() {
    trace_.start();
    std::printf("recording\n");
  }
  void save() {
    trace_.stop();
    const inspect::Recording& recorded = trace_.recorded();
    if (const absl::Status saved = recorded.save(file_); !saved.ok()) {
      std::fprintf(stderr, "request_log: %s\n", std::string(saved.message()).c_str());
    } else {
      std::printf("wrote %s: %zu calls, %llu dropped\n", file_.c_str(), recorded.size(),
                  static_cast<unsigned long long>(recorded.dropped()));
    }
  }

  inspect::Trace trace_;
  const std::string file_;
  loop::SignalWatcher toggle_;
};

// --inspect: the page, and a thread that sees when the loop is stuck.
class Inspection {
 public:
  Inspection(EventLoop& loop, const Namespace& track, std::uint16_t port)
      : server_(inspect::Server::start(loop, {.port = port, .track = track})), watchdog_(loop) {
    if (server_.ok()) {
      std::printf("inspect on %s\n", (*server_)->url().c_str());
    } else {
      std::fprintf(stderr, "request_log: --inspect: %s\n",
                   std::string(server_.status().message()).c_str());
    }
  }

 private:
  const absl::StatusOr<std::unique_ptr<inspect::Server>> server_;
  const inspect::Watchdog watchdog_;
};

}  // namespace weft::examples

#endif  // WEFT_EXAMPLES_REQUEST_LOG_INSPECTION_H_
