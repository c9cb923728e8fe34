#include "weft/tests/conformance/player.h"

#include <chrono>
#include <optional>
#include <thread>

#include "absl/strings/str_cat.h"
#include "weft/loop/co_wait.h"
#include "weft/loop/spawn.h"
#include "weft/loop/work.h"

namespace weft::conformance {
namespace {

const std::string kMain = "main";

std::string valueText(const int64_t* value) {
  return value != nullptr ? absl::StrCat(*value) : "undefined";
}

}  // namespace

Player::Player() : loop_({.clock = &clock_}) { loop::useThreadPool(loop_, pool_); }

Trace Player::play(const Program& program) {
  for (const std::string& name : program.namespaces) namespaces_[name] = createNamespace(name);
  loop_.setImmediate([this, &program] { runBody(program.body, kMain); });
  loop_.run();
  functions_.clear();
  emitters_.clear();
  listeners_.clear();
  contexts_.clear();
  caught_ = cls::HeldError();
  loop_.run();  // whoever waits for the end of a context hears of it
  cls::reset();
  return std::move(trace_);
}

Player::Path Player::open(const Path& parent, int number) {
  Path path = absl::StrCat(parent, ">", number);
  if (const int times = used_[path]++; times != 0) absl::StrAppend(&path, "#", times);
  return path;
}

Namespace& Player::space(const Statement& statement) {
  auto found = namespaces_.find(statement.ns);
  if (found == namespaces_.end()) {
    throw UsageError(absl::StrCat("statement ", statement.number, " names namespace '",
                                  statement.ns, "', which the program does not create"));
  }
  return found->second;
}

Context Player::contextNamed(const std::string& name) const {
  auto found = contexts_.find(name);
  return found != contexts_.end() ? found->second : Context();
}

void Player::runBody(const Body& body, const Path& path) {
  for (const Statement& statement : body) runStatement(statement, path);
}

void Player::runStatement(const Statement& statement, const Path& path) {
  switch (statement.op) {
    case Op::kGet:
    case Op::kSet:
    case Op::kActive:
    case Op::kRun:
    case Op::kRunAndReturn:
    case Op::kCreateContext:
    case Op::kRead:
    case Op::kEnter:
    case Op::kExit:
      return runContext(statement, path);
    case Op::kBind:
    case Op::kCall:
      return runFunction(statement, path);
    case Op::kThrow:
    case Op::kTry:
    case Op::kFrom:
      return runError(statement, path);
    case Op::kTick:
    case Op::kImmediate:
    case Op::kTimeout:
    case Op::kInterval:
    case Op::kClear:
      return schedule(statement, path);
    case Op::kEmitter:
    case Op::kOn:
    case Op::kOnce:
    case Op::kOff:
    case Op::kRemoveAll:
    case Op::kEmit:
    case Op::kBindEmitter:
    case Op::kCount:
      return runEmitter(statement, path);
    case Op::kDestroy:
    case Op::kCreate:
    case Op::kExists:
      return runRegistry(statement, path);
    case Op::kWatchEnd:
      return watchEnd(statement);
    case Op::kAsync:
      return loop::spawn(loop_, runCoroutine(statement, open(path, statement.number)));
    case Op::kAwait:
      throw UsageError(absl::StrCat("statement ", statement.number,
                                    " awaits outside of a coroutine's own level"));
    case Op::kWork:
      return runWork(statement, path);
  }
}

void Player::runContext(const Statement& statement, const Path& path) {
  const std::string& key = statement.key;
  switch (statement.op) {
    case Op::kGet:
      return say(path, absl::StrCat("get ", statement.ns, ".", key, "=",
                                    valueText(space(statement).get<int64_t>(key))));
    case Op::kSet:
      try {
        space(statement).set(key, statement.value);
      } catch (const cls::NoContextError&) {
        say(path, absl::StrCat("set ", statement.ns, ".", key, " failed"));
      }
      return;
    case Op::kActive:
      return say(path, absl::StrCat("active ", statement.ns, "=",
                                    space(statement).active() ? "yes" : "no"));
    case Op::kRun: {
      const Namespace ns = space(statement);
      Context made = ns.run([&] { runBody(statement.body, open(path, statement.number)); });
      if (!statement.as.empty()) contexts_[statement.as] = std::move(made);
      return;
    }
    case Op::kRunAndReturn: {
      const Namespace ns = space(statement);
      const int64_t returned = ns.runAndReturn([&] {
        runBody(statement.body, open(path, statement.number));
        return statement.value;
      });
      return say(path, absl::StrCat("returned ", returned));
    }
    case Op::kCreateContext:
      contexts_[statement.as] = space(statement).createContext();
      return;
    case Op::kRead: {
      const Context context = contextNamed(statement.name);
      return say(path, absl::StrCat("read ", statement.name, ".", key, "=",
                                    context ? valueText(context.get<int64_t>(key)) : "none"));
    }
    case Op::kEnter:
      if (Context context = contextNamed(statement.name)) space(statement).enter(context);
      return;
    default:  // exit
      if (Context context = contextNamed(statement.name)) {
        try {
          space(statement).exit(context);
        } catch (const UsageError&) {
          say(path, absl::StrCat("exit ", statement.ns, " failed"));
        }
      }
  }
}

void Player::runFunction(const Statement& statement, const Path& path) {
  if (statement.op == Op::kBind) {
    auto fn = [this, &statement](const Path& caller) {
      runBody(statement.body, open(caller, statement.number));
      return statement.value;
    };
    functions_[statement.as] = std::make_shared<BoundFunction>(
        space(statement).bind(std::move(fn), contextNamed(statement.name)));
    return;
  }
  auto found = functions_.find(statement.name);
  if (found == functions_.end()) {
    return say(path, absl::StrCat("call ", statement.name, " missing"));
  }
  const std::shared_ptr<BoundFunction> fn = found->second;  // it may replace itself
  say(path, absl::StrCat("returned ", (*fn)(path)));
}

void Player::runError(const Statement& statement, const Path& path) {
  if (statement.op == Op::kThrow) throw Thrown{statement.value};
  if (statement.op == Op::kTry) {
    std::string text = "nothing";
    cls::HeldError caught;
    try {
      runBody(statement.body, open(path, statement.number));
    } catch (const Thrown& thrown) {
      caught = cls::HeldError::current();
      text = absl::StrCat(thrown.code);
    }
    caught_ = std::move(caught);
    return say(path, absl::StrCat("caught ", text));
  }
  const Context context = space(statement).fromException(caught_.show());
  say(path, absl::StrCat("from ", statement.ns, ".", statement.key, "=",
                         context ? valueText(context.get<int64_t>(statement.key)) : "none"));
}

void Player::schedule(const Statement& statement, const Path& path) {
  auto run = [this, &statement, path] { runBody(statement.body, open(path, statement.number)); };
  switch (statement.op) {
    case Op::kTick:
      return loop_.nextTick(std::move(run));
    case Op::kImmediate: {
      const ImmediateHandle handle = loop_.setImmediate(std::move(run));
      if (!statement.as.empty()) handles_[statement.as] = handle;
      return;
    }
    case Op::kTimeout: {
      const TimerHandle handle =
          loop_.setTimeout(std::move(run), std::chrono::milliseconds(statement.ms));
      if (!statement.as.empty()) handles_[statement.as] = handle;
      return;
    }
    case Op::kInterval:
      return startInterval(statement, path);
    default: {  // clear
      auto found = handles_.find(statement.name);
      const bool cleared =
          found != handles_.end() &&
          std::visit([](const auto& handle) { return handle.clear(); }, found->second);
      return say(path, cleared ? absl::StrCat("cleared ", statement.name)
                               : absl::StrCat("clear ", statement.name, " nothing"));
    }
  }
}

void Player::startInterval(const Statement& statement, const Path& path) {
  auto own = std::make_shared<TimerHandle>();
  auto turn = [this, &statement, path, own, left = statement.times]() mutable {
    if (--left == 0) own->clear();
    runBody(statement.body, open(path, statement.number));
  };
  *own = loop_.setInterval(std::move(turn), std::chrono::milliseconds(statement.ms));
  if (!statement.as.empty()) handles_[statement.as] = *own;
}

// The path is a parameter, so that it lives as long as the coroutine.
loop::Co<> Player::runCoroutine(const Statement& statement, Path path) {
  for (const Statement& step : statement.body) {
    if (step.op != Op::kAwait) {
      runStatement(step, path);
    } else if (step.what == "tick") {
      co_await loop::nextTick();
    } else if (step.what == "immediate") {
      co_await loop::nextImmediate();
    } else if (step.what == "sleep") {
      co_await loop::sleep(std::chrono::milliseconds(step.ms));
    } else {
      throw UsageError(absl::StrCat("statement ", step.number, " awaits '", step.what, "'"));
    }
  }
}

// What kind of work it is makes no difference to the pool. It is done before the next statement, so
// that a program has one trace: its callback runs with those of the work before it, in order.
void Player::runWork(const Statement& statement, const Path& path) {
  loop::work(
      loop_, [] {},
      [this, &statement, path](const absl::Status&) {
        runBody(statement.body, open(path, statement.number));
      });
  for (auto load = pool_->load(); load.queued + load.running != 0; load = pool_->load()) {
    std::this_thread::yield();
  }
}

void Player::runEmitter(const Statement& statement, const Path& path) {
  if (statement.op == Op::kEmitter) {
    auto made = std::make_shared<EventEmitter>();
    made->setMaxListeners(0);
    made->on("error", [](std::string_view) {});
    emitters_[statement.as] = std::move(made);
    return;
  }
  auto found = emitters_.find(statement.name);
  if (found == emitters_.end()) {
    if (statement.op == Op::kCount) say(path, "count none");
    return;
  }
  const std::shared_ptr<EventEmitter> emitter = found->second;  // its name may get a new meaning
  switch (statement.op) {
    case Op::kOn:
    case Op::kOnce:
      return addListener(statement, path, *emitter);
    case Op::kOff: {
      auto listener = listeners_.find(statement.what);
      if (listener != listeners_.end()) emitter->off(statement.event, listener->second);
      return;
    }
    case Op::kRemoveAll:
      return emitter->removeAllListeners(statement.event);
    case Op::kEmit: {
      const Path emission = absl::StrCat(path, ">", statement.number);
      const bool heard = emitter->emit(statement.event, std::string_view(emission));
      return say(path, heard ? "emitted true" : "emitted false");
    }
    case Op::kBindEmitter:
      return space(statement).bindEmitter(*emitter);
    default:
      return say(path, absl::StrCat("count ", emitter->listenerCount(statement.event)));
  }
}

void Player::addListener(const Statement& statement, const Path& path, EventEmitter& emitter) {
  Listener listener = [this, &statement](std::string_view emission) {
    runBody(statement.body, open(Path(emission), statement.number));
  };
  if (statement.op == Op::kOn) {
    emitter.on(statement.event, listener);
  } else {
    emitter.once(statement.event, listener);
  }
  if (!statement.as.empty()) listeners_[statement.as] = std::move(listener);
}

void Player::runRegistry(const Statement& statement, const Path& path) {
  const std::string& name = statement.ns;
  switch (statement.op) {
    case Op::kDestroy:
      try {
        destroyNamespace(name);
        say(path, absl::StrCat("destroyed ", name));
      } catch (const UsageError&) {
        say(path, absl::StrCat("destroy ", name, " failed"));
      }
      return;
    case Op::kCreate:
      namespaces_[name] = createNamespace(name);
      return;
    default:
      return say(path, absl::StrCat("exists ", name, "=", getNamespace(name) ? "yes" : "no"));
  }
}

void Player::watchEnd(const Statement& statement) {
  if (Context context = space(statement).active()) {
    context.onEnd([this, label = statement.value] { say("end", absl::StrCat(label)); });
  }
}

}  // namespace weft::conformance
