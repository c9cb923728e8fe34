// The file is read back, and what it says is held to what the program did.

#include "weft/inspect/trace.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdint>
#include <exception>
#include <fstream>
#include <functional>
#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "weft/cls/cls.h"
#include "weft/loop/co_wait.h"
#include "weft/loop/spawn.h"

namespace weft::inspect {
namespace {

using nlohmann::json;
using std::chrono::milliseconds;

struct Slice {
  std::string name;
  std::string category;
  int track;
  std::int64_t begin;  // nanoseconds
  std::int64_t end;
  bool operator==(const Slice&) const = default;
};

// A trace as a viewer sees it.
struct Seen {
  explicit Seen(const std::string& text) : whole(json::parse(text)) { read(); }
  void read() {
    const auto ns = [](const json& us) { return std::llround(us.get<double>() * 1000); };
    std::map<std::string, std::pair<int, std::int64_t>> starts;
    std::set<std::string> ends;
    for (const json& event : whole.at("traceEvents")) {
      const std::string type = event.at("ph");
      const int track = event.at("tid");
      EXPECT_EQ(event.at("pid"), 1);
      if (type == "X") {
        const std::int64_t begin = ns(event.at("ts"));
        slices.push_back(
            {event.at("name"), event.at("cat"), track, begin, begin + ns(event.at("dur"))});
      } else if (type == "M" && event.at("name") == "thread_name") {
        tracks[track] = event.at("args").at("name");
      } else if (type == "s") {
        EXPECT_EQ(event.at("cat"), "flow");
        const bool is_new =
            starts.emplace(event.at("id").dump(), std::pair(track, ns(event.at("ts")))).second;
        EXPECT_TRUE(is_new) << "two arrows begin as " << event.at("id");
      } else if (type == "f") {
        EXPECT_EQ(event.at("cat"), "flow");
        EXPECT_EQ(event.at("bp"), "e") << "or viewers bind it to the next slice";
        EXPECT_TRUE(ends.insert(event.at("id").dump()).second) << "two end as " << event.at("id");
      } else if (type != "M") {
        EXPECT_EQ(type, "i");
      }
    }
    EXPECT_EQ(starts.size(), ends.size());
    // An arrow may stand before its slices do.
    for (const json& event : whole.at("traceEvents")) {
      if (event.at("ph") != "f") continue;
      ASSERT_TRUE(starts.contains(event.at("id").dump())) << "an arrow from nowhere";
      const auto [from_track, from] = starts.at(event.at("id").dump());
      EXPECT_LE(from, ns(event.at("ts")));
      arrows.push_back({sliceAt(from_track, from), sliceAt(event.at("tid"), ns(event.at("ts")))});
    }
  }
  // The callback that is on a track at a time; arrows are bound to it.
  std::string sliceAt(int track, std::int64_t time) const {
    for (const Slice& s : slices) {
      if (s.category == "callback" && s.track == track && s.begin <= time && time < s.end)
        return s.name.substr(0, s.name.find(' '));
    }
    return "nothing";
  }
  std::vector<std::pair<std::string, std::string>> calls() const {  // track, kind
    std::vector<std::pair<std::string, std::string>> result;
    for (const Slice& s : slices) {
      if (s.category != "callback") continue;
      result.emplace_back(tracks.at(s.track), s.name.substr(0, s.name.find(' ')));
    }
    return result;
  }

  json whole;
  std::vector<Slice> slices;
  std::map<int, std::string> tracks;
  std::vector<std::pair<std::string, std::string>> arrows;
};

using Pairs = std::vector<std::pair<std::string, std::string>>;

class TraceTest : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!loop::kInstrumented) GTEST_SKIP() << "this build cannot be observed";
  }
  auto work(loop::Duration time) {
    return [this, time] { clock_.advance(time); };
  }
  // An immediate of 1 ms sets a timer, whose callback of 2 ms queues a tick of 3 ms.
  void serve() {
    loop_.setImmediate([this] {
      clock_.advance(milliseconds(1));
      loop_.setTimeout(
          [this] {
            clock_.advance(milliseconds(2));
            loop_.nextTick(work(milliseconds(3)));
          },
          milliseconds(10));
    });
  }
  ManualClock clock_{loop::TimePoint(std::chrono::hours(1))};
  EventLoop loop_{{.clock = &clock_}};
};

TEST_F(TraceTest, SlicesAndArrowsAreWhatTheProgramDid) {
  Trace trace(loop_);
  trace.start();
  serve();
  loop_.run();
  trace.stop();
  const Seen seen(trace.recorded().toJson());
  EXPECT_EQ(seen.calls(), (Pairs{{"loop", "immediate"}, {"loop", "timeout"}, {"loop", "tick"}}));
  EXPECT_EQ(seen.arrows, (Pairs{{"immediate", "timeout"}, {"timeout", "tick"}}));
  std::vector<std::int64_t> lengths;
  for (const Slice& s : seen.slices) {
    if (s.category == "callback") lengths.push_back(s.end - s.begin);
  }
  EXPECT_EQ(lengths, (std::vector<std::int64_t>{1'000'000, 2'000'000, 3'000'000}));
  EXPECT_EQ(seen.whole.at("otherData").at("dropped"), "0");
}

TEST_F(TraceTest, NamesTellKindAndPlace) {
  Trace trace(loop_);
  trace.start();
  const int line = __LINE__ + 1;
  loop_.setImmediate(work(milliseconds(1)));
  loop_.run();
  const Seen seen(trace.recorded().toJson());
  const auto is_call = [](const Slice& s) { return s.category == "callback"; };
  const auto call = std::find_if(seen.slices.begin(), seen.slices.end(), is_call);
  ASSERT_NE(call, seen.slices.end());
  EXPECT_EQ(call->name, "immediate trace_test.cc:" + std::to_string(line));
}

// How many callbacks lie in an iteration of the same track. Slices of a track may lie apart or in
// one another, and cross nowhere.
int callsInside(const Seen& seen) {
  int inside = 0;
  for (const Slice& a : seen.slices) {
    for (const Slice& b : seen.slices) {
      if (a.track != b.track || a == b || a.begin == a.end || b.begin == b.end) continue;
      const bool apart = a.end <= b.begin || b.end <= a.begin;
      const bool a_in_b = b.begin <= a.begin && a.end <= b.end;
      const bool b_in_a = a.begin <= b.begin && b.end <= a.end;
      EXPECT_TRUE(apart || a_in_b || b_in_a) << a.name << " and " << b.name << " cross";
      inside += a.category == "callback" && b.name == "iteration" && a_in_b;
    }
  }
  return inside;
}

TEST_F(TraceTest, SlicesOfATrackNestAndCallsLieInTheirIteration) {
  Trace trace(loop_);
  trace.start();
  for (int i = 0; i < 20; ++i) serve();
  loop_.run();
  EXPECT_EQ(callsInside(Seen(trace.recorded().toJson())), 60);
}

TEST_F(TraceTest, SlicesNestInRealTimeTooWhateverThrowsOrIsDropped) {
  EventLoop loop;
  loop.onUncaughtException([](std::exception_ptr) {});
  Trace trace(loop, {.capacity = 256});
  trace.start();
  int left = 500;
  std::function<void()> again = [&] {
    loop.nextTick([] {});
    loop.queueMicrotask([] {});
    if (--left > 0) loop.setImmediate(again);
    if (left % 7 == 0) loop.setTimeout([] {}, milliseconds(1));
    if (left % 5 == 0) throw left;
  };
  loop.setImmediate(again);
  loop.run();
  EXPECT_GT(trace.recorded().dropped(), 0u);
  const Seen seen(trace.recorded().toJson());
  callsInside(seen);
  EXPECT_GT(seen.arrows.size(), 100u);
  for (const auto& [from, to] : seen.arrows) {
    EXPECT_NE(from, "nothing");
    EXPECT_NE(to, "nothing");
  }
}

Co<> readLine() { co_await loop::sleep(milliseconds(1)); }
Co<> serveClient() { co_await readLine(); }

TEST_F(TraceTest, ACoroutinesSlicesHaveItsNameAndArrows) {
  Trace trace(loop_);
  trace.start();
  loop_.setImmediate([this] {
    loop::spawn(loop_, serveClient());
    clock_.advance(milliseconds(1));
  });
  loop_.run();
  const Seen seen(trace.recorded().toJson());
  EXPECT_EQ(seen.calls(), (Pairs{{"loop", "immediate"}, {"loop", "timeout"}}));
  const auto slice = std::find_if(seen.slices.begin(), seen.slices.end(),
                                  [](const Slice& s) { return s.name.starts_with("timeout "); });
  ASSERT_NE(slice, seen.slices.end());
  EXPECT_NE(slice->name.find("readLine("), std::string::npos) << slice->name;
  EXPECT_EQ(slice->name.find("serveClient("), std::string::npos) << slice->name;
  const std::string text = trace.recorded().toJson();
  EXPECT_NE(text.find("called by"), std::string::npos) << "the callers are among its arguments";
}

TEST_F(TraceTest, WhatAnotherThreadPostsHasItsPlace) {
  Trace trace(loop_);
  trace.start();
  int line = 0;
  std::thread([&] {
    line = __LINE__ + 1;
    ASSERT_TRUE(loop_.post([this] { clock_.advance(milliseconds(1)); }).ok());
  }).join();
  loop_.run();
  const Seen seen(trace.recorded().toJson());
  EXPECT_TRUE(std::any_of(seen.slices.begin(), seen.slices.end(), [&](const Slice& s) {
    return s.name == "post trace_test.cc:" + std::to_string(line);
  }));
}

#if WEFT_CLS
TEST_F(TraceTest, EachRequestHasATrackNamedByItsId) {
  const cls::Namespace request = cls::createNamespace("request");
  Trace trace(loop_, {.track = request});
  trace.start();
  for (const char* id : {"one", "two"}) {
    request.run([&] {
      request.set("id", id);
      serve();
      request.run([&] { loop_.setImmediate(work(milliseconds(1))); });
    });
  }
  loop_.setImmediate(work(milliseconds(1)));
  loop_.run();
  const Seen seen(trace.recorded().toJson());
  Pairs calls = seen.calls();
  std::sort(calls.begin(), calls.end());
  EXPECT_EQ(calls, (Pairs{{"loop", "immediate"},
                          {"one", "immediate"},
                          {"one", "immediate"},
                          {"one", "tick"},
                          {"one", "timeout"},
                          {"two", "immediate"},
                          {"two", "immediate"},
                          {"two", "tick"},
                          {"two", "timeout"}}));
  EXPECT_EQ(seen.arrows.size(), 4u);
}
#endif

TEST_F(TraceTest, AFullRingKeepsTheLastCallsAndSaysHowManyWereDropped) {
  Trace trace(loop_, {.capacity = 8});
  trace.start();
  for (int i = 0; i < 20; ++i) loop_.setImmediate(work(milliseconds(i + 1)));
  loop_.run();
  EXPECT_EQ(trace.recorded().size(), 8u);
  EXPECT_EQ(trace.recorded().dropped(), 12u);
  const Seen seen(trace.recorded().toJson());
  EXPECT_EQ(seen.calls().size(), 8u);
  EXPECT_EQ(seen.whole.at("otherData").at("dropped"), "12");
  const auto& events = seen.whole.at("traceEvents");
  EXPECT_TRUE(std::any_of(events.begin(), events.end(), [](const json& event) {
    return event.at("name") == "12 earlier calls were dropped";
  }));
}

TEST_F(TraceTest, ItCanBeStoppedAndStartedAnew) {
  Trace trace(loop_);
  trace.start();
  loop_.setImmediate([&] {
    trace.stop();
    loop_.setImmediate(work(milliseconds(1)));
  });
  loop_.run();
  EXPECT_FALSE(trace.recording());
  EXPECT_EQ(trace.recorded().size(), 0u) << "nothing had been finished when it was stopped";
  trace.start();
  loop_.setImmediate(work(milliseconds(1)));
  loop_.run();
  EXPECT_EQ(trace.recorded().size(), 1u);
}

TEST_F(TraceTest, TheFileIsWrittenAndCanBeReadBack) {
  const std::string path = ::testing::TempDir() + "/trace." + std::to_string(::getpid());
  Trace trace(loop_);
  EXPECT_TRUE(json::parse(trace.recorded().toJson()).at("traceEvents").empty());
  trace.start();
  serve();
  loop_.run();
  ASSERT_TRUE(trace.recorded().save(path).ok());
  std::ifstream file(path);
  const std::string text((std::istreambuf_iterator<char>(file)), {});
  EXPECT_EQ(text, trace.recorded().toJson());
  ::unlink(path.c_str());
}

TEST_F(TraceTest, AFileThatCannotBeWrittenIsAStatusWithItsName) {
  Trace trace(loop_);
  const absl::Status status = trace.recorded().save("/no/such/folder/trace.json");
  EXPECT_EQ(status.code(), absl::StatusCode::kNotFound);
  EXPECT_NE(std::string(status.message()).find("cannot write the trace to '/no/such/folder/"),
            std::string::npos);
  EXPECT_FALSE(trace.recorded().save("/dev/full").ok());
}

TEST_F(TraceTest, WhatWasRecordedMayBeTakenAwayAndOutlivesAll) {
  Recording taken;
  {
    Trace trace(loop_);
    trace.start();
    serve();
    loop_.run();
    const std::string text = trace.recorded().toJson();
    taken = trace.take();
    EXPECT_EQ(taken.toJson(), text);
    EXPECT_FALSE(trace.recording());
    EXPECT_EQ(trace.recorded().size(), 0u);
  }
  EXPECT_EQ(taken.size(), 3u);
}

TEST_F(TraceTest, ACapacityOfNothingIsMisuse) {
  EXPECT_THROW(Trace(loop_, {.capacity = 0}), UsageError);
}

}  // namespace
}  // namespace weft::inspect
