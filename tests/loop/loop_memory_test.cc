// What a loop keeps of memory, which needs operator new of its own and so a program of its own.

#include <gtest/gtest.h>
#include <malloc.h>

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <functional>
#include <new>
#include <random>

#include "weft/loop/event_loop.h"

namespace {

// Bytes, in all so far, and without those that were given back.
std::size_t g_asked_for = 0;
std::size_t g_in_use = 0;

void* counted(std::size_t size, void* memory) {
  if (memory == nullptr) throw std::bad_alloc();
  g_asked_for += size;
  g_in_use += malloc_usable_size(memory);
  return memory;
}

void release(void* memory) {
  g_in_use -= malloc_usable_size(memory);
  std::free(memory);
}

}  // namespace

void* operator new(std::size_t size) { return counted(size, std::malloc(size)); }
void* operator new(std::size_t size, std::align_val_t alignment) {
  const auto align = static_cast<std::size_t>(alignment);
  return counted(size, std::aligned_alloc(align, (size + align - 1) / align * align));
}
void operator delete(void* memory) noexcept { release(memory); }
void operator delete(void* memory, std::size_t) noexcept { release(memory); }
void operator delete(void* memory, std::align_val_t) noexcept { release(memory); }
void operator delete(void* memory, std::size_t, std::align_val_t) noexcept { release(memory); }

namespace weft::loop {
namespace {

constexpr int kMany = 100'000;

class LoopMemoryTest : public ::testing::Test {
 protected:
  // Bytes that are kept when `kMany` callbacks were scheduled in one go and have run.
  std::size_t keptAfter(const std::function<void()>& schedule) {
    iterate();
    const std::size_t before = g_in_use;
    for (int i = 0; i < kMany; ++i) schedule();
    EXPECT_GE(g_in_use - before, std::size_t{64} * kMany);
    iterate();
    EXPECT_EQ(ran_, kMany);
    return g_in_use - before;
  }
  // Often enough for what was queued to run, and to be over.
  void iterate() {
    for (int i = 0; i < 3; ++i) {
      loop_.setImmediate([] {});
      loop_.runNoWait();
    }
  }

  EventLoop loop_;
  int ran_ = 0;
};

TEST_F(LoopMemoryTest, ATimerWithACallbackOf16BytesTakes96AtMost) {
  struct Work {
    std::uint64_t first;
    std::uint64_t second;
    void operator()() const {}
  };
  std::mt19937_64 random(1);
  const std::size_t before = g_asked_for;
  for (int i = 0; i < kMany; ++i) {
    loop_.setTimeout(Work{1, 2}, std::chrono::milliseconds(1 + random() % 60'000));
  }
  EXPECT_LE(g_asked_for - before, std::size_t{96} * kMany);
}

TEST_F(LoopMemoryTest, EachQueueGivesItsMemoryBackAfterAPeak) {
  constexpr std::size_t kKept = 2 * 64 * 4096;  // of the hundred thousand tasks' 6.5 MB
  const auto count = [this] { ++ran_; };
  EXPECT_LE(keptAfter([&] { loop_.nextTick(count); }), kKept);
  ran_ = 0;
  EXPECT_LE(keptAfter([&] { loop_.queueMicrotask(count); }), kKept);
  ran_ = 0;
  EXPECT_LE(keptAfter([&] { loop_.setImmediate(count); }), kKept);
  ran_ = 0;
  EXPECT_LE(keptAfter([&] { loop_.post(count).IgnoreError(); }), kKept);
  ran_ = 0;
  EXPECT_LE(keptAfter([&] { loop_.queueClose(count); }), kKept);
}

}  // namespace
}  // namespace weft::loop
