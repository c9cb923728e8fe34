#include "weft/stream/reader.h"

#include <memory>

#include "weft/cls/errors.h"
#include "weft/loop/spawn.h"
#include "weft/tests/stream/streams.h"

namespace weft::tests {
namespace {

using stream::makeRef;
using stream::Reader;

class ReaderTest : public StreamTest {
 protected:
  // Reads to the end and notes what it gets.
  Co<> readToEnd(std::size_t most = std::string::npos) {
    Reader reader(source_);
    while (true) {
      const absl::StatusOr<std::string> bytes = co_await reader.read(most);
      log_.push_back(bytes.ok() ? "'" + *bytes + "'" : std::string(bytes.status().message()));
      if (!bytes.ok() || bytes->empty()) co_return;
    }
  }

  stream::RefPtr<Source> source_ = makeRef<Source>(loop_);
};

TEST_F(ReaderTest, GivesWhatWaitsThenWhatComesThenTheEnd) {
  source_->push("a");
  source_->push("b");
  loop::spawn(loop_, readToEnd());
  loop_.run();
  EXPECT_EQ(log_, Log{"'ab'"});
  source_->push("c");
  EXPECT_EQ(log_, Log{"'ab'"}) << "not from the source's stack";
  loop_.run();
  EXPECT_EQ(log_, (Log{"'ab'", "'c'"}));
  source_->on(kEnd, note("end"));
  source_->pushEnd();
  loop_.run();
  EXPECT_EQ(log_, (Log{"'ab'", "'c'", "''", "end"}));
}

TEST_F(ReaderTest, AtMostAsMuchAsAskedFor) {
  source_->push("abcde");
  source_->pushEnd();
  loop::spawn(loop_, readToEnd(2));
  loop_.run();
  EXPECT_EQ(log_, (Log{"'ab'", "'cd'", "'e'", "''"}));
}

TEST_F(ReaderTest, BetweenReadsTheSourceIsHeldBack) {
  source_->setReadableHighWaterMark(2);
  const auto reader = std::make_unique<Reader>(source_);
  EXPECT_FALSE(source_->push("ab"));
  loop_.run();
  EXPECT_EQ(source_->wanted, 0);
  loop::spawn(loop_, [&]() -> Co<> { log_.push_back(*co_await reader->read()); });
  loop_.run();
  EXPECT_EQ(log_, Log{"ab"});
  EXPECT_EQ(source_->wanted, 1);
}

TEST_F(ReaderTest, AFailureIsWhatReadGivesAndIsThrownAtNobody) {
  loop::spawn(loop_, readToEnd());
  source_->push("a");
  loop_.run();
  source_->destroy(absl::DataLossError("torn"));
  loop_.run();
  EXPECT_EQ(log_, (Log{"'a'", "torn"}));
}

TEST_F(ReaderTest, AStreamThatIsClosedBeforeItsEndIsAFailure) {
  loop::spawn(loop_, readToEnd());
  source_->destroy();
  loop_.run();
  EXPECT_EQ(log_, Log{"the stream was closed before its end"});
}

TEST_F(ReaderTest, TheEndIsGivenAsOftenAsAsked) {
  source_->pushEnd();
  loop::spawn(loop_, [this]() -> Co<> {
    Reader reader(source_);
    for (int i = 0; i < 3; ++i) log_.push_back((co_await reader.read()).value());
    source_->destroy();
    log_.push_back((co_await reader.read()).value());
  });
  loop_.run();
  EXPECT_EQ(log_, (Log{"", "", "", ""}));
}

TEST_F(ReaderTest, ReadAllGivesEverythingUpToALimit) {
  const auto other = makeRef<Source>(loop_);
  for (const auto& one : {source_, other}) {
    loop::spawn(loop_, [this, one]() -> Co<> {
      Reader reader(one);
      const absl::StatusOr<std::string> all = co_await reader.readAll(5);
      log_.push_back(all.ok() ? *all : std::string(all.status().message()));
    });
  }
  source_->push("abc");
  loop_.run();
  source_->push("de");
  source_->pushEnd();
  other->push("abcdef");
  loop_.run();
  EXPECT_EQ(log_, (Log{"abcde", "the stream has more than the 5 bytes that were allowed"}));
}

TEST_F(ReaderTest, ACoroutineThatIsDroppedWhileItReadsLeavesTheStreamAlone) {
  {
    auto running = loop::start(loop_, readToEnd());
    loop_.run();
    source_->push("a");  // it is about to be woken
  }
  loop_.run();
  EXPECT_EQ(log_, Log{});
  EXPECT_EQ(source_->readableLength(), 1u);
  source_->on(kData, [this](std::string_view bytes) { log_.emplace_back(bytes); });
  source_->resume();
  loop_.run();
  EXPECT_EQ(log_, Log{"a"});
}

TEST_F(ReaderTest, TwoReadsAtATimeAreMisuse) {
  const auto reader = std::make_unique<Reader>(source_);
  EXPECT_THROW((void)reader->read(0), UsageError);
  const auto read = [&]() -> Co<> { (void)co_await reader->read(); };
  auto first = loop::start(loop_, read);
  loop::spawn(loop_, read);
  EXPECT_THROW(loop_.run(), UsageError);
}

}  // namespace
}  // namespace weft::tests
