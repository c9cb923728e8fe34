// How signals reach watchers: the handler, which may run on any thread at any moment, looks through
// a list that only grows and writes to the eventfds of those who watch the signal. What it touches
// is never freed nor closed, only used again; so there are as many sinks as there ever were
// watchers at a time.
//
// (libevent 2.1 knows signals in one loop of a process only.)

#ifndef WEFT_LOOP_INTERNAL_SIGNAL_SINK_H_
#define WEFT_LOOP_INTERNAL_SIGNAL_SINK_H_

#include <atomic>
#include <cstdint>

namespace weft::loop::internal {

struct SignalSink {
  std::atomic<int> signal{0};             // 0: not in use
  std::atomic<std::uint64_t> arrived{0};  // bit n - 1: signal n, and it was not taken yet
  int fd;                                 // an eventfd
  SignalSink* next;
};

// Catches the signal from now on. Throws UsageError if it cannot be caught.
SignalSink* openSignalSink(int signal);
void closeSignalSink(SignalSink* sink, int signal) noexcept;

// True if the signal has arrived since the last call.
bool takeSignal(SignalSink* sink, int signal) noexcept;

}  // namespace weft::loop::internal

#endif  // WEFT_LOOP_INTERNAL_SIGNAL_SINK_H_
