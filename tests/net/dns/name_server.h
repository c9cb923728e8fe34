// A name server for tests, on 127.0.0.1 and the loop of the test: it knows what it is told, and
// some names by which it misbehaves.

#ifndef WEFT_TESTS_NET_DNS_NAME_SERVER_H_
#define WEFT_TESTS_NET_DNS_NAME_SERVER_H_

#include <cstdint>
#include <map>
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
  explicit NameServer(EventLoop& loop);
  ~NameServer();
  NameServer(const NameServer&) = delete;
  NameServer& operator=(const NameServer&) = delete;

  // One more record, by the number of its type.
  void add(const std::string& name, unsigned type, std::string data);
  // "127.0.0.1:" and the port.
  std::string address() const;
  int queries() const noexcept { return queries_; }

  // What is asked for under these is answered so; other names that it does not know do not exist.
  static constexpr const char* kSilent = "silent.test";    // not at all
  static constexpr const char* kGarbage = "garbage.test";  // by what is no answer
  static constexpr const char* kFails = "fails.test";      // by "server failure"
  static constexpr const char* kRefused = "refused.test";
  static constexpr const char* kBroken = "broken.test";  // by a record that is cut

 private:
  void onReadable();
  // Nothing: it says nothing.
  std::optional<std::string> replyTo(std::string_view query);

  int fd_;
  std::uint16_t port_ = 0;
  int queries_ = 0;
  std::map<std::pair<std::string, unsigned>, std::vector<std::string>> records_;
  std::optional<loop::FdWatcher> watcher_;
};

}  // namespace weft::tests

#endif  // WEFT_TESTS_NET_DNS_NAME_SERVER_H_
