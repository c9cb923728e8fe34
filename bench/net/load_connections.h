#ifndef WEFT_BENCH_NET_LOAD_CONNECTIONS_H_
#define WEFT_BENCH_NET_LOAD_CONNECTIONS_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

// The load that the servers get: connections that each send a batch of requests, wait for all the
// answers, and send the next batch. Answers are told by their length, which the first one shows:
// every server here answers every request alike, and counting costs the client least.
namespace weft::bench {

struct Exchange {
  std::string request;
  bool is_http;           // else the answer is an echo of the request
  std::size_t depth = 1;  // requests in a batch
};

class LoadConnections {
 public:
  LoadConnections(std::uint16_t port, Exchange exchange);
  ~LoadConnections();
  LoadConnections(const LoadConnections&) = delete;
  LoadConnections& operator=(const LoadConnections&) = delete;

  // Opens connections, each of which has had one answer when this returns.
  void open(std::size_t count);

  // Keeps all connections busy for that time, then waits until every answer is there. Returns how
  // many there were. Throws std::runtime_error if the server misbehaves.
  std::uint64_t run(double seconds);

 private:
  struct Connection {
    int socket;
    std::size_t missing = 0;  // bytes of answers
  };

  int connectToServer() const;
  void learnAnswer(int socket);
  void sendBatch(Connection& connection);
  void receive(Connection& connection);
  void checkStart(const Connection& connection, std::string_view bytes) const;

  std::uint16_t port_;
  Exchange exchange_;
  std::string batch_;
  std::string answer_start_;
  std::size_t answer_length_ = 0;
  int epoll_;
  std::vector<Connection> connections_;
};

}  // namespace weft::bench

#endif  // WEFT_BENCH_NET_LOAD_CONNECTIONS_H_
