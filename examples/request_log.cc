// A server whose every callback knows its request.
//
//   request_log --port=8080
//   curl -s -H 'X-Request-Id: abc' '127.0.0.1:8080/?user=ada'
//
// Each request runs in the namespace "request", with an id and a user. Its handler goes through a
// tick, an immediate, a timer, a listener of an emitter that all requests share, a post from
// another thread, the reading of a file, and a hash that signs the answer with that file; each
// notes what it sees there, and the answer tells. The line in the log is written by a function that
// is handed nothing at all.
//
// Requests for `/co` take the same way in a coroutine.
//
// `/live` answers how many contexts are alive. Ctrl-C ends the server when the last answer is sent.
//
// With --trace=FILE it writes down what ran when and for whom, to be looked at in ui.perfetto.dev:
// at its end, and whenever SIGUSR2 comes, which stops a recording or starts a new one. With
// --inspect it shows itself on a page of its own, and reports callbacks that are slow or stuck.

#include <signal.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <charconv>
#include <chrono>
#include <condition_variable>
#include <cstdio>
#include <cstring>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <random>
#include <string>
#include <string_view>
#include <thread>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/strings/escaping.h"
#include "weft/cls/cls.h"
#include "weft/emitter/event_emitter.h"
#include "weft/examples/request_log_inspection.h"
#include "weft/loop/co.h"
#include "weft/loop/co_wait.h"
#include "weft/loop/event_loop.h"
#include "weft/loop/fd_watcher.h"
#include "weft/loop/spawn.h"
#include "weft/loop/work.h"
#include "weft/native/crypto/hash.h"
#include "weft/native/fs/whole_file.h"
#include "weft/net/http_server.h"
#include "weft/stream/event_wait.h"

namespace {

namespace cls = weft::cls;
namespace crypto = weft::native::crypto;
namespace fs = weft::native::fs;
using Clock = std::chrono::steady_clock;

const cls::Namespace request_ns = cls::createNamespace("request");
constexpr weft::Event<> kPulse{"pulse"};

// A thread that gives every callback back to the loop. A cls::Function brings its contexts along.
class Worker {
 public:
  explicit Worker(weft::EventLoop& loop) : poster_(loop.poster()), thread_([this] { work(); }) {}
  ~Worker() {
    submit(nullptr);
    thread_.join();
  }

  void submit(weft::Callback callback) {
    const std::lock_guard lock(mutex_);
    jobs_.push_back(std::move(callback));
    news_.notify_one();
  }

 private:
  void work() {
    while (true) {
      std::unique_lock lock(mutex_);
      news_.wait(lock, [this] { return !jobs_.empty(); });
      weft::Callback job = std::move(jobs_.front());
      jobs_.pop_front();
      if (!job) return;
      lock.unlock();
      if (!poster_.post(std::move(job)).ok()) return;  // the loop has ended
    }
  }

  const weft::Poster poster_;
  std::mutex mutex_;
  std::condition_variable news_;
  std::deque<weft::Callback> jobs_;
  std::thread thread_;
};

std::string quoted(std::string_view text) {
  std::string json = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') json += '\\';
    json += static_cast<unsigned char>(c) < 0x20 ? '?' : c;
  }
  return json + '"';
}

// "ada" in "a=b&user=ada".
std::string_view queryValue(std::string_view query, std::string_view name) {
  while (!query.empty()) {
    const std::string_view pair = query.substr(0, query.find('&'));
    query.remove_prefix(std::min(query.size(), pair.size() + 1));
    if (pair.starts_with(name) && pair.substr(name.size()).starts_with('=')) {
      return pair.substr(name.size() + 1);
    }
  }
  return "nobody";
}

std::string seen(const char* key) {
  const auto* value = request_ns.get<std::string>(key);
  return value != nullptr ? *value : std::string("?");
}

// Is handed nothing, and knows everything.
void logRequest() {
  const auto* since = request_ns.get<Clock::time_point>("since");
  const auto taken = since != nullptr ? Clock::now() - *since : Clock::duration::zero();
  std::printf("%s %s %s %.1f ms\n", seen("id").c_str(), seen("user").c_str(), seen("line").c_str(),
              std::chrono::duration<double, std::milli>(taken).count());
}

class RequestLog {
 public:
  // Signs with that file.
  RequestLog(weft::EventLoop& loop, std::string file)
      : loop_(loop), file_(std::move(file)), worker_(loop) {
    request_ns.bindEmitter(pulse_);
    pulse_.setMaxListeners(0);
    // Nobody's context: it beats for all.
    loop_.setInterval([this] { pulse_.emit(kPulse); }, std::chrono::milliseconds(1)).unref();
  }

  void handle(const weft::RequestPtr& request, const weft::ResponsePtr& response) {
    if (request->path() == "/live") {
      response->end("{\"contexts\": " + std::to_string(cls::liveContexts()) + "}\n");
      return;
    }
    request_ns.run([&] {
      const std::string_view given = request->header("x-request-id");
      request_ns.set("id", given.empty() ? "r" + std::to_string(++last_id_) : std::string(given));
      request_ns.set("user", std::string(queryValue(request->query(), "user")));
      request_ns.set("line", std::string(request->method()) + " " + std::string(request->url()));
      request_ns.set("since", Clock::now());
      response->on(weft::kFinish, logRequest);

      const auto trip = std::make_shared<Trip>();
      request->on(weft::kData, [trip](std::string_view bytes) { trip->body += bytes.size(); });
      request->on(weft::kEnd, [this, trip, response, in_coroutine = request->path() == "/co"] {
        if (in_coroutine) {
          weft::loop::spawn(loop_, hopInCoroutine(trip, response));
        } else {
          hop(trip, response);
        }
      });
    });
  }

 private:
  // What one request saw on its way.
  struct Trip {
    std::size_t body = 0;
    std::string hops;

    void note(const char* where) {
      if (!hops.empty()) hops += ", ";
      hops += std::string("{\"hop\": \"") + where + "\", \"id\": " + quoted(seen("id")) +
              ", \"user\": " + quoted(seen("user")) + "}";
    }
  };
  using TripPtr = std::shared_ptr<Trip>;

  void hop(const TripPtr& trip, const weft::ResponsePtr& response) {
    trip->note("end");
    loop_.nextTick([this, trip, response] {
      trip->note("tick");
      loop_.setImmediate([this, trip, response] {
        trip->note("immediate");
        loop_.setTimeout([this, trip, response] { afterTimer(trip, response); },
                         std::chrono::milliseconds(delay_(random_)));
      });
    });
  }

  void afterTimer(const TripPtr& trip, const weft::ResponsePtr& response) {
    trip->note("timer");
    pulse_.once(kPulse, [this, trip, response] {
      trip->note("listener");
      worker_.submit([this, trip, response] {
        trip->note("post");
        readAndHash(trip, response);
      });
    });
  }

  void readAndHash(const TripPtr& trip, const weft::ResponsePtr& response) {
    fs::readFile(loop_, file_, [this, trip, response](const absl::StatusOr<std::string>& file) {
      trip->note("file");
      if (!file.ok()) return answer(trip, response, file);
      crypto::hash(loop_, "sha256", seen("id") + *file,
                   [trip, response](const absl::StatusOr<std::string>& digest) {
                     trip->note("hash");
                     answer(trip, response, digest);
                   });
    });
  }

  weft::Co<> hopInCoroutine(TripPtr trip, weft::ResponsePtr response) {
    trip->note("end");
    co_await weft::loop::nextTick();
    trip->note("tick");
    co_await weft::loop::nextImmediate();
    trip->note("immediate");
    co_await weft::loop::sleep(std::chrono::milliseconds(delay_(random_)));
    trip->note("timer");
    co_await weft::stream::once(pulse_, kPulse);
    trip->note("listener");
    const absl::StatusOr<std::string> there = co_await weft::loop::work(seen, "id");
    trip->note(there.ok() && *there == seen("id") ? "post" : "lost");
    const absl::StatusOr<std::string> file = co_await fs::readFile(file_);
    trip->note("file");
    if (!file.ok()) co_return answer(trip, response, file);
    const auto digest = co_await crypto::hash("sha256", seen("id") + *file);
    trip->note("hash");
    answer(trip, response, digest);
  }

  static void answer(const TripPtr& trip, const weft::ResponsePtr& response,
                     const absl::StatusOr<std::string>& digest) {
    if (!digest.ok()) {
      response->writeHead(500, {{"Content-Type", "text/plain"}});
      return response->end(std::string(digest.status().message()) + "\n");
    }
    response->writeHead(200, {{"Content-Type", "application/json"}});
    response->end("{\"id\": " + quoted(seen("id")) + ", \"user\": " + quoted(seen("user")) +
                  ", \"body\": " + std::to_string(trip->body) + ", \"sha256\": \"" +
                  absl::BytesToHexString(*digest) + "\", \"seen\": [" + trip->hops + "]}\n");
  }

  weft::EventLoop& loop_;
  const std::string file_;
  weft::EventEmitter pulse_;
  Worker worker_;
  std::uint64_t last_id_ = 0;
  std::minstd_rand random_{std::random_device{}()};
  std::uniform_int_distribution<int> delay_{1, 20};
};

// Readable once SIGINT or SIGTERM has come. To be made before any thread.
int interruptDescriptor() {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGINT);
  sigaddset(&signals, SIGTERM);
  sigprocmask(SIG_BLOCK, &signals, nullptr);
  return signalfd(-1, &signals, SFD_NONBLOCK | SFD_CLOEXEC);
}

struct Options {
  std::uint16_t port = 8080;
  std::optional<std::uint16_t> inspect_port;
  std::string trace_file;
  std::string file = "/etc/os-release";
};

int serve(const Options& options) {
  std::setvbuf(stdout, nullptr, _IOLBF, 0);  // the log is read while it is written
  const int interrupts = interruptDescriptor();
  weft::EventLoop loop;
  std::optional<weft::examples::Inspection> inspection;
  if (options.inspect_port) inspection.emplace(loop, request_ns, *options.inspect_port);
  std::optional<weft::examples::Recorder> recorder;
  if (!options.trace_file.empty()) recorder.emplace(loop, request_ns, options.trace_file);
  RequestLog log(loop, options.file);
  int exit_code = 0;

  auto server = weft::http::createServer(
      loop, [&log](const weft::RequestPtr& request, const weft::ResponsePtr& response) {
        log.handle(request, response);
      });
  weft::loop::FdWatcher interrupt(loop, interrupts, weft::loop::FdWatcher::kReadable,
                                  [&](unsigned) {
                                    interrupt.setInterest(weft::loop::FdWatcher::kNone);
                                    server->close();
                                  });
  interrupt.unref();
  server->on(weft::kError, [&](const absl::Status& why) {
    std::fprintf(stderr, "request_log: %s\n", std::string(why.message()).c_str());
    exit_code = 1;
  });
  server->listen({.port = options.port, .host = "127.0.0.1"}, [&server] {
    std::printf("listening on http://%s\n", server->address().toString().c_str());
  });
  loop.run();
  if (exit_code == 0) std::printf("live contexts: %zu\n", cls::liveContexts());
  ::close(interrupts);
  return exit_code;
}

// The port in `digits`; 0 to 65535.
bool readPort(std::string_view digits, std::uint16_t& port) {
  const auto [end, error] = std::from_chars(digits.begin(), digits.end(), port);
  return !digits.empty() && error == std::errc() && end == digits.end();
}

// False if it is none that we know.
bool readOption(std::string_view option, Options& options) {
  constexpr std::string_view kPort = "--port=", kInspect = "--inspect",
                             kTrace = "--trace=", kFile = "--file=";
  if (option.starts_with(kPort)) return readPort(option.substr(kPort.size()), options.port);
  if (option == kInspect) {
    options.inspect_port = 0;
    return true;
  }
  if (option.starts_with("--inspect=")) {
    return readPort(option.substr(kInspect.size() + 1), options.inspect_port.emplace());
  }
  std::string& file = option.starts_with(kTrace) ? options.trace_file : options.file;
  if (!option.starts_with(kTrace) && !option.starts_with(kFile)) return false;
  file = option.substr(option.find('=') + 1);
  return !file.empty();
}

}  // namespace

int main(int argc, char** argv) {
  Options options;
  for (int i = 1; i < argc; ++i) {
    const std::string_view option = argv[i];
    if (option == "--help") {
      std::puts(
          "usage: request_log [--port=N] [--file=FILE] [--inspect[=PORT]] [--trace=FILE]\n"
          "Answers every HTTP request on 127.0.0.1 with the request's id (X-Request-Id) and user\n"
          "(?user=...) as seen at each hop of its way. --port=0 takes a free port; 8080 is usual.\n"
          "--file is what answers are signed with, else /etc/os-release.\n"
          "--inspect shows a page of what the loop does; --trace writes it down for Perfetto.");
      return 0;
    }
    if (!readOption(option, options)) {
      std::fprintf(stderr, "request_log: unknown option '%s'; see --help\n", argv[i]);
      return 2;
    }
  }
  return serve(options);
}
