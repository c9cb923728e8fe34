// Player: runs a conformance program through weft's public interface and records its trace.
//
// The body of the program is one immediate on a loop of the player's own, whose clock is moved when
// nothing else can run; the player returns when nothing of the program is pending. Each execution
// of a body has a path: the path of the body that started it, '>', the number of the statement, and
// '#n' where that path was used before.
//
//   conformance::Trace trace = conformance::Player().play(program);  // one player, one program
//
// Namespaces are registered by the names of the program and destroyed when it is over, so nothing
// else may use the registry meanwhile.

#ifndef WEFT_TESTS_CONFORMANCE_PLAYER_H_
#define WEFT_TESTS_CONFORMANCE_PLAYER_H_

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <variant>
#include <vector>

#include "weft/cls/cls.h"
#include "weft/cls/held_error.h"
#include "weft/emitter/event_emitter.h"
#include "weft/loop/co.h"
#include "weft/loop/event_loop.h"
#include "weft/loop/thread_pool.h"
#include "weft/tests/conformance/program.h"

namespace weft::conformance {

class Player {
 public:
  Player();
  Player(const Player&) = delete;
  Player& operator=(const Player&) = delete;

  // Throws what no `try` of the program caught, and UsageError for a statement that cannot be run.
  Trace play(const Program& program);

 private:
  using Path = std::string;
  using Body = std::vector<Statement>;
  // Takes the path of its caller, returns the value of its `bind`.
  using BoundFunction = std::function<std::int64_t(const Path&)>;
  using Listener = ListenerFn<std::string_view>;
  // An immediate, a timeout or an interval.
  using Handle = std::variant<ImmediateHandle, TimerHandle>;

  // The error of a `throw`.
  struct Thrown {
    std::int64_t code;
  };

  Path open(const Path& parent, int number);
  void say(const Path& path, std::string text) { trace_.emplace_back(path, std::move(text)); }

  void runBody(const Body& body, const Path& path);
  void runStatement(const Statement& statement, const Path& path);
  void runContext(const Statement& statement, const Path& path);
  void runFunction(const Statement& statement, const Path& path);
  void runError(const Statement& statement, const Path& path);
  void schedule(const Statement& statement, const Path& path);
  void startInterval(const Statement& statement, const Path& path);
  loop::Co<> runCoroutine(const Statement& statement, Path path);
  void runWork(const Statement& statement, const Path& path);
  void runEmitter(const Statement& statement, const Path& path);
  void addListener(const Statement& statement, const Path& path, EventEmitter& emitter);
  void runRegistry(const Statement& statement, const Path& path);
  void watchEnd(const Statement& statement);

  Namespace& space(const Statement& statement);
  Context contextNamed(const std::string& name) const;

  ManualClock clock_;
  Trace trace_;
  std::map<Path, int> used_;
  std::map<std::string, Namespace> namespaces_;
  std::map<std::string, Context> contexts_;
  std::map<std::string, std::shared_ptr<BoundFunction>> functions_;
  std::map<std::string, std::shared_ptr<EventEmitter>> emitters_;
  std::map<std::string, Listener> listeners_;
  std::map<std::string, Handle> handles_;
  cls::HeldError caught_;  // `from` may ask in a later callback
  const std::shared_ptr<ThreadPool> pool_ =
      std::make_shared<ThreadPool>(loop::ThreadPoolOptions{.threads = 1});
  EventLoop loop_;  // goes first, as what is pending refers to the rest
};

}  // namespace weft::conformance

#endif  // WEFT_TESTS_CONFORMANCE_PLAYER_H_
