// Every function of crypto keeps the contexts of the call, in both forms.

#include <gtest/gtest.h>

#include <cstdint>
#include <string>

#include "weft/cls/cls.h"
#include "weft/loop/spawn.h"
#include "weft/native/crypto/crypto.h"

namespace weft::native::crypto {
namespace {

class CryptoContextsTest : public testing::Test {
 protected:
  template <typename Function, typename... A>
  void check(const char* name, const Function& function, const A&... args) {
    SCOPED_TRACE(name);
    int by_callback = 0;
    int by_coroutine = 0;
    request_.run([&] {
      request_.set("id", 1);
      function(loop_, args..., [&](const auto&) { by_callback = *request_.get<int>("id"); });
    });
    request_.run([&] {
      request_.set("id", 2);
      loop::spawn(loop_, [&]() -> loop::Co<> {
        (void)co_await function(args...);
        by_coroutine = *request_.get<int>("id");
      });
    });
    loop_.run();
    EXPECT_EQ(by_callback, 1);
    EXPECT_EQ(by_coroutine, 2);
  }

  EventLoop loop_;
  cls::Namespace request_ = cls::createNamespace("request");
};

TEST_F(CryptoContextsTest, EveryFunctionKeepsTheContextsOfTheCall) {
  const std::string text = "text";
  const std::string digest = "sha256";
  check("randomBytes", randomBytes, std::size_t{8});
  check("randomInt", randomInt, std::int64_t{0}, std::int64_t{9});
  check("hash", hash, digest, text);
  check("hmac", hmac, digest, text, text);
  check("pbkdf2", pbkdf2, text, text, std::uint32_t{1}, std::size_t{8}, digest);
  check("scrypt", scrypt, text, text, std::size_t{8}, ScryptOptions{.cost = 2});
  check("hkdf", hkdf, digest, text, text, text, std::size_t{8});
}

}  // namespace
}  // namespace weft::native::crypto
