// Node is the judge: random programs run under Node's own async_hooks and under an Observer, and
// each of their callbacks is told the same life. Each run takes a new seed, which is printed;
// WEFT_SEED repeats one.
//
// A program is a line of nodes, split by ';', each a callback that is scheduled:
//
//   PARENT KIND [clear]
//
// PARENT is the number of the callback that schedules it when it runs for the first time, 0 the
// program itself; nodes are numbered from 1. KIND is tick, microtask, immediate, timeout or
// interval, which clears itself when it runs for the second time; `clear` clears it at once. In
// which order callbacks of different kinds run is not looked at here.

#include <gtest/gtest.h>
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <map>
#include <random>
#include <sstream>
#include <string>
#include <vector>

#include "weft/loop/observer.h"
#include "weft/tests/loop/event_loop_fixture.h"

namespace weft::loop {
namespace {

constexpr int kPrograms = 400;
constexpr int kNodes = 12;

class Machine final : Observer {
 public:
  Machine(EventLoop& loop, const std::string& line) : loop_(loop), nodes_(1) {
    std::istringstream in(line);
    for (std::string text; std::getline(in, text, ';');) {
      std::istringstream words(text);
      std::size_t parent = 0;
      std::string clear;
      Node node;
      words >> parent >> node.kind >> clear;
      node.clear = clear == "clear";
      nodes_[parent].children.push_back(nodes_.size());
      nodes_.push_back(std::move(node));
    }
  }

  std::string run() {
    loop_.addObserver(*this);
    for (std::size_t child : nodes_[0].children) schedule(child);
    loop_.run();
    loop_.removeObserver(*this);
    std::string text;
    for (std::size_t i = 1; i < nodes_.size(); ++i) {
      text += (i == 1 ? "" : "; ") + std::to_string(i) + ": " + nodes_[i].trace;
    }
    return text;
  }

 private:
  struct Node {
    std::string kind;
    bool clear = false;
    std::vector<std::size_t> children;
    int runs = 0;
    TimerHandle timer;
    std::string trace;
  };

  void init(AsyncId id, AsyncKind kind, AsyncId trigger, cls::Location, FrameId) override {
    EXPECT_EQ(nameOf(kind), nodes_[scheduling_].kind);
    labels_[id] = scheduling_;
    say(id, "init by " + labelOf(trigger));
  }
  void before(AsyncId id) override { say(id, "before"); }
  void after(AsyncId id) override { say(id, "after"); }
  void destroy(AsyncId id) override { say(id, "destroy"); }

  std::string labelOf(AsyncId id) { return std::to_string(labels_[id]); }
  void say(AsyncId id, const std::string& what) { say(nodes_[labels_.at(id)], what); }
  void say(Node& node, const std::string& what) {
    node.trace += (node.trace.empty() ? "" : ", ") + what;
  }

  void schedule(std::size_t label) {
    Node& node = nodes_[label];
    scheduling_ = label;
    const auto fn = [this, &node] { run(node); };
    if (node.kind == "tick") loop_.nextTick(fn);
    if (node.kind == "microtask") loop_.queueMicrotask(fn);
    if (node.kind == "timeout") node.timer = loop_.setTimeout(fn, milliseconds(1));
    if (node.kind == "interval") node.timer = loop_.setInterval(fn, milliseconds(1));
    if (node.kind == "immediate") {
      const ImmediateHandle immediate = loop_.setImmediate(fn);
      if (node.clear) immediate.clear();
    }
    if (node.clear) node.timer.clear();
  }

  void run(Node& node) {
    say(node,
        "ran as " + labelOf(loop_.executionAsyncId()) + " by " + labelOf(loop_.triggerAsyncId()));
    if (++node.runs == 2) node.timer.clear();
    if (node.runs != 1) return;
    for (std::size_t child : node.children) schedule(child);
  }

  EventLoop& loop_;
  std::vector<Node> nodes_;                // the program itself, and the numbered ones
  std::map<AsyncId, std::size_t> labels_;  // what has none is of the program itself
  std::size_t scheduling_ = 0;
};

std::string randomProgram(std::mt19937& random) {
  const auto below = [&random](std::size_t n) {
    return std::uniform_int_distribution<std::size_t>(0, n - 1)(random);
  };
  constexpr std::array kKinds = {"tick", "microtask", "immediate", "timeout", "interval"};
  constexpr std::size_t kNeverCleared = 2;  // of them
  std::string line;
  for (std::size_t i = 1; i <= kNodes; ++i) {
    const std::size_t kind = below(kKinds.size());
    line += (i == 1 ? "" : ";") + std::to_string(below(i)) + " " + kKinds[kind];
    if (kind >= kNeverCleared && below(6) == 0) line += " clear";
  }
  return line;
}

// Node's traces of the programs, in order.
std::vector<std::string> judge(const std::vector<std::string>& programs) {
  const std::string base = ::testing::TempDir() + "/node_judge_" + std::to_string(::getpid());
  {
    std::ofstream out(base + ".in");
    for (const std::string& program : programs) out << program << "\n";
  }
  const std::string command = "node tests/loop/node_judge.js < " + base + ".in > " + base + ".out";
  EXPECT_EQ(std::system(command.c_str()), 0) << command;
  std::vector<std::string> lines;
  std::ifstream in(base + ".out");
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  return lines;
}

class NodeJudgeTest : public EventLoopTest {};

TEST_F(NodeJudgeTest, CallbacksHaveTheLivesAndTriggersThatTheyHaveInNode) {
  if (!kInstrumented) GTEST_SKIP() << "this build cannot be observed";
  const char* given = std::getenv("WEFT_SEED");
  const unsigned seed =
      given != nullptr ? static_cast<unsigned>(std::stoul(given)) : std::random_device()();
  std::cout << "WEFT_SEED=" << seed << std::endl;
  std::mt19937 random(seed);
  std::vector<std::string> programs;
  for (int i = 0; i < kPrograms; ++i) programs.push_back(randomProgram(random));
  const std::vector<std::string> expected = judge(programs);
  ASSERT_EQ(expected.size(), programs.size());
  for (int i = 0; i < kPrograms; ++i) {
    ASSERT_EQ(Machine(loop_, programs[i]).run(), expected[i]) << "program: " << programs[i];
  }
}

}  // namespace
}  // namespace weft::loop
