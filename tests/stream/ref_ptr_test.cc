#include "weft/stream/ref_ptr.h"

#include <gtest/gtest.h>

#include <utility>

namespace weft::stream {
namespace {

struct Counted {
  explicit Counted(int* count) : references(count) {}
  void addRef() { ++*references; }
  void release() { --*references; }
  int* references;
};
struct Derived : Counted {
  using Counted::Counted;
};

TEST(RefPtrTest, EveryCopyCountsAndEveryEndGivesBack) {
  int count = 0;
  Counted object(&count);
  {
    RefPtr<Counted> first(&object);
    RefPtr<Counted> second = first;
    EXPECT_EQ(count, 2);
    RefPtr<Counted> moved = std::move(first);
    EXPECT_EQ(count, 2);
    EXPECT_TRUE(first == nullptr);  // NOLINT: moved from is empty, that is the contract
    EXPECT_EQ(moved, second);
    second.reset();
    EXPECT_EQ(count, 1);
  }
  EXPECT_EQ(count, 0);
}

TEST(RefPtrTest, AssigningItselfKeepsTheObject) {
  int count = 0;
  Counted object(&count);
  RefPtr<Counted> pointer(&object);
  const RefPtr<Counted>& same = pointer;
  pointer = same;
  EXPECT_EQ(count, 1);
  EXPECT_EQ(pointer.get(), &object);
}

TEST(RefPtrTest, APointerToADerivedClassIsOneToItsBase) {
  int count = 0;
  Derived object(&count);
  const RefPtr<Derived> derived(&object);
  const RefPtr<Counted> base = derived;
  EXPECT_EQ(base.get(), &object);
  EXPECT_EQ(count, 2);
}

}  // namespace
}  // namespace weft::stream
