#include "weft/tests/net/fuzz/http_connection_machine.h"

#include <sys/socket.h>

#include <chrono>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "weft/loop/clock.h"
#include "weft/loop/event_loop.h"
#include "weft/net/http_server.h"
#include "weft/tests/net/fuzz/machine_parts.h"
#include "weft/tests/net/http_transcript.h"

namespace weft::net {
namespace {

using internal::HttpHead;
using internal::HttpParser;
using internal::MessageRecord;
using internal::Transcript;
using tests::MachineInput;
using tests::RawEnd;
using tests::require;

// One request as its handler saw it.
struct Exchange {
  std::string target;
  std::string body;
  RequestPtr request;
  ResponsePtr response;
  bool ended = false;
  bool finished = false;
  int request_closed = 0;
  int response_closed = 0;
};

int connectTo(const Address& server) {
  const int fd = socket(server.family(), SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  require(connect(fd, server.data(), server.size()) == 0, "the client connects");
  return fd;
}

class Machine {
 public:
  explicit Machine(const MachineInput& input)
      : loop_({.clock = &clock_}),
        server_(createHttpServer(loop_)),
        bytes_(input.bytes),
        steps_(input.steps) {
    loop_.onUncaughtException([](std::exception_ptr) {});
    server_->on(kRequest, [this](const RequestPtr& request, const ResponsePtr& response) {
      onRequest(request, response);
    });
    server_->on(kClose, [this] { ++server_closed_; });
    server_->listen({.path = tests::abstractPath()});
    client_ = std::make_unique<RawEnd>(connectTo(server_->address()));
    turn();
  }

  void run() {
    for (const char step : steps_) take(static_cast<unsigned char>(step));
    send(bytes_.size());
    for (std::size_t i = 0; i < exchanges_.size(); ++i) answer(*exchanges_[i], 0);
    client_->endSending();
    reading_ = true;
    for (int i = 0; i < 8; ++i) pass(std::chrono::seconds(120));
    require(client_->gone() || client_->otherEnded(), "the connection ends in its time");
    server_->close();
    turn();
    require(server_->connections() == 0 && server_closed_ == 1, "the server closes");
    check();
  }

 private:
  void turn() {
    for (int i = 0; i < 4; ++i) {
      loop_.runNoWait();
      if (reading_) client_->read();
    }
  }
  void pass(loop::Duration time) {
    clock_.advance(time);
    turn();
  }
  void send(std::size_t count) {
    if (client_->gone()) return;
    const std::size_t sent = client_->send(bytes_.substr(sent_, count));
    sent_ += sent;
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
        return answerOne(/*newest=*/false, argument);
      case 4:
        return answerOne(/*newest=*/true, argument);
      case 5:
        return handleBody(argument);
      case 6:
        return actAsClient(argument);
      default:
        return actAsServer(argument);
    }
  }

  void answerOne(bool newest, int how) {
    Exchange* chosen = nullptr;
    for (const auto& exchange : exchanges_) {
      if (exchange->response->writableEnded() || exchange->response->destroyed()) continue;
      chosen = exchange.get();
      if (!newest) break;
    }
    if (chosen != nullptr) answer(*chosen, how);
    turn();
  }

  static void answer(Exchange& exchange, int how) {
    Response& response = *exchange.response;
    if (response.writableEnded()) return;
    if (!response.headersSent() && !response.destroyed()) {
      response.setHeader("X-Target", std::to_string(exchange.target.size()));
    }
    switch (how % 6) {
      case 1:
        response.write("part ");
        return;
      case 2:
        response.flushHeaders();
        return;
      case 3:
        if (!response.headersSent()) response.writeInformation(103, {{"X", "y"}});
        return;
      case 4:
        response.write(std::string(100'000, 'x'));
        return;
      case 5:
        response.destroy();
        return;
      default:
        response.end("end");
    }
  }

  void handleBody(int how) {
    if (exchanges_.empty()) return;
    Request& request = *exchanges_.back()->request;
    how % 2 == 0 ? request.pause() : request.resume();
    turn();
  }

  void actAsClient(int how) {
    if (client_->gone()) return;
    switch (how % 4) {
      case 0:
        client_->endSending();
        break;
      case 1:
        client_->leave();
        break;
      default:
        reading_ = how % 4 == 2;
    }
    turn();
  }

  void actAsServer(int how) {
    switch (how % 4) {
      case 0:
        server_->closeIdleConnections();
        break;
      case 1:
        server_->close();
        break;
      case 2:
        server_->closeAllConnections();
        break;
      default:
        break;
    }
    turn();
  }

  // --- the handler

  // What it does follows from the target.
  void onRequest(const RequestPtr& request, const ResponsePtr& response) {
    exchanges_.push_back(std::make_unique<Exchange>());
    Exchange& exchange = *exchanges_.back();
    exchange.target = request->url();
    exchange.request = request;
    exchange.response = response;
    const std::size_t kind = exchange.target.size() % 6;
    if (kind != 3) {
      request->on(kData, [&exchange](std::string_view bytes) {
        require(!exchange.ended && exchange.request_closed == 0, "data comes before end and close");
        exchange.body += bytes;
      });
    }
    request->on(kEnd, [&exchange, kind] {
      require(!exchange.ended && exchange.request_closed == 0, "end comes once, before close");
      exchange.ended = true;
      if (kind == 1) answer(exchange, 0);
      if (kind == 2) throw std::runtime_error("thrown at the end of a body");
    });
    request->on(kClose, [&exchange] { ++exchange.request_closed; });
    response->on(kFinish, [&exchange] {
      require(exchange.response->writableEnded() && exchange.response_closed == 0,
              "finish comes after end() and before close");
      exchange.finished = true;
    });
    response->on(kClose, [&exchange] { ++exchange.response_closed; });
    if (kind == 4) answer(exchange, 0);
    if (kind == 5) throw std::runtime_error("thrown by a handler");
  }

  // --- what must have held

  void check() const {
    const Transcript sent =
        internal::transcribe(HttpParser::Kind::kRequest, {bytes_.substr(0, sent_)});
    require(exchanges_.size() <= sent.messages.size(), "no request comes from nowhere");
    for (std::size_t i = 0; i < exchanges_.size(); ++i) {
      const Exchange& exchange = *exchanges_[i];
      const MessageRecord& message = sent.messages[i];
      require(exchange.request->method() == message.method && exchange.target == message.target,
              "requests come in order, each once");
      require(exchange.request_closed == 1 && exchange.response_closed == 1, "each is closed once");
      if (!exchange.ended || exchange.target.size() % 6 == 3) continue;
      require(message.complete && exchange.body == message.body, "a body that ends is whole");
    }
    checkAnswers(sent);
  }

  // The client has read everything, unless it or the server broke off.
  void checkAnswers(const Transcript& sent) const {
    HttpLimits limits;
    HttpParser parser(HttpParser::Kind::kResponse, limits);
    HttpHead head;
    std::string_view input = client_->received();
    std::size_t answers = 0;
    const auto expectAnswer = [&] {
      const bool is_head =
          answers < sent.messages.size() && sent.messages[answers].method == "HEAD";
      parser.setAnswers(is_head ? internal::Answers::kHead : internal::Answers::kOther);
    };
    expectAnswer();
    while (true) {
      switch (parser.next(&input, &head)) {
        case HttpParser::Event::kHead:
          if (const auto target = head.headers.get("x-target"); target && head.status >= 200) {
            require(answers < exchanges_.size() &&
                        *target == std::to_string(exchanges_[answers]->target.size()),
                    "answers come in the order of the requests");
          }
          break;
        case HttpParser::Event::kComplete:
          if (head.status >= 200) ++answers;
          expectAnswer();
          break;
        case HttpParser::Event::kError:
          require(false, "the client gets well-formed responses");
          break;
        case HttpParser::Event::kBody:
          break;
        case HttpParser::Event::kEnded:
          require(input.empty(), "nothing comes behind the last response");
          return;
        case HttpParser::Event::kNeedMore:
          return;
      }
    }
  }

  ManualClock clock_;
  EventLoop loop_;
  HttpServerPtr server_;
  std::unique_ptr<RawEnd> client_;
  std::vector<std::unique_ptr<Exchange>> exchanges_;
  std::string_view bytes_;
  std::string_view steps_;
  std::size_t sent_ = 0;
  int server_closed_ = 0;
  bool reading_ = true;
};

}  // namespace

void fuzzConnection(std::string_view input) { Machine(MachineInput(input)).run(); }

}  // namespace weft::net
