#include "weft/net/dns/resolver.h"

#include <ares.h>
#include <arpa/inet.h>

#include <charconv>
#include <cstring>
#include <limits>
#include <new>
#include <string_view>
#include <system_error>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/str_cat.h"
#include "weft/cls/errors.h"
#include "weft/loop/fd_watcher.h"
#include "weft/loop/timer.h"

namespace weft::net::dns {

namespace internal {

// c-ares on the loop: it says which descriptors it waits for and until when. Its callbacks run
// inside its own functions, so they only note what is to be done.
class Channel {
 public:
  Channel(EventLoop& loop, const ResolverOptions& options);
  ~Channel() { ares_destroy(channel_); }
  Channel(const Channel&) = delete;
  Channel& operator=(const Channel&) = delete;

  ares_channel get() const noexcept { return channel_; }

  void start(std::unique_ptr<Query> query, int type);
  // Waits for what c-ares waits for now.
  void armTimer();

 private:
  static void answered(void* query, int status, int timeouts, unsigned char* bytes, int size);
  static void socketChanged(void* channel, ares_socket_t fd, int read, int write);
  void process(ares_socket_t readable, ares_socket_t writable) {
    ares_process_fd(channel_, readable, writable);
    armTimer();
  }
  void watch(ares_socket_t fd, bool read, bool write);

  EventLoop& loop_;
  ares_channel channel_ = nullptr;
  absl::flat_hash_map<ares_socket_t, std::unique_ptr<loop::FdWatcher>> watchers_;
  loop::Timer timer_;
};

Channel::Channel(EventLoop& loop, const ResolverOptions& options)
    : loop_(loop), timer_(loop, [this] { process(ARES_SOCKET_BAD, ARES_SOCKET_BAD); }) {
  static const int ready = ares_library_init(ARES_LIB_INIT_ALL);
  ares_options settings{};
  settings.timeout = static_cast<int>(options.timeout.count());
  settings.tries = options.tries;
  settings.sock_state_cb = &Channel::socketChanged;
  settings.sock_state_cb_data = this;
  const int status =
      ready != ARES_SUCCESS
          ? ready
          : ares_init_options(&channel_, &settings,
                              ARES_OPT_TIMEOUTMS | ARES_OPT_TRIES | ARES_OPT_SOCK_STATE_CB);
  if (status != ARES_SUCCESS) throw std::bad_alloc();
}

void Channel::start(std::unique_ptr<Query> query, int type) {
  if (query->name().empty() || query->name().find('\0') != std::string::npos) {
    return query->answer(ARES_EBADNAME, {});
  }
  Query& started = *query.release();
  ares_query(channel_, started.name().c_str(), 1 /* Internet */, type, &Channel::answered,
             &started);
  armTimer();
}

void Channel::answered(void* query, int status, int, unsigned char* bytes, int size) {
  const std::unique_ptr<Query> owned(static_cast<Query*>(query));
  owned->answer(status, Reply(bytes, bytes == nullptr ? 0 : static_cast<std::size_t>(size)));
}

void Channel::socketChanged(void* channel, ares_socket_t fd, int read, int write) {
  static_cast<Channel*>(channel)->watch(fd, read != 0, write != 0);
}

// The socket belongs to no query, so it has no contexts either.
void Channel::watch(ares_socket_t fd, bool read, bool write) {
  const cls::FrameScope none;
  if (!read && !write) {
    watchers_.erase(fd);
    return;
  }
  const unsigned interest =
      (read ? loop::FdWatcher::kReadable : 0u) | (write ? loop::FdWatcher::kWritable : 0u);
  std::unique_ptr<loop::FdWatcher>& watcher = watchers_[fd];
  if (watcher != nullptr) return watcher->setInterest(interest);
  watcher = std::make_unique<loop::FdWatcher>(loop_, fd, interest, [this, fd](unsigned ready) {
    process((ready & loop::FdWatcher::kReadable) != 0 ? fd : ARES_SOCKET_BAD,
            (ready & loop::FdWatcher::kWritable) != 0 ? fd : ARES_SOCKET_BAD);
  });
}

void Channel::armTimer() {
  timeval time;
  if (ares_timeout(channel_, nullptr, &time) == nullptr) {
    timer_.stop();
  } else {
    timer_.start(std::chrono::seconds(time.tv_sec) + std::chrono::microseconds(time.tv_usec));
  }
}

}  // namespace internal

namespace {

constexpr std::uint16_t kDnsPort = 53;

// Nothing if `text` is not as setServers() wants it.
std::optional<Address> serverAddress(std::string_view text) {
  const bool in_brackets = text.starts_with('[');
  const std::size_t colon = text.rfind(':');
  std::uint32_t port = kDnsPort;
  if (in_brackets ? text.substr(0, colon).ends_with(']') : colon == text.find(':')) {
    if (colon != text.npos) {
      const std::string_view digits = text.substr(colon + 1);
      const auto read = std::from_chars(digits.data(), digits.data() + digits.size(), port);
      if (read.ec != std::errc() || read.ptr != digits.data() + digits.size() || port == 0 ||
          port > std::numeric_limits<std::uint16_t>::max()) {
        return std::nullopt;
      }
      text = text.substr(0, colon);
    }
  }
  if (in_brackets) {
    if (!text.ends_with(']')) return std::nullopt;
    text = text.substr(1, text.size() - 2);
  }
  // A zone would be lost.
  if (text.find_first_of(std::string_view("%\0", 2)) != text.npos) return std::nullopt;
  const absl::StatusOr<Address> address = Address::ip(text, static_cast<std::uint16_t>(port));
  if (!address.ok() || (in_brackets && address->family() != AF_INET6)) return std::nullopt;
  return *address;
}

ares_addr_port_node nodeOf(const Address& address) {
  ares_addr_port_node node{};
  node.family = address.family();
  node.udp_port = node.tcp_port = address.port();
  if (node.family == AF_INET) {
    std::memcpy(&node.addr.addr4, &reinterpret_cast<const sockaddr_in*>(address.data())->sin_addr,
                sizeof(node.addr.addr4));
  } else {
    std::memcpy(&node.addr.addr6, &reinterpret_cast<const sockaddr_in6*>(address.data())->sin6_addr,
                sizeof(node.addr.addr6));
  }
  return node;
}

}  // namespace

Resolver::Resolver(EventLoop& loop, const ResolverOptions& options) : loop_(loop) {
  if (options.timeout.count() <= 0 || options.timeout.count() > std::numeric_limits<int>::max() ||
      options.tries <= 0) {
    throw UsageError("a Resolver needs a timeout of a millisecond at least, and one try");
  }
  const cls::FrameScope none;
  channel_ = std::make_unique<internal::Channel>(loop, options);
  if (options.servers.empty()) return;
  if (const absl::Status set = setServers(options.servers); !set.ok()) {
    throw UsageError(std::string(set.message()));
  }
}

Resolver::~Resolver() = default;

void Resolver::start(std::unique_ptr<internal::Query> query, int type) {
  channel_->start(std::move(query), type);
}

void Resolver::cancel() {
  ares_cancel(channel_->get());
  channel_->armTimer();
}

absl::Status Resolver::setServers(const std::vector<std::string>& servers) {
  if (servers.empty()) return absl::InvalidArgumentError("setServers: name one server at least");
  std::vector<ares_addr_port_node> nodes;
  for (const std::string& server : servers) {
    const std::optional<Address> address = serverAddress(server);
    if (!address) {
      return absl::InvalidArgumentError(
          absl::StrCat("setServers: '", server.c_str(), "' is not the address of a server"));
    }
    nodes.push_back(nodeOf(*address));
  }
  for (std::size_t i = 1; i < nodes.size(); ++i) nodes[i - 1].next = &nodes[i];
  switch (ares_set_servers_ports(channel_->get(), nodes.data())) {
    case ARES_SUCCESS:
      return absl::OkStatus();
    case ARES_ENOTIMP:
      return absl::FailedPreconditionError(
          "setServers: queries wait for an answer; set the servers before, or cancel() first");
    default:
      throw std::bad_alloc();
  }
}

std::vector<std::string> Resolver::servers() const {
  ares_addr_port_node* first = nullptr;
  std::vector<std::string> servers;
  if (ares_get_servers_ports(channel_->get(), &first) != ARES_SUCCESS) return servers;
  for (const ares_addr_port_node* server = first; server != nullptr; server = server->next) {
    char text[INET6_ADDRSTRLEN] = "";
    ::inet_ntop(server->family, &server->addr, text, sizeof(text));
    const int port = server->udp_port == 0 ? kDnsPort : server->udp_port;
    servers.push_back(server->family == AF_INET6 ? absl::StrCat("[", text, "]:", port)
                                                 : absl::StrCat(text, ":", port));
  }
  ares_free_data(first);
  return servers;
}

std::string Resolver::reverseName(const Address& address) {
  std::string name;
  if (address.family() == AF_INET) {
    in_addr bytes;
    std::memcpy(&bytes, &reinterpret_cast<const sockaddr_in*>(address.data())->sin_addr,
                sizeof(bytes));
    const auto* part = reinterpret_cast<const unsigned char*>(&bytes);
    return absl::StrCat(part[3], ".", part[2], ".", part[1], ".") +
           absl::StrCat(part[0], ".in-addr.arpa");
  }
  if (address.family() != AF_INET6) {
    throw UsageError("only an IP address has names to look up: give reverse() one");
  }
  in6_addr bytes;
  std::memcpy(&bytes, &reinterpret_cast<const sockaddr_in6*>(address.data())->sin6_addr,
              sizeof(bytes));
  constexpr std::string_view kDigits = "0123456789abcdef";
  for (int i = 15; i >= 0; --i) {
    const unsigned byte = bytes.s6_addr[i];
    for (const unsigned digit : {byte & 15, byte >> 4}) {
      name += kDigits[digit];
      name += '.';
    }
  }
  return name + "ip6.arpa";
}

}  // namespace weft::net::dns
