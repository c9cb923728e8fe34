#include "weft/cls/key.h"

#include <gtest/gtest.h>

#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "weft/cls/cls.h"
#include "weft/tests/cls/support.h"

namespace weft::cls {
namespace {

TEST(KeyTest, AStringAndAKeyOfThatNameAreTheSameKey) {
  const Key<std::string> user{"user"}, same{"user"};
  EXPECT_EQ(user.id(), same.id());
  Context context = createAnonymousNamespace().createContext();
  context.set(user, "ada");
  EXPECT_EQ(*context.get<std::string>("user"), "ada");
  context.set("user", "bob");
  EXPECT_EQ(*context.get(same), "bob");
  EXPECT_TRUE(context.erase(user));
  EXPECT_FALSE(context.has("user"));
}

TEST(KeyTest, KeysOfDifferentNamesAreDifferent) {
  EXPECT_NE(Key<int>("one").id(), Key<int>("other").id());
  EXPECT_NE(Key<int>("1").id(), Key<int>("01").id());
}

TEST(KeyTest, APrivateKeyIsEqualToItsCopiesOnly) {
  const PrivateKey<int> mine, others;
  const PrivateKey<int> copy = mine;
  EXPECT_EQ(copy.id(), mine.id());
  EXPECT_NE(mine.id(), others.id());
  Context context = createAnonymousNamespace().createContext();
  context.set(mine, 1);
  EXPECT_EQ(*context.get(copy), 1);
  EXPECT_EQ(context.get(others), nullptr);
  context.set(others, 2);
  EXPECT_EQ(*context.get(mine), 1);
  EXPECT_TRUE(context.hasOwn(mine));
  EXPECT_TRUE(context.erase(copy));
  EXPECT_FALSE(context.has(mine));
}

TEST(KeyTest, APrivateKeysIdLivesAsLongAsTheKeyOrAValueUnderIt) {
  const std::size_t before = internal::keysInUse();
  Context context = createAnonymousNamespace().createContext();
  {
    PrivateKey<int> key;
    PrivateKey<int> assigned;
    assigned = key;
    assigned = *&assigned;
    EXPECT_EQ(internal::keysInUse(), before + 1) << "the id of the replaced key is free";
    context.set(key, 1);
  }
  EXPECT_EQ(internal::keysInUse(), before + 1);
  context = Context();
  EXPECT_EQ(internal::keysInUse(), before);
}

TEST(KeyTest, StringsThatAreNoKeysAnyMoreAreForgotten) {
  const std::size_t before = internal::keysInUse();
  {
    Context context = createAnonymousNamespace().createContext();
    for (int i = 0; i < 1000; ++i) context.set("dynamic" + std::to_string(i), i);
    EXPECT_EQ(internal::keysInUse(), before + 1000);
    EXPECT_EQ(*context.get<int>("dynamic999"), 999);
    for (int i = 0; i < 500; ++i) context.erase("dynamic" + std::to_string(i));
    EXPECT_EQ(internal::keysInUse(), before + 500);
  }
  EXPECT_EQ(internal::keysInUse(), before);
}

// An id that is free again may be given to another name: nothing read before may show there.
TEST(KeyTest, AnIdThatIsUsedAgainDoesNotBringOldValuesBack) {
  Context reader = createAnonymousNamespace().createContext();
  for (int i = 0; i < 1000; ++i) {
    const std::string name = "again" + std::to_string(i);
    Context other = createAnonymousNamespace().createContext();
    other.set(name, i);
    EXPECT_EQ(reader.get<int>(name), nullptr);
    reader.set(name, i);
    other = Context();
    EXPECT_EQ(*reader.get<int>(name), i);
    EXPECT_TRUE(reader.erase(name));
    EXPECT_EQ(reader.get<int>(name), nullptr);
  }
}

TEST(KeyTest, ReadingANameThatNobodySetMakesNoKey) {
  Context context = createAnonymousNamespace().createContext();
  const std::size_t before = internal::keysInUse();
  EXPECT_EQ(context.get<int>("nobody ever set this"), nullptr);
  EXPECT_FALSE(context.has("nobody ever set this"));
  EXPECT_FALSE(context.erase("nobody ever set this"));
  EXPECT_EQ(internal::keysInUse(), before);
}

TEST(KeyTest, ErrorsNameTheKeyUnlessItIsPrivate) {
  const PrivateKey<int> secret;
  EXPECT_EQ(internal::describeKey(secret.id()), "a private key");
  EXPECT_EQ(internal::describeKey(Key<int>("open").id()), "key 'open'");
}

TEST(KeyTest, ThreadsMayMakeAndUseKeysAtTheSameTime) {
  Namespace ns = createAnonymousNamespace();
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&ns] {
      for (int i = 0; i < 300; ++i) {
        Context context = ns.createContext();
        const std::string name = "shared" + std::to_string(i % 10);
        context.set(name, i);
        EXPECT_EQ(*context.get<int>(name), i);
        context.set(PrivateKey<int>(), i);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
}

TEST(KeyTest, AKeysFlowIsWhatItWasLastGiven) {
  EXPECT_EQ(Key<int>("flowing").flow(), Flow::kDefault);
  EXPECT_EQ(Key<int>("flowing", Flow::kDrop).flow(), Flow::kDrop);
  EXPECT_EQ(internal::flowOf(Key<int>("flowing").id()), Flow::kDrop);
  EXPECT_EQ(PrivateKey<int>(Flow::kShare).flow(), Flow::kShare);
}

}  // namespace
}  // namespace weft::cls
