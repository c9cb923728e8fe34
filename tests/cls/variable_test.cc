#include "weft/cls/variable.h"

#include <gtest/gtest.h>

#include <memory>
#include <stdexcept>
#include <string>

#include "weft/cls/cls.h"
#include "weft/tests/cls/support.h"

namespace weft::cls {
namespace {

TEST(VariableTest, HasItsValueInsideRunOnly) {
  const Variable<std::string> tenant;
  EXPECT_EQ(tenant.get(), nullptr);
  const int result = tenant.run("acme", [&] {
    EXPECT_EQ(*tenant.get(), "acme");
    tenant.run("other", [&] { EXPECT_EQ(*tenant.get(), "other"); });
    EXPECT_EQ(*tenant.get(), "acme");
    return 3;
  });
  EXPECT_EQ(result, 3);
  EXPECT_EQ(tenant.get(), nullptr);
  EXPECT_EQ(liveContexts(), 0u);
}

TEST(VariableTest, TheValueFollowsTheWork) {
  const Variable<int> number;
  Dispatcher dispatcher;
  int seen = 0;
  number.run(7, [&] { dispatcher.add([&] { dispatcher.add([&] { seen = *number.get(); }); }); });
  dispatcher.run();
  EXPECT_EQ(seen, 7);
}

TEST(VariableTest, VariablesAreIndependent) {
  const Variable<int> a, b;
  a.run(1, [&] {
    EXPECT_EQ(b.get(), nullptr);
    b.run(2, [&] {
      EXPECT_EQ(*a.get(), 1);
      EXPECT_EQ(*b.get(), 2);
    });
  });
}

TEST(VariableTest, TakesMoveOnlyValuesAndReturnsReferences) {
  const Variable<std::unique_ptr<int>> owned;
  int n = 0;
  int& result = owned.run(std::make_unique<int>(4), [&]() -> int& {
    n = **owned.get();
    return n;
  });
  EXPECT_EQ(&result, &n);
  EXPECT_EQ(n, 4);
}

TEST(VariableTest, AnOuterValueIsNotKeptByAnInnerOne) {
  const Variable<std::shared_ptr<int>> value;
  auto outer = std::make_shared<int>(1), inner = std::make_shared<int>(2);
  HeldFrame<Holder::kUser> held;
  value.run(outer, [&] { value.run(inner, [&] { held = HeldFrame<Holder::kUser>::capture(); }); });
  EXPECT_EQ(outer.use_count(), 1);
  EXPECT_EQ(inner.use_count(), 2);
}

TEST(VariableTest, IsRestoredWhenTheFunctionThrows) {
  const Variable<int> number;
  number.run(1, [&] {
    EXPECT_THROW(number.run(2, []() -> void { throw std::runtime_error("out"); }),
                 std::runtime_error);
    EXPECT_EQ(*number.get(), 1);
  });
  settle();
  EXPECT_EQ(liveContexts(), 0u);
}

TEST(VariableTest, CrossesThreadsAsItsFlowSays) {
  const Variable<int> copied, dropped(Flow::kDrop);
  copied.run(1, [&] {
    dropped.run(2, [&] {
      const Snapshot snapshot = Snapshot::capture();
      detached([&] {
        snapshot.run([&] {
          EXPECT_EQ(*copied.get(), 1);
          EXPECT_EQ(dropped.get(), nullptr);
        });
      });
    });
  });
}

}  // namespace
}  // namespace weft::cls
