#include "weft/tests/net/fuzz/http_client_machine.h"

#include <sys/socket.h>
#include <unistd.h>

#include <chrono>
#include <memory>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "weft/loop/clock.h"
#include "weft/loop/event_loop.h"
#include "weft/net/http_agent.h"
#include "weft/net/internal/http_parser.h"
#include "weft/tests/net/fuzz/machine_parts.h"

namespace weft::net {
namespace {

using internal::Answers;
using internal::HttpHead;
using internal::HttpParser;
using tests::MachineInput;
using tests::RawEnd;
using tests::require;

// One request as its user saw it.
struct Exchange {
  std::string method;
  ClientRequestPtr request;
  ClientResponsePtr response;
  SocketPtr tunnel;
  std::string body;
  bool ended = false;
  bool failed = false;
  bool destroyed_by_user = false;
  int request_closed = 0;
  int response_closed = 0;
};

// The numbers of the requests that have come, in order.
std::vector<std::size_t> requestsOf(const RawEnd& connection) {
  constexpr std::string_view kField = "X-Number: ";
  const std::string& received = connection.received();
  std::vector<std::size_t> numbers;
  for (std::size_t at = 0; (at = received.find(kField, at)) != std::string::npos;) {
    at += kField.size();
    if (received.find("\r\n\r\n", at) == std::string::npos) break;
    numbers.push_back(std::stoul(received.substr(at)));
  }
  return numbers;
}

class Machine {
 public:
  explicit Machine(const MachineInput& input)
      : loop_({.clock = &clock_}),
        agent_(std::make_unique<http::Agent>(loop_, AgentOptions{.max_sockets = 1})),
        path_(tests::abstractPath()),
        listener_(socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)),
        bytes_(input.bytes),
        steps_(input.steps) {
    loop_.onUncaughtException([](std::exception_ptr) {});
    const Address address = *Address::unixPath(path_);
    require(bind(listener_, address.data(), address.size()) == 0 && ::listen(listener_, 16) == 0,
            "the server listens");
  }
  ~Machine() { close(listener_); }

  void run() {
    ask(0);
    for (const char step : steps_) take(static_cast<unsigned char>(step));
    send(bytes_.size());
    for (const auto& exchange : exchanges_) {
      if (exchange->response) exchange->response->resume();
      if (!exchange->request->writableEnded()) exchange->request->end();
      if (exchange->tunnel) exchange->tunnel->destroy();
    }
    if (!connections_.empty()) connections_.back()->endSending();
    // They wait for one connection, each for as long as its timeout at most.
    for (std::size_t i = 0; i < exchanges_.size() + 8; ++i) pass(std::chrono::seconds(60));
    check();
    agent_->closeIdle();
    turn();
    require(agent_->activeSockets() + agent_->freeSockets() + agent_->waitingRequests() == 0,
            "nothing is left");
  }

 private:
  void turn() {
    for (int i = 0; i < 4; ++i) {
      loop_.runNoWait();
      for (int fd;
           (fd = accept4(listener_, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC)) >= 0;) {
        connections_.push_back(std::make_unique<RawEnd>(fd));
      }
      for (const auto& connection : connections_) connection->read();
    }
  }
  void pass(loop::Duration time) {
    clock_.advance(time);
    turn();
  }
  void send(std::size_t count) {
    if (connections_.empty() || connections_.back()->sendingEnded()) return;
    sent_ += connections_.back()->send(bytes_.substr(sent_, count));
    turn();
  }

  // --- the steps

  void take(unsigned char step) {
    const int argument = step / 8;
    switch (step % 8) {
      case 0:
        return send(static_cast<std::size_t>(argument) + 1);
      case 1:
        return send(static_cast<std::size_t>(argument) * 16);
      case 2:
        return pass(std::chrono::milliseconds(100) * argument * argument);
      case 3:
        return ask(argument);
      case 4:
        return actOnRequest(argument);
      case 5:
        return actOnResponse(argument);
      case 6:
        return actAsServer(argument);
      default:
        agent_->closeIdle();
        return turn();
    }
  }

  void ask(int kind) {
    static constexpr const char* kMethods[] = {"GET", "HEAD", "POST", "CONNECT", "PUT"};
    RequestOptions options;
    options.method = kMethods[kind % 5];
    options.socket_path = path_;
    if (options.method == "CONNECT") options.path = "a:1";
    options.timeout = std::chrono::seconds(30);
    options.headers.set("X-Number", std::to_string(exchanges_.size()));
    exchanges_.push_back(std::make_unique<Exchange>());
    Exchange& exchange = *exchanges_.back();
    exchange.method = options.method;
    exchange.request = agent_->request(std::move(options));
    listen(exchange, kind);
    if (kind / 5 % 2 == 0 || exchange.method == "CONNECT") {
      exchange.request->end();
    } else {
      exchange.request->write("part ");
    }
    turn();
  }

  // What listeners do follows from the kind.
  static void listenTo(Exchange& exchange, const ClientResponsePtr& response, int kind) {
    require(!exchange.response && !exchange.failed, "there is one response, and no error before");
    exchange.response = response;
    response->on(kData, [&exchange](std::string_view bytes) {
      require(!exchange.ended && exchange.response_closed == 0, "data comes before end and close");
      exchange.body += bytes;
    });
    response->on(kEnd, [&exchange, kind] {
      require(!exchange.ended && exchange.response_closed == 0, "end comes once, before close");
      exchange.ended = true;
      if (kind % 7 == 3) throw std::runtime_error("thrown at the end of a response");
    });
    response->on(kError, [&exchange] {
      require(!exchange.ended && exchange.response_closed == 0, "no error after the end");
    });
    response->on(kClose, [&exchange] { ++exchange.response_closed; });
    if (kind % 7 == 4) throw std::runtime_error("thrown by a listener");
  }

  static void listen(Exchange& exchange, int kind) {
    const ClientRequestPtr& request = exchange.request;
    request->on(kResponse, [&exchange, kind](const ClientResponsePtr& response) {
      require(exchange.request_closed == 0, "nothing comes after close");
      listenTo(exchange, response, kind);
    });
    request->on(kError, [&exchange] {
      require(!exchange.failed && !exchange.response && exchange.request_closed == 0,
              "there is one error, and none after the response");
      exchange.failed = true;
    });
    request->on(kInformation, [&exchange](int status, const HttpHeaders&) {
      require(status < 200 && !exchange.response && exchange.request_closed == 0,
              "interim responses come before the final one");
    });
    request->on(kClose, [&exchange] { ++exchange.request_closed; });
    if (kind % 2 == 1) {
      request->on(kTunnel, [&exchange](const ClientResponsePtr&, const SocketPtr& socket,
                                       std::string_view) { exchange.tunnel = socket; });
    } else {
      request->on(kTunnel,
                  [&exchange](const ClientResponsePtr&, const SocketPtr& socket, std::string_view) {
                    exchange.tunnel = socket;
                    socket->destroy();
                  });
    }
  }

  void actOnRequest(int how) {
    Exchange& exchange = *exchanges_[static_cast<std::size_t>(how) / 4 % exchanges_.size()];
    const bool open = !exchange.request->writableEnded();
    switch (how % 4) {
      case 0:
        exchange.destroyed_by_user = true;
        exchange.request->destroy();
        break;
      case 1:
        if (open) exchange.request->write(std::string(1000, 'x'));
        break;
      default:
        if (open) exchange.request->end("end");
    }
    turn();
  }

  void actOnResponse(int how) {
    const ClientResponsePtr response =
        exchanges_[static_cast<std::size_t>(how) / 4 % exchanges_.size()]->response;
    if (!response) return;
    switch (how % 4) {
      case 0:
        response->destroy();
        break;
      case 1:
        response->pause();
        break;
      default:
        response->resume();
    }
    turn();
  }

  void actAsServer(int how) {
    if (connections_.empty()) return;
    how % 2 == 0 ? connections_.back()->endSending() : connections_.back()->leave();
    turn();
  }

  // --- what must have held

  void check() const {
    for (const auto& exchange : exchanges_) {
      require(exchange->request_closed == 1, "each request is closed once");
      require(!exchange->response || exchange->response_closed == 1,
              "each response is closed once");
      require(
          exchange->response || exchange->tunnel || exchange->failed || exchange->destroyed_by_user,
          "no request is lost without a word");
    }
    std::vector<const RawEnd*> last(exchanges_.size());
    for (const auto& connection : connections_) {
      for (const std::size_t number : requestsOf(*connection)) last[number] = connection.get();
    }
    for (const auto& connection : connections_) checkResponses(*connection, last);
  }

  // The bytes of one connection, read once more.
  void checkResponses(const RawEnd& connection, const std::vector<const RawEnd*>& last) const {
    const HttpLimits limits;
    HttpParser parser(HttpParser::Kind::kResponse, limits);
    HttpHead head;
    std::string_view input = connection.sent();
    for (const std::size_t number : requestsOf(connection)) {
      const Exchange& exchange = *exchanges_[number];
      parser.setAnswers(exchange.method == "HEAD"      ? Answers::kHead
                        : exchange.method == "CONNECT" ? Answers::kConnect
                                                       : Answers::kOther);
      std::string body;
      const bool whole = readResponse(&parser, &input, &head, &body, connection.sendingEnded());
      if (exchange.ended && last[number] == &connection) {
        require(whole && body == exchange.body && head.status == exchange.response->statusCode(),
                "a response that ends is that of its request, as a whole");
      }
      if (!whole) return;
    }
  }

  // The next that is final; whether it is complete.
  static bool readResponse(HttpParser* parser, std::string_view* input, HttpHead* head,
                           std::string* body, bool ended) {
    while (true) {
      switch (parser->next(input, head)) {
        case HttpParser::Event::kHead:
          break;
        case HttpParser::Event::kBody:
          *body += parser->body();
          break;
        case HttpParser::Event::kComplete:
          if (head->status >= 200) return true;
          break;
        case HttpParser::Event::kNeedMore:
          return ended && parser->finish(head) == HttpParser::Event::kComplete;
        default:
          return false;
      }
    }
  }

  ManualClock clock_;
  EventLoop loop_;
  std::unique_ptr<http::Agent> agent_;
  const std::string path_;
  const int listener_;
  std::vector<std::unique_ptr<RawEnd>> connections_;
  std::vector<std::unique_ptr<Exchange>> exchanges_;
  std::string_view bytes_;
  std::string_view steps_;
  std::size_t sent_ = 0;
};

}  // namespace

void fuzzClient(std::string_view input) { Machine(MachineInput(input)).run(); }

}  // namespace weft::net
