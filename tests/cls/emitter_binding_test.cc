#include "weft/cls/emitter_binding.h"

#include <gtest/gtest.h>

#include <utility>

#include "weft/cls/cls.h"
#include "weft/tests/cls/emitter_binding_fixture.h"

namespace weft::cls {
namespace {

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

TEST_F(EmitterBindingTest, UnbindingAllLeavesWhatBindEverySaid) {
  EmitterBinding binding;
  binding.unbindAll();
  EXPECT_FALSE(binding);
  binding.bind(ns_);
  binding.unbindAll();
  EXPECT_FALSE(binding);
  binding.bindEvery();
  binding.bind(ns_);
  binding.unbindAll();
  EXPECT_TRUE(binding);
  ns_.run([&] { EXPECT_TRUE(ListenerContext::capture(binding)); });
  EXPECT_FALSE(ListenerContext::capture(binding)) << "no new root: ns_ is bound no more";
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

}  // namespace
}  // namespace weft::cls
