#include "weft/tests/net/fuzz/machine_parts.h"

#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <random>
#include <utility>

namespace weft::tests {

void require(bool ok, const char* what) {
  if (ok) return;
  std::fprintf(stderr, "violated: %s\n", what);
  std::abort();
}

MachineInput::MachineInput(std::string_view input) {
  if (input.empty()) return;
  const std::size_t wanted = static_cast<unsigned char>(input.back()) % 64;
  input.remove_suffix(1);
  const std::size_t front = input.size() - std::min(wanted, input.size());
  bytes = input.substr(0, front);
  steps = input.substr(front);
}

std::string abstractPath() {
  return std::string(1, '\0') + "weft-fuzz-" + std::to_string(std::random_device()());
}

std::size_t RawEnd::send(std::string_view bytes) {
  const ssize_t size = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
  if (size <= 0) return 0;
  sent_.append(bytes, 0, static_cast<std::size_t>(size));
  return static_cast<std::size_t>(size);
}

void RawEnd::read() {
  char buffer[4096];
  while (true) {
    const ssize_t size = ::recv(fd_, buffer, sizeof(buffer), MSG_DONTWAIT);
    if (size == 0) other_ended_ = true;
    if (size <= 0) return;
    received_.append(buffer, static_cast<std::size_t>(size));
  }
}

void RawEnd::endSending() {
  ::shutdown(fd_, SHUT_WR);
  sending_ended_ = true;
}

void RawEnd::leave() {
  if (fd_ >= 0) ::close(std::exchange(fd_, -1));
  sending_ended_ = true;
}

}  // namespace weft::tests
