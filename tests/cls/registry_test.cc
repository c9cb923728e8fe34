#include "weft/cls/registry.h"

#include <gtest/gtest.h>

#include <string>
#include <thread>
#include <vector>

#include "weft/cls/cls.h"
#include "weft/tests/cls/support.h"

namespace weft::cls {
namespace {

class RegistryTest : public testing::Test {
 protected:
  RegistryTest() { reset(); }
  ~RegistryTest() override { reset(); }

  static std::vector<std::string> names() {
    std::vector<std::string> result;
    for (const Namespace& ns : namespaces()) result.push_back(ns.name());
    return result;
  }
  using Names = std::vector<std::string>;
};

TEST_F(RegistryTest, ANameIsRequired) {
  EXPECT_EQ(usageErrorOf([] { createNamespace(""); }),
            "createNamespace() needs a name that is not empty");
  EXPECT_EQ(usageErrorOf([] { getOrCreate(""); }), "getOrCreate() needs a name that is not empty");
  EXPECT_TRUE(namespaces().empty());
}

TEST_F(RegistryTest, CreatingReturnsTheNamespaceThatLookupFinds) {
  Namespace made = createNamespace("request");
  EXPECT_TRUE(made);
  EXPECT_EQ(made.name(), "request");
  EXPECT_EQ(getNamespace("request"), made);
  EXPECT_EQ(names(), Names{"request"});
}

TEST_F(RegistryTest, AnUnknownNameIsNothingWhateverItIs) {
  for (const char* name : {"unknown", "toString", "constructor", "__proto__", ""}) {
    EXPECT_FALSE(getNamespace(name)) << name;
  }
}

TEST_F(RegistryTest, UsingANamespaceThatIsNoneThrows) {
  const std::string text = "this Namespace names no namespace: take one from createNamespace()";
  const Namespace none = getNamespace("unknown");
  EXPECT_EQ(usageErrorOf([&] { none.active(); }), text);
  EXPECT_EQ(usageErrorOf([&] { none.get<int>("a"); }), text);
  EXPECT_EQ(usageErrorOf([&] { none.set("a", 1); }), text);
  EXPECT_EQ(usageErrorOf([&] { none.run([] {}); }), text);
  EXPECT_EQ(usageErrorOf([&] { none.bind([] {}); }), text);
  EXPECT_EQ(usageErrorOf([&] { none.createContext(); }), text);
  EXPECT_EQ(usageErrorOf([&] { none.name(); }), text);
  EXPECT_EQ(usageErrorOf([&] { none.depth(); }), text);
  EXPECT_EQ(usageErrorOf([&] { none.fromException(nullptr); }), text);
  EXPECT_EQ(usageErrorOf([&] { destroyNamespace(none); }), text);
  Namespace some = createNamespace("some");
  Context context = some.createContext();
  EXPECT_EQ(usageErrorOf([&] { none.enter(context); }), text);
  EXPECT_EQ(usageErrorOf([&] { none.exit(context); }), text);
  EXPECT_EQ(usageErrorOf([&] { none.bind([] {}, context); }), text);
  EXPECT_EQ(usageErrorOf([&] { auto scope = none.scope(context); }), text);
}

TEST_F(RegistryTest, ANameThatIsCreatedAgainIsANewNamespaceAndTheOldOneWorksOn) {
  Namespace old = createNamespace("request");
  old.run([&] {
    old.set("n", 1);
    Namespace made = createNamespace("request");
    EXPECT_NE(made, old);
    EXPECT_EQ(getNamespace("request"), made);
    EXPECT_EQ(names(), Names{"request"});
    EXPECT_FALSE(made.active());
    made.run([&] {
      made.set("n", 2);
      EXPECT_EQ(*old.get<int>("n"), 1);
      auto held = HeldFrame<Holder::kUser>::capture();
      FrameScope scope(held);
      EXPECT_EQ(*old.get<int>("n"), 1) << "what was replaced was not destroyed";
      EXPECT_EQ(*made.get<int>("n"), 2);
    });
  });
}

TEST_F(RegistryTest, GetOrCreateMakesTheNamespaceOnce) {
  Namespace made = getOrCreate("request");
  EXPECT_EQ(getOrCreate("request"), made);
  EXPECT_EQ(getNamespace("request"), made);
}

TEST_F(RegistryTest, AnonymousNamespacesAreInNoRegistry) {
  Namespace a = createAnonymousNamespace(), b = createAnonymousNamespace();
  EXPECT_NE(a, b);
  EXPECT_EQ(a.name(), "");
  EXPECT_TRUE(namespaces().empty());
  EXPECT_FALSE(getNamespace(""));
  destroyNamespace(a);
  EXPECT_TRUE(usageErrorOf([&] { destroyNamespace(a); }).find("destroyed already") !=
              std::string::npos);
}

TEST_F(RegistryTest, NamespacesAreListedByName) {
  createNamespace("b");
  createNamespace("a");
  createNamespace("c");
  EXPECT_EQ(names(), (Names{"a", "b", "c"}));
  destroyNamespace("b");
  EXPECT_EQ(names(), (Names{"a", "c"}));
}

TEST_F(RegistryTest, DestroyingRemovesTheEntry) {
  createNamespace("request");
  destroyNamespace("request");
  EXPECT_FALSE(getNamespace("request"));
  EXPECT_TRUE(namespaces().empty());
}

TEST_F(RegistryTest, DestroyingAnUnknownNameOrTwiceThrowsAndChangesNothing) {
  createNamespace("other");
  createNamespace("request");
  EXPECT_EQ(usageErrorOf([] { destroyNamespace("unknown"); }),
            "destroyNamespace(): there is no namespace 'unknown', or it was destroyed already");
  destroyNamespace("request");
  EXPECT_EQ(usageErrorOf([] { destroyNamespace("request"); }),
            "destroyNamespace(): there is no namespace 'request', or it was destroyed already");
  EXPECT_EQ(names(), Names{"other"});
}

TEST_F(RegistryTest, DestroyingByHandleLeavesANewerNamespaceOfThatNameAlone) {
  Namespace old = createNamespace("request");
  Namespace made = createNamespace("request");
  destroyNamespace(old);
  EXPECT_EQ(getNamespace("request"), made);
  EXPECT_EQ(usageErrorOf([&] { destroyNamespace(old); }),
            "destroyNamespace(): the namespace 'request' was destroyed already");
  destroyNamespace(made);
  EXPECT_FALSE(getNamespace("request"));
}

TEST_F(RegistryTest, TheRunningCallbackGoesOnInADestroyedNamespace) {
  Namespace ns = createNamespace("request");
  ns.run([&] {
    ns.set("n", 1);
    destroyNamespace("request");
    EXPECT_EQ(*ns.get<int>("n"), 1);
    ns.set("n", 2);
    ns.run([&] {
      EXPECT_EQ(*ns.get<int>("n"), 2);
      EXPECT_EQ(ns.depth(), 2u);
    });
  });
  auto bound = ns.bind([&] { return static_cast<bool>(ns.active()); });
  EXPECT_TRUE(bound()) << "what is explicit works on";
}

TEST_F(RegistryTest, WhatWasCapturedBeforeTheDestructionStaysValid) {
  Namespace ns = createNamespace("request");
  HeldFrame<Holder::kUser> held;
  ns.run([&] {
    ns.set("n", 1);
    held = HeldFrame<Holder::kUser>::capture();
  });
  destroyNamespace("request");
  const Namespace* asker = &ns;
  FrameScope scope(held);
  EXPECT_EQ(*asker->get<int>("n"), 1);
}

TEST_F(RegistryTest, WhatIsCapturedAfterTheDestructionLeavesTheNamespaceOutEverywhere) {
  Namespace gone = createNamespace("gone"), stays = createNamespace("stays");
  Dispatcher dispatcher;
  int checked = 0;
  gone.run([&] {
    stays.run([&] {
      dispatcher.add([&] {
        EXPECT_TRUE(gone.active()) << "captured before";
        dispatcher.add([&] {
          EXPECT_FALSE(gone.active()) << "a continuation of what was captured before";
          EXPECT_TRUE(stays.active());
          ++checked;
        });
        ++checked;
      });
      destroyNamespace("gone");
      dispatcher.add([&] {
        EXPECT_FALSE(gone.active());
        EXPECT_TRUE(stays.active());
        gone.run([&] {
          EXPECT_TRUE(gone.active());
          dispatcher.add([&] {
            EXPECT_FALSE(gone.active()) << "a new run in it does not propagate either";
            ++checked;
          });
        });
        ++checked;
      });
    });
  });
  dispatcher.run();
  EXPECT_EQ(checked, 4);
}

TEST_F(RegistryTest, DestroyingInACallbackStopsCapturesElsewhere) {
  Namespace ns = createNamespace("request");
  Dispatcher dispatcher;
  bool checked = false;
  ns.run([&] {
    dispatcher.add([] { destroyNamespace("request"); });
    dispatcher.add([&] {
      EXPECT_TRUE(ns.active());
      dispatcher.add([&] { checked = !ns.active(); });
    });
  });
  dispatcher.run();
  EXPECT_TRUE(checked);
}

TEST_F(RegistryTest, AFrameWithNothingButADestroyedNamespaceIsCapturedAsNone) {
  Namespace ns = createNamespace("request");
  ns.run([&] {
    destroyNamespace("request");
    EXPECT_FALSE(HeldFrame<Holder::kUser>::capture());
  });
}

TEST_F(RegistryTest, NamespacesMayBeDestroyedOneAfterAnother) {
  std::vector<Namespace> all;
  for (int i = 0; i < 5; ++i) all.push_back(createNamespace("n" + std::to_string(i)));
  std::function<void(std::size_t)> nest = [&](std::size_t i) {
    if (i < all.size()) return void(all[i].run([&] { nest(i + 1); }));
    for (std::size_t gone = 0; gone < all.size(); ++gone) {
      destroyNamespace(all[gone]);
      auto held = HeldFrame<Holder::kUser>::capture();
      FrameScope scope(held);
      for (std::size_t j = 0; j < all.size(); ++j) {
        EXPECT_EQ(static_cast<bool>(all[j].active()), j > gone) << j << " after " << gone;
      }
    }
  };
  nest(0);
}

TEST_F(RegistryTest, ANamespaceThatIsCreatedAgainAfterItsDestructionIsANewOne) {
  Namespace old = createNamespace("request");
  old.run([&] {
    destroyNamespace("request");
    Namespace made = createNamespace("request");
    EXPECT_NE(made, old);
    EXPECT_FALSE(made.active());
  });
}

TEST_F(RegistryTest, ResetDestroysAllAndNeverThrows) {
  Namespace a = createNamespace("a");
  createNamespace("b");
  destroyNamespace("b");
  a.run([&] {
    reset();
    EXPECT_TRUE(namespaces().empty());
    EXPECT_FALSE(getNamespace("a"));
    EXPECT_TRUE(a.active());
    EXPECT_FALSE(HeldFrame<Holder::kUser>::capture());
  });
  reset();
  EXPECT_TRUE(createNamespace("a"));
}

TEST_F(RegistryTest, ANamespaceMadeInACallbackWorksFromUnrelatedOnes) {
  Dispatcher dispatcher;
  int seen = 0;
  dispatcher.add([&] { createNamespace("late"); });
  dispatcher.add([&] {
    Namespace late = getNamespace("late");
    late.run([&, late] {
      late.set("n", 1);
      dispatcher.add([&, late] { seen = *late.get<int>("n"); });
    });
  });
  dispatcher.run();
  EXPECT_EQ(seen, 1);
}

TEST_F(RegistryTest, TheRegistryIsOneForAllThreads) {
  Namespace made = createNamespace("request");
  made.run([&] {
    std::thread([&] {
      Namespace same = getNamespace("request");
      EXPECT_EQ(same, made);
      EXPECT_FALSE(same.active()) << "each thread has contexts of its own";
      same.run([&] { EXPECT_TRUE(same.active()); });
      createNamespace("of the thread");
    }).join();
  });
  EXPECT_TRUE(getNamespace("of the thread"));
}

TEST_F(RegistryTest, ThreadsMayCreateAndDestroyAtTheSameTime) {
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([t] {
      for (int i = 0; i < 200; ++i) {
        const std::string name = std::to_string(t) + "." + std::to_string(i % 7);
        Namespace ns = createNamespace(name);
        ns.run([&] {
          ns.set("n", i);
          auto held = HeldFrame<Holder::kUser>::capture();
          destroyNamespace(name);
          FrameScope scope(held);
          EXPECT_EQ(*ns.get<int>("n"), i);
        });
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_TRUE(namespaces().empty());
}

// A frame's table is as long as the highest slot in use, so slots must come back.
TEST_F(RegistryTest, AHundredThousandNamespacesLeaveNothingBehind) {
  const std::uint32_t slot = createAnonymousNamespace().core().slot;
  for (int i = 0; i < 100000; ++i) {
    Namespace ns = createNamespace("one of many");
    if (i % 100 == 0) ns.run([&] { ns.set("n", i); });
    destroyNamespace("one of many");
  }
  std::vector<Namespace> many;
  for (int i = 0; i < 100000; ++i) many.push_back(createAnonymousNamespace());
  for (Namespace& ns : many) destroyNamespace(ns);
  many.clear();
  EXPECT_EQ(createAnonymousNamespace().core().slot, slot);
  EXPECT_EQ(liveContexts(), 0u);
}

TEST_F(RegistryTest, TheHundredThousandthLivingNamespaceWorksAsTheFirst) {
  std::vector<Namespace> many;
  for (int i = 0; i < 100000; ++i) many.push_back(createAnonymousNamespace());
  many.front().run([&] {
    many.back().run([&] {
      many.front().set("n", 1);
      many.back().set("n", 2);
      auto held = HeldFrame<Holder::kUser>::capture();
      detached([&] {
        EXPECT_FALSE(many.back().active());
        FrameScope scope(held);
        EXPECT_EQ(*many.front().get<int>("n"), 1);
        EXPECT_EQ(*many.back().get<int>("n"), 2);
      });
    });
  });
}

TEST_F(RegistryTest, ASlotIsNotUsedAgainWhileAContextOfItsNamespaceLives) {
  HeldFrame<Holder::kUser> held;
  std::uint32_t slot = 0;
  {
    Namespace ns = createNamespace("short");
    slot = ns.core().slot;
    ns.run([&] { held = HeldFrame<Holder::kUser>::capture(); });
    destroyNamespace("short");
  }
  Namespace later = createAnonymousNamespace();
  EXPECT_NE(later.core().slot, slot);
  {
    FrameScope scope(held);
    EXPECT_FALSE(later.active());
  }
  held.reset();
  EXPECT_EQ(createAnonymousNamespace().core().slot, slot);
}

}  // namespace
}  // namespace weft::cls
