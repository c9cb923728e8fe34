#include "weft/inspect/server.h"

#include <algorithm>
#include <future>
#include <optional>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "weft/inspect/internal/page.h"
#include "weft/inspect/internal/probe.h"
#include "weft/inspect/internal/text.h"
#include "weft/net/http_server.h"

namespace weft::inspect {

namespace {

constexpr auto kRefresh = std::chrono::milliseconds(500);
constexpr std::string_view kText = "text/plain; charset=utf-8";

void answer(const ResponsePtr& response, int status, std::string_view type, std::string_view body) {
  response->writeHead(status, {{"Content-Type", type},
                               {"Cache-Control", "no-store"},
                               {"X-Content-Type-Options", "nosniff"},
                               {"Content-Security-Policy",
                                "default-src 'self'; style-src 'self' 'unsafe-inline'"}});
  response->end(body);
}

// A browser that shows somebody else's page may have been led here by that one's name.
bool namesThisMachine(std::string_view host) {
  const std::string_view name = host.substr(0, host.rfind(':'));
  return name == "127.0.0.1" || name == "localhost";
}

}  // namespace

class Server::Impl {
 public:
  Impl(EventLoop& loop, const ServerOptions& options)
      : probe_(std::make_shared<internal::Probe>(loop, options)) {}
  ~Impl() {
    if (thread_.joinable()) {
      poster_->post([this] { close(); }).IgnoreError();
      thread_.join();
    }
    probe_->end();
  }

  // Waits until the thread listens, or cannot.
  absl::Status listen(std::uint16_t port) {
    std::promise<absl::StatusOr<std::string>> begun;
    std::future<absl::StatusOr<std::string>> result = begun.get_future();
    thread_ = std::thread([this, port, &begun] { serve(port, begun); });
    absl::StatusOr<std::string> url = result.get();
    if (!url.ok()) {
      thread_.join();
      return url.status();
    }
    url_ = *std::move(url);
    return absl::OkStatus();
  }
  const std::string& url() const noexcept { return url_; }

 private:
  // --- the server's own thread

  void serve(std::uint16_t port, std::promise<absl::StatusOr<std::string>>& begun) {
    EventLoop loop;
    loop_ = &loop;
    server_ =
        http::createServer(loop, [this](const RequestPtr& request, const ResponsePtr& response) {
          handle(request, response);
        });
    server_->on(kError, [&begun](const absl::Status& why) { begun.set_value(why); });
    poster_.emplace(loop.poster());
    server_->listen({.port = port, .host = "127.0.0.1"}, [&begun, this] {
      server_->removeAllListeners(kError);
      server_->on(kError, [](const absl::Status&) {});  // a failed accept: the next may do
      begun.set_value("http://" + server_->address().toString());
    });
    loop.run();
    watchers_.clear();
    server_ = nullptr;
  }

  void close() {
    refresh_.clear();
    for (const ResponsePtr& watcher : std::exchange(watchers_, {})) watcher->destroy();
    server_->close();
    server_->closeAllConnections();
  }

  void handle(const RequestPtr& request, const ResponsePtr& response) {
    const std::string_view path = request->path();
    if (!namesThisMachine(request->header("Host"))) {
      answer(response, 403, kText, "This page is for this machine only.\n");
    } else if (path == "/record") {
      record(request, response);
    } else if (request->method() != "GET" && request->method() != "HEAD") {
      answer(response, 405, kText, "Only GET.\n");
    } else if (path == "/") {
      answer(response, 200, "text/html; charset=utf-8", internal::pageHtml());
    } else if (path == "/favicon.ico") {
      answer(response, 204, kText, "");
    } else if (path == "/page.js") {
      answer(response, 200, "text/javascript", internal::pageScript());
    } else if (path == "/uplot.js") {
      answer(response, 200, "text/javascript", internal::chartScript());
    } else if (path == "/uplot.css") {
      answer(response, 200, "text/css", internal::chartStyle());
    } else if (path == "/state") {
      probe_->ask();
      answer(response, 200, "application/json", probe_->state());
    } else if (path == "/events") {
      watch(response);
    } else if (path == "/metrics") {
      metrics(request, response);
    } else if (path == "/trace.json") {
      const std::string trace = probe_->recording();
      trace.empty() ? answer(response, 404, kText, "Nothing was recorded yet.\n")
                    : answer(response, 200, "application/json", trace);
    } else {
      answer(response, 404, kText, "There is no such page.\n");
    }
  }

  // A form of somebody else's page cannot send this header without asking first.
  void record(const RequestPtr& request, const ResponsePtr& response) {
    if (request->method() != "POST" || request->header("X-Weft").empty()) {
      answer(response, 405, kText, "POST, with the header X-Weft.\n");
      return;
    }
    probe_->record();
    answer(response, 202, kText, "Recording for five seconds.\n");
  }

  void metrics(const RequestPtr& request, const ResponsePtr& response) {
    probe_->seekPool();
    const bool open =
        request->header("Accept").find("application/openmetrics-text") != std::string_view::npos;
    if (open) {
      answer(response, 200, "application/openmetrics-text; version=1.0.0; charset=utf-8",
             probe_->metrics().openMetrics());
    } else {
      answer(response, 200, "text/plain; version=0.0.4; charset=utf-8",
             probe_->metrics().prometheus());
    }
  }

  // Server-sent events, until the browser leaves.
  void watch(const ResponsePtr& response) {
    response->writeHead(200,
                        {{"Content-Type", "text/event-stream"}, {"Cache-Control", "no-store"}});
    watchers_.push_back(response);
    response->on(kClose, [this, gone = response.get()] {
      std::erase_if(watchers_, [gone](const ResponsePtr& r) { return r.get() == gone; });
      if (watchers_.empty()) refresh_.clear();
    });
    if (watchers_.size() == 1) refresh_ = loop_->setInterval([this] { refresh(); }, kRefresh);
    probe_->ask();
    response->write("data: " + probe_->state() + "\n\n");
  }

  // One that does not read is left out until it does.
  void refresh() {
    probe_->ask();
    const std::string event = "data: " + probe_->state() + "\n\n";
    const std::vector<ResponsePtr> watchers = watchers_;
    for (const ResponsePtr& watcher : watchers) {
      if (!watcher->writableNeedDrain()) watcher->write(event);
    }
  }

  const std::shared_ptr<internal::Probe> probe_;
  std::string url_;
  EventLoop* loop_ = nullptr;
  HttpServerPtr server_;
  std::vector<ResponsePtr> watchers_;
  loop::TimerHandle refresh_;
  std::optional<loop::Poster> poster_;  // to loop_; set before the thread listens
  std::thread thread_;
};

absl::StatusOr<std::unique_ptr<Server>> Server::start(EventLoop& loop, ServerOptions options) {
  auto impl = std::make_unique<Impl>(loop, options);
  if (absl::Status status = impl->listen(options.port); !status.ok()) return status;
  return std::unique_ptr<Server>(new Server(std::move(impl)));
}

Server::Server(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Server::~Server() = default;

std::string Server::url() const { return impl_->url(); }

}  // namespace weft::inspect
