#ifndef WEFT_BENCH_NATIVE_READ_FILE_SUBJECT_H_
#define WEFT_BENCH_NATIVE_READ_FILE_SUBJECT_H_

#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <stdexcept>
#include <string>
#include <vector>

#include "weft/bench/common/subject.h"
#include "weft/bench/common/threads.h"

// What does it cost to read a whole file of 1 MiB, which the page cache holds, into fresh memory?
//
// read_file_1MiB: one after the other; the time that the program waits. Every peer gives a `Reader`
// that can be made without arguments and has
//
//   std::size_t read(const char* path);   // runs its loop until the file is read; its length
namespace weft::bench {

inline constexpr std::size_t kFileLength = 1 << 20;

// A file of kFileLength bytes that goes when this does.
class TemporaryFile {
 public:
  TemporaryFile() {
    const char* folder = std::getenv("TMPDIR");
    path_ = std::string(folder == nullptr ? "/tmp" : folder) + "/weft-bench-XXXXXX";
    const int descriptor = mkstemp(path_.data());
    const std::vector<char> content(kFileLength, 'x');
    const ssize_t written = write(descriptor, content.data(), content.size());
    close(descriptor);
    if (written != static_cast<ssize_t>(kFileLength)) throw std::runtime_error("cannot write");
  }
  ~TemporaryFile() { unlink(path_.c_str()); }
  TemporaryFile(const TemporaryFile&) = delete;
  TemporaryFile& operator=(const TemporaryFile&) = delete;

  const char* path() const { return path_.c_str(); }

 private:
  std::string path_;
};

template <class Reader>
void readFile(benchmark::State& state) {
  const TemporaryFile file;
  Reader reader;
  for (auto _ : state) {
    const auto start = std::chrono::steady_clock::now();
    if (reader.read(file.path()) != kFileLength) state.SkipWithError("the file was not read");
    state.SetIterationTime(secondsSince(start));
  }
  setOperations(state, 1);
}

template <class Reader>
int runReadFileSubject(int argc, char** argv) {
  add("read_file_1MiB", readFile<Reader>)->UseManualTime();
  return run(argc, argv);
}

}  // namespace weft::bench

#endif  // WEFT_BENCH_NATIVE_READ_FILE_SUBJECT_H_
