// Server: a page that shows a running loop, live: how busy it is, what it waits for, what was slow,
// and for whom it works.
//
//   auto page = inspect::Server::start(loop, {.port = 9229, .track = request});
//   if (!page.ok()) log(page.status().message());
//   else log("see " + (*page)->url());
//
// It listens on 127.0.0.1 only, on a thread and a loop of its own, so that looking never stalls the
// loop that is looked at; answers go to whoever names this machine, not to pages that a browser has
// from elsewhere. Paths: `/` the page, which asks no other machine for anything; `/metrics` for
// Prometheus, in OpenMetrics if that is asked for; `/state` what the page shows, as JSON; `/record`
// (POST) records five seconds, `/trace.json` is the last recording. Values that contexts hold under
// private keys are not shown.
//
// While it lives the loop is observed (Metrics, SlowCallbacks, and NetMetrics), which costs some
// nanoseconds a callback and some tens a read, write or request; the jobs of its thread pool are
// timed from the first look at them on. Contexts are listed while a browser watches. Its thread is
// idle while nobody asks.
//
// Threads: made and destroyed on the loop's.

#ifndef WEFT_INSPECT_SERVER_H_
#define WEFT_INSPECT_SERVER_H_

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "weft/cls/namespace.h"
#include "weft/loop/event_loop.h"

namespace weft::inspect {

struct ServerOptions {
  std::uint16_t port = 0;  // 0: one that is free, see url()
  // Callbacks that take this long are listed.
  loop::Duration slow = std::chrono::milliseconds(20);
  // The tracks of recordings, see TraceOptions.
  cls::Namespace track = {};
  std::string key = "id";
  // Of the loop, on the page and in metrics.
  std::string name = "main";
};

class Server {
 public:
  // The status says why it cannot listen. The loop must outlive the server.
  static absl::StatusOr<std::unique_ptr<Server>> start(EventLoop& loop, ServerOptions options = {});
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  // "http://127.0.0.1:9229".
  std::string url() const;

 private:
  class Impl;
  explicit Server(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace weft::inspect

#endif  // WEFT_INSPECT_SERVER_H_
