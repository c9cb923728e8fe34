// What coroutines allocate, which needs operator new of its own and so a program of its own: a
// frame, from a free list, and nothing else.

#include <gtest/gtest.h>

#include <cstddef>
#include <cstdlib>
#include <new>

#include "weft/cls/cls.h"
#include "weft/loop/co.h"
#include "weft/loop/co_wait.h"
#include "weft/loop/event_loop.h"
#include "weft/loop/spawn.h"

namespace {

std::size_t g_allocations = 0;

}  // namespace

void* operator new(std::size_t size) {
  ++g_allocations;
  if (void* const memory = std::malloc(size)) return memory;
  throw std::bad_alloc();
}

void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }

namespace weft::loop {
namespace {

constexpr int kMany = 1000;

class CoMemoryTest : public testing::Test {
 protected:
  // How many allocations `count` ticks make once the queue of ticks has its memory.
  Co<> waitForTicks(int count) {
    for (int i = 0; i < kMany; ++i) co_await nextTick();
    const std::size_t before = g_allocations;
    for (int i = 0; i < count; ++i) co_await nextTick();
    allocations_ = g_allocations - before;
  }
  Co<int> successor(int value, bool waits) {
    if (waits) co_await nextTick();
    co_return value + 1;
  }
  Co<> call(int count, bool waits) {
    for (int i = 0; i < count; ++i) sum_ = co_await successor(sum_, waits);
  }
  // How many allocations `body` makes when it is called for the second time.
  template <typename Body>
  std::size_t inTheSecondRound(Body body) {
    body();
    const std::size_t before = g_allocations;
    body();
    return g_allocations - before;
  }

  EventLoop loop_;
  cls::Namespace ns_ = cls::createNamespace("request");
  std::size_t allocations_ = 0;
  int sum_ = 0;
};

TEST_F(CoMemoryTest, AWaitForATickAllocatesNothing) {
  allocations_ = 1;
  spawn(loop_, waitForTicks(kMany));
  loop_.run();
  EXPECT_EQ(allocations_, 0u);
}

TEST_F(CoMemoryTest, NeitherDoesOneInAContext) {
  allocations_ = 1;
  ns_.run([&] { spawn(loop_, waitForTicks(kMany)); });
  loop_.run();
  EXPECT_EQ(allocations_, 0u);
}

// Under the address sanitizer free lists keep nothing, so that it sees each use after free.
#ifndef WEFT_CLS_POISONING
TEST_F(CoMemoryTest, AFrameIsAllocatedOnceAndThenComesFromTheFreeList) {
  for (const bool waits : {false, true}) {
    EXPECT_EQ(inTheSecondRound([&] {
                spawn(loop_, call(kMany, waits));
                loop_.run();
              }),
              0u);
  }
  EXPECT_EQ(sum_, 4 * kMany);
}
#else
TEST_F(CoMemoryTest, WithoutAFreeListOneAllocationIsACallsFrame) {
  spawn(loop_, call(1, true));
  loop_.run();
  const auto allocationsOf = [&](int calls) {
    const std::size_t before = g_allocations;
    spawn(loop_, call(calls, true));
    loop_.run();
    return g_allocations - before;
  };
  const std::size_t one = allocationsOf(1);
  EXPECT_EQ(allocationsOf(1 + kMany) - one, static_cast<std::size_t>(kMany));
}
#endif

}  // namespace
}  // namespace weft::loop
