#include "weft/tests/net/dns/name_server.h"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <stdexcept>

#include "weft/cls/frame.h"
#include "weft/net/address.h"

namespace weft::tests {
namespace {

using net::Address;

constexpr std::size_t kHeader = 12;
constexpr std::size_t kLongestDatagram = 512;

unsigned numberAt(std::string_view bytes, std::size_t at) {
  return static_cast<unsigned char>(bytes[at]) * 256u + static_cast<unsigned char>(bytes[at + 1]);
}

struct Question {
  std::string name;  // in small letters
  unsigned type = 0;
  std::string_view bytes;
};

Question questionOf(std::string_view query) {
  Question question;
  std::size_t at = kHeader;
  while (query[at] != '\0') {
    const auto length = static_cast<std::size_t>(query[at]);
    if (!question.name.empty()) question.name += '.';
    for (const char c : query.substr(at + 1, length)) {
      question.name += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    }
    at += length + 1;
  }
  question.type = numberAt(query, at + 1);
  question.bytes = query.substr(kHeader, at + 5 - kHeader);
  return question;
}

}  // namespace

std::string wire8(unsigned value) { return std::string(1, static_cast<char>(value)); }
std::string wire16(unsigned value) { return wire8(value >> 8) + wire8(value & 255); }
std::string wire32(std::uint32_t value) { return wire16(value >> 16) + wire16(value & 65535); }
std::string wireText(std::string_view text) {
  return wire8(static_cast<unsigned>(text.size())) + std::string(text);
}
std::string wireName(std::string_view name) {
  std::string wire;
  while (!name.empty()) {
    const std::string_view label = name.substr(0, name.find('.'));
    wire += wireText(label);
    name.remove_prefix(std::min(label.size() + 1, name.size()));
  }
  return wire + '\0';
}

struct NameServer::Connection {
  explicit Connection(int of) : fd(of) {}
  ~Connection() {
    watcher.reset();
    ::close(fd);
  }
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  const int fd;
  std::string bytes;  // that came and are no whole query yet
  std::unique_ptr<loop::FdWatcher> watcher;
};

NameServer::NameServer(EventLoop& loop, int family) : loop_(loop) {
  // A port that is free for one kind of socket may be taken for the other.
  for (int i = 0; i < 100 && address_.empty(); ++i) bind(family);
  if (address_.empty()) throw std::runtime_error("there are no sockets for the name server");
  udp_watcher_ = watch(udp_, [this] { onDatagram(); });
  tcp_watcher_ = watch(tcp_, [this] { onConnection(); });
}

NameServer::~NameServer() {
  udp_watcher_.reset();
  tcp_watcher_.reset();
  ::close(udp_);
  ::close(tcp_);
}

void NameServer::bind(int family) {
  if (udp_ >= 0) ::close(udp_);
  if (tcp_ >= 0) ::close(tcp_);
  udp_ = ::socket(family, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  tcp_ = ::socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  Address here = Address::ip(family == AF_INET6 ? "::1" : "127.0.0.1", 0).value();
  socklen_t size = here.size();
  if (::bind(udp_, here.data(), size) == 0 && ::getsockname(udp_, here.data(), &size) == 0 &&
      ::bind(tcp_, here.data(), size) == 0 && ::listen(tcp_, 100) == 0) {
    address_ = here.toString();
  }
}

std::unique_ptr<loop::FdWatcher> NameServer::watch(int fd, std::function<void()> ready) {
  const cls::FrameScope none;
  auto watcher = std::make_unique<loop::FdWatcher>(
      loop_, fd, loop::FdWatcher::kReadable, [ready = std::move(ready)](unsigned) { ready(); });
  watcher->unref();
  return watcher;
}

void NameServer::add(const std::string& name, unsigned type, std::string data) {
  records_[{name, type}].push_back(std::move(data));
}

void NameServer::addOneOfEach(const std::string& host) {
  // The numbers of the types are those of RFC 1035, 3596, 2782, 3403 and 8659.
  add(host, 1, std::string("\xc0\x00\x02\x01", 4));
  add(host, 28, "\x20\x01\x0d\xb8" + std::string(11, '\0') + "\x01");
  add(host, 2, wireName("ns1.test"));
  add(host, 5, wireName("alias.test"));
  add(host, 12, wireName("pointer.test"));
  add(host, 15, wire16(10) + wireName("mail.test"));
  add(host, 16, wireText("v=1 ") + wireText("more"));
  add(host, 33, wire16(1) + wire16(2) + wire16(8080) + wireName("srv.test"));
  add(host, 35,
      wire16(100) + wire16(50) + wireText("S") + wireText("SIP+D2U") + wireText("") +
          wireName("_sip._udp.test"));
  add(host, 257, wire8(128) + wireText("issue") + "ca.test");
  add(host, 6,
      wireName("ns1.test") + wireName("admin.test") + wire32(7) + wire32(3600) + wire32(600) +
          wire32(86400) + wire32(60));
  add("1.2.0.192.in-addr.arpa", 12, wireName(host));
  add("1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa", 12,
      wireName(host));
}

// --- by UDP -------------------------------------------------------------------------------------

void NameServer::onDatagram() {
  std::array<char, 1024> query;
  Address from;
  socklen_t from_size = Address::kCapacity;
  const ssize_t size = ::recvfrom(udp_, query.data(), query.size(), 0, from.data(), &from_size);
  if (size <= static_cast<ssize_t>(kHeader)) return;
  const auto reply = replyTo({query.data(), static_cast<std::size_t>(size)}, /*by_tcp=*/false);
  if (reply) ::sendto(udp_, reply->data(), reply->size(), 0, from.data(), from_size);
}

// --- by TCP: messages with their length before them ---------------------------------------------

void NameServer::onConnection() {
  const int fd = ::accept4(tcp_, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
  if (fd < 0) return;
  const ConnectionPtr connection = std::make_shared<Connection>(fd);
  connections_.push_back(connection);
  connection->watcher = watch(fd, [this, raw = connection.get()] {
    for (const ConnectionPtr& one : connections_) {
      if (one.get() == raw) return onBytes(ConnectionPtr(one));
    }
  });
}

void NameServer::onBytes(const ConnectionPtr& connection) {
  std::array<char, 1024> came;
  const ssize_t size = ::recv(connection->fd, came.data(), came.size(), 0);
  if (size <= 0) {
    connections_.remove(connection);
    return;
  }
  std::string& bytes = connection->bytes;
  bytes.append(came.data(), static_cast<std::size_t>(size));
  while (bytes.size() >= 2 && bytes.size() - 2 >= numberAt(bytes, 0)) {
    const std::string query = bytes.substr(2, numberAt(bytes, 0));
    bytes.erase(0, query.size() + 2);
    answer(connection, query);
  }
}

void NameServer::answer(const ConnectionPtr& connection, std::string_view query) {
  const auto reply = replyTo(query, /*by_tcp=*/true);
  if (!reply) return;
  const std::string framed = wire16(static_cast<unsigned>(reply->size())) + *reply;
  const std::size_t half = framed.size() / 2;
  ::send(connection->fd, framed.data(), half, MSG_NOSIGNAL);
  if (questionOf(query).name == kTcpCut) {
    connections_.remove(connection);
    return;
  }
  loop_.setImmediate([later = std::weak_ptr(connection), rest = framed.substr(half)] {
    if (const auto open = later.lock()) ::send(open->fd, rest.data(), rest.size(), MSG_NOSIGNAL);
  });
}

// --- what is answered ---------------------------------------------------------------------------

std::vector<std::string> NameServer::dataOf(const std::string& name, unsigned type,
                                            unsigned& code) const {
  if (const auto found = records_.find({name, type}); found != records_.end()) return found->second;
  if (name == kBroken) return {"x"};
  const auto other = records_.lower_bound({name, 0});
  const bool known = other != records_.end() && other->first.first == name;
  code = name == kFails ? 2 : name == kRefused ? 5 : known ? 0 : 3;
  return {};
}

std::optional<std::string> NameServer::replyTo(std::string_view query, bool by_tcp) {
  ++(by_tcp ? tcp_queries_ : queries_);
  const Question question = questionOf(query);
  const std::string& name = question.name;
  if (name == kSilent || (by_tcp && name == kTcpSilent)) return std::nullopt;

  unsigned code = 0;
  const std::vector<std::string> data = dataOf(name, question.type, code);
  const auto head = [&](unsigned flags, std::size_t count) {
    return std::string(query.substr(0, 2)) + wire16(flags | code) + wire16(1) +
           wire16(static_cast<unsigned>(count)) + wire32(0) + std::string(question.bytes);
  };
  constexpr unsigned kAnswer = 0x8580;
  constexpr unsigned kIsTruncated = 0x0200;
  std::string reply = head(kAnswer, data.size());
  for (const std::string& bytes : data) {
    reply += wire16(0xc00c) + wire16(question.type) + wire16(1) + wire32(60);
    reply += wire16(static_cast<unsigned>(bytes.size())) + bytes;
  }
  if (name == kGarbage) reply.resize(kHeader - 2);
  const bool only_by_tcp = reply.size() > kLongestDatagram || name == kTcpSilent || name == kTcpCut;
  return only_by_tcp && !by_tcp ? head(kAnswer | kIsTruncated, 0) : reply;
}

}  // namespace weft::tests
