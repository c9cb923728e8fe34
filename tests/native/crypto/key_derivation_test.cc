#include "weft/native/crypto/key_derivation.h"

#include <gtest/gtest.h>

#include <string>

#include "absl/strings/escaping.h"
#include "weft/loop/event_loop.h"
#include "weft/loop/spawn.h"

namespace weft::native::crypto {
namespace {

std::string hex(const absl::StatusOr<std::string>& bytes) {
  return bytes.ok() ? absl::BytesToHexString(*bytes) : bytes.status().ToString();
}
std::string range(int from, int to) {
  std::string bytes;
  for (int i = from; i < to; ++i) bytes += static_cast<char>(i);
  return bytes;
}

TEST(KeyDerivationTest, Pbkdf2GivesTheKeysOfRfc6070) {
  EXPECT_EQ(hex(sync::pbkdf2("password", "salt", 1, 20, "sha1")),
            "0c60c80f961f0e71f3a9b524af6012062fe037a6");
  EXPECT_EQ(hex(sync::pbkdf2("password", "salt", 2, 20, "sha1")),
            "ea6c014dc72d6f8ccd1ed92ace1d41f0d8de8957");
  EXPECT_EQ(hex(sync::pbkdf2("password", "salt", 4096, 20, "sha1")),
            "4b007901b765489abead49d926f721d065a429c1");
  EXPECT_EQ(hex(sync::pbkdf2("passwordPASSWORDpassword", "saltSALTsaltSALTsaltSALTsaltSALTsalt",
                             4096, 25, "sha1")),
            "3d2eec4fe41c849b80c8d83662c0e44a8b291a964cf2f07038");
  EXPECT_EQ(
      hex(sync::pbkdf2(std::string("pass\0word", 9), std::string("sa\0lt", 5), 4096, 16, "sha1")),
      "56fa6aa75548099dcc37d7f03425e0c3");
}

TEST(KeyDerivationTest, ScryptGivesTheKeysOfRfc7914) {
  EXPECT_EQ(hex(sync::scrypt("", "", 64, {.cost = 16, .block_size = 1, .parallelization = 1})),
            "77d6576238657b203b19ca42c18a0497f16b4844e3074ae8dfdffa3fede21442"
            "fcd0069ded0948f8326a753a0fc81f17e8d3e0fb2e0d3628cf35e20c38d18906");
  EXPECT_EQ(hex(sync::scrypt("password", "NaCl", 64,
                             {.cost = 1024, .block_size = 8, .parallelization = 16})),
            "fdbabe1c9d3472007856e7190d01e9fe7c6ad7cbc8237830e77376634b373162"
            "2eaf30d92e22a3886ff109279d9830dac727afb94a83ee6d8360cbdfa2cc0640");
  EXPECT_EQ(hex(sync::scrypt("pleaseletmein", "SodiumChloride", 64)),
            "7023bdcb3afd7348461c06cd81fd38ebfda8fbba904f8e3ea9b543f6545da1f2"
            "d5432955613f0fcf62d49705242a9af9e61e85dc0d651e40dfcf017b45575887");
}

TEST(KeyDerivationTest, HkdfGivesTheKeysOfRfc5869) {
  const std::string key(22, '\x0b');
  EXPECT_EQ(hex(sync::hkdf("sha256", key, range(0, 13), range(0xf0, 0xfa), 42)),
            "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865");
  EXPECT_EQ(hex(sync::hkdf("sha256", range(0, 0x50), range(0x60, 0xb0), range(0xb0, 0x100), 82)),
            "b11e398dc80327a1c8e7f78c596a49344f012eda2d4efad8a050cc4c19afa97c"
            "59045a99cac7827271cb41c65e590e09da3275600c2f09b8367793a9aca3db71"
            "cc30c58179ec3e87c14c01d5c1f3434f1d87");
  EXPECT_EQ(hex(sync::hkdf("sha256", key, "", "", 42)),
            "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d9d201395faa4b61a96c8");
  EXPECT_EQ(hex(sync::hkdf("sha1", std::string(11, '\x0b'), range(0, 13), range(0xf0, 0xfa), 42)),
            "085a01ea1b10f36933068b56efa5ad81a4f14b822f5b091568a9cdd4f155fda2c22e422478d305f3f896");
}

TEST(KeyDerivationTest, WhatCannotBeDoneIsRefused) {
  const auto refused = [](const absl::StatusOr<std::string>& key) {
    return key.status().code() == absl::StatusCode::kInvalidArgument;
  };
  EXPECT_TRUE(refused(sync::pbkdf2("p", "s", 0, 16, "sha256")));
  EXPECT_TRUE(refused(sync::pbkdf2("p", "s", 1, 0, "sha256")));
  EXPECT_TRUE(refused(sync::pbkdf2("p", "s", 1, 16, "sha257")));
  EXPECT_TRUE(refused(sync::scrypt("p", "s", 16, {.cost = 1000})));
  EXPECT_TRUE(refused(sync::scrypt("p", "s", 16, {.cost = 1 << 20})));  // too much memory
  EXPECT_TRUE(refused(sync::hkdf("sha256", "k", "", "", 255 * 32 + 1)));
  EXPECT_TRUE(refused(sync::hkdf("none", "k", "", "", 16)));
}

TEST(KeyDerivationTest, BothFormsRunOnThePool) {
  EventLoop loop;
  std::string by_callback;
  std::string by_coroutine;
  pbkdf2(loop, "password", "salt", 1, 20, "sha1",
         [&](absl::StatusOr<std::string> key) { by_callback = *key; });
  loop::spawn(loop, [&]() -> loop::Co<> {
    by_coroutine = (co_await scrypt("", "", 64, {.cost = 16, .block_size = 1})).value();
    by_coroutine += (co_await hkdf("sha256", "k", "", "", 16)).value();
  });
  loop.run();
  EXPECT_EQ(by_callback.size(), 20u);
  EXPECT_EQ(by_coroutine.size(), 80u);
}

}  // namespace
}  // namespace weft::native::crypto
