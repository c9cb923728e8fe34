#include "weft/stream/byte_queue.h"

#include <gtest/gtest.h>

#include <array>
#include <random>
#include <stdexcept>
#include <string>

namespace weft::stream {
namespace {

std::string drained(ByteQueue& queue) {
  std::string all;
  while (!queue.empty()) {
    all += queue.front();
    queue.consume(queue.front().size());
  }
  return all;
}

TEST(ByteQueueTest, BytesComeOutInTheOrderTheyWentIn) {
  ByteQueue queue;
  queue.append("ab");
  queue.append(std::string(5000, 'c'));  // large enough to become a piece
  queue.append("d");
  EXPECT_EQ(queue.size(), 5003u);
  EXPECT_EQ(drained(queue), "ab" + std::string(5000, 'c') + "d");
  EXPECT_TRUE(queue.front().empty());
}

TEST(ByteQueueTest, ConsumeGoesThroughPieces) {
  ByteQueue queue;
  const std::string large(40'000, 'x');
  queue.append(std::string_view(large));
  queue.append("end");
  queue.consume(39'999);
  EXPECT_EQ(drained(queue), "xend");
}

TEST(ByteQueueTest, FrontsShowsAsManyPiecesAsThereIsRoomFor) {
  ByteQueue queue;
  for (char c : {'a', 'b', 'c'}) queue.append(std::string(5000, c));
  std::array<iovec, 2> two;
  EXPECT_EQ(queue.fronts(two), 2u);
  EXPECT_EQ(two[1].iov_len, 5000u);
  std::array<iovec, 8> many;
  EXPECT_EQ(queue.fronts(many), 3u);
}

TEST(ByteQueueTest, SpliceMovesEverythingBehind) {
  ByteQueue a;
  ByteQueue b;
  a.append("a");
  b.append("b");
  a.splice(b);
  EXPECT_TRUE(b.empty());
  b.append("again");
  EXPECT_EQ(drained(a), "ab");
  EXPECT_EQ(drained(b), "again");
}

TEST(ByteQueueTest, TakeFrontHasLeftTheQueueWhenItIsUsed) {
  ByteQueue queue;
  queue.append("a");
  queue.takeFront([&](std::string_view bytes) {
    EXPECT_TRUE(queue.empty());
    queue.append("b");
    EXPECT_EQ(bytes, "a");
  });
  EXPECT_EQ(drained(queue), "b");
}

TEST(ByteQueueTest, AppendWithAddsWhatWasWrittenAndNothingIfThatThrows) {
  ByteQueue queue;
  const auto writeTwo = [](char* at) {
    at[0] = 'b';
    at[1] = 'c';
    return at + 2;
  };
  queue.append("a");
  queue.appendWith(100, writeTwo);
  EXPECT_THROW(queue.appendWith(5,
                                [](char* at) -> char* {
                                  *at = 'd';
                                  throw std::runtime_error("writer");
                                }),
               std::runtime_error);
  EXPECT_EQ(queue.size(), 3u);
  queue.appendWith(100'000, writeTwo);
  EXPECT_EQ(drained(queue), "abcbc");
}

TEST(ByteQueueTest, RandomOperationsAgreeWithAString) {
  std::minstd_rand random(7);
  const auto below = [&](std::size_t n) { return random() % n; };
  ByteQueue queue;
  std::string model;
  for (int step = 0; step != 3000; ++step) {
    const std::string bytes(below(step % 10 == 0 ? 40'000 : 300), char('a' + step % 26));
    switch (below(4)) {
      case 0:
        queue.append(std::string_view(bytes));
        model += bytes;
        break;
      case 1:
        queue.append(std::string(bytes));
        model += bytes;
        break;
      case 2: {
        const std::size_t count = below(model.size() + 1);
        queue.consume(count);
        model.erase(0, count);
        break;
      }
      default:
        if (model.empty()) break;
        queue.takeFront([&](std::string_view front) {
          ASSERT_EQ(front, model.substr(0, front.size()));
          model.erase(0, front.size());
        });
    }
    ASSERT_EQ(queue.size(), model.size());
    ASSERT_TRUE(model.starts_with(queue.front()));
  }
  EXPECT_EQ(drained(queue), model);
}

}  // namespace
}  // namespace weft::stream
