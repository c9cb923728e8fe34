// A small JSON API whose log lines carry the id of their request.
//
//   json_api [PORT]
//   curl -H 'X-Request-Id: abc' 127.0.0.1:PORT/notes -d '"buy milk"'     {"note": 1}
//   curl 127.0.0.1:PORT/notes/1                                         "buy milk"
//
// log() is handed a text and nothing else; the id comes from the context, also in the timer and in
// the coroutine, where requests are mixed. Ctrl-C ends the server when the last answer is sent.

#include <signal.h>

#include <charconv>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <string>
#include <string_view>

#include "weft/cls/cls.h"
#include "weft/loop/co_wait.h"
#include "weft/loop/event_loop.h"
#include "weft/loop/signal_watcher.h"
#include "weft/loop/spawn.h"
#include "weft/net/http_server.h"
#include "weft/stream/reader.h"

namespace {

constexpr std::size_t kLongestNote = 64 * 1024;

const weft::Namespace request_ns = weft::cls::createNamespace("request");

void log(const std::string& text) {
  const auto* const id = request_ns.get<std::string>("id");
  std::printf("[%s] %s\n", id != nullptr ? id->c_str() : "-", text.c_str());
  std::fflush(stdout);
}

class Notes {
 public:
  weft::Co<> answer(weft::RequestPtr request, weft::ResponsePtr response) {
    log(std::string(request->method()) + " " + std::string(request->url()));
    if (request->method() == "POST" && request->path() == "/notes") {
      weft::stream::Reader reader(request);
      const absl::StatusOr<std::string> note = co_await reader.readAll(kLongestNote);
      co_await weft::loop::sleep(std::chrono::milliseconds(1));  // as a database would take
      if (note.ok()) {
        notes_[++last_] = *note;
        reply(response, 201, "{\"note\": " + std::to_string(last_) + "}");
      } else {
        reply(response, 413, "{\"error\": \"too long\"}");
      }
    } else if (const std::string* const note = find(request->path()); note != nullptr) {
      reply(response, 200, *note);
    } else {
      reply(response, 404, "{\"error\": \"there is no such note\"}");
    }
  }

 private:
  const std::string* find(std::string_view path) const {
    constexpr std::string_view kPrefix = "/notes/";
    int number = 0;
    if (!path.starts_with(kPrefix)) return nullptr;
    std::from_chars(path.data() + kPrefix.size(), path.data() + path.size(), number);
    const auto found = notes_.find(number);
    return found != notes_.end() ? &found->second : nullptr;
  }

  static void reply(const weft::ResponsePtr& response, int status, const std::string& json) {
    response->on(weft::kFinish, [status] { log("answered " + std::to_string(status)); });
    response->writeHead(status, {{"Content-Type", "application/json"}});
    response->end(json + "\n");
  }

  std::map<int, std::string> notes_;
  int last_ = 0;
};

}  // namespace

int main(int argc, char** argv) {
  weft::EventLoop loop;
  Notes notes;
  int requests = 0;
  auto server = weft::http::createServer(
      loop, [&](const weft::RequestPtr& request, const weft::ResponsePtr& response) {
        request_ns.run([&] {
          const std::string_view given = request->header("x-request-id");
          request_ns.set("id", given.empty() ? std::to_string(++requests) : std::string(given));
          weft::loop::spawn(loop, notes.answer(request, response));
        });
      });
  const auto port = static_cast<std::uint16_t>(argc > 1 ? std::atoi(argv[1]) : 8080);
  server->listen({.port = port, .host = "127.0.0.1"},
                 [&server] { log("listening on " + server->address().toString()); });
  const weft::loop::SignalWatcher interrupted(loop, SIGINT, [&](int) { server->close(); });
  loop.run();
}
