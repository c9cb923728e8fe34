// http_client: weft's client, with an agent that keeps 64 connections.
//
//   http_client_weft PORT REPETITIONS SECONDS
#include <chrono>
#include <stdexcept>

#include "weft/bench/net/client_report.h"
#include "weft/net/http_agent.h"

namespace weft::bench {
namespace {

constexpr std::size_t kRequests = 64;

class Client {
 public:
  explicit Client(std::uint16_t port) { options_.port = port; }

  std::uint64_t run(double seconds) {
    answers_ = 0;
    over_ = false;
    loop_.setTimeout([this] { over_ = true; }, std::chrono::duration_cast<loop::Duration>(
                                                   std::chrono::duration<double>(seconds)));
    for (std::size_t i = 0; i < kRequests; ++i) fetch();
    loop_.run();
    return answers_;
  }

 private:
  void fetch() {
    agent_
        .request(options_,
                 [this](const net::ClientResponsePtr& response) {
                   if (response->statusCode() != 200) throw std::runtime_error("a wrong answer");
                   response->resume();
                   response->on(kEnd, [this] {
                     ++answers_;
                     if (!over_) fetch();
                   });
                 })
        ->end();
  }

  EventLoop loop_;
  http::Agent agent_{loop_, {.max_sockets = kRequests, .idle_timeout = std::chrono::seconds(60)}};
  net::RequestOptions options_;
  std::uint64_t answers_ = 0;
  bool over_ = false;
};

}  // namespace
}  // namespace weft::bench

int main(int argc, char** argv) { return weft::bench::runClient<weft::bench::Client>(argc, argv); }
