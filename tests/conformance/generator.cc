#include "weft/tests/conformance/generator.h"

#include <array>
#include <initializer_list>
#include <random>
#include <string>
#include <utility>

namespace weft::conformance {
namespace {

using Body = std::vector<Statement>;

constexpr int kFunctions = 5;  // names f0 to f4; the body of f3 calls f0 to f2 only
constexpr int kEmitters = 3;   // a listener of e1 emits on e0 only, and calls f0 and f1 only
constexpr int kContexts = 5;
constexpr int kHandles = 4;
constexpr int kListeners = 5;

class Generator {
 public:
  explicit Generator(std::uint64_t seed) : random_(seed), program_{} {
    program_.id = "random-" + std::to_string(seed);
    const int spaces = 1 + below(3);
    for (int i = 0; i < spaces; ++i) program_.namespaces.push_back(std::string(1, "abc"[i]));
    // What this program is about: some statements are left out, others are frequent.
    for (int& weight : weights_) weight = below(4) == 0 ? 0 : 1 + below(6);
    left_ = 20 + below(180);
  }

  Program make() {
    while (left_ > 0) {
      for (Statement& statement : body(3 + below(8), Place{})) {
        program_.body.push_back(std::move(statement));
      }
    }
    return std::move(program_);
  }

 private:
  // Where a body stands.
  struct Place {
    int depth = 0;
    int rank = kFunctions;         // functions below it may be called
    int emitter_rank = kEmitters;  // emitters below it may be emitted on
    bool caught = false;           // inside a `try`, in the same call chain
    int listeners = 2;             // how deep listeners may be added by listeners
  };
  using Make = void (Generator::*)(Body&, Place);

  struct Choice {
    Make make;
    int share;
    int family;  // index of the weight that the program gives to it
  };
  enum Family {
    kReads,
    kRuns,
    kBinds,
    kEnters,
    kErrors,
    kQueues,
    kTimers,
    kCoroutines,
    kEmits,
    kLives,
    kEnds,
    kFamilies
  };

  int below(int n) { return static_cast<int>(random_() % static_cast<std::uint64_t>(n)); }
  std::string name(char letter, int count) { return letter + std::to_string(below(count)); }

  Statement make(Op op) {
    Statement statement;
    statement.op = op;
    statement.number = next_number_++;
    --left_;
    return statement;
  }
  Statement withSpace(Op op) {
    Statement statement = make(op);
    statement.ns = program_.namespaces[static_cast<std::size_t>(
        below(static_cast<int>(program_.namespaces.size())))];
    return statement;
  }
  std::string key() { return std::string(1, "xyz"[below(3)]); }

  Body body(int length, Place place) {
    static constexpr std::array kChoices{
        Choice{&Generator::makeGet, 12, kReads},
        Choice{&Generator::makeSet, 10, kReads},
        Choice{&Generator::makeActive, 3, kReads},
        Choice{&Generator::makeRun, 8, kRuns},
        Choice{&Generator::makeCreate, 2, kBinds},
        Choice{&Generator::makeRead, 2, kBinds},
        Choice{&Generator::makeBind, 4, kBinds},
        Choice{&Generator::makeCall, 5, kBinds},
        Choice{&Generator::makeEnter, 3, kEnters},
        Choice{&Generator::makeExit, 3, kEnters},
        Choice{&Generator::makeTry, 4, kErrors},
        Choice{&Generator::makeThrow, 2, kErrors},
        Choice{&Generator::makeAsync, 5, kCoroutines},
        Choice{&Generator::makeTick, 5, kQueues},
        Choice{&Generator::makeImmediate, 4, kQueues},
        Choice{&Generator::makeWork, 3, kQueues},
        Choice{&Generator::makeTimeout, 4, kTimers},
        Choice{&Generator::makeInterval, 2, kTimers},
        Choice{&Generator::makeClear, 3, kTimers},
        Choice{&Generator::makeEmitter, 2, kEmits},
        Choice{&Generator::makeListener, 6, kEmits},
        Choice{&Generator::makeOff, 2, kEmits},
        Choice{&Generator::makeEmit, 6, kEmits},
        Choice{&Generator::makeBindEmitter, 3, kEmits},
        Choice{&Generator::makeCount, 1, kEmits},
        Choice{&Generator::makeRegistry, 2, kLives},
        Choice{&Generator::makeWatch, 6, kEnds},
    };
    int total = 1;
    for (const Choice& choice : kChoices) total += choice.share * weights_[choice.family];
    ++place.depth;
    Body result;
    for (int i = 0; i < length && left_ > 0; ++i) {
      int at = below(total);
      Make chosen = &Generator::makeRun;
      for (const Choice& choice : kChoices) {
        at -= choice.share * weights_[choice.family];
        if (at >= 0) continue;
        chosen = choice.make;
        break;
      }
      (this->*chosen)(result, place);
    }
    return result;
  }
  Body inner(Place place) {
    if (place.depth > 6) return {};
    return body(1 + below(5), place);
  }
  // Of a body that runs later, by itself.
  Body laterBody(Place place) {
    place.caught = false;
    return inner(place);
  }
  // Adds the statement, inside a `try` unless there is one around.
  void addGuarded(Body& out, Statement statement, Place place) {
    if (place.caught) {
      out.push_back(std::move(statement));
      return;
    }
    Statement guard = make(Op::kTry);
    guard.body.push_back(std::move(statement));
    out.push_back(std::move(guard));
  }

  void makeGet(Body& out, Place) {
    Statement s = withSpace(Op::kGet);
    s.key = key();
    out.push_back(std::move(s));
  }
  void makeSet(Body& out, Place) {
    Statement s = withSpace(Op::kSet);
    s.key = key();
    s.value = next_value_++;
    out.push_back(std::move(s));
  }
  void makeActive(Body& out, Place) { out.push_back(withSpace(Op::kActive)); }
  void makeRun(Body& out, Place place) {
    const bool returns = below(4) == 0;
    Statement s = withSpace(returns ? Op::kRunAndReturn : Op::kRun);
    if (returns) {
      s.value = next_value_++;
    } else if (below(3) == 0) {
      s.as = name('c', kContexts);
    }
    s.body = inner(place);
    out.push_back(std::move(s));
  }
  void makeCreate(Body& out, Place) {
    Statement s = withSpace(Op::kCreateContext);
    s.as = name('c', kContexts);
    out.push_back(std::move(s));
  }
  void makeRead(Body& out, Place) {
    Statement s = make(Op::kRead);
    s.name = name('c', kContexts);
    s.key = key();
    out.push_back(std::move(s));
  }
  void makeBind(Body& out, Place place) {
    Statement s = withSpace(Op::kBind);
    const int rank = below(kFunctions);
    s.as = "f" + std::to_string(rank);
    if (below(3) == 0) s.name = name('c', kContexts);
    s.value = next_value_++;
    place.caught = true;  // every call is
    place.rank = rank;
    place.emitter_rank = rank == kFunctions - 1 ? 1 : 0;
    s.body = inner(place);
    out.push_back(std::move(s));
  }
  void makeCall(Body& out, Place place) {
    if (place.rank == 0) return;
    Statement s = make(Op::kCall);
    s.name = name('f', place.rank);
    addGuarded(out, std::move(s), place);
  }
  void makeEnter(Body& out, Place) { makeEnterOrExit(out, Op::kEnter); }
  void makeExit(Body& out, Place) { makeEnterOrExit(out, Op::kExit); }
  void makeEnterOrExit(Body& out, Op op) {
    Statement s = withSpace(op);
    s.name = name('c', kContexts);
    out.push_back(std::move(s));
  }
  void makeTry(Body& out, Place place) {
    place.caught = true;
    Statement s = make(Op::kTry);
    s.body = inner(place);
    out.push_back(std::move(s));
    for (int i = below(3); i > 0; --i) {
      Statement from = withSpace(Op::kFrom);
      from.key = key();
      out.push_back(std::move(from));
    }
  }
  void makeThrow(Body& out, Place place) {
    if (!place.caught) return;
    Statement s = make(Op::kThrow);
    s.value = next_value_++;
    out.push_back(std::move(s));
  }
  void makeAsync(Body& out, Place place) {
    Statement s = make(Op::kAsync);
    for (Statement& step : laterBody(place)) {
      if (below(2) == 0) {
        Statement wait = make(Op::kAwait);
        wait.what = std::array{"tick", "immediate", "sleep"}[static_cast<std::size_t>(below(3))];
        if (wait.what == "sleep") wait.ms = below(5);
        s.body.push_back(std::move(wait));
      }
      s.body.push_back(std::move(step));
    }
    out.push_back(std::move(s));
  }
  void makeTick(Body& out, Place place) {
    Statement s = make(Op::kTick);
    s.body = laterBody(place);
    out.push_back(std::move(s));
  }
  void makeWork(Body& out, Place place) {
    Statement s = make(Op::kWork);
    s.what = std::array{"fs", "zlib", "crypto"}[static_cast<std::size_t>(below(3))];
    s.body = laterBody(place);
    out.push_back(std::move(s));
  }
  void makeImmediate(Body& out, Place place) {
    Statement s = make(Op::kImmediate);
    if (below(2) == 0) s.as = name('h', kHandles);
    s.body = laterBody(place);
    out.push_back(std::move(s));
  }
  void makeTimeout(Body& out, Place place) {
    Statement s = make(Op::kTimeout);
    s.ms = below(6);
    if (below(2) == 0) s.as = name('h', kHandles);
    s.body = laterBody(place);
    out.push_back(std::move(s));
  }
  void makeInterval(Body& out, Place place) {
    Statement s = make(Op::kInterval);
    s.ms = 1 + below(4);
    s.times = 1 + below(3);
    if (below(2) == 0) s.as = name('h', kHandles);
    s.body = laterBody(place);
    out.push_back(std::move(s));
  }
  void makeClear(Body& out, Place) {
    Statement s = make(Op::kClear);
    s.name = name('h', kHandles);
    out.push_back(std::move(s));
  }
  void makeEmitter(Body& out, Place) {
    Statement s = make(Op::kEmitter);
    s.as = name('e', kEmitters);
    out.push_back(std::move(s));
  }
  Statement withEmitter(Op op, int rank = kEmitters) {
    Statement s = make(op);
    s.name = name('e', rank);
    s.event = below(4) == 0 ? "q" : "p";
    return s;
  }
  void makeListener(Body& out, Place place) {
    if (place.listeners == 0) return;
    Statement s = withEmitter(below(3) == 0 ? Op::kOnce : Op::kOn);
    s.as = name('l', kListeners);
    place.caught = true;  // every emission is
    --place.listeners;
    place.emitter_rank = s.name[1] - '0';
    place.rank = place.emitter_rank;
    s.body = inner(place);
    out.push_back(std::move(s));
  }
  void makeOff(Body& out, Place) {
    Statement s = withEmitter(below(4) == 0 ? Op::kRemoveAll : Op::kOff);
    if (s.op == Op::kOff) s.what = name('l', kListeners);
    out.push_back(std::move(s));
  }
  void makeEmit(Body& out, Place place) {
    if (place.emitter_rank == 0) return;
    addGuarded(out, withEmitter(Op::kEmit, place.emitter_rank), place);
  }
  void makeBindEmitter(Body& out, Place) {
    Statement s = withSpace(Op::kBindEmitter);
    s.name = name('e', kEmitters);
    out.push_back(std::move(s));
  }
  void makeCount(Body& out, Place) { out.push_back(withEmitter(Op::kCount)); }
  void makeRegistry(Body& out, Place) {
    static constexpr std::array kOps{Op::kDestroy, Op::kCreate, Op::kExists};
    out.push_back(withSpace(kOps[static_cast<std::size_t>(below(3))]));
  }
  void makeWatch(Body& out, Place) {
    Statement s = withSpace(Op::kWatchEnd);
    s.value = next_value_++;
    out.push_back(std::move(s));
  }

  std::mt19937_64 random_;
  Program program_;
  std::array<int, kFamilies> weights_{};
  int left_ = 0;
  int next_number_ = 0;
  int next_value_ = 1;
};

}  // namespace

Program randomProgram(std::uint64_t seed) { return Generator(seed).make(); }

}  // namespace weft::conformance
