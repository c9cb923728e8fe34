// One registration: a callable in place, how to call it, and whom it belongs to.
//
// A node is counted three times over, because three kinds of holders want different parts of it:
//
//   lists     lists that hold it, the emitter's own and those that an emission still walks:
//             keep everything. With the last of them goes the context.
//   callers   ListenerFns that share the callable, and calls under way: keep the callable.
//   watchers  ListenerHandles: keep the memory only, so that a handle kept for long pins neither
//             what a listener captured nor the context of a request.

#ifndef WEFT_EMITTER_INTERNAL_LISTENER_NODE_H_
#define WEFT_EMITTER_INTERNAL_LISTENER_NODE_H_

#include <cstdint>
#include <functional>
#include <type_traits>
#include <utility>

#include "weft/cls/emitter_binding.h"

namespace weft::emitter::internal {

class ListenerList;

struct ListenerNode {
  enum class Part { kCallable, kMemory };

  using AnyCall = void (*)();  // in truth void (*)(ListenerNode*, P...)
  template <typename... P>
  using Call = void (*)(ListenerNode*, P...);

  // What all nodes that hold the same type of callable have in common.
  struct Kind {
    bool once;
    AnyCall (*emitCall)(bool in_context) noexcept;
    void (*dispose)(ListenerNode*, Part) noexcept;
  };
  template <typename... P>
  struct KindOf : Kind {
    Call<P...> run;   // the callable itself
    Call<P...> fire;  // a `once` listener removes itself first
  };

  explicit ListenerNode(const Kind& of) noexcept : emit_call(of.emitCall(false)), kind(of) {}
  ListenerNode(const ListenerNode&) = delete;
  ListenerNode& operator=(const ListenerNode&) = delete;

  // P... are the passed types of the event under whose signature the node was made.
  //
  // As an emission calls the listener.
  template <typename... P>
  void emit(P... args) {
    reinterpret_cast<Call<P...>>(emit_call)(this, static_cast<P>(args)...);
  }
  // The same in the caller's contexts.
  template <typename... P>
  void fire(P... args) {
    static_cast<const KindOf<P...>&>(kind).fire(this, static_cast<P>(args)...);
  }
  // The callable itself.
  template <typename... P>
  void run(P... args) {
    static_cast<const KindOf<P...>&>(kind).run(this, static_cast<P>(args)...);
  }
  bool once() const noexcept { return kind.once; }

  void setContext(cls::ListenerContext its) noexcept {
    context = std::move(its);
    emit_call = kind.emitCall(static_cast<bool>(context));
  }

  void addList() noexcept { ++lists; }
  void dropList() noexcept {
    if (--lists == 0) leaveLastList();
  }
  void addCaller() noexcept { ++callers; }
  void dropCaller() noexcept {
    if (--callers == 0 && lists == 0) leaveLastCaller();
  }
  void addWatcher() noexcept { ++watchers; }
  void dropWatcher() noexcept {
    if (--watchers == 0 && callers == 0 && lists == 0) kind.dispose(this, Part::kMemory);
  }

  // Equal for two registrations of the same function.
  const void* sameAs() const noexcept { return identity != nullptr ? identity : this; }
  // True if removing the function of that identity means this registration.
  bool isFor(const void* function) const noexcept {
    return function == sameAs() || function == this;
  }

  AnyCall emit_call;
  const Kind& kind;
  std::uint32_t lists = 0;
  std::uint32_t callers = 0;
  std::uint32_t watchers = 0;
  bool fired = false;  // a `once` listener that has had its call
  cls::ListenerContext context;
  ListenerList* list = nullptr;    // the emitter's list that it is in; null before and after
  const void* identity = nullptr;  // of the function it was made from, if that has one

 private:
  void leaveLastList() noexcept;
  void leaveLastCaller() noexcept;
};

// What a `once` listener does before its call: it removes itself. False if it must not be called,
// because it was before, by an emission within the one that walks it.
bool fireOnce(ListenerNode& node);

// Calls the listener, which has a context, in it.
template <typename... P>
[[gnu::noinline]] void fireInContext(ListenerNode* node, P... args) {
  node->context.callBound([&] { node->fire<P...>(static_cast<P>(args)...); });
}

// A counted share in a node's callable.
class CallableRef {
 public:
  CallableRef() = default;
  explicit CallableRef(ListenerNode* node) noexcept : node_(node) {
    if (node_ != nullptr) node_->addCaller();
  }
  CallableRef(const CallableRef& other) noexcept : CallableRef(other.node_) {}
  CallableRef(CallableRef&& other) noexcept : node_(std::exchange(other.node_, nullptr)) {}
  CallableRef& operator=(CallableRef other) noexcept {
    std::swap(node_, other.node_);
    return *this;
  }
  ~CallableRef() {
    if (node_ != nullptr) node_->dropCaller();
  }

  ListenerNode* get() const noexcept { return node_; }
  ListenerNode& operator*() const noexcept { return *node_; }
  ListenerNode* operator->() const noexcept { return node_; }

 private:
  ListenerNode* node_ = nullptr;
};

// The node that holds an F and is called with P...
template <typename F, typename... P>
class CallableNode final : public ListenerNode {
 public:
  template <typename G>
  static CallableRef make(G&& function, bool once = false) {
    return CallableRef(new CallableNode(std::forward<G>(function), once));
  }

 private:
  template <typename G>
  CallableNode(G&& function, bool once)
      : ListenerNode(once ? kKind<true> : kKind<false>), function_(std::forward<G>(function)) {}
  ~CallableNode() {}  // `function_` went with Part::kCallable

  static void runAlways(ListenerNode* node, P... args) {
    F& function = static_cast<CallableNode*>(node)->function_;
    if constexpr (std::is_invocable_v<F&, P...>) {
      static_cast<void>(std::invoke(function, static_cast<P>(args)...));
    } else {
      static_cast<void>(std::invoke(function));
    }
  }

  static void runOnce(ListenerNode* node, P... args) {
    if (fireOnce(*node)) runAlways(node, static_cast<P>(args)...);
  }

  // The usual case in line: a leaf, if the callable is one.
  static void runInContext(ListenerNode* node, P... args) {
    if (node->context.atHand()) [[likely]] {
      node->context.callAgain([&] { runAlways(node, static_cast<P>(args)...); });
    } else {
      fireInContext<P...>(node, static_cast<P>(args)...);
    }
  }

  static void disposePart(ListenerNode* node, Part part) noexcept {
    auto* self = static_cast<CallableNode*>(node);
    if (part == Part::kCallable) {
      self->function_.~F();
    } else {
      delete self;
    }
  }

  template <bool kOnce>
  static AnyCall emitCall(bool in_context) noexcept {
    if (cls::kEnabled && in_context) return asAny(kOnce ? &fireInContext<P...> : &runInContext);
    return asAny(kOnce ? &runOnce : &runAlways);
  }
  static AnyCall asAny(Call<P...> call) noexcept { return reinterpret_cast<AnyCall>(call); }

  template <bool kOnce>
  static constexpr KindOf<P...> kKind{
      {kOnce, &emitCall<kOnce>, &disposePart}, &runAlways, kOnce ? &runOnce : &runAlways};

  union {
    F function_;
  };
};

}  // namespace weft::emitter::internal

#endif  // WEFT_EMITTER_INTERNAL_LISTENER_NODE_H_
