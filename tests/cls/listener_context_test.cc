// ListenerContext of weft/cls/emitter_binding.h: emissions that nest and listeners that throw, what
// a listener captures, and how long its contexts live.

#include <gtest/gtest.h>

#include <exception>
#include <stdexcept>

#include "weft/cls/cls.h"
#include "weft/tests/cls/emitter_binding_fixture.h"

namespace weft::cls {
namespace {

using ListenerContextTest = EmitterBindingTest;

TEST_F(ListenerContextTest, TheEmittersContextIsBackAfterwardsAlsoWhenAListenerThrows) {
  ns_.bindEmitter(emitter_);
  in(1, [&] { emitter_.on([] { throw std::runtime_error("out"); }); });
  in(2, [&] {
    EXPECT_THROW(emitter_.emit(), std::runtime_error);
    EXPECT_EQ(*ns_.get<int>("n"), 2);
    EXPECT_EQ(ns_.depth(), 1u);
  });
}

TEST_F(ListenerContextTest, WhatAListenerEntersEndsWithIt) {
  ns_.bindEmitter(emitter_);
  in(1, [&] {
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

TEST_F(ListenerContextTest, EmissionsMayNest) {
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

TEST_F(ListenerContextTest, AListenerMayBeEmittedAgainFromInsideItself) {
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

TEST_F(ListenerContextTest, AListenerThatThrewIsCalledAgainAsBefore) {
  ns_.bindEmitter(emitter_);
  in(1, [&] {
    emitter_.on([&] {
      seen_.push_back(*ns_.get<int>("n"));
      throw std::runtime_error("on purpose");
    });
  });
  for (int i = 0; i < 3; ++i) {
    EXPECT_THROW(emitter_.emit(), std::runtime_error);
    EXPECT_FALSE(ns_.active());
  }
  EXPECT_EQ(seen_, (Seen{1, 1, 1}));
}

TEST_F(ListenerContextTest, WhatIsCapturedInAListenerOutlivesListenerAndEmission) {
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

TEST_F(ListenerContextTest, RunsAndEntersInAListenerBuildOnWhatItSees) {
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

TEST_F(ListenerContextTest, DispatchingInAContextThatIsActiveAlreadyDoesNotPush) {
  ns_.bindEmitter(emitter_);
  in(1, [&] {
    emitter_.on([&] { seen_.push_back(static_cast<int>(ns_.depth())); });
    emitter_.emit();
    ns_.run([&] { emitter_.emit(); });
  });
  emitter_.emit();
  EXPECT_EQ(seen_, (Seen{1, 3, 1}));
}

TEST_F(ListenerContextTest, AListenerGoesWithItsContext) {
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

TEST_F(ListenerContextTest, EmittingKeepsNothingOfTheEmittersContext) {
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

TEST_F(ListenerContextTest, LeavingAListenerIsNotedAsLeavingARun) {
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

TEST_F(ListenerContextTest, ANewRootIsNotedToo) {
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
