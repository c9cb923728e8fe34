#include "weft/cls/loss.h"

#include <gtest/gtest.h>

#include <string>
#include <thread>
#include <utility>

#include "weft/cls/cls.h"
#include "weft/tests/cls/support.h"

namespace weft::cls {
namespace {

class LossTest : public testing::Test {
 protected:
  ~LossTest() override {
    setLossExplainer(nullptr);
    reset();
  }
  std::string missing() const {
    return usageErrorOf([&] { ns_.require<int>("id"); });
  }

  const Namespace ns_ = createNamespace("request");
  const std::string kNone = NoContextError("request").what();
};

TEST_F(LossTest, WithoutAnExplainerNothingIsKnown) {
  EXPECT_EQ(explainLoss(ns_), "");
  EXPECT_EQ(missing(), kNone);
}

TEST_F(LossTest, WhatIsKnownEndsTheMessageOfRequire) {
  setLossExplainer([](const Namespace& ns) { return "it was lost by " + ns.name(); });
  EXPECT_EQ(explainLoss(ns_), "it was lost by request");
  EXPECT_EQ(missing(), kNone + "; it was lost by request");
  setLossExplainer([](const Namespace&) { return ""; });
  EXPECT_EQ(missing(), kNone) << "the explainer does not know";
}

TEST_F(LossTest, TheExplainerBeforeIsGivenBack) {
  setLossExplainer([](const Namespace&) { return "first"; });
  LossExplainer first = setLossExplainer([](const Namespace&) { return "second"; });
  EXPECT_EQ(first(ns_), "first");
  EXPECT_EQ(explainLoss(ns_), "second");
  setLossExplainer(std::move(first));
  EXPECT_EQ(explainLoss(ns_), "first");
  setLossExplainer(nullptr);
  EXPECT_EQ(setLossExplainer(nullptr), nullptr);
}

TEST_F(LossTest, EachThreadHasAnExplainerOfItsOwn) {
  setLossExplainer([](const Namespace&) { return "here"; });
  std::thread([&] {
    EXPECT_EQ(explainLoss(ns_), "");
    setLossExplainer([](const Namespace&) { return "there"; });
    EXPECT_EQ(explainLoss(ns_), "there");
  }).join();
  EXPECT_EQ(explainLoss(ns_), "here");
}

}  // namespace
}  // namespace weft::cls
