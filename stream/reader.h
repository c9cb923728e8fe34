// Reader: pulls from a Readable in a coroutine.
//
//   stream::Reader reader(request);
//   while (true) {
//     absl::StatusOr<std::string> bytes = co_await reader.read();
//     if (!bytes.ok()) co_return bytes.status();  // broken off
//     if (bytes->empty()) break;                  // the end
//     co_await store(*bytes);                     // meanwhile the source is held back
//   }
//
// Between two reads at most the stream's high-water mark waits inside. While a Reader is there the
// stream does not flow by itself, and its failure is what read() gives: it is thrown at nobody.
// Dropping the Reader leaves the stream as it is; resume() or destroy() it, if it has not ended.
//
// In code without coroutines: listen to kReadable and call Readable::read().
//
// Threads: the loop's only.

#ifndef WEFT_STREAM_READER_H_
#define WEFT_STREAM_READER_H_

#include <array>
#include <coroutine>
#include <cstddef>
#include <string>

#include "absl/status/statusor.h"
#include "weft/loop/co.h"
#include "weft/stream/readable.h"
#include "weft/stream/ref_ptr.h"

namespace weft::stream {

class Reader {
 public:
  // From now on the stream does not flow; what waits in it is read first.
  explicit Reader(RefPtr<Readable> stream);
  ~Reader();
  Reader(const Reader&) = delete;
  Reader& operator=(const Reader&) = delete;

  class Read;
  // Waits until there are bytes, and gives all of them, but not more than `most`; an empty string
  // at the end, as often as asked; the stream's error, or Aborted, if it was destroyed before its
  // end. One at a time, else UsageError.
  Read read(std::size_t most = std::string::npos);
  // Everything up to the end. ResourceExhausted as soon as it is more than `limit` bytes; the
  // stream is then as it is, with bytes missing.
  loop::Co<absl::StatusOr<std::string>> readAll(std::size_t limit);

  const RefPtr<Readable>& stream() const noexcept { return stream_; }

 private:
  bool ready() const noexcept;
  absl::StatusOr<std::string> take(std::size_t most);
  void wake();

  const RefPtr<Readable> stream_;
  Read* waiting_ = nullptr;
  bool ended_ = false;  // said so
  std::array<emitter::ListenerHandle, 3> listeners_;
};

// What read() gives: to be awaited at once.
class [[nodiscard]] Reader::Read : public loop::internal::AtHome {
 public:
  Read(Reader& reader, std::size_t most) noexcept : reader_(reader), most_(most) {}
  Read(const Read&) = delete;
  Read& operator=(const Read&) = delete;
  ~Read() {
    if (reader_.waiting_ == this) reader_.waiting_ = nullptr;
  }

  Read operator co_await() const { return {reader_, most_}; }
  bool await_ready() const noexcept { return reader_.ready(); }
  template <typename P>
  void await_suspend(std::coroutine_handle<P> handle) {
    suspend(handle.promise());
  }
  absl::StatusOr<std::string> await_resume() { return reader_.take(most_); }

 private:
  friend class Reader;
  [[gnu::noinline]] void suspend(loop::internal::CoPromise& promise);

  Reader& reader_;
  const std::size_t most_;
  loop::internal::CoPromise* waiter_ = nullptr;
};

}  // namespace weft::stream

#endif  // WEFT_STREAM_READER_H_
