#include "weft/tests/conformance/model.h"

#include <algorithm>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace weft::conformance {
namespace {

using Body = std::vector<Statement>;
using Path = std::string;

struct Space {
  bool destroyed = false;
};
using SpacePtr = std::shared_ptr<Space>;

// Labels of contexts that have ended and wait for their listeners.
using Ends = std::deque<std::int64_t>;

struct Bag {
  std::map<std::string, std::int64_t> values;
  std::shared_ptr<Bag> parent;
  std::vector<std::int64_t> watches;
  Ends* ends = nullptr;

  ~Bag() {
    if (ends != nullptr) ends->insert(ends->end(), watches.begin(), watches.end());
  }
  const std::int64_t* find(const std::string& key) const {
    auto found = values.find(key);
    if (found != values.end()) return &found->second;
    return parent != nullptr ? parent->find(key) : nullptr;
  }
};
using BagPtr = std::shared_ptr<Bag>;
using Frame = std::map<SpacePtr, BagPtr>;

// What is current: for each namespace the contexts that are entered, the active one last.
using Stacks = std::map<SpacePtr, std::vector<BagPtr>>;

struct Thrown {
  std::int64_t code;
  std::map<SpacePtr, BagPtr> left;  // the first context of each namespace that it left
};

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

struct Job {
  const Statement* statement;
  Path path;
  Frame frame;
  bool pending = true;
  int turns = 0;  // left; of an interval
  std::int64_t deadline = 0;
  std::shared_ptr<Coroutine> coroutine;  // goes on, where there is one
};
using JobPtr = std::shared_ptr<Job>;

class Model {
 public:
  explicit Model(const Program& program) : program_(program) {}

  ModelResult play() {
    for (const std::string& name : program_.namespaces) create(name);
    main_.body = program_.body;
    immediates_.push_back(newJob(main_, ""));
    runLoop();
    functions_.clear();
    emitters_.clear();
    contexts_.clear();
    caught_.left.clear();
    drain();
    return {std::move(trace_), executed_};
  }

 private:
  // --- the loop

  void runLoop() {
    drain();
    while (!timers_.empty() || !work_.empty() || !immediates_.empty()) {
      runTimers();
      runRound(work_);
      if (work_.empty() && immediates_.empty() && !timers_.empty()) {
        now_ = std::max(now_, nextTimer()->deadline);
        continue;
      }
      runRound(immediates_);
    }
  }

  void runRound(std::deque<JobPtr>& queue) {
    std::deque<JobPtr> round = std::move(queue);
    queue.clear();
    for (JobPtr& job : round) {
      if (job->pending) runJob(*job);
      job.reset();
      drain();
    }
  }

  JobPtr nextTimer() const {
    return *std::min_element(timers_.begin(), timers_.end(), [](const JobPtr& a, const JobPtr& b) {
      return a->deadline < b->deadline;
    });
  }

  // What is due when the phase begins, in the order of deadlines, equal ones as they were armed.
  void runTimers() {
    std::vector<JobPtr> due, later;
    for (JobPtr& job : timers_) (job->deadline <= now_ ? due : later).push_back(std::move(job));
    timers_ = std::move(later);
    std::stable_sort(due.begin(), due.end(),
                     [](const JobPtr& a, const JobPtr& b) { return a->deadline < b->deadline; });
    for (JobPtr& job : due) {
      if (!job->pending) continue;
      const bool last = --job->turns <= 0;
      if (last) job->pending = false;
      runJob(*job, /*again=*/!last);
      if (job->pending) {
        job->deadline = now_ + job->statement->ms;
        timers_.push_back(job);
      }
      job.reset();
      drain();
    }
  }

  void runJob(Job& job, bool again = false) {
    if (!again) job.pending = false;
    runCallback(job.frame, [&] {
      if (job.coroutine != nullptr) {
        goOn(job.coroutine);
      } else if (job.statement == &main_) {
        runBody(main_.body, "main");
      } else {
        runBody(job.statement->body, open(job.path, job.statement->number));
      }
    });
    if (!job.pending) job.frame.clear();
  }

  template <typename F>
  void runCallback(const Frame& frame, F fn) {
    stacks_ = stacksOf(frame);
    fn();
    stacks_.clear();
  }

  // Ticks until there are none, then the end of one context, and so on.
  void drain() {
    for (;;) {
      if (!ticks_.empty()) {
        const JobPtr job = ticks_.front();
        ticks_.pop_front();
        runJob(*job);
      } else if (!ends_.empty()) {
        trace_.emplace_back("end", std::to_string(ends_.front()));
        ends_.pop_front();
      } else {
        return;
      }
    }
  }

  // What is active in namespaces that were not destroyed.
  Frame captured() const {
    Frame frame;
    for (const auto& [space, stack] : stacks_) {
      if (!stack.empty() && !space->destroyed) frame[space] = stack.back();
    }
    return frame;
  }
  static Stacks stacksOf(const Frame& frame) {
    Stacks stacks;
    for (const auto& [space, context] : frame) stacks[space] = {context};
    return stacks;
  }

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
      const JobPtr job = newJob(step, coroutine->path);
      job->coroutine = coroutine;
      if (step.what == "tick") {
        ticks_.push_back(job);
      } else if (step.what == "immediate") {
        immediates_.push_back(job);
      } else {
        timers_.push_back(job);
      }
      return;
    }
  }

  JobPtr newJob(const Statement& statement, const Path& path) {
    auto job = std::make_shared<Job>();
    job->statement = &statement;
    job->path = path;
    job->frame = captured();
    job->turns = statement.times;
    job->deadline = now_ + statement.ms;
    return job;
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

  BagPtr active(const SpacePtr& space) const {
    auto found = stacks_.find(space);
    return found != stacks_.end() && !found->second.empty() ? found->second.back() : nullptr;
  }
  BagPtr newBag(BagPtr parent) {
    auto bag = std::make_shared<Bag>();
    bag->parent = std::move(parent);
    bag->ends = &ends_;
    return bag;
  }
  BagPtr contextNamed(const std::string& name) const {
    auto found = contexts_.find(name);
    return found != contexts_.end() ? found->second : nullptr;
  }
  static std::string textOf(const BagPtr& bag, const std::string& key) {
    const std::int64_t* value = bag != nullptr ? bag->find(key) : nullptr;
    return value != nullptr ? std::to_string(*value) : "undefined";
  }

  // Calls fn with all that is entered as `inside` says, and restores all.
  template <typename F>
  void within(Stacks inside, const Frame& notes, F fn) {
    Stacks outside = std::exchange(stacks_, std::move(inside));
    try {
      fn();
    } catch (Thrown& thrown) {
      for (const auto& [space, context] : notes) thrown.left.emplace(space, context);
      stacks_ = std::move(outside);
      throw;
    }
    stacks_ = std::move(outside);
  }
  template <typename F>
  void runIn(const SpacePtr& space, const BagPtr& context, F fn) {
    Stacks inside = stacks_;
    inside[space].push_back(context);
    within(std::move(inside), {{space, context}}, fn);
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
        return say(path, "get " + s.ns + "." + s.key + "=" + textOf(active(space(s)), s.key));
      case Op::kSet: {
        const BagPtr context = active(space(s));
        if (context == nullptr) return say(path, "set " + s.ns + "." + s.key + " failed");
        context->values[s.key] = s.value;
        return;
      }
      case Op::kActive:
        return say(path, "active " + s.ns + (active(space(s)) != nullptr ? "=yes" : "=no"));
      case Op::kRun:
      case Op::kRunAndReturn: {
        const BagPtr context = newBag(active(space(s)));
        runIn(space(s), context, [&] { runBody(s.body, open(path, s.number)); });
        if (s.op == Op::kRunAndReturn) return say(path, "returned " + std::to_string(s.value));
        if (!s.as.empty()) contexts_[s.as] = context;
        return;
      }
      case Op::kCreateContext:
        contexts_[s.as] = newBag(active(space(s)));
        return;
      case Op::kRead: {
        const BagPtr context = contextNamed(s.name);
        return say(path, "read " + s.name + "." + s.key + "=" +
                             (context != nullptr ? textOf(context, s.key) : "none"));
      }
      case Op::kBind: {
        BagPtr context = contextNamed(s.name);
        if (context == nullptr) context = active(space(s));
        if (context == nullptr) context = newBag(nullptr);
        functions_[s.as] = {space(s), context, &s};
        return;
      }
      case Op::kCall:
        return call(s, path);
      case Op::kEnter:
        if (BagPtr context = contextNamed(s.name)) stacks_[space(s)].push_back(context);
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
        if (BagPtr context = active(space(s))) context->watches.push_back(s.value);
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
        Stacks inside;  // its enter-stack begins anew
        for (const auto& [space, stack] : stacks_) {
          if (!stack.empty()) inside[space] = {stack.back()};
        }
        return within(std::move(inside), {}, [&] { goOn(coroutine); });
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
    runIn(fn.space, fn.context,
          [&] { runBody(fn.statement->body, open(path, fn.statement->number)); });
    say(path, "returned " + std::to_string(fn.statement->value));
  }

  void exit(const Statement& s, const Path& path) {
    const BagPtr context = contextNamed(s.name);
    if (context == nullptr) return;
    std::vector<BagPtr>& stack = stacks_[space(s)];
    auto last = std::find(stack.rbegin(), stack.rend(), context);
    if (last == stack.rend()) return say(path, "exit " + s.ns + " failed");
    stack.erase(std::next(last).base());
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
      job->pending = false;
      std::erase(timers_, job);
      job->frame.clear();
      return say(path, "cleared " + s.name);
    }
    const JobPtr job = newJob(s, path);
    if (s.op == Op::kTick) {
      ticks_.push_back(job);
    } else if (s.op == Op::kWork) {
      work_.push_back(job);
    } else if (s.op == Op::kImmediate) {
      immediates_.push_back(job);
    } else {
      timers_.push_back(job);
    }
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
      if (BagPtr context = active(space)) {
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
      Stacks inside = stacks_;
      Frame notes = listener->captured;
      for (const auto& [space, context] : listener->captured) {
        std::vector<BagPtr>& stack = inside[space];
        if (stack.empty() || stack.back() != context) stack.push_back(context);
      }
      for (const SpacePtr& space : listener->fresh) {
        std::vector<BagPtr>& stack = inside[space];
        if (stack.empty()) stack.push_back(newBag(nullptr));
        notes[space] = stack.back();
      }
      auto call = [&] {
        runBody(listener->statement->body,
                open(path + ">" + std::to_string(s.number), listener->statement->number));
      };
      // What a listener that is not bound enters stays entered: it is called, and no more.
      if (listener->captured.empty() && listener->fresh.empty()) {
        call();
      } else {
        within(std::move(inside), notes, call);
      }
    }
    say(path, round.empty() ? "emitted false" : "emitted true");
  }

  const Program& program_;
  Statement main_;
  Ends ends_;  // outlives all contexts
  Trace trace_;
  std::size_t executed_ = 0;
  std::map<Path, int> used_;
  std::map<std::string, SpacePtr> registry_;
  std::map<std::string, SpacePtr> spaces_;
  Stacks stacks_;
  std::map<std::string, BagPtr> contexts_;
  std::map<std::string, Function> functions_;
  std::map<std::string, EmitterPtr> emitters_;
  std::map<std::string, std::uint64_t> listeners_;
  std::uint64_t last_function_ = 0;
  std::map<std::string, std::weak_ptr<Job>> jobs_;
  Thrown caught_{};
  std::int64_t now_ = 0;
  std::deque<JobPtr> ticks_;
  std::deque<JobPtr> work_;  // done
  std::deque<JobPtr> immediates_;
  std::vector<JobPtr> timers_;  // armed, in the order in which they were
};

}  // namespace

ModelResult model(const Program& program) { return Model(program).play(); }

}  // namespace weft::conformance
