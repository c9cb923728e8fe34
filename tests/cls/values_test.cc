#include "weft/cls/values.h"

#include <gtest/gtest.h>

#include <string>

#include "weft/cls/cls.h"

namespace weft::cls {
namespace {

struct Opaque {};

TEST(ValuesTest, WhatAContextSeesIsShownByKeyAsText) {
  const Namespace ns = createNamespace("request");
  ns.run([&] {
    ns.set("user", "ada");
    ns.set("id", 1);
    ns.run([&] {
      ns.set("id", 17);
      ns.set("rate", 0.5);
      ns.set("done", true);
      ns.set("bad", std::string("a\"b\n"));
      EXPECT_EQ(describe(ns.active()),
                "request{bad=\"a\\\"b\\n\", done=true, id=17, rate=0.500000, user=\"ada\"}");
    });
    EXPECT_EQ(describeActive(), "request{id=1, user=\"ada\"}");
  });
  EXPECT_EQ(describe(ns.active()), "");
  EXPECT_EQ(describeActive(), "");
  destroyNamespace(ns);
}

TEST(ValuesTest, PrivateValuesAreNotShownAndObjectsAreTheirType) {
  const Namespace ns = createNamespace("request");
  const PrivateKey<std::string> secret;
  ns.run([&] {
    ns.set(secret, "hush");
    ns.set("what", Opaque{});
    const std::string text = describe(ns.active());
    EXPECT_EQ(text.find("hush"), std::string::npos);
    EXPECT_NE(text.find("Opaque"), std::string::npos) << text;
    EXPECT_EQ(valuesOf(ns.active()).size(), 1u);
  });
  destroyNamespace(ns);
}

TEST(ValuesTest, LongStringsAreCut) {
  const Namespace ns = createNamespace("request");
  ns.run([&] {
    ns.set("long", std::string(1000, 'x'));
    EXPECT_EQ(describe(ns.active()), "request{long=\"" + std::string(80, 'x') + "...\"}");
  });
  destroyNamespace(ns);
}

TEST(ValuesTest, EachNamespaceWithAnActiveContextIsDescribed) {
  const Namespace a = createNamespace("a");
  const Namespace b = createNamespace("b");
  a.run([&] { b.run([&] { EXPECT_EQ(describeActive(), "a{} b{}"); }); });
  destroyNamespace(a);
  destroyNamespace(b);
}

}  // namespace
}  // namespace weft::cls
