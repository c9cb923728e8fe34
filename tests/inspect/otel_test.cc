// Against a stand-in with the virtual functions of opentelemetry::context::RuntimeContextStorage:
// OpenTelemetry's own headers are in no Debian package.

#include "weft/inspect/otel.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "weft/loop/event_loop.h"

namespace weft::inspect {
namespace {

// What a span would be in.
class Context {
 public:
  Context() = default;
  explicit Context(std::string span) : span_(std::move(span)) {}
  const std::string& span() const { return span_; }
  bool operator==(const Context& other) const { return span_ == other.span_; }

 private:
  std::string span_;
};

class Token {
 public:
  bool operator==(const Context& other) const noexcept { return context_ == other; }

 private:
  friend class RuntimeContextStorage;
  explicit Token(const Context& context) : context_(context) {}
  const Context context_;
};

class RuntimeContextStorage {
 public:
  virtual Context GetCurrent() noexcept = 0;
  virtual std::unique_ptr<Token> Attach(const Context& context) noexcept = 0;
  virtual bool Detach(Token& token) noexcept = 0;
  virtual ~RuntimeContextStorage() = default;

 protected:
  std::unique_ptr<Token> CreateToken(const Context& context) noexcept {
    return std::unique_ptr<Token>(new Token(context));
  }
};

class OtelTest : public ::testing::Test {
 protected:
  std::string current() { return storage_.GetCurrent().span(); }

  EventLoop loop_;
  OtelContextStorage<RuntimeContextStorage> storage_;
};

TEST_F(OtelTest, WhatIsAttachedIsCurrentUntilItIsDetached) {
  EXPECT_EQ(current(), "");
  const std::unique_ptr<Token> outer = storage_.Attach(Context("outer"));
  EXPECT_EQ(current(), "outer");
  const std::unique_ptr<Token> inner = storage_.Attach(Context("inner"));
  EXPECT_EQ(current(), "inner");
  EXPECT_TRUE(storage_.Detach(*inner));
  EXPECT_EQ(current(), "outer");
  EXPECT_FALSE(storage_.Detach(*inner)) << "it is detached already";
  EXPECT_TRUE(storage_.Detach(*outer));
  EXPECT_EQ(current(), "");
}

TEST_F(OtelTest, DetachingTheOuterOneDetachesTheInner) {
  const std::unique_ptr<Token> outer = storage_.Attach(Context("outer"));
  const std::unique_ptr<Token> inner = storage_.Attach(Context("inner"));
  EXPECT_TRUE(storage_.Detach(*outer));
  EXPECT_EQ(current(), "");
}

TEST_F(OtelTest, CallbacksHaveTheContextOfWhereTheyWereScheduled) {
  std::vector<std::string> seen;
  for (const char* span : {"one", "two"}) {
    loop_.setImmediate([&, span] {
      const std::unique_ptr<Token> token = storage_.Attach(Context(span));
      loop_.setTimeout([&] { seen.push_back(current()); }, loop::Duration(1));
      EXPECT_TRUE(storage_.Detach(*token));
      loop_.nextTick([&] { seen.push_back(current() + "-"); });
    });
  }
  loop_.run();
  EXPECT_EQ(seen, (std::vector<std::string>{"-", "-", "one", "two"}));
  EXPECT_EQ(cls::liveContexts(), 0u);
}

TEST_F(OtelTest, OneThatWasForgottenEndsWithItsCallback) {
  loop_.setImmediate([&] { storage_.Attach(Context("forgotten")); });
  loop_.setImmediate([&] { EXPECT_EQ(current(), ""); });
  loop_.run();
}

}  // namespace
}  // namespace weft::inspect
