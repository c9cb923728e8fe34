#include "weft/loop/internal/entry_buckets.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <limits>
#include <random>
#include <set>
#include <utility>
#include <vector>

namespace weft::loop::internal {
namespace {

using Entry = EntryBuckets::Entry;
using Name = EntryBuckets::Name;
constexpr std::int64_t kEnd = std::numeric_limits<std::int64_t>::max();

std::vector<Name> drainFirst(EntryBuckets& entries) {
  std::vector<Name> names;
  entries.drain(entries.first(), [&](const Entry& entry) { names.push_back(entry.name); });
  return names;
}

TEST(EntryBucketsTest, ABucketsRangeHoldsItsEntries) {
  for (const std::int64_t key : {std::int64_t{0}, std::int64_t{63}, std::int64_t{64},
                                 std::int64_t{123'456'789'012}, kEnd - 1, kEnd}) {
    EntryBuckets entries;
    EXPECT_TRUE(entries.empty());
    entries.insert({key, 1});
    EXPECT_FALSE(entries.empty());
    const EntryBuckets::Range first = entries.first();
    EXPECT_LE(first.start, key);
    EXPECT_GE(first.end, key);
    EXPECT_EQ(drainFirst(entries), std::vector<Name>{1});
    EXPECT_TRUE(entries.empty());
  }
}

TEST(EntryBucketsTest, EqualKeysKeepTheirOrder) {
  EntryBuckets entries;
  std::vector<Name> expected;
  for (Name name = 0; name < 1000; ++name) {
    entries.insert({1'000'000, name});
    expected.push_back(name);
  }
  while (entries.first().level != 0) entries.spread(entries.first(), kEnd);
  EXPECT_EQ(drainFirst(entries), expected);
}

TEST(EntryBucketsTest, FewAreToldFromManyAtOnce) {
  EntryBuckets entries;
  for (Name name = 0; name < EntryBuckets::kFew; ++name) entries.insert({1'000'000, name});
  EXPECT_TRUE(entries.hasFew(entries.first()));
  for (Name name = 0; name < EntryBuckets::kFew; ++name) entries.insert({1'000'000, name});
  EXPECT_FALSE(entries.hasFew(entries.first()));
}

TEST(EntryBucketsTest, DrainingMayInsertIntoTheSameBucket) {
  EntryBuckets entries;
  for (Name name = 0; name < 100; ++name) entries.insert({5000, name});
  const EntryBuckets::Range first = entries.first();
  entries.drain(first, [&](const Entry& entry) {
    if (entry.name % 2 == 0) entries.insert(entry);
  });
  EXPECT_EQ(entries.size(), 50u);
  EXPECT_EQ(drainFirst(entries).size(), 50u);
}

// Time goes on by any steps, and what it reaches is spread until it can be looked through.
TEST(EntryBucketsTest, NothingIsReachedAfterSomethingLater) {
  std::mt19937_64 random(4);
  EntryBuckets entries;
  std::multiset<std::int64_t> keys;
  std::int64_t now = 0;
  for (int round = 0; round < 2000; ++round) {
    for (int i = 0; i < 100; ++i) {
      const std::int64_t key = now + static_cast<std::int64_t>(random() >> (24 + random() % 40));
      entries.insert({key, 0});
      keys.insert(key);
    }
    now += static_cast<std::int64_t>(random() >> (28 + random() % 36));
    while (!entries.empty() && entries.first().start <= now) {
      const EntryBuckets::Range first = entries.first();
      ASSERT_LE(first.start, *keys.begin());
      ASSERT_GE(first.end, *keys.begin());
      if (first.level != 0) {
        entries.spread(first, now);
        continue;
      }
      entries.drain(first, [&](const Entry& entry) {
        const std::int64_t key = entry.key;
        ASSERT_EQ(key, *keys.begin());
        keys.erase(keys.begin());
      });
    }
    ASSERT_TRUE(keys.empty() || *keys.begin() > now);
    ASSERT_EQ(entries.size(), keys.size());
  }
}

TEST(EntryBucketsTest, SweepingGoesRoundUntilAllThatWasDroppedIsGone) {
  std::mt19937_64 random(5);
  EntryBuckets entries;
  for (Name name = 0; name < 10'000; ++name) {
    entries.insert({static_cast<std::int64_t>(random() >> (1 + random() % 40)), name});
  }
  const auto keeps = [](const Entry& entry) { return entry.name % 10 == 0; };
  for (int chunks = 0; entries.size() > 1000 && chunks < 10'000; ++chunks) {
    const auto chunk = entries.nextToSweep();
    const auto kept = std::stable_partition(chunk.begin(), chunk.end(), keeps);
    entries.swept(static_cast<std::size_t>(kept - chunk.begin()));
  }
  EXPECT_EQ(entries.size(), 1000u);
  std::set<Name> left;
  while (!entries.empty()) {
    for (const Name name : drainFirst(entries)) EXPECT_TRUE(left.insert(name).second);
  }
  EXPECT_EQ(left.size(), 1000u);
  EXPECT_TRUE(std::all_of(left.begin(), left.end(), [](Name name) { return name % 10 == 0; }));
}

TEST(EntryBucketsTest, WhatIsInsertedAfterASweepIsThere) {
  EntryBuckets entries;
  for (int round = 0; round < 50; ++round) {
    for (Name name = 0; name < 200; ++name) entries.insert({7'000'000, name});
    for (int chunks = 0; chunks < 7; ++chunks) {
      const auto chunk = entries.nextToSweep();
      entries.swept(chunk.size() / 2);
    }
  }
  const std::size_t size = entries.size();
  EXPECT_EQ(drainFirst(entries).size(), size);
  EXPECT_TRUE(entries.empty());
}

}  // namespace
}  // namespace weft::loop::internal
