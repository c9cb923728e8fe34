#include "weft/cls/emitter_binding.h"

#include <gtest/gtest.h>

#include <functional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "weft/cls/cls.h"
#include "weft/tests/cls/support.h"

namespace weft::cls {
namespace {

// The least that an emitter does about contexts.
class SmallEmitter {
 public:
  void bindNamespace(const Namespace& ns) { binding_.bind(ns); }
  void unbindNamespace(const Namespace& ns) { binding_.unbind(ns); }
  void bindEveryNamespace() { binding_.bindEvery(); }
  void on(std::function<void()> listener) {
    entries_.push_back({ListenerContext::capture(binding_), std::move(listener)});
  }
  void emit() {
    for (Entry& entry : entries_) entry.context.call(entry.listener);
  }
  void clear() { entries_.clear(); }
  const ListenerContext& context(std::size_t i) const { return entries_[i].context; }

 private:
  struct Entry {
    ListenerContext context;
    std::function<void()> listener;
  };
  EmitterBinding binding_;
  std::vector<Entry> entries_;
};

class EmitterBindingTest : public testing::Test {
 protected:
  ~EmitterBindingTest() override {
    emitter_.clear();
    settle();
    drainAll();
    EXPECT_EQ(liveContexts(), 0u);
  }
  // Adds a listener that notes what it sees of `n` in ns_: 0 without a context, -1 without a value.
  void listen() {
    emitter_.on([this] {
      const int* n = ns_.get<int>("n");
      seen_.push_back(n != nullptr ? *n : ns_.active() ? -1 : 0);
    });
  }
  // Calls fn in a run of ns_ with `n` set.
  template <typename F>
  void in(int n, F fn) {
    ns_.run([&] {
      ns_.set("n", n);
      fn();
    });
  }
  using Seen = std::vector<int>;

  Namespace ns_ = createAnonymousNamespace(), other_ = createAnonymousNamespace();
  SmallEmitter emitter_;
  Seen seen_;
};

constexpr int kBind = 1, kListen = 2, kEmit = 3;

// --- when the context is captured: all cases of where it is bound, listened and emitted

TEST_F(EmitterBindingTest, AListenerAddedInAContextSeesThatWhereverItIsEmitted) {
  ns_.bindEmitter(emitter_);
  in(kListen, [&] { listen(); });
  emitter_.emit();
  in(kEmit, [&] { emitter_.emit(); });
  EXPECT_EQ(seen_, (Seen{kListen, kListen}));
}

TEST_F(EmitterBindingTest, AListenerAddedWithNoContextSeesTheEmittersOrANewOne) {
  ns_.bindEmitter(emitter_);
  listen();
  emitter_.emit();
  in(kEmit, [&] { emitter_.emit(); });
  EXPECT_EQ(seen_, (Seen{-1, kEmit}));
}

TEST_F(EmitterBindingTest, AListenerAddedBeforeTheBindingIsLeftAlone) {
  in(kListen, [&] { listen(); });
  ns_.bindEmitter(emitter_);
  emitter_.emit();
  in(kEmit, [&] { emitter_.emit(); });
  EXPECT_EQ(seen_, (Seen{0, kEmit}));
}

TEST_F(EmitterBindingTest, WhereItIsBoundDoesNotMatter) {
  in(kBind, [&] { ns_.bindEmitter(emitter_); });
  listen();
  in(kListen, [&] { listen(); });
  emitter_.emit();
  EXPECT_EQ(seen_, (Seen{-1, kListen}));
}

TEST_F(EmitterBindingTest, OnAnUnboundEmitterListenersSeeTheEmitters) {
  in(kListen, [&] { listen(); });
  EXPECT_FALSE(emitter_.context(0));
  emitter_.emit();
  in(kEmit, [&] { emitter_.emit(); });
  EXPECT_EQ(seen_, (Seen{0, kEmit}));
}

TEST_F(EmitterBindingTest, AContextIsKeptByReference) {
  ns_.bindEmitter(emitter_);
  in(1, [&] {
    emitter_.on([&] {
      seen_.push_back(*ns_.get<int>("n"));
      ns_.set("n", *ns_.get<int>("n") + 1);
    });
    ns_.set("n", 5);
  });
  emitter_.emit();
  emitter_.emit();
  EXPECT_EQ(seen_, (Seen{5, 6}));
}

TEST_F(EmitterBindingTest, EachRegistrationHasItsOwnContext) {
  ns_.bindEmitter(emitter_);
  in(1, [&] { listen(); });
  in(2, [&] { listen(); });
  listen();
  in(3, [&] { emitter_.emit(); });
  EXPECT_EQ(seen_, (Seen{1, 2, 3}));
}

TEST_F(EmitterBindingTest, TheEmittersContextIsBackAfterwardsAlsoWhenAListenerThrows) {
  ns_.bindEmitter(emitter_);
  in(kListen, [&] { emitter_.on([] { throw std::runtime_error("out"); }); });
  in(kEmit, [&] {
    EXPECT_THROW(emitter_.emit(), std::runtime_error);
    EXPECT_EQ(*ns_.get<int>("n"), kEmit);
    EXPECT_EQ(ns_.depth(), 1u);
  });
}

TEST_F(EmitterBindingTest, WhatAListenerEntersEndsWithIt) {
  ns_.bindEmitter(emitter_);
  in(kListen, [&] {
    emitter_.on([&] {
      ns_.enter(ns_.createContext());
      other_.enter(other_.createContext());
    });
    emitter_.on([&] {
      EXPECT_EQ(ns_.depth(), 1u);
      EXPECT_FALSE(other_.active());
    });
  });
  emitter_.on([&] { ns_.enter(ns_.createContext()); });
  emitter_.emit();
  EXPECT_FALSE(ns_.active());
  EXPECT_FALSE(other_.active());
}

// --- set inside a listener

TEST_F(EmitterBindingTest, EachCallWithNoContextAnywhereGetsANewRoot) {
  ns_.bindEmitter(emitter_);
  for (int i = 0; i < 2; ++i) {
    emitter_.on([&] {
      EXPECT_FALSE(ns_.has("x"));
      EXPECT_FALSE(ns_.active().parent());
      ns_.set("x", 1);
      seen_.push_back(*ns_.get<int>("x"));
    });
  }
  emitter_.emit();
  emitter_.emit();
  EXPECT_EQ(seen_, (Seen{1, 1, 1, 1}));
  EXPECT_FALSE(ns_.active());
}

TEST_F(EmitterBindingTest, AListenerThatWasThereBeforeTheBindingCannotSetWithoutAContext) {
  emitter_.on([&] { EXPECT_THROW(ns_.set("x", 1), NoContextError); });
  ns_.bindEmitter(emitter_);
  emitter_.emit();
}

TEST_F(EmitterBindingTest, ANewRootLivesWhileItsListenerRunsAndWhatThatCaptured) {
  ns_.bindEmitter(emitter_);
  HeldFrame<Holder::kUser> held;
  emitter_.on([&] {
    ns_.set("n", 4);
    held = HeldFrame<Holder::kUser>::capture();
  });
  emitter_.emit();
  EXPECT_EQ(liveContexts(), 1u);
  {
    FrameScope scope(held);
    EXPECT_EQ(*ns_.get<int>("n"), 4);
  }
  held.reset();
  EXPECT_EQ(liveContexts(), 0u);
}

// --- several namespaces

TEST_F(EmitterBindingTest, EachBoundNamespaceKeepsItsOwnContext) {
  Namespace third = createAnonymousNamespace();
  ns_.bindEmitter(emitter_);
  other_.bindEmitter(emitter_);
  Context mine, others;
  mine = ns_.run([&] {
    others = other_.run([&] {
      third.run([&] {
        emitter_.on([&] {
          EXPECT_EQ(ns_.active(), mine);
          EXPECT_EQ(other_.active(), others);
          EXPECT_FALSE(third.active()) << "not bound: the emitter's, which is none";
          seen_.push_back(1);
        });
      });
    });
  });
  emitter_.emit();
  other_.run([&] { emitter_.emit(); });
  EXPECT_EQ(seen_.size(), 2u);
}

TEST_F(EmitterBindingTest, NamespacesThatDidNotBindSeeTheEmitters) {
  ns_.bindEmitter(emitter_);
  in(kListen, [&] {
    emitter_.on([&] {
      EXPECT_EQ(*ns_.get<int>("n"), kListen);
      seen_.push_back(other_.active() ? *other_.get<int>("o") : 0);
    });
  });
  for (int i = 1; i < 4; ++i) {
    other_.run([&] {
      other_.set("o", i);
      emitter_.emit();
      emitter_.emit();
    });
  }
  emitter_.emit();
  EXPECT_EQ(seen_, (Seen{1, 1, 2, 2, 3, 3, 0}));
}

TEST_F(EmitterBindingTest, OneNamespaceMayHaveAContextWhereTheOtherGetsANewOne) {
  ns_.bindEmitter(emitter_);
  other_.bindEmitter(emitter_);
  in(kListen, [&] {
    emitter_.on([&] {
      EXPECT_EQ(*ns_.get<int>("n"), kListen);
      other_.set("x", 1);
      seen_.push_back(static_cast<int>(other_.depth()));
    });
  });
  emitter_.emit();
  Context emitters = other_.run([&] { emitter_.emit(); });
  EXPECT_EQ(seen_, (Seen{1, 1}));
  EXPECT_TRUE(emitters.has("x"));
}

// --- binding

TEST_F(EmitterBindingTest, BindingIsIdempotentAndCanBeUndone) {
  for (int i = 0; i < 1000; ++i) ns_.bindEmitter(emitter_);
  in(1, [&] { listen(); });
  ns_.unbindEmitter(emitter_);
  in(2, [&] { listen(); });
  ns_.unbindEmitter(emitter_);
  emitter_.emit();
  EXPECT_EQ(seen_, (Seen{1, 0})) << "earlier listeners stay bound, later ones are not";
  ns_.bindEmitter(emitter_);
  in(3, [&] { listen(); });
  emitter_.emit();
  EXPECT_EQ(seen_.back(), 3);
}

TEST_F(EmitterBindingTest, ABindingIsTrueWhileAListenerWouldHaveSomethingToCapture) {
  EmitterBinding binding;
  EXPECT_FALSE(binding);
  binding.unbind(ns_);
  binding.bind(ns_);
  EXPECT_TRUE(binding);
  EmitterBinding moved = std::move(binding);
  EXPECT_TRUE(moved);
  moved.unbind(ns_);
  EXPECT_FALSE(moved);
  moved.bindEvery();
  EXPECT_TRUE(moved);
  moved.bind(ns_);
  moved.unbind(ns_);
  EXPECT_TRUE(moved);
}

TEST_F(EmitterBindingTest, ANamespaceThatIsNoneIsRefused) {
  EXPECT_THROW(Namespace().bindEmitter(emitter_), UsageError);
  EXPECT_THROW(Namespace().unbindEmitter(emitter_), UsageError);
}

TEST_F(EmitterBindingTest, BoundInADestroyedNamespaceListenersKeepTheirContextAllTheSame) {
  ns_.bindEmitter(emitter_);
  in(1, [&] { listen(); });
  destroyNamespace(ns_);
  in(2, [&] { listen(); });
  emitter_.emit();
  EXPECT_EQ(seen_, (Seen{1, 2}));
}

// --- I/O objects

TEST_F(EmitterBindingTest, BoundToEveryNamespaceAListenerSeesWhereItWasAddedElseTheEmission) {
  emitter_.bindEveryNamespace();
  in(kListen, [&] {
    emitter_.on([&] {
      EXPECT_EQ(*ns_.get<int>("n"), kListen);
      seen_.push_back(other_.active() ? *other_.get<int>("o") : 0);
    });
  });
  emitter_.emit();
  other_.run([&] {
    other_.set("o", 7);
    emitter_.emit();
  });
  in(kEmit, [&] { emitter_.emit(); });
  EXPECT_EQ(seen_, (Seen{0, 7, 0}));
}

TEST_F(EmitterBindingTest, BoundToEveryNamespaceThereIsNoNewRoot) {
  emitter_.bindEveryNamespace();
  emitter_.on([&] { EXPECT_FALSE(ns_.active()); });
  emitter_.emit();
  EXPECT_FALSE(emitter_.context(0));
}

TEST_F(EmitterBindingTest, BoundToEveryNamespaceADestroyedOneIsLeftOut) {
  emitter_.bindEveryNamespace();
  in(kListen, [&] {
    destroyNamespace(ns_);
    listen();
  });
  emitter_.emit();
  EXPECT_EQ(seen_, Seen{0});
}

// --- nesting, lifetime

TEST_F(EmitterBindingTest, EmissionsMayNest) {
  ns_.bindEmitter(emitter_);
  int rounds = 0;
  in(1, [&] {
    emitter_.on([&] {
      seen_.push_back(*ns_.get<int>("n"));
      if (++rounds < 3) {
        other_.run([&] { emitter_.emit(); });
        EXPECT_EQ(*ns_.get<int>("n"), 1);
      }
    });
  });
  in(2, [&] { listen(); });
  emitter_.emit();
  EXPECT_EQ(seen_, (Seen{1, 1, 1, 2, 2, 2}));
}

TEST_F(EmitterBindingTest, AListenerMayBeEmittedAgainFromInsideItself) {
  other_.bindEmitter(emitter_);
  other_.run([&] {
    emitter_.on([&] {
      seen_.push_back(*ns_.get<int>("n"));
      EXPECT_TRUE(other_.active());
      if (seen_.size() == 1) in(2, [&] { emitter_.emit(); });
      if (seen_.size() == 2) emitter_.emit();
      seen_.push_back(*ns_.get<int>("n"));
    });
  });
  in(1, [&] { emitter_.emit(); });
  EXPECT_EQ(seen_, (Seen{1, 2, 2, 2, 2, 1}));
  in(3, [&] { emitter_.emit(); });
  EXPECT_EQ(seen_.back(), 3);
}

TEST_F(EmitterBindingTest, AListenerThatThrewIsCalledAgainAsBefore) {
  ns_.bindEmitter(emitter_);
  in(kListen, [&] {
    emitter_.on([&] {
      seen_.push_back(*ns_.get<int>("n"));
      throw std::runtime_error("on purpose");
    });
  });
  for (int i = 0; i < 3; ++i) {
    EXPECT_THROW(emitter_.emit(), std::runtime_error);
    EXPECT_FALSE(ns_.active());
  }
  EXPECT_EQ(seen_, (Seen{kListen, kListen, kListen}));
}

TEST_F(EmitterBindingTest, WhatIsCapturedInAListenerOutlivesListenerAndEmission) {
  ns_.bindEmitter(emitter_);
  HeldFrame<Holder::kUser> held;
  in(1, [&] { emitter_.on([&] { held = HeldFrame<Holder::kUser>::capture(); }); });
  other_.run([&] {
    other_.set("o", 2);
    emitter_.emit();
  });
  emitter_.clear();
  FrameScope scope(held);
  EXPECT_EQ(*ns_.get<int>("n"), 1);
  EXPECT_EQ(*other_.get<int>("o"), 2);
}

TEST_F(EmitterBindingTest, RunsAndEntersInAListenerBuildOnWhatItSees) {
  ns_.bindEmitter(emitter_);
  in(1, [&] {
    emitter_.on([&] {
      ns_.run([&] {
        seen_.push_back(*ns_.get<int>("n"));
        EXPECT_TRUE(other_.active());
        auto held = HeldFrame<Holder::kUser>::capture();
        detached([&] {
          FrameScope scope(held);
          EXPECT_EQ(*ns_.get<int>("n"), 1);
          EXPECT_TRUE(other_.active());
        });
      });
      ns_.exit(ns_.active());
      EXPECT_FALSE(ns_.active());
    });
  });
  other_.run([&] {
    emitter_.emit();
    emitter_.emit();
  });
  EXPECT_EQ(seen_, (Seen{1, 1}));
}

TEST_F(EmitterBindingTest, DispatchingInAContextThatIsActiveAlreadyDoesNotPush) {
  ns_.bindEmitter(emitter_);
  in(1, [&] {
    emitter_.on([&] { seen_.push_back(static_cast<int>(ns_.depth())); });
    emitter_.emit();
    ns_.run([&] { emitter_.emit(); });
  });
  emitter_.emit();
  EXPECT_EQ(seen_, (Seen{1, 3, 1}));
}

TEST_F(EmitterBindingTest, AListenerGoesWithItsContext) {
  ns_.bindEmitter(emitter_);
  bool ended = false;
  in(1, [&] {
    ns_.active().onEnd([&] { ended = true; });
    listen();
  });
  EXPECT_EQ(drainAll(), 0);
  emitter_.emit();
  emitter_.clear();
  EXPECT_EQ(drainAll(), 1);
  EXPECT_TRUE(ended);
}

TEST_F(EmitterBindingTest, EmittingKeepsNothingOfTheEmittersContext) {
  ns_.bindEmitter(emitter_);
  Namespace third = createAnonymousNamespace();
  in(1, [&] {
    listen();
    emitter_.on([&] { third.run([] {}); });
  });
  bool ended = false;
  other_.run([&] {
    other_.active().onEnd([&] { ended = true; });
    emitter_.emit();
  });
  EXPECT_EQ(drainAll(), 1);
  EXPECT_TRUE(ended);
}

// --- errors

TEST_F(EmitterBindingTest, LeavingAListenerIsNotedAsLeavingARun) {
  ns_.bindEmitter(emitter_);
  Context listened;
  listened = ns_.run([&] { emitter_.on([] { throw 1; }); });
  ns_.run([&] {
    try {
      emitter_.emit();
      FAIL();
    } catch (int) {
      EXPECT_EQ(ns_.fromException(std::current_exception()), listened);
      EXPECT_FALSE(other_.fromException(std::current_exception()));
    }
  });
}

TEST_F(EmitterBindingTest, ANewRootIsNotedToo) {
  ns_.bindEmitter(emitter_);
  emitter_.on([&] {
    ns_.set("n", 6);
    throw 1;
  });
  try {
    emitter_.emit();
    FAIL();
  } catch (int) {
    EXPECT_EQ(*ns_.fromException(std::current_exception()).get<int>("n"), 6);
  }
}

}  // namespace
}  // namespace weft::cls
