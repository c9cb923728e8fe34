// local-context: namespaces with a default context, for programs that come from that package.
//
// A namespace has a stack of contexts, at whose bottom its default context always lies, so that
// set() and get() work anywhere. A context is an emitter of `end`.
//
//   namespace local_context = weft::dialect::local_context;
//   auto writer = local_context::createNamespace("writer");
//   auto context = writer.createContext();
//   context->on(local_context::kEnd, [&] { log(*context->get<int>("value")); });  // 1
//   context->run([&] { writer.set("value", 1); });
//
// Where the package's README and its code disagree, this does what the code does:
// - A value that is set after createContext() goes to the active context, the default one at first;
//   the README gives it to the context that was just made.
// - Context::get() looks into its own bag only, Namespace::get() also into the contexts around; the
//   README lets a context see what was set in the one around it.
// - A timer sees the default context as it is then; the README's reads what was there before.
// - `end` comes after a context was left, at the end of each run; the README has it come once, when
//   the context is about to go.
// - The namespaces are listed by name; the README's are an array.
//
// Nothing propagates: what is scheduled sees the default context, unless it was bound. That, and
// the default context, which lets one request read another one's data, are why new code is better
// off with weft/cls/namespace.h. What is other than in the package: when a function throws, its
// context is left, without `end`, where the package leaves it active for ever.
//
// Threads: a namespace and its contexts belong to the thread that made it; the registry to all.

#ifndef WEFT_DIALECT_LOCAL_CONTEXT_H_
#define WEFT_DIALECT_LOCAL_CONTEXT_H_

#include <concepts>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "weft/cls/cls.h"
#include "weft/emitter/event_emitter.h"

namespace weft::dialect::local_context {

class Context;
using ContextPtr = std::shared_ptr<Context>;

// After each run() and each call of a bound function, when the context was left.
inline constexpr Event<> kEnd{"end"};

namespace internal {

// The contexts that are entered, the default one first.
struct Stack {
  std::string name;
  std::vector<ContextPtr> entered;
};

}  // namespace internal

class Context : public EventEmitter, public std::enable_shared_from_this<Context> {
 public:
  // For Namespace::createContext().
  explicit Context(std::weak_ptr<internal::Stack> stack);

  // Its own value, or null; never another context's. UsageError if it is of another type.
  template <typename T>
  const T* get(std::string_view key) const {
    return values_.get<T>(key);
  }
  bool hasKey(std::string_view key) const { return values_.has(key); }
  template <typename V>
  void set(std::string_view key, V&& value) {
    values_.set(key, std::forward<V>(value));
  }

  // Enters, calls `fn`, leaves and emits `end`. Drops what `fn` returns.
  template <typename F>
  void run(F&& fn) {
    bind(std::forward<F>(fn))();
  }
  // A function that does so each time it is called, with its arguments; `fn` may take the context,
  // which is `this` in the package, before them. Keeps the context alive. UsageError if null.
  template <typename F>
  auto bind(F&& fn) {
    weft::cls::refuseNullCallable(fn, "bind()");
    return [self = shared_from_this(), fn = std::forward<F>(fn)](auto&&... args) mutable {
      {
        Entered entered(*self);
        if constexpr (std::invocable<decltype(fn)&, Context&, decltype(args)...>) {
          std::invoke(fn, *self, std::forward<decltype(args)>(args)...);
        } else {
          std::invoke(fn, std::forward<decltype(args)>(args)...);
        }
      }
      self->end();
    };
  }

  // Makes it the active context, until exit().
  void enter();
  // Leaves it if it is the active one, and returns it; else nothing happens, and null. The default
  // context cannot be left.
  ContextPtr exit();
  // Emits `end`.
  void end() { emit(kEnd); }

 private:
  class Entered {
   public:
    explicit Entered(Context& context) : context_(context) { context_.enter(); }
    ~Entered() { context_.exit(); }
    Entered(const Entered&) = delete;
    Entered& operator=(const Entered&) = delete;

   private:
    Context& context_;
  };

  std::weak_ptr<internal::Stack> stack_;
  weft::cls::Context values_;
};

// A handle; copies mean the same namespace. One that names none is false.
class Namespace {
 public:
  Namespace() = default;

  explicit operator bool() const noexcept { return stack_ != nullptr; }
  friend bool operator==(const Namespace&, const Namespace&) = default;

  const std::string& name() const { return stack().name; }
  // Never null.
  const ContextPtr& active() const { return stack().entered.back(); }
  // A new context, not entered.
  ContextPtr createContext() const;

  // In the active context.
  template <typename V>
  void set(std::string_view key, V&& value) const {
    active()->set(key, std::forward<V>(value));
  }
  // The value of the innermost entered context that has one, or null.
  template <typename T>
  const T* get(std::string_view key) const {
    const std::vector<ContextPtr>& entered = stack().entered;
    for (auto context = entered.rbegin(); context != entered.rend(); ++context) {
      if ((*context)->hasKey(key)) return (*context)->template get<T>(key);
    }
    return nullptr;
  }

 private:
  friend Namespace createNamespace(std::string_view name);
  explicit Namespace(std::shared_ptr<internal::Stack> stack) : stack_(std::move(stack)) {}
  internal::Stack& stack() const;

  std::shared_ptr<internal::Stack> stack_;
};

// A new namespace, in the registry's place for that name. UsageError if the name is empty.
Namespace createNamespace(std::string_view name);
// The registered one, or false.
Namespace getNamespace(std::string_view name);
// All that are registered, by name.
std::vector<Namespace> namespaces();

}  // namespace weft::dialect::local_context

#endif  // WEFT_DIALECT_LOCAL_CONTEXT_H_
