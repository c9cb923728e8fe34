// A program of examples/ as a process of its own: started, asked where it listens, interrupted.
//
// Threads: one.

#ifndef WEFT_TESTS_INTEGRATION_DEMO_PROCESS_H_
#define WEFT_TESTS_INTEGRATION_DEMO_PROCESS_H_

#include <sys/types.h>
#include <sys/wait.h>

#include <cstdint>
#include <string>
#include <vector>

namespace weft::tests {

class DemoProcess {
 public:
  // Starts it; its output goes to a file of its own.
  DemoProcess(const std::string& program, const std::vector<std::string>& options);
  // Kills it if it still runs.
  ~DemoProcess();
  DemoProcess(const DemoProcess&) = delete;
  DemoProcess& operator=(const DemoProcess&) = delete;

  // Waits until it says "listening on ...:PORT"; 0 if it ended before.
  std::uint16_t port();
  bool running() { return !ended(WNOHANG); }
  // Sends SIGINT.
  void interrupt();
  void signal(int number);
  // Waits until it has said `text`, so many times; false if it ended before.
  bool says(const std::string& text, int times = 1);
  // Waits for its end: the exit code, or minus the signal.
  int exitCode();
  // What it has written so far, to stdout and stderr.
  std::string output() const;

 private:
  bool ended(int wait_flags);

  std::string path_;
  pid_t pid_;
  int status_ = 0;
  bool ended_ = false;
};

// A blocking connection to 127.0.0.1.
class Client {
 public:
  // Throws std::runtime_error if nobody listens there.
  explicit Client(std::uint16_t port);
  ~Client();
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  void send(const std::string& bytes);
  // Sends no more.
  void endSending();
  // What comes next; empty if the other side has ended, or reset.
  std::string receiveSome();
  // Everything until the other side ends, or resets.
  std::string receiveAll();
  // Sends and reads one response with a Content-Length: its status line, head and body.
  std::string ask(const std::string& request);

 private:
  int fd_;
};

}  // namespace weft::tests

#endif  // WEFT_TESTS_INTEGRATION_DEMO_PROCESS_H_
