#include "weft/tests/conformance/model.h"

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "weft/tests/conformance/model_contexts.h"
#include "weft/tests/conformance/model_loop.h"

namespace weft::conformance {
namespace {

using Body = std::vector<Statement>;
using Path = std::string;
using Queue = ModelLoop::Queue;

struct Function {
  SpacePtr space;
  BagPtr context;
  const Statement* statement;
};

struct Registration {
  std::uint64_t function;  // identity
  const Statement* statement;
  bool once;
  Frame captured;
  std::set<SpacePtr> fresh;
};
using RegistrationPtr = std::shared_ptr<Registration>;

struct Emitter {
  std::set<SpacePtr> bound;
  std::map<std::string, std::vector<RegistrationPtr>> listeners;
};
using EmitterPtr = std::shared_ptr<Emitter>;

struct Coroutine {
  const Statement* statement;
  Path path;
  std::size_t next = 0;  // step of its body
};

class Model {
 public:
  explicit Model(const Program& program) : program_(program) {}

  ModelResult play() {
    for (const std::string& name : program_.namespaces) create(name);
    loop_.add(Queue::kImmediate, [this] { runBody(program_.body, "main"); });
    loop_.run();
    functions_.clear();
    emitters_.clear();
    named_.clear();
    caught_.left.clear();
    loop_.drain();
    return {std::move(trace_), executed_};
  }

 private:
  // --- what the loop runs

  // Until the coroutine waits or ends.
  void goOn(const std::shared_ptr<Coroutine>& coroutine) {
    const Body& body = coroutine->statement->body;
    while (coroutine->next < body.size()) {
      const Statement& step = body[coroutine->next++];
      count();
      if (step.op != Op::kAwait) {
        runStatement(step, coroutine->path);
        continue;
      }
      const Queue queue = step.what == "tick"        ? Queue::kTick
                          : step.what == "immediate" ? Queue::kImmediate
                                                     : Queue::kTimer;
      loop_.add(
          queue, [this, coroutine] { goOn(coroutine); }, step.ms, step.times);
      return;
    }
  }

  // --- contexts

  Path open(const Path& parent, int number) {
    Path path = parent + ">" + std::to_string(number);
    const int times = used_[path]++;
    return times == 0 ? path : path + "#" + std::to_string(times);
  }
  void say(const Path& path, const std::string& text) { trace_.emplace_back(path, text); }

  void create(const std::string& name) {
    spaces_[name] = registry_[name] = std::make_shared<Space>();
  }
  SpacePtr space(const Statement& statement) const { return spaces_.at(statement.ns); }

  BagPtr active(const Statement& s) const { return contexts_.active(space(s)); }
  BagPtr contextNamed(const std::string& name) const {
    auto found = named_.find(name);
    return found != named_.end() ? found->second : nullptr;
  }
  static std::string textOf(const BagPtr& bag, const std::string& key) {
    const std::int64_t* value = bag != nullptr ? bag->find(key) : nullptr;
    return value != nullptr ? std::to_string(*value) : "undefined";
  }

  // --- statements

  void count() {
    if (++executed_ > kMostStatements) throw std::length_error("the program is too long");
  }
  void runBody(const Body& body, const Path& path) {
    for (const Statement& statement : body) {
      count();
      runStatement(statement, path);
    }
  }

  void runStatement(const Statement& s, const Path& path) {
    switch (s.op) {
      case Op::kGet:
        return say(path, "get " + s.ns + "." + s.key + "=" + textOf(active(s), s.key));
      case Op::kSet: {
        const BagPtr context = active(s);
        if (context == nullptr) return say(path, "set " + s.ns + "." + s.key + " failed");
        context->values[s.key] = s.value;
        return;
      }
      case Op::kActive:
        return say(path, "active " + s.ns + (active(s) != nullptr ? "=yes" : "=no"));
      case Op::kRun:
      case Op::kRunAndReturn: {
        const BagPtr context = contexts_.make(active(s));
        contexts_.runIn(space(s), context, [&] { runBody(s.body, open(path, s.number)); });
        if (s.op == Op::kRunAndReturn) return say(path, "returned " + std::to_string(s.value));
        if (!s.as.empty()) named_[s.as] = context;
        return;
      }
      case Op::kCreateContext:
        named_[s.as] = contexts_.make(active(s));
        return;
      case Op::kRead: {
        const BagPtr context = contextNamed(s.name);
        return say(path, "read " + s.name + "." + s.key + "=" +
                             (context != nullptr ? textOf(context, s.key) : "none"));
      }
      case Op::kBind: {
        BagPtr context = contextNamed(s.name);
        if (context == nullptr) context = active(s);
        if (context == nullptr) context = contexts_.make(nullptr);
        functions_[s.as] = {space(s), context, &s};
        return;
      }
      case Op::kCall:
        return call(s, path);
      case Op::kEnter:
        if (BagPtr context = contextNamed(s.name)) contexts_.enter(space(s), context);
        return;
      case Op::kExit:
        return exit(s, path);
      case Op::kThrow:
        throw Thrown{s.value, {}};
      case Op::kTry:
        return tryBody(s, path);
      case Op::kFrom: {
        auto left = caught_.left.find(space(s));
        return say(path, "from " + s.ns + "." + s.key + "=" +
                             (left != caught_.left.end() ? textOf(left->second, s.key) : "none"));
      }
      case Op::kDestroy:
      case Op::kCreate:
      case Op::kExists:
        return runRegistry(s, path);
      case Op::kWatchEnd:
        if (BagPtr context = active(s)) context->watches.push_back(s.value);
        return;
      case Op::kTick:
      case Op::kImmediate:
      case Op::kTimeout:
      case Op::kInterval:
      case Op::kClear:
      case Op::kWork:
        return schedule(s, path);
      case Op::kAsync: {
        auto coroutine = std::make_shared<Coroutine>(Coroutine{&s, open(path, s.number)});
        return contexts_.runAnew([&] { goOn(coroutine); });
      }
      case Op::kAwait:
        throw std::invalid_argument("the model knows no " + std::string(nameOf(s.op)));
      default:
        return runEmitter(s, path);
    }
  }

  void call(const Statement& s, const Path& path) {
    auto found = functions_.find(s.name);
    if (found == functions_.end()) return say(path, "call " + s.name + " missing");
    const Function fn = found->second;
    contexts_.runIn(fn.space, fn.context,
                    [&] { runBody(fn.statement->body, open(path, fn.statement->number)); });
    say(path, "returned " + std::to_string(fn.statement->value));
  }

  void exit(const Statement& s, const Path& path) {
    const BagPtr context = contextNamed(s.name);
    if (context == nullptr) return;
    if (!contexts_.exit(space(s), context)) say(path, "exit " + s.ns + " failed");
  }

  void tryBody(const Statement& s, const Path& path) {
    try {
      runBody(s.body, open(path, s.number));
      caught_ = Thrown{};
      say(path, "caught nothing");
    } catch (const Thrown& thrown) {
      caught_ = thrown;
      say(path, "caught " + std::to_string(thrown.code));
    }
  }

  void runRegistry(const Statement& s, const Path& path) {
    auto found = registry_.find(s.ns);
    switch (s.op) {
      case Op::kCreate:
        return create(s.ns);
      case Op::kExists:
        return say(path, "exists " + s.ns + (found != registry_.end() ? "=yes" : "=no"));
      default:
        if (found == registry_.end()) return say(path, "destroy " + s.ns + " failed");
        found->second->destroyed = true;
        registry_.erase(found);
        return say(path, "destroyed " + s.ns);
    }
  }

  void schedule(const Statement& s, const Path& path) {
    if (s.op == Op::kClear) {
      auto found = jobs_.find(s.name);
      const JobPtr job = found != jobs_.end() ? found->second.lock() : nullptr;
      if (job == nullptr || !job->pending) return say(path, "clear " + s.name + " nothing");
      loop_.clear(job);
      return say(path, "cleared " + s.name);
    }
    const Queue queue = s.op == Op::kTick        ? Queue::kTick
                        : s.op == Op::kWork      ? Queue::kWork
                        : s.op == Op::kImmediate ? Queue::kImmediate
                                                 : Queue::kTimer;
    const JobPtr job = loop_.add(
        queue, [this, &s, path] { runBody(s.body, open(path, s.number)); }, s.ms, s.times);
    if (!s.as.empty()) jobs_[s.as] = job;
  }

  // --- emitters

  void runEmitter(const Statement& s, const Path& path) {
    if (s.op == Op::kEmitter) {
      auto made = std::make_shared<Emitter>();
      made->listeners["error"].push_back(nullptr);
      emitters_[s.as] = made;
      return;
    }
    auto found = emitters_.find(s.name);
    if (found == emitters_.end()) {
      if (s.op == Op::kCount) say(path, "count none");
      return;
    }
    const EmitterPtr emitter = found->second;
    std::vector<RegistrationPtr>& list = emitter->listeners[s.event];
    switch (s.op) {
      case Op::kOn:
      case Op::kOnce:
        return addListener(s, *emitter);
      case Op::kOff: {
        auto function = listeners_.find(s.what);
        if (function == listeners_.end()) return;
        for (std::size_t i = list.size(); i-- > 0;) {
          if (list[i] == nullptr || list[i]->function != function->second) continue;
          list.erase(list.begin() + static_cast<std::ptrdiff_t>(i));
          return;
        }
        return;
      }
      case Op::kRemoveAll:
        return list.clear();
      case Op::kBindEmitter:
        emitter->bound.insert(space(s));
        return;
      case Op::kCount:
        return say(path, "count " + std::to_string(list.size()));
      default:
        return emit(s, path, emitter);
    }
  }

  void addListener(const Statement& s, Emitter& emitter) {
    auto made = std::make_shared<Registration>();
    made->function = ++last_function_;
    made->statement = &s;
    made->once = s.op == Op::kOnce;
    for (const SpacePtr& space : emitter.bound) {
      if (BagPtr context = contexts_.active(space)) {
        made->captured[space] = context;
      } else {
        made->fresh.insert(space);
      }
    }
    emitter.listeners[s.event].push_back(made);
    if (!s.as.empty()) listeners_[s.as] = made->function;
  }

  void emit(const Statement& s, const Path& path, const EmitterPtr& emitter) {
    const std::vector<RegistrationPtr> round = emitter->listeners[s.event];
    for (const RegistrationPtr& listener : round) {
      if (listener == nullptr) continue;  // the empty one of `error`
      if (listener->once) std::erase(emitter->listeners[s.event], listener);
      contexts_.runListener(listener->captured, listener->fresh, [&] {
        runBody(listener->statement->body,
                open(path + ">" + std::to_string(s.number), listener->statement->number));
      });
    }
    say(path, round.empty() ? "emitted false" : "emitted true");
  }

  const Program& program_;
  ModelContexts contexts_;
  ModelLoop loop_{&contexts_, [this](std::int64_t label) {
                    trace_.emplace_back("end", std::to_string(label));
                  }};
  Trace trace_;
  std::size_t executed_ = 0;
  std::map<Path, int> used_;
  std::map<std::string, SpacePtr> registry_;
  std::map<std::string, SpacePtr> spaces_;
  std::map<std::string, BagPtr> named_;
  std::map<std::string, Function> functions_;
  std::map<std::string, EmitterPtr> emitters_;
  std::map<std::string, std::uint64_t> listeners_;
  std::uint64_t last_function_ = 0;
  std::map<std::string, std::weak_ptr<Job>> jobs_;
  Thrown caught_{};
};

}  // namespace

ModelResult model(const Program& program) { return Model(program).play(); }

}  // namespace weft::conformance
