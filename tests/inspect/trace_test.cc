// The file is read back, and what it says is held to what the program did.

#include "weft/inspect/trace.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdint>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

#include "weft/cls/cls.h"

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
  explicit Seen(const std::string& text) : whole(json::parse(text)) {
    const auto ns = [](const json& us) { return std::llround(us.get<double>() * 1000); };
    std::map<std::uint64_t, std::pair<int, std::int64_t>> starts;
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
        starts[event.at("id")] = {track, ns(event.at("ts"))};
      }
    }
    // An arrow may stand before its slices do.
    for (const json& event : whole.at("traceEvents")) {
      if (event.at("ph") != "f") continue;
      const auto [from_track, from] = starts.at(event.at("id"));
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
  const Seen seen(trace.toJson());
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
  const Seen seen(trace.toJson());
  const auto is_call = [](const Slice& s) { return s.category == "callback"; };
  const auto call = std::find_if(seen.slices.begin(), seen.slices.end(), is_call);
  ASSERT_NE(call, seen.slices.end());
  EXPECT_EQ(call->name, "immediate trace_test.cc:" + std::to_string(line));
}

TEST_F(TraceTest, SlicesOfATrackNestAndCallsLieInTheirIteration) {
  Trace trace(loop_);
  trace.start();
  for (int i = 0; i < 20; ++i) serve();
  loop_.run();
  const Seen seen(trace.toJson());
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
  EXPECT_EQ(inside, 60);
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
  const Seen seen(trace.toJson());
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
  EXPECT_EQ(trace.size(), 8u);
  EXPECT_EQ(trace.dropped(), 12u);
  const Seen seen(trace.toJson());
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
  EXPECT_EQ(trace.size(), 0u) << "nothing had been finished when it was stopped";
  trace.start();
  loop_.setImmediate(work(milliseconds(1)));
  loop_.run();
  EXPECT_EQ(trace.size(), 1u);
}

TEST_F(TraceTest, TheFileIsWrittenAndCanBeReadBack) {
  const std::string path = ::testing::TempDir() + "/trace." + std::to_string(::getpid());
  Trace trace(loop_);
  EXPECT_TRUE(json::parse(trace.toJson()).at("traceEvents").empty());
  trace.start();
  serve();
  loop_.run();
  ASSERT_TRUE(trace.save(path).ok());
  std::ifstream file(path);
  const std::string text((std::istreambuf_iterator<char>(file)), {});
  EXPECT_EQ(text, trace.toJson());
  ::unlink(path.c_str());
}

TEST_F(TraceTest, AFileThatCannotBeWrittenIsAStatusWithItsName) {
  Trace trace(loop_);
  const absl::Status status = trace.save("/no/such/folder/trace.json");
  EXPECT_EQ(status.code(), absl::StatusCode::kNotFound);
  EXPECT_NE(std::string(status.message()).find("cannot write the trace to '/no/such/folder/"),
            std::string::npos);
  EXPECT_FALSE(trace.save("/dev/full").ok());
}

TEST_F(TraceTest, ACapacityOfNothingIsMisuse) {
  EXPECT_THROW(Trace(loop_, {.capacity = 0}), UsageError);
}

}  // namespace
}  // namespace weft::inspect
