#include "weft/tests/integration/demo_process.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <sstream>
#include <stdexcept>
#include <thread>

namespace weft::tests {
namespace {

std::string temporaryFile() {
  const char* const folder = std::getenv("TEST_TMPDIR");
  std::string path = std::string(folder != nullptr ? folder : "/tmp") + "/demo_XXXXXX";
  const int fd = ::mkstemp(path.data());
  if (fd < 0) throw std::runtime_error("no temporary file: " + path);
  ::close(fd);
  return path;
}

}  // namespace

DemoProcess::DemoProcess(const std::string& program, const std::vector<std::string>& options)
    : path_(temporaryFile()), pid_(::fork()) {
  if (pid_ != 0) return;
  const int fd = ::open(path_.c_str(), O_WRONLY | O_APPEND);
  ::dup2(fd, STDOUT_FILENO);
  ::dup2(fd, STDERR_FILENO);
  std::vector<char*> arguments{const_cast<char*>(program.c_str())};
  for (const std::string& option : options) arguments.push_back(const_cast<char*>(option.c_str()));
  arguments.push_back(nullptr);
  ::execv(program.c_str(), arguments.data());
  std::perror(program.c_str());
  ::_exit(127);
}

DemoProcess::~DemoProcess() {
  if (!ended_) {
    ::kill(pid_, SIGKILL);
    ended(0);
  }
  ::unlink(path_.c_str());
}

bool DemoProcess::ended(int wait_flags) {
  if (!ended_) ended_ = ::waitpid(pid_, &status_, wait_flags) == pid_;
  return ended_;
}

std::string DemoProcess::output() const {
  std::ifstream file(path_);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

std::uint16_t DemoProcess::port() {
  while (true) {
    const bool over = !running();
    const std::string text = output();
    const std::size_t line = text.find("listening on ");
    const std::size_t end = line != std::string::npos ? text.find('\n', line) : line;
    if (end != std::string::npos) {
      return static_cast<std::uint16_t>(std::stoi(text.substr(text.rfind(':', end) + 1)));
    }
    if (over) return 0;
    std::this_thread::yield();
  }
}

void DemoProcess::interrupt() { signal(SIGINT); }
void DemoProcess::signal(int number) { ::kill(pid_, number); }

bool DemoProcess::says(const std::string& text, int times) {
  while (true) {
    const bool over = !running();
    const std::string said = output();
    int found = 0;
    for (std::size_t at = said.find(text); at != said.npos; at = said.find(text, at + 1)) ++found;
    if (found >= times) return true;
    if (over) return false;
    std::this_thread::yield();
  }
}

int DemoProcess::exitCode() {
  ended(0);
  return WIFEXITED(status_) ? WEXITSTATUS(status_) : -WTERMSIG(status_);
}

Client::Client(std::uint16_t port) : fd_(::socket(AF_INET, SOCK_STREAM, 0)) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (::connect(fd_, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) != 0) {
    ::close(fd_);
    throw std::runtime_error("cannot connect to port " + std::to_string(port));
  }
}

Client::~Client() { ::close(fd_); }

void Client::send(const std::string& bytes) {
  for (std::size_t sent = 0; sent != bytes.size();) {
    const ssize_t size = ::send(fd_, bytes.data() + sent, bytes.size() - sent, MSG_NOSIGNAL);
    if (size <= 0) return;
    sent += static_cast<std::size_t>(size);
  }
}

void Client::endSending() { ::shutdown(fd_, SHUT_WR); }

std::string Client::receiveSome() {
  std::array<char, 4096> buffer;
  const ssize_t size = ::recv(fd_, buffer.data(), buffer.size(), 0);
  return std::string(buffer.data(), size > 0 ? static_cast<std::size_t>(size) : 0);
}

std::string Client::receiveAll() {
  std::string all;
  while (true) {
    const std::string more = receiveSome();
    if (more.empty()) return all;
    all += more;
  }
}

std::string Client::ask(const std::string& request) {
  send(request);
  std::string answer;
  std::array<char, 4096> buffer;
  std::size_t wanted = std::string::npos;
  while (answer.size() < wanted) {
    const ssize_t size = ::recv(fd_, buffer.data(), buffer.size(), 0);
    if (size <= 0) break;
    answer.append(buffer.data(), static_cast<std::size_t>(size));
    const std::size_t head = answer.find("\r\n\r\n");
    const std::size_t length = answer.find("Content-Length: ");
    if (wanted == std::string::npos && head != std::string::npos && length < head) {
      wanted = head + 4 + std::stoul(answer.substr(length + 16));
    }
  }
  return answer;
}

}  // namespace weft::tests
