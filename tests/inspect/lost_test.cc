#include "weft/inspect/lost.h"

#include <gtest/gtest.h>

#include <functional>
#include <string>

#include "weft/cls/cls.h"

namespace weft::inspect {
namespace {

class LostTest : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!loop::kInstrumented) GTEST_SKIP() << "this build cannot be observed";
  }
  // What require() says in here.
  std::string missing() {
    try {
      return "there is " + request_.require<std::string>("user");
    } catch (const UsageError& error) {
      return error.what();
    }
  }
  static std::string at(int line) { return std::string(__FILE__) + ":" + std::to_string(line); }
  static constexpr const char* kNone =
      "no context is active in namespace 'request': call run() or bind() first";

  EventLoop loop_;
  const cls::Namespace request_ = cls::createNamespace("request");
};

TEST_F(LostTest, WhatIsThereIsGiven) {
  request_.run([&] {
    request_.set("user", "ada");
    EXPECT_EQ(missing(), "there is ada");
    EXPECT_EQ(request_.require(cls::Key<std::string>("user")), "ada");
  });
}

TEST_F(LostTest, AValueThatWasNeverSetIsNamed) {
  request_.run([&] {
    EXPECT_EQ(missing(),
              "the active context of namespace 'request' has no value under key 'user': set() it "
              "where the context begins");
  });
}

TEST_F(LostTest, WithoutAnExplainerTheNamespaceIsNamed) { EXPECT_EQ(missing(), kNone); }

TEST_F(LostTest, TheCallbackThatLostItIsNamedWithTheOneThatHadIt) {
  LostContexts lost(loop_, request_);
  std::string said;
  const auto deepest = [&] { said = missing(); };
  const auto lost_here = [&] { loop_.nextTick(deepest); };
  const int lost_at = __LINE__ + 1;
  const auto loser = [&] { cls::detached([&] { loop_.setImmediate(lost_here); }); };
  const int had_at = __LINE__ + 1;
  request_.run([&] { loop_.setImmediate(loser); });
  loop_.run();
  EXPECT_EQ(said, std::string(kNone) +
                      "; the context of 'request' was lost by the immediate set at " + at(lost_at) +
                      " in the immediate set at " + at(had_at) + ", which had it");
}

TEST_F(LostTest, ACallbackThatLeftItIsNamed) {
  LostContexts lost(loop_, request_);
  std::string said;
  request_.run([&] { loop_.setImmediate([&] { cls::detached([&] { said = missing(); }); }); });
  loop_.run();
  EXPECT_NE(said.find("the context of 'request' was left inside the immediate set at"),
            std::string::npos)
      << said;
}

TEST_F(LostTest, WhereThereNeverWasOneTheWayIsTold) {
  LostContexts lost(loop_, request_);
  std::string said;
  loop_.setImmediate([&] { loop_.nextTick([&] { said = missing(); }); });
  loop_.run();
  EXPECT_NE(said.find("; none was active on the way here: a tick set at "), std::string::npos)
      << said;
  EXPECT_NE(said.find(", by an immediate set at "), std::string::npos) << said;
}

TEST_F(LostTest, AnotherNamespaceIsNotExplainedAndTheExplainerBeforeComesBack) {
  const auto old = cls::setLossExplainer([](const cls::Namespace&) { return "somewhere"; });
  {
    LostContexts lost(loop_, cls::createNamespace("other"));
    EXPECT_EQ(missing(), std::string(kNone) + "; somewhere");
  }
  EXPECT_EQ(missing(), std::string(kNone) + "; somewhere");
  cls::setLossExplainer(old);
}

}  // namespace
}  // namespace weft::inspect
