#include "weft/stream/io_object.h"

#include <memory>

#include "weft/tests/stream/streams.h"

namespace weft::tests {
namespace {

using stream::makeRef;

class IoObjectTest : public StreamTest {};

TEST_F(IoObjectTest, AfterCloseListenersAndWhatTheyHoldAreDropped) {
  auto held = std::make_shared<int>(0);
  const std::weak_ptr<int> watch = held;
  const auto source = makeRef<Source>(loop_);
  source->on(kData, [held = std::move(held), source] {});  // holds itself, too
  source->destroy();
  EXPECT_FALSE(watch.expired());
  loop_.run();
  EXPECT_TRUE(watch.expired());
  EXPECT_EQ(source->listenerCount(kData), 0u);
}

TEST_F(IoObjectTest, AnErrorThatNobodyListensForIsThrownIntoTheLoopAndCloseStillComes) {
  const auto source = makeRef<Source>(loop_);
  source->on(kClose, note("close"));
  source->destroy(absl::DataLossError("torn"));
  EXPECT_THROW(loop_.run(), UnhandledError);
  loop_.run();
  EXPECT_EQ(log_, Log{"close"});
  EXPECT_EQ(source->error(), absl::DataLossError("torn"));
}

TEST_F(IoObjectTest, DestroyedIsTrueAtOnceAndClosedLater) {
  const auto source = makeRef<Source>(loop_);
  source->destroy();
  EXPECT_TRUE(source->destroyed());
  EXPECT_FALSE(source->closed());
  loop_.run();
  EXPECT_TRUE(source->closed());
  EXPECT_TRUE(source->error().ok());
}

TEST_F(IoObjectTest, CloseComesToAnObjectThatNobodyHoldsAnyMore) {
  makeRef<Source>(loop_)->destroy();
  auto source = makeRef<Source>(loop_);
  source->on(kClose, note("close"));
  source->destroy();
  source.reset();
  loop_.run();
  EXPECT_EQ(log_, Log{"close"});
}

// --- the loop's end

TEST(IoObjectEndTest, ALoopThatEndsBeforeCloseDropsListenersAndWhatTheyHold) {
  auto held = std::make_shared<int>(0);
  const std::weak_ptr<int> watch = held;
  bool said = false;
  stream::RefPtr<Source> kept;
  {
    EventLoop loop;
    for (const auto& source : {makeRef<Source>(loop), kept = makeRef<Source>(loop)}) {
      source->on(kClose, [held, source, &said] { said = true; });
      source->on(kError, [held, source, &said] { said = true; });
      source->destroy(absl::DataLossError("torn"));
    }
    held.reset();
    EXPECT_FALSE(watch.expired());
  }
  EXPECT_TRUE(watch.expired());
  EXPECT_FALSE(said);
  EXPECT_TRUE(kept->closed());
  EXPECT_EQ(kept->listenerCount(kClose), 0u);
}

TEST(IoObjectEndTest, ALoopThatEndsDropsCallbacksOfWritesUncalled) {
  auto held = std::make_shared<int>(0);
  const std::weak_ptr<int> watch = held;
  bool called = false;
  const auto callback = [&called](const absl::Status&) { called = true; };
  stream::RefPtr<Sink> sink;
  {
    EventLoop loop;
    sink = makeRef<Sink>(loop);
    sink->write("a", [held = std::move(held), sink, &called] { called = true; });
    sink->destroy();
  }
  EXPECT_TRUE(watch.expired());
  EXPECT_FALSE(sink->write("b", callback));
  EXPECT_FALSE(called);
}

}  // namespace
}  // namespace weft::tests
