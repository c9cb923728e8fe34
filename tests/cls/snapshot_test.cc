#include "weft/cls/snapshot.h"

#include <gtest/gtest.h>

#include <atomic>
#include <memory>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "weft/cls/cls.h"
#include "weft/tests/cls/support.h"

namespace weft::cls {
namespace {

// Says how often it was copied, and on which thread it lives.
struct Copied {
  std::shared_ptr<std::atomic<int>> copies = std::make_shared<std::atomic<int>>(0);
  Copied() = default;
  Copied(const Copied& other) : copies(other.copies) { ++*copies; }
  Copied(Copied&&) = default;
};

class SnapshotTest : public testing::Test {
 protected:
  ~SnapshotTest() override {
    settle();
    drainAll();
    EXPECT_EQ(liveContexts(), 0u);
  }
  template <typename F>
  static void onAnotherThread(F fn) {
    std::thread(std::move(fn)).join();
  }
  Namespace ns_ = createAnonymousNamespace(), other_ = createAnonymousNamespace();
};

TEST_F(SnapshotTest, WithNoContextItIsEmptyAndRunsUnderTheNullFrame) {
  const Snapshot snapshot = Snapshot::capture();
  EXPECT_FALSE(snapshot);
  EXPECT_FALSE(Snapshot());
  ns_.run([&] {
    EXPECT_EQ(snapshot.run([&] {
      EXPECT_FALSE(ns_.active());
      return 3;
    }),
              3);
  });
}

TEST_F(SnapshotTest, AnotherThreadSeesTheValuesOfEveryNamespace) {
  Snapshot snapshot;
  ns_.run([&] {
    ns_.set("outer", std::string("a"));
    ns_.run([&] {
      ns_.set("inner", 1);
      other_.run([&] {
        other_.set("n", 2);
        snapshot = Snapshot::capture();
      });
    });
  });
  EXPECT_TRUE(snapshot);
  onAnotherThread([&] {
    EXPECT_FALSE(ns_.active());
    snapshot.run([&] {
      EXPECT_EQ(*ns_.get<std::string>("outer"), "a");
      EXPECT_EQ(*ns_.get<int>("inner"), 1);
      EXPECT_EQ(*other_.get<int>("n"), 2);
      EXPECT_FALSE(ns_.active().parent());
    });
    EXPECT_FALSE(ns_.active());
    EXPECT_EQ(liveContexts(), 0u);
  });
}

TEST_F(SnapshotTest, IsFrozenWhenItIsTaken) {
  ns_.run([&] {
    ns_.set("n", 1);
    const Snapshot snapshot = Snapshot::capture();
    ns_.set("n", 2);
    ns_.set("later", 1);
    onAnotherThread([&] {
      snapshot.run([&] {
        EXPECT_EQ(*ns_.get<int>("n"), 1);
        EXPECT_FALSE(ns_.has("later"));
      });
    });
    const Snapshot next = Snapshot::capture();
    next.run([&] { EXPECT_EQ(*ns_.get<int>("n"), 2); });
  });
}

TEST_F(SnapshotTest, EachRunHasAContextOfItsOwnThatMayBeWritten) {
  ns_.run([&] {
    ns_.set("n", 1);
    const Snapshot snapshot = Snapshot::capture();
    for (int i = 0; i < 2; ++i) {
      snapshot.run([&] {
        EXPECT_EQ(*ns_.get<int>("n"), 1);
        ns_.set("n", 2);
        EXPECT_EQ(*ns_.get<int>("n"), 2);
        EXPECT_TRUE(ns_.erase("n"));
        EXPECT_EQ(*ns_.get<int>("n"), 1) << "the frozen value shows again";
        EXPECT_FALSE(ns_.erase("n"));
        EXPECT_FALSE(ns_.active().hasOwn("n"));
        ns_.run([&] { EXPECT_EQ(*ns_.get<int>("n"), 1); });
      });
    }
    EXPECT_EQ(*ns_.get<int>("n"), 1);
  });
}

TEST_F(SnapshotTest, AChildsValueHidesTheParents) {
  ns_.run([&] {
    ns_.set("n", 1);
    ns_.run([&] {
      ns_.set("n", 2);
      Snapshot::capture().run([&] { EXPECT_EQ(*ns_.get<int>("n"), 2); });
    });
  });
}

TEST_F(SnapshotTest, FlowCopyGivesTheOtherThreadAnObjectOfItsOwn) {
  const Key<std::vector<int>> key("copied", Flow::kCopy);
  ns_.run([&] {
    ns_.set(key, std::vector<int>{1});
    const std::vector<int>* mine = ns_.get(key);
    const Snapshot snapshot = Snapshot::capture();
    onAnotherThread([&] {
      snapshot.run([&] {
        EXPECT_EQ(*ns_.get(key), std::vector<int>{1});
        EXPECT_NE(ns_.get(key), mine);
      });
    });
  });
}

TEST_F(SnapshotTest, FlowShareGivesTheOtherThreadThisVeryObject) {
  const Key<std::unique_ptr<int>> key("shared", Flow::kShare);
  Snapshot snapshot;
  const std::unique_ptr<int>* mine = nullptr;
  ns_.run([&] {
    ns_.set(key, std::make_unique<int>(5));
    mine = ns_.get(key);
    snapshot = Snapshot::capture();
  });
  onAnotherThread([&] {
    snapshot.run([&] {
      EXPECT_EQ(ns_.get(key), mine);
      EXPECT_EQ(**ns_.get(key), 5);
    });
  });
}

TEST_F(SnapshotTest, FlowDropAndWhatCannotBeCopiedDoNotCross) {
  const Key<int> dropped("dropped", Flow::kDrop);
  const PrivateKey<int> secret(Flow::kDrop);
  ns_.run([&] {
    ns_.set(dropped, 1);
    ns_.set(secret, 1);
    ns_.set("only one", std::make_unique<int>(1));
    ns_.set("kept", 1);
    Snapshot::capture().run([&] {
      EXPECT_FALSE(ns_.has(dropped));
      EXPECT_FALSE(ns_.has(secret));
      EXPECT_FALSE(ns_.has("only one"));
      EXPECT_TRUE(ns_.has("kept"));
    });
  });
}

TEST_F(SnapshotTest, AValueThatIsDroppedStillHidesTheParents) {
  const Key<int> key("sometimes secret");
  ns_.run([&] {
    ns_.set("hidden", 1);
    ns_.run([&] {
      ns_.set("hidden", std::make_unique<int>(2));
      Snapshot::capture().run([&] {
        EXPECT_FALSE(ns_.has("hidden")) << "the other thread must not see what this one does not";
      });
    });
  });
}

TEST_F(SnapshotTest, PrivateKeysCross) {
  const PrivateKey<int> key;
  ns_.run([&] {
    ns_.set(key, 7);
    const Snapshot snapshot = Snapshot::capture();
    onAnotherThread([&] { snapshot.run([&] { EXPECT_EQ(*ns_.get(key), 7); }); });
  });
}

TEST_F(SnapshotTest, UnchangedContextsAreCopiedOnceForManySnapshots) {
  ns_.run([&] {
    ns_.set("v", Copied());
    const auto copies = ns_.get<Copied>("v")->copies;
    std::vector<Snapshot> snapshots;
    for (int i = 0; i < 10; ++i) snapshots.push_back(Snapshot::capture());
    EXPECT_EQ(*copies, 1);
    std::vector<Snapshot> more = snapshots;
    EXPECT_EQ(*copies, 1);
    ns_.set("other", 1);
    snapshots.push_back(Snapshot::capture());
    EXPECT_EQ(*copies, 2);
  });
}

TEST_F(SnapshotTest, ADestroyedNamespaceIsLeftOut) {
  ns_.run([&] {
    ns_.set("n", 1);
    other_.run([&] {
      destroyNamespace(ns_);
      const Snapshot snapshot = Snapshot::capture();
      snapshot.run([&] {
        EXPECT_FALSE(ns_.active());
        EXPECT_TRUE(other_.active());
      });
    });
  });
}

TEST_F(SnapshotTest, AnExceptionOfACopyComesOutAndLeavesNothingBehind) {
  struct Refuses {
    bool armed = false;
    Refuses() = default;
    Refuses(const Refuses& other) : armed(other.armed) {
      if (armed) throw std::runtime_error("no copies");
    }
  };
  ns_.run([&] {
    Refuses value;
    ns_.set("v", value);
    const_cast<Refuses*>(ns_.get<Refuses>("v"))->armed = true;
    EXPECT_THROW(Snapshot::capture(), std::runtime_error);
    EXPECT_TRUE(ns_.active());
    ns_.erase("v");
    EXPECT_TRUE(Snapshot::capture());
  });
}

TEST_F(SnapshotTest, WorkInsideTheSnapshotIsCapturedOnThatThread) {
  Snapshot snapshot;
  ns_.run([&] {
    ns_.set("n", 1);
    snapshot = Snapshot::capture();
  });
  onAnotherThread([&] {
    Dispatcher dispatcher;
    int seen = 0;
    snapshot.run([&] {
      ns_.set("m", 2);
      dispatcher.add([&] { seen = *ns_.get<int>("n") + *ns_.get<int>("m"); });
    });
    dispatcher.run();
    EXPECT_EQ(seen, 3);
    EXPECT_EQ(liveContexts(), 0u);
  });
}

TEST_F(SnapshotTest, DoesNotKeepTheContextItself) {
  bool ended = false;
  Snapshot snapshot;
  ns_.run([&] {
    ns_.active().onEnd([&] { ended = true; });
    snapshot = Snapshot::capture();
  });
  EXPECT_EQ(drainAll(), 1);
  EXPECT_TRUE(ended);
}

TEST_F(SnapshotTest, FrozenValuesGoWithTheLastSnapshotOnWhateverThread) {
  auto counted = std::make_shared<int>();
  {
    Snapshot snapshot;
    ns_.run([&] {
      ns_.set("v", counted);
      snapshot = Snapshot::capture();
    });
    EXPECT_EQ(counted.use_count(), 2);
    onAnotherThread([moved = std::move(snapshot)] {});
  }
  EXPECT_EQ(counted.use_count(), 1);
}

TEST_F(SnapshotTest, ManyThreadsMayUseOneSnapshot) {
  Snapshot snapshot;
  ns_.run([&] {
    ns_.set("text", std::string("shared by all"));
    snapshot = Snapshot::capture();
  });
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&, copy = snapshot] {
      for (int i = 0; i < 200; ++i) {
        Snapshot mine = i % 2 == 0 ? copy : snapshot;
        mine.run([&] {
          EXPECT_EQ(*ns_.get<std::string>("text"), "shared by all");
          ns_.set("text", std::to_string(i));
          EXPECT_EQ(*ns_.get<std::string>("text"), std::to_string(i));
        });
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
}

}  // namespace
}  // namespace weft::cls
