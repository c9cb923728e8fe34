// What the machines of this folder share: what must hold, an input with a program behind it, and
// one end of a connection that has no event loop.
//
// Threads: one.

#ifndef WEFT_TESTS_NET_FUZZ_MACHINE_PARTS_H_
#define WEFT_TESTS_NET_FUZZ_MACHINE_PARTS_H_

#include <cstddef>
#include <string>
#include <string_view>

namespace weft::tests {

// Says on stderr what does not hold, and aborts.
void require(bool ok, const char* what);

// The last byte of an input tells how many of the bytes in front of it are steps.
struct MachineInput {
  explicit MachineInput(std::string_view input);

  std::string_view bytes;
  std::string_view steps;
};

// A path of a Unix socket that is no file and that no other process has.
std::string abstractPath();

// One end of a connection: what goes and comes without waiting. Owns the descriptor.
class RawEnd {
 public:
  explicit RawEnd(int fd) : fd_(fd) {}
  ~RawEnd() { leave(); }
  RawEnd(const RawEnd&) = delete;
  RawEnd& operator=(const RawEnd&) = delete;

  // Sends what the system takes; returns how much that was.
  std::size_t send(std::string_view bytes);
  // Takes what has come.
  void read();
  void endSending();
  void leave();

  bool gone() const { return fd_ < 0; }
  // No more will be sent: it has ended that, or is gone.
  bool sendingEnded() const { return sending_ended_; }
  // The other end sends no more, as far as this one has read.
  bool otherEnded() const { return other_ended_; }
  const std::string& sent() const { return sent_; }
  const std::string& received() const { return received_; }

 private:
  int fd_;
  bool sending_ended_ = false;
  bool other_ended_ = false;
  std::string sent_;
  std::string received_;
};

}  // namespace weft::tests

#endif  // WEFT_TESTS_NET_FUZZ_MACHINE_PARTS_H_
