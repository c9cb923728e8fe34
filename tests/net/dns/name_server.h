// A name server for tests, on the loop of the test and a port of this machine, by UDP and TCP: it
// knows what it is told, and some names by which it misbehaves. What does not fit into 512 bytes it
// tells by TCP only, in two pieces, as servers do.

#ifndef WEFT_TESTS_NET_DNS_NAME_SERVER_H_
#define WEFT_TESTS_NET_DNS_NAME_SERVER_H_

#include <sys/socket.h>

#include <cstdint>
#include <functional>
#include <list>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "weft/loop/event_loop.h"
#include "weft/loop/fd_watcher.h"

namespace weft::tests {

// The parts of a record's data, as they travel.
std::string wire8(unsigned value);
std::string wire16(unsigned value);
std::string wire32(std::uint32_t value);
std::string wireText(std::string_view text);  // with its length before it
std::string wireName(std::string_view name);

class NameServer {
 public:
  // On 127.0.0.1 or, with AF_INET6, ::1. Throws std::runtime_error if there are no sockets for it.
  explicit NameServer(EventLoop& loop, int family = AF_INET);
  ~NameServer();
  NameServer(const NameServer&) = delete;
  NameServer& operator=(const NameServer&) = delete;

  // One more record, by the number of its type.
  void add(const std::string& name, unsigned type, std::string data);
  // A record of each type that a Resolver knows; the host is 192.0.2.1 and 2001:db8::1, which lead
  // back to it.
  void addOneOfEach(const std::string& host);
  // "127.0.0.1:5353", "[::1]:5353".
  std::string address() const { return address_; }
  // How many came by UDP; how many by TCP.
  int queries() const noexcept { return queries_; }
  int tcpQueries() const noexcept { return tcp_queries_; }

  // What is asked for under these is answered so; other names that it does not know do not exist.
  static constexpr const char* kSilent = "silent.test";    // not at all
  static constexpr const char* kGarbage = "garbage.test";  // by what is no answer
  static constexpr const char* kFails = "fails.test";      // by "server failure"
  static constexpr const char* kRefused = "refused.test";
  static constexpr const char* kBroken = "broken.test";         // by a record that is cut
  static constexpr const char* kTcpSilent = "tcp-silent.test";  // only by TCP, and there not at all
  static constexpr const char* kTcpCut = "tcp-cut.test";        // or half, and then hung up

 private:
  struct Connection;
  using ConnectionPtr = std::shared_ptr<Connection>;

  void bind(int family);
  std::unique_ptr<loop::FdWatcher> watch(int fd, std::function<void()> ready);
  void onDatagram();
  void onConnection();
  void onBytes(const ConnectionPtr& connection);
  void answer(const ConnectionPtr& connection, std::string_view query);
  // Nothing: it says nothing.
  std::optional<std::string> replyTo(std::string_view query, bool by_tcp);
  // The data of what is known of a name; `code` is that of the reply.
  std::vector<std::string> dataOf(const std::string& name, unsigned type, unsigned& code) const;

  EventLoop& loop_;
  int udp_ = -1;
  int tcp_ = -1;
  std::string address_;
  int queries_ = 0;
  int tcp_queries_ = 0;
  std::map<std::pair<std::string, unsigned>, std::vector<std::string>> records_;
  std::unique_ptr<loop::FdWatcher> udp_watcher_;
  std::unique_ptr<loop::FdWatcher> tcp_watcher_;
  std::list<ConnectionPtr> connections_;
};

}  // namespace weft::tests

#endif  // WEFT_TESTS_NET_DNS_NAME_SERVER_H_
