// Contexts across shared libraries: however many of them use cls, there is one registry, and one
// context that is active.

#include <dlfcn.h>
#include <gtest/gtest.h>

#include <cstddef>
#include <string>

#include "weft/cls/cls.h"

namespace weft::cls {
namespace {

// One of the libraries that lie beside this test.
class Plugin {
 public:
  explicit Plugin(const std::string& name)
      : handle_(dlopen(("tests/cls/lib" + name + ".so").c_str(), RTLD_NOW | RTLD_LOCAL)) {
    EXPECT_NE(handle_, nullptr) << dlerror();
  }
  Plugin(const Plugin&) = delete;
  Plugin& operator=(const Plugin&) = delete;

  template <typename Fn>
  Fn* find(const char* name) const {
    return reinterpret_cast<Fn*>(dlsym(handle_, name));
  }
  bool knows(const char* name) const { return find<bool(const char*)>("pluginKnows")(name); }
  void create(const char* name) const { find<void(const char*)>("pluginCreate")(name); }
  std::size_t counts() const { return find<std::size_t()>("pluginCounts")(); }
  int reads(const char* name, const char* key) const {
    return find<int(const char*, const char*)>("pluginReads")(name, key);
  }
  void runs(const char* name, const char* key, int value, void (*fn)(void*), void* arg) const {
    find<void(const char*, const char*, int, void (*)(void*), void*)>("pluginRuns")(name, key,
                                                                                    value, fn, arg);
  }

 private:
  void* handle_;
};

class SharedLibraryTest : public testing::Test {
 protected:
  ~SharedLibraryTest() override { reset(); }

  Namespace ns_ = createNamespace("from the start");
  const Plugin first_{"first_plugin"};
  const Plugin second_{"second_plugin"};
};

TEST_F(SharedLibraryTest, LoadingOneLeavesTheRegistryAsItIs) {
  EXPECT_EQ(getNamespace("from the start"), ns_);
  EXPECT_TRUE(first_.knows("from the start"));
  EXPECT_TRUE(second_.knows("from the start"));
}

TEST_F(SharedLibraryTest, WhatOneCreatesAllKnowAndWhatIsDestroyedNone) {
  first_.create("of the first");
  EXPECT_TRUE(getNamespace("of the first"));
  EXPECT_TRUE(second_.knows("of the first"));
  EXPECT_EQ(second_.counts(), 2u);
  destroyNamespace("of the first");
  EXPECT_FALSE(first_.knows("of the first"));
  EXPECT_EQ(second_.counts(), 1u);
}

TEST_F(SharedLibraryTest, AllSeeTheSameContext) {
  ns_.run([&] {
    ns_.set("n", 1);
    EXPECT_EQ(first_.reads("from the start", "n"), 1);
    EXPECT_EQ(second_.reads("from the start", "n"), 1);
  });
  EXPECT_EQ(first_.reads("from the start", "n"), 0);
}

TEST_F(SharedLibraryTest, ARunOfOneIsARunForAll) {
  int seen = 0;
  const auto look = [&] { seen = second_.reads("from the start", "n") + *ns_.get<int>("n"); };
  auto call = look;
  first_.runs(
      "from the start", "n", 4, [](void* fn) { (*static_cast<decltype(call)*>(fn))(); }, &call);
  EXPECT_EQ(seen, 8);
  EXPECT_FALSE(ns_.active());
}

}  // namespace
}  // namespace weft::cls
