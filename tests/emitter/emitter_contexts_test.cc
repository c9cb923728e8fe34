// Emitters and contexts: what a listener sees, bound and unbound.

#include <gtest/gtest.h>

#include <exception>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

#include "weft/cls/cls.h"
#include "weft/emitter/event_emitter.h"
#include "weft/tests/emitter/emitter_contexts_fixture.h"

namespace weft {
namespace {

// Listener added in L, nowhere, or before binding; emitted in E or nowhere; bound anywhere.
TEST_F(EmitterContextsTest, AListenerAddedInAContextKeepsIt) {
  ns_.bindEmitter(emitter_);
  in("L", [&] { emitter_.on(kEnd, seer()); });
  emitter_.emit(kEnd);
  in("E", [&] { emitter_.emit(kEnd); });
  EXPECT_EQ(seen_, (Seen{"L", "L"}));
}

TEST_F(EmitterContextsTest, AListenerAddedInNoContextRunsInTheEmittersOrInANewOne) {
  ns_.bindEmitter(emitter_);
  emitter_.on(kEnd, seer());
  in("E", [&] { emitter_.emit(kEnd); });
  emitter_.emit(kEnd);
  EXPECT_EQ(seen_, (Seen{"E", "-"}));
}

TEST_F(EmitterContextsTest, AListenerAddedBeforeBindingIsLeftAlone) {
  in("P", [&] { emitter_.on(kEnd, seer()); });
  in("B", [&] { ns_.bindEmitter(emitter_); });
  in("E", [&] { emitter_.emit(kEnd); });
  emitter_.emit(kEnd);
  EXPECT_EQ(seen_, (Seen{"E", "none"}));
}

TEST_F(EmitterContextsTest, WhereTheEmitterWasBoundDoesNotMatter) {
  in("B", [&] { ns_.bindEmitter(emitter_); });
  emitter_.on(kEnd, seer());
  in("L", [&] { emitter_.on(kEnd, seer()); });
  emitter_.emit(kEnd);
  EXPECT_EQ(seen_, (Seen{"-", "L"}));
}

TEST_F(EmitterContextsTest, UnboundListenersRunInTheEmittersContext) {
  in("L", [&] { emitter_.on(kEnd, seer()); });
  in("E", [&] { emitter_.emit(kEnd); });
  emitter_.emit(kEnd);
  EXPECT_EQ(seen_, (Seen{"E", "none"}));
}

TEST_F(EmitterContextsTest, EveryWayOfAddingCaptures) {
  ns_.bindEmitter(emitter_);
  in("1", [&] { emitter_.on(kEnd, seer()); });
  in("2", [&] { emitter_.addListener(kEnd, seer()); });
  in("3", [&] { emitter_.once(kEnd, seer()); });
  in("4", [&] { emitter_.prependListener(kEnd, seer()); });
  in("5", [&] { emitter_.prependOnceListener(kEnd, seer()); });
  in("6", [&] { emitter_.on("end", seer()); });
  emitter_.emit(kEnd);
  EXPECT_EQ(seen_, (Seen{"5", "4", "1", "2", "3", "6"}));
}

TEST_F(EmitterContextsTest, CalledByHandAListenerSeesItsCallersContext) {
  ns_.bindEmitter(emitter_);
  in("L", [&] {
    emitter_.on(kEnd, seer());
    emitter_.once(kEnd, seer());
  });
  for (const ListenerFn<>& listener : emitter_.listeners(kEnd)) in("C", listener);
  for (const ListenerFn<>& listener : emitter_.rawListeners(kEnd)) in("R", listener);
  emitter_.emit(kEnd);
  EXPECT_EQ(seen_, (Seen{"C", "C", "R", "R", "L"}));
}

TEST_F(EmitterContextsTest, ArgumentsResultAndCountsAreAsUnbound) {
  ns_.bindEmitter(emitter_);
  EXPECT_FALSE(emitter_.emit(kData, "x"));
  std::string heard;
  in("L", [&] { emitter_.once(kData, [&](std::string_view s) { heard = who() + s.data(); }); });
  EXPECT_EQ(emitter_.listenerCount(kData), 1u);
  EXPECT_TRUE(emitter_.emit(kData, "x"));
  EXPECT_EQ(heard, "Lx");
  EXPECT_EQ(emitter_.listenerCount(kData), 0u);
  EXPECT_THROW(emitter_.emit("error", 1), UnhandledError);
}

TEST_F(EmitterContextsTest, ContextsAreHeldByReference) {
  ns_.bindEmitter(emitter_);
  cls::Context context;
  in("first", [&] {
    context = ns_.active();
    emitter_.on(kEnd, [&] {
      seen_.push_back(who());
      ns_.set("who", std::string("set by the listener"));
    });
  });
  context.set("who", std::string("set later"));
  emitter_.emit(kEnd);
  emitter_.emit(kEnd);
  EXPECT_EQ(seen_, (Seen{"set later", "set by the listener"}));
}

TEST_F(EmitterContextsTest, TheEmittersContextIsBackAfterEachListener) {
  ns_.bindEmitter(emitter_);
  in("L", [&] { emitter_.on(kEnd, seer()); });
  emitter_.on(kEnd, seer());
  in("M", [&] { emitter_.on(kEnd, seer()); });
  in("E", [&] {
    emitter_.emit(kEnd);
    seen_.push_back(who());
  });
  emitter_.emit(kEnd);
  EXPECT_EQ(seen_, (Seen{"L", "E", "M", "E", "L", "-", "M"}));
  EXPECT_FALSE(ns_.active());
}

TEST_F(EmitterContextsTest, ListenersFromBeforeAndAfterBindingMix) {
  emitter_.on(kEnd, seer());
  ns_.bindEmitter(emitter_);
  in("L", [&] { emitter_.prependListener(kEnd, seer()); });
  in("E", [&] { emitter_.emit(kEnd); });
  EXPECT_EQ(seen_, (Seen{"L", "E"}));
}

TEST_F(EmitterContextsTest, EachNamespaceRestoresItsOwn) {
  cls::Namespace other = cls::createNamespace("emitter contexts, other");
  auto both = [&] {
    const auto* value = other.get<std::string>("who");
    seen_.push_back(who() + "+" + (value != nullptr ? *value : "none"));
  };
  auto inOther = [&](const std::string& value, auto fn) {
    other.run([&] {
      other.set("who", value);
      fn();
    });
  };
  ns_.bindEmitter(emitter_);
  ns_.bindEmitter(emitter_);
  in("L", [&] { inOther("l", [&] { emitter_.on(kEnd, both); }); });
  other.bindEmitter(emitter_);
  in("M", [&] { inOther("m", [&] { emitter_.on(kEnd, both); }); });
  inOther("e", [&] { emitter_.emit(kEnd); });
  EXPECT_EQ(seen_, (Seen{"L+e", "M+m"}));
}

TEST_F(EmitterContextsTest, AfterUnbindingNewListenersAreLeftAlone) {
  ns_.bindEmitter(emitter_);
  in("L", [&] { emitter_.on(kEnd, seer()); });
  ns_.unbindEmitter(emitter_);
  in("M", [&] { emitter_.on(kEnd, seer()); });
  in("E", [&] { emitter_.emit(kEnd); });
  EXPECT_EQ(seen_, (Seen{"L", "E"}));
  EventEmitter never_bound;
  ns_.unbindEmitter(never_bound);
}

TEST_F(EmitterContextsTest, BindingTenThousandTimesIsBindingOnce) {
  for (int i = 0; i < 10000; ++i) ns_.bindEmitter(emitter_);
  in("L", [&] { emitter_.on(kEnd, seer()); });
  emitter_.emit(kEnd);
  EXPECT_EQ(seen_, (Seen{"L"}));
  ns_.unbindEmitter(emitter_);
  in("M", [&] { emitter_.on(kEnd, seer()); });
  emitter_.emit(kEnd);
  EXPECT_EQ(seen_, (Seen{"L", "L", "none"}));
}

TEST_F(EmitterContextsTest, AnEmitterThatIsMovedStaysBound) {
  ns_.bindEmitter(emitter_);
  in("L", [&] { emitter_.on(kEnd, seer()); });
  EventEmitter moved = std::move(emitter_);
  in("M", [&] { moved.on(kEnd, seer()); });
  moved.emit(kEnd);
  EXPECT_EQ(seen_, (Seen{"L", "M"}));
}

TEST_F(EmitterContextsTest, AnExceptionLeavesTheContextAndIsNoted) {
  ns_.bindEmitter(emitter_);
  in("L", [&] {
    emitter_.on(kEnd, [] { throw std::runtime_error("x"); });
    emitter_.on(kEnd, seer());
  });
  in("E", [&] {
    try {
      emitter_.emit(kEnd);
      FAIL() << "no exception";
    } catch (const std::runtime_error&) {
      EXPECT_EQ(who(), "E");
      const cls::Context context = ns_.fromException(std::current_exception());
      ASSERT_TRUE(context);
      EXPECT_EQ(*context.get<std::string>("who"), "L");
    }
  });
  EXPECT_TRUE(seen_.empty());
  emitter_.prependOnceListener(kEnd, seer());
  EXPECT_THROW(emitter_.emit(kEnd), std::runtime_error);
  EXPECT_EQ(seen_, (Seen{"-"}));
}

TEST_F(EmitterContextsTest, EachCallWithoutAnyContextGetsARootOfItsOwn) {
  ns_.bindEmitter(emitter_);
  for (int i = 0; i < 2; ++i) {
    emitter_.on(kEnd, [&] {
      seen_.push_back(who());
      ns_.set("who", std::string("thrown away"));
      seen_.push_back(who());
    });
  }
  emitter_.emit(kEnd);
  EXPECT_EQ(seen_, (Seen{"-", "thrown away", "-", "thrown away"}));
  EXPECT_FALSE(ns_.active());
}

TEST_F(EmitterContextsTest, AListenerFromBeforeBindingCannotSetOutsideOfAContext) {
  emitter_.on(kEnd, [&] { ns_.set("who", std::string("x")); });
  ns_.bindEmitter(emitter_);
  EXPECT_THROW(emitter_.emit(kEnd), cls::NoContextError);
}

TEST_F(EmitterContextsTest, ListenersOfADestroyedNamespaceKeepTheirContext) {
  cls::Namespace doomed = cls::createNamespace("emitter contexts, doomed");
  doomed.bindEmitter(emitter_);
  auto seer = [&] {
    const auto* value = doomed.get<int>("n");
    seen_.push_back(value != nullptr ? std::to_string(*value) : "none");
  };
  doomed.run([&] {
    doomed.set("n", 1);
    emitter_.on(kEnd, seer);
  });
  cls::destroyNamespace("emitter contexts, doomed");
  emitter_.emit(kEnd);
  doomed.run([&] {
    doomed.set("n", 2);
    emitter_.on(kEnd, seer);
  });
  emitter_.emit(kEnd);
  EXPECT_EQ(seen_, (Seen{"1", "1", "2"}));
}

TEST_F(EmitterContextsTest, NestedEmissionsRestoreStepByStep) {
  EventEmitter inner;
  ns_.bindEmitter(emitter_);
  ns_.bindEmitter(inner);
  in("inner", [&] { inner.on(kEnd, seer()); });
  in("outer", [&] {
    emitter_.on(kEnd, [&] {
      inner.emit(kEnd);
      seen_.push_back(who());
    });
  });
  in("E", [&] {
    emitter_.emit(kEnd);
    seen_.push_back(who());
  });
  EXPECT_EQ(seen_, (Seen{"inner", "outer", "E"}));
}

TEST_F(EmitterContextsTest, AContextThatAListenerEntersEndsWithItsCall) {
  ns_.bindEmitter(emitter_);
  cls::Context entered = ns_.createContext();
  entered.set("who", std::string("entered"));
  in("L", [&] {
    emitter_.on(kEnd, [&] { ns_.enter(entered); });
    emitter_.on(kEnd, seer());
  });
  in("E", [&] {
    emitter_.emit(kEnd);
    seen_.push_back(who());
  });
  EXPECT_EQ(seen_, (Seen{"L", "E"}));
}

TEST_F(EmitterContextsTest, ARemovedListenerLetsGoOfItsContextThoughAHandleIsKept) {
  bool ended = false;
  ns_.bindEmitter(emitter_);
  ListenerHandle handle;
  in("L", [&] {
    ns_.active().onEnd([&] { ended = true; });
    handle = emitter_.on(kEnd, seer());
  });
  while (cls::drainEnded()) {
  }
  EXPECT_FALSE(ended);
  handle.remove();
  while (cls::drainEnded()) {
  }
  EXPECT_TRUE(ended);
}

// I/O objects are bound to every namespace.
TEST_F(EmitterContextsTest, BoundToEveryNamespaceAListenerKeepsWhatIsActiveInAny) {
  EventEmitter io;
  io.bindEveryNamespace();
  in("L", [&] { io.on(kEnd, seer()); });
  io.on(kEnd, seer());
  io.emit(kEnd);
  in("E", [&] { io.emit(kEnd); });
  EXPECT_EQ(seen_, (Seen{"L", "none", "L", "E"}));
}

}  // namespace
}  // namespace weft
