#include "weft/emitter/unhandled_error.h"

#include <gtest/gtest.h>

#include <exception>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "weft/emitter/event_emitter.h"

namespace weft {
namespace {

template <typename... Args, typename... Given>
std::string textOf(const Event<Args...>& event, Given&&... given) {
  EventEmitter emitter;
  try {
    emitter.emit(event, given...);
  } catch (const UnhandledError& error) {
    return error.what();
  }
  return "no error";
}

TEST(UnhandledErrorTest, AnExceptionIsThrownAsItIs) {
  EventEmitter emitter;
  constexpr Event<std::exception_ptr> kError{"error"};
  EXPECT_THROW(emitter.emit(kError, std::make_exception_ptr(std::out_of_range("x"))),
               std::out_of_range);
  EXPECT_THROW(emitter.emit("error", std::make_exception_ptr(42)), int);
  EXPECT_THROW(emitter.emit("error", std::domain_error("x")), std::domain_error);
}

TEST(UnhandledErrorTest, AnExceptionPassedByItsBaseIsQuotedNotCutDown) {
  constexpr Event<const std::exception&> kError{"error"};
  EXPECT_EQ(textOf(kError, std::out_of_range("too far")),
            "unhandled 'error' event: std::out_of_range: too far");
}

TEST(UnhandledErrorTest, AnythingElseIsQuoted) {
  struct Opaque {};
  EXPECT_EQ(textOf(Event<>{"error"}), "unhandled 'error' event: no arguments");
  EXPECT_EQ(textOf(Event<std::string_view>{"error"}, "disk full"),
            "unhandled 'error' event: 'disk full'");
  EXPECT_EQ(textOf(Event<int, const char*>{"error"}, 5, nullptr),
            "unhandled 'error' event: 5, null");
  EXPECT_EQ(textOf(Event<absl::Status>{"error"}, absl::NotFoundError("who")),
            "unhandled 'error' event: NOT_FOUND: who");
  EXPECT_EQ(textOf(Event<std::exception_ptr>{"error"}, nullptr)
                .rfind("unhandled 'error' event: a value of type std::exception_ptr", 0),
            0u);
  EXPECT_NE(textOf(Event<Opaque>{"error"}, Opaque()).find("Opaque"), std::string::npos);
}

TEST(UnhandledErrorTest, AListenerHandlesIt) {
  EventEmitter emitter;
  constexpr Event<int> kError{"error"};
  int handled = 0;
  ListenerHandle handle = emitter.on(kError, [&](int n) { handled += n; });
  EXPECT_TRUE(emitter.emit(kError, 3));
  EXPECT_EQ(handled, 3);
  handle.remove();
  EXPECT_THROW(emitter.emit(kError, 4), UnhandledError);
}

TEST(UnhandledErrorTest, OnlyTheNameErrorThrows) {
  EventEmitter emitter;
  constexpr Event<int> kErrors{"errors"};
  EXPECT_FALSE(emitter.emit(kErrors, 1));
  EXPECT_FALSE(emitter.emit("Error", 1));
}

}  // namespace
}  // namespace weft
