#include "weft/loop/internal/timer_nodes.h"

#include <gtest/gtest.h>

#include <set>
#include <vector>

namespace weft::loop::internal {
namespace {

TEST(TimerNodesTest, ALineHasItsOwnAddressAndNumberAmongMany) {
  TimerNodes nodes;
  std::set<const TimerLine*> seen;
  for (int i = 0; i < 100'000; ++i) {
    const auto [timer, id] = nodes.take();
    ASSERT_TRUE(seen.insert(timer).second);
    ASSERT_EQ(reinterpret_cast<std::uintptr_t>(timer) % 64, 0u);
    ASSERT_LT(id, nodes.ids());
    ASSERT_TRUE(nodes.isTimer(static_cast<TimerNodes::Id>(id)));
    ASSERT_EQ(&nodes.at(static_cast<TimerNodes::Id>(id)), timer);
    ASSERT_EQ(nodes.idOf(*timer), id);
    ASSERT_EQ(nodes.find(nodes.nameOf(*timer)), timer);
  }
}

TEST(TimerNodesTest, LinesThatWereGivenBackAreUsedAgain) {
  TimerNodes nodes;
  const auto takeAll = [&nodes] {
    std::vector<TimerNodes::Added> taken;
    for (int i = 0; i < 10'000; ++i) taken.push_back(nodes.take());
    return taken;
  };
  std::set<const TimerLine*> before;
  for (const TimerNodes::Added& line : takeAll()) {
    before.insert(line.timer);
    nodes.giveBack(line);
  }
  const TimerNodes::Id ids = nodes.ids();
  std::set<const TimerLine*> after;
  for (const TimerNodes::Added& line : takeAll()) after.insert(line.timer);
  EXPECT_EQ(after.size(), before.size());
  // But for those that were at hand and had not been taken yet.
  EXPECT_LE(nodes.ids() - ids, 64u);
}

TEST(TimerNodesTest, WhatWasGivenBackLastIsTakenFirst) {
  TimerNodes nodes;
  const TimerNodes::Added first = nodes.take();
  const TimerNodes::Added second = nodes.take();
  nodes.giveBack(first);
  nodes.giveBack(second);
  EXPECT_EQ(nodes.take().timer, second.timer);
  EXPECT_EQ(nodes.take().timer, first.timer);
}

TEST(TimerNodesTest, AnUnusedGenerationIsOneThatNoLineHad) {
  constexpr std::uint32_t kFirst = 4'294'967'290;  // so that the others begin at 0 again
  TimerNodes nodes;
  nodes.beginGenerationsAt(kFirst);
  const TimerNodes::Added line = nodes.take();
  EXPECT_EQ(line.timer->generation(), kFirst);
  for (int i = 0; i < 10; ++i) TimerNodes::expire(*line.timer);
  EXPECT_EQ(nodes.unusedGeneration(), kFirst + 22);
}

TEST(TimerNodesTest, AGuestIsFoundByItsNameWhileItIsAttached) {
  TimerNodes nodes;
  const TimerNodes::Added line = nodes.take();
  TimerNode guests[20];
  std::set<TimerNodes::Name> names{nodes.nameOf(*line.timer)};
  for (TimerNode& guest : guests) {
    nodes.attach(guest);
    EXPECT_TRUE(names.insert(nodes.nameOf(guest)).second);
    EXPECT_EQ(nodes.find(nodes.nameOf(guest)), &guest);
  }
  for (TimerNode& guest : guests) {
    const TimerNodes::Name name = nodes.nameOf(guest);
    EXPECT_NE(nodes.anyGuest(), nullptr);
    nodes.detach(guest);
    EXPECT_EQ(nodes.find(name), nullptr);
  }
  EXPECT_EQ(nodes.anyGuest(), nullptr);
  EXPECT_EQ(nodes.find(nodes.nameOf(*line.timer)), line.timer);
}

}  // namespace
}  // namespace weft::loop::internal
