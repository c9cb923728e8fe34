#include "weft/tests/net/dns/name_server.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cctype>
#include <stdexcept>

namespace weft::tests {
namespace {

constexpr std::size_t kHeader = 12;

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

NameServer::NameServer(EventLoop& loop)
    : fd_(::socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof(address);
  if (fd_ < 0 || ::bind(fd_, reinterpret_cast<sockaddr*>(&address), size) != 0 ||
      ::getsockname(fd_, reinterpret_cast<sockaddr*>(&address), &size) != 0) {
    throw std::runtime_error("there is no socket for the name server");
  }
  port_ = ntohs(address.sin_port);
  watcher_.emplace(loop, fd_, loop::FdWatcher::kReadable, [this](unsigned) { onReadable(); });
  watcher_->unref();
}

NameServer::~NameServer() {
  watcher_.reset();
  ::close(fd_);
}

void NameServer::add(const std::string& name, unsigned type, std::string data) {
  records_[{name, type}].push_back(std::move(data));
}

std::string NameServer::address() const { return "127.0.0.1:" + std::to_string(port_); }

void NameServer::onReadable() {
  std::array<char, 1024> query;
  sockaddr_in from{};
  socklen_t from_size = sizeof(from);
  const ssize_t size = ::recvfrom(fd_, query.data(), query.size(), 0,
                                  reinterpret_cast<sockaddr*>(&from), &from_size);
  if (size <= static_cast<ssize_t>(kHeader)) return;
  ++queries_;
  const auto reply = replyTo({query.data(), static_cast<std::size_t>(size)});
  if (!reply) return;
  ::sendto(fd_, reply->data(), reply->size(), 0, reinterpret_cast<sockaddr*>(&from), from_size);
}

std::optional<std::string> NameServer::replyTo(std::string_view query) {
  std::string name;
  std::size_t at = kHeader;
  while (query[at] != '\0') {
    const auto length = static_cast<std::size_t>(query[at]);
    if (!name.empty()) name += '.';
    for (const char c : query.substr(at + 1, length)) {
      name += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    }
    at += length + 1;
  }
  const unsigned type =
      static_cast<unsigned char>(query[at + 1]) * 256u + static_cast<unsigned char>(query[at + 2]);
  const std::string_view question = query.substr(kHeader, at + 5 - kHeader);
  if (name == kSilent) return std::nullopt;

  std::vector<std::string> data;
  unsigned code = 0;
  if (const auto found = records_.find({name, type}); found != records_.end()) {
    data = found->second;
  } else if (name == kFails) {
    code = 2;
  } else if (name == kRefused) {
    code = 5;
  } else if (name == kBroken) {
    data.push_back("x");
  } else {
    const auto other = records_.lower_bound({name, 0});
    if (other == records_.end() || other->first.first != name) code = 3;  // there is no such name
  }
  std::string reply = std::string(query.substr(0, 2)) + wire16(0x8580 | code) + wire16(1) +
                      wire16(static_cast<unsigned>(data.size())) + wire32(0);
  reply += question;
  for (const std::string& bytes : data) {
    reply += wire16(0xc00c) + wire16(type) + wire16(1) + wire32(60);
    reply += wire16(static_cast<unsigned>(bytes.size())) + bytes;
  }
  if (name == kGarbage) reply.resize(kHeader - 2);
  return reply;
}

}  // namespace weft::tests
