#include "weft/native/crypto/hash.h"

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "absl/strings/escaping.h"
#include "weft/cls/errors.h"
#include "weft/loop/event_loop.h"
#include "weft/loop/spawn.h"

namespace weft::native::crypto {
namespace {

std::string hex(const absl::StatusOr<std::string>& bytes) {
  return bytes.ok() ? absl::BytesToHexString(*bytes) : bytes.status().ToString();
}

// FIPS 180-4 and FIPS 202 on "abc"; RFC 1321.
TEST(HashTest, GivesTheDigestsOfTheStandards) {
  const std::vector<std::pair<const char*, const char*>> known = {
      {"md5", "900150983cd24fb0d6963f7d28e17f72"},
      {"sha1", "a9993e364706816aba3e25717850c26c9cd0d89d"},
      {"sha256", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"},
      {"SHA512",
       "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a"
       "2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f"},
      {"sha3-256", "3a985da74fe225b2045c172d6bd390bd855f086e3e9d525b46bfe24511431532"},
  };
  for (const auto& [algorithm, digest] : known) {
    EXPECT_EQ(hex(sync::hash(algorithm, "abc")), digest) << algorithm;
  }
  EXPECT_EQ(hex(sync::hash("sha256", "")),
            "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
}

TEST(HashTest, PiecesAreAsGoodAsAll) {
  Hash hash = Hash::create("sha256").value();
  hash.update("a").update("").update("bc");
  EXPECT_EQ(hash.digest(), *sync::hash("sha256", "abc"));
  Hmac hmac = Hmac::create("sha256", "key").value();
  hmac.update("ab").update("c");
  EXPECT_EQ(hmac.digest(), *sync::hmac("sha256", "key", "abc"));
}

TEST(HashTest, AfterTheDigestItIsOver) {
  Hash hash = Hash::create("sha256").value();
  hash.digest();
  EXPECT_THROW(hash.update("x"), UsageError);
  EXPECT_THROW(hash.digest(), UsageError);
  Hmac hmac = Hmac::create("sha256", "key").value();
  hmac.digest();
  EXPECT_THROW(hmac.update("x"), UsageError);
  EXPECT_THROW(hmac.digest(), UsageError);
}

TEST(HashTest, AnAlgorithmThatIsNotThereIsToldSo) {
  EXPECT_EQ(Hash::create("sha257").status().message(),
            "hash: there is no digest 'sha257': take one such as sha256");
  EXPECT_EQ(sync::hmac("", "key", "x").status().code(), absl::StatusCode::kInvalidArgument);
}

struct Rfc4231 {
  std::string key, data, sha256, sha512;
};

TEST(HmacTest, GivesTheCodesOfRfc4231) {
  const std::vector<Rfc4231> cases = {
      {std::string(20, '\x0b'), "Hi There",
       "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7",
       "87aa7cdea5ef619d4ff0b4241a1d6cb02379f4e2ce4ec2787ad0b30545e17cde"
       "daa833b7d6b8a702038b274eaea3f4e4be9d914eeb61f1702e696c203a126854"},
      {"Jefe", "what do ya want for nothing?",
       "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843",
       "164b7a7bfcf819e2e395fbe73b56e0a387bd64222e831fd610270cd7ea250554"
       "9758bf75c05a994a6d034f65f8f0e6fdcaeab1a34d4a6b4b636e070a38bce737"},
      {std::string(20, '\xaa'), std::string(50, '\xdd'),
       "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe",
       "fa73b0089d56a284efb0f0756c890be9b1b5dbdd8ee81a3655f83e33b2279d39"
       "bf3e848279a722c806b485a47e67c807b946a337bee8942674278859e13292fb"},
      {std::string(131, '\xaa'), "Test Using Larger Than Block-Size Key - Hash Key First",
       "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54",
       "80b24263c7c1a3ebb71493c1dd7be8b49b46d1f41b4aeec1121b013783f8f352"
       "6b56d037e05f2598bd0fd2215d6a1e5295e64f73f63f0aec8b915a985d786598"},
  };
  for (const Rfc4231& test : cases) {
    EXPECT_EQ(hex(sync::hmac("sha256", test.key, test.data)), test.sha256);
    EXPECT_EQ(hex(sync::hmac("sha512", test.key, test.data)), test.sha512);
  }
}

TEST(HmacTest, AnEmptyKeyIsAKey) {
  EXPECT_EQ(hex(sync::hmac("sha256", "", "")),
            "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad");
}

TEST(HashTest, BothFormsRunOnThePool) {
  EventLoop loop;
  std::string by_callback;
  std::string by_coroutine;
  hash(loop, "sha256", "abc", [&](absl::StatusOr<std::string> digest) { by_callback = *digest; });
  loop::spawn(loop, [&]() -> loop::Co<> {
    by_coroutine = (co_await hmac("sha256", "key", "abc")).value();
  });
  loop.run();
  EXPECT_EQ(by_callback, *sync::hash("sha256", "abc"));
  EXPECT_EQ(by_coroutine, *sync::hmac("sha256", "key", "abc"));
}

TEST(TimingSafeEqualTest, ComparesBytes) {
  EXPECT_TRUE(timingSafeEqual("", ""));
  EXPECT_TRUE(timingSafeEqual("abc", "abc"));
  EXPECT_FALSE(timingSafeEqual("abc", "abd"));
  EXPECT_FALSE(timingSafeEqual("abc", "ab"));
  EXPECT_FALSE(timingSafeEqual(std::string_view("a\0b", 3), std::string_view("a\0c", 3)));
}

}  // namespace
}  // namespace weft::native::crypto
