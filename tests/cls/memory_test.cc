// What contexts cost in memory: nothing that grows with callbacks, runs or namespaces.

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdlib>
#include <functional>
#include <new>
#include <string>
#include <vector>

#include "weft/cls/cls.h"
#include "weft/cls/emitter_binding.h"
#include "weft/tests/cls/support.h"

namespace {
std::atomic<long> g_allocated{0};  // pieces of memory that are in use
std::atomic<long> g_allocations{0};
}  // namespace

void* operator new(std::size_t size) {
  void* memory = std::malloc(size);
  if (memory == nullptr) throw std::bad_alloc();
  ++g_allocated;
  ++g_allocations;
  return memory;
}
void operator delete(void* memory) noexcept {
  if (memory != nullptr) --g_allocated;
  std::free(memory);
}
void operator delete(void* memory, std::size_t) noexcept { operator delete(memory); }

namespace weft::cls {
namespace {

using Held = HeldFrame<Holder::kQueued>;

constexpr int kRounds = 100000;
// Ten million in memory_millions_test, which is built with optimization.
#if defined(__OPTIMIZE__) && !defined(WEFT_CLS_POISONING) && !defined(__SANITIZE_THREAD__)
constexpr int kMillions = 10000000;
#else
constexpr int kMillions = 200000;
#endif

// A callback that starts `step` and goes on from inside it, that many times: by how many pieces the
// most memory in use in the second half exceeds the most in the first, its first thousand rounds
// aside. It goes up and down with the length of chains, between two compactions; what could grow is
// the crest.
template <typename Step>
long growth(Step step, int rounds = kRounds) {
  Held held;
  long crest[2] = {0, 0};
  for (int i = 0; i < rounds; ++i) {
    if (held) held.enter();
    Held next;
    step(i, [&] { next = Held::capture(); });
    leave();
    held = std::move(next);
    if (i < 1000) continue;
    long& most = crest[i < rounds / 2 ? 0 : 1];
    most = std::max<long>(most, g_allocated);
  }
  return crest[1] - crest[0];
}

class MemoryTest : public testing::Test {
 protected:
  ~MemoryTest() override {
    EXPECT_LE(most_, 40u) << "contexts were alive at the same time";
    settle();
    drainAll();
    EXPECT_EQ(liveContexts(), 0u);
  }
  Namespace a_ = createAnonymousNamespace(), b_ = createAnonymousNamespace();
  std::size_t most_ = 0;
};

TEST_F(MemoryTest, RunsThatGoOnFromInsideThemselvesKeepConstantMemory) {
  EXPECT_EQ(growth([&](int, auto next) { a_.run(next); }), 0);
}

TEST_F(MemoryTest, AlsoWhenTheySetValuesOnTheWay) {
  EXPECT_EQ(growth([&](int i, auto next) {
              a_.run([&] {
                a_.set("n", i);
                a_.set("k" + std::to_string(i % 20), i);
                next();
                most_ = std::max(most_, liveContexts());
              });
            }),
            0);
}

TEST_F(MemoryTest, AlsoInTwoNamespacesThatAlternate) {
  EXPECT_EQ(growth([&](int i, auto next) {
              (i % 2 == 0 ? a_ : b_).run([&] {
                a_.active() ? a_.set("n", i) : void();
                next();
                most_ = std::max(most_, liveContexts());
              });
            }),
            0);
}

TEST_F(MemoryTest, AlsoMillionsOfTimes) {
  EXPECT_EQ(growth([&](int, auto next) { a_.run(next); }, kMillions), 0);
  EXPECT_EQ(growth([&](int i, auto next) { (i % 2 == 0 ? a_ : b_).run(next); }, kMillions), 0);
}

TEST_F(MemoryTest, AlsoInTwoNamespacesInsideEachOther) {
  EXPECT_EQ(growth([&](int i, auto next) {
              a_.run([&] {
                a_.set("n", i);
                b_.run([&] {
                  b_.set("n", i);
                  next();
                  most_ = std::max(most_, liveContexts());
                });
              });
            }),
            0);
}

TEST_F(MemoryTest, AlsoThroughBoundFunctionsFunctionsAndListeners) {
  EmitterBinding binding;
  binding.bind(a_);
  EXPECT_EQ(growth([&](int i, auto next) {
              a_.run([&] {
                switch (i % 3) {
                  case 0:
                    return a_.bind(next)();
                  case 1:
                    return Function<void()>(next)();
                  default: {
                    const ListenerContext listener = ListenerContext::capture(binding);
                    detached([&] { listener.call(next); });
                  }
                }
              });
            }),
            0);
}

TEST_F(MemoryTest, AlsoWhenContextsAreEnteredAndNeverLeft) {
  testing::internal::CaptureStderr();
  EXPECT_EQ(growth([&](int i, auto next) {
              if (i % 100 == 0) {
                a_.enter(a_.createContext());
              } else {
                a_.enter(a_.active());
              }
              next();
              settle();
            }),
            0);
  testing::internal::GetCapturedStderr();
}

TEST_F(MemoryTest, AlsoWhenEachRoundThrows) {
  EXPECT_LE(growth([&](int i, auto next) {
              if (i % 100 != 0) return next();
              try {
                a_.run([&] {
                  next();
                  throw i;
                });
              } catch (int) {
              }
              settle();
            }),
            0);
}

TEST_F(MemoryTest, ACaptureAndItsRestoreAllocateNothing) {
  a_.run([&] {
    b_.run([&] {
      const long before = g_allocations;
      for (int i = 0; i < 1000; ++i) {
        Held held = Held::capture();
        FrameScope scope(held);
        Held again = Held::capture();
      }
      EXPECT_EQ(g_allocations, before);
    });
  });
}

TEST_F(MemoryTest, ARunAllocatesNothingOnceItIsWarm) {
  a_.run([] {});
  const long before = g_allocations;
  for (int i = 0; i < 1000; ++i) a_.run([] {});
  EXPECT_EQ(g_allocations, before);
}

TEST_F(MemoryTest, NamespacesThatComeAndGoLeaveNothing) {
  auto one = [](int i) {
    Namespace ns = createNamespace("comes and goes");
    ns.run([&] {
      ns.set("n", i);
      Held held = Held::capture();
      destroyNamespace("comes and goes");
      Held after = Held::capture();
    });
  };
  for (int i = 0; i < 1000; ++i) one(i);
  const long before = g_allocated;
  for (int i = 0; i < 100000; ++i) one(i);
  EXPECT_EQ(g_allocated, before);
}

TEST_F(MemoryTest, NamesOfKeysThatComeAndGoLeaveNothing) {
  auto one = [&](int i) {
    a_.run([&] {
      for (int k = 0; k < 30; ++k) a_.set("name" + std::to_string(i * 30 + k), k);
    });
  };
  for (int i = 0; i < 100; ++i) one(i);
  const long before = g_allocated;
  for (int i = 100; i < 3000; ++i) one(i);
  EXPECT_LE(g_allocated - before, 2) << "tables may grow once more";
}

}  // namespace
}  // namespace weft::cls
