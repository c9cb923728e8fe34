#include "weft/cls/namespace.h"

#include <utility>

#include "weft/cls/loss.h"

namespace weft::cls::inline WEFT_CLS_ABI {

ContextScope::ContextScope(const internal::NamespaceCore& ns, const Context& context)
    : ns_(&ns), context_(context), before_(internal::handleOf(internal::activeContext(ns.slot))) {
  internal::enterContext(ns, internal::coreOf(context_));
}

ContextScope::~ContextScope() {
  internal::leaveGuard(*ns_, internal::coreOf(context_), internal::coreOf(before_));
}

Namespace::Namespace(const Namespace& other) noexcept : core_(other.core_) {
  if (core_ != nullptr) internal::retainNamespace(core_);
}

Namespace::~Namespace() {
  if (core_ != nullptr) internal::releaseNamespace(core_);
}

Namespace adoptNamespace(internal::NamespaceCore* core) noexcept {
  Namespace result;
  result.core_ = core;
  return result;
}

void Namespace::throwEmpty() {
  throw UsageError("this Namespace names no namespace: take one from createNamespace()");
}

internal::ContextCore* Namespace::writable() const {
  internal::ContextCore* context = current();
  if (context == nullptr) throw NoContextError(core_->name);
  return context;
}

Context Namespace::createContext(ContextOptions options, Location where) const {
  if constexpr (!kEnabled) return {};
  return internal::adoptContext(
      internal::newContext(core(), options.root ? nullptr : current(), where));
}

Context Namespace::contextToBind(Context context, Location where) const {
  if constexpr (!kEnabled) return {};
  if (!context) context = active();
  if (!context) return createContext({.root = true}, where);
  internal::admitContext(core(), internal::coreOf(context));
  return context;
}

void Namespace::needContext(const Context& context, const char* what) const {
  core();
  if (context) return;
  throw UsageError(std::string(what) +
                   " needs a context, and was given none: take one from createContext()");
}

void Namespace::enter(const Context& context) const {
  if constexpr (!kEnabled) return;
  needContext(context, "enter()");
  internal::admitContext(*core_, internal::coreOf(context));
  internal::enterContext(*core_, internal::coreOf(context));
}

void Namespace::exit(const Context& context) const {
  if constexpr (!kEnabled) return;
  needContext(context, "exit()");
  if (!internal::exitContext(*core_, internal::coreOf(context))) {
    throw UsageError("exit() was given a context of namespace '" + core_->name +
                     "' that is not entered: each exit() needs an enter() before it");
  }
}

ContextScope Namespace::scope(const Context& context) const {
  if constexpr (kEnabled) {
    needContext(context, "scope()");
    internal::admitContext(*core_, internal::coreOf(context));
  }
  return ContextScope(core(), context);
}

std::size_t Namespace::depth() const { return internal::enterDepth(core().slot); }

// --- what was lost ------------------------------------------------------------------------------

namespace {
thread_local LossExplainer t_explainer;
}

LossExplainer setLossExplainer(LossExplainer explainer) {
  return std::exchange(t_explainer, std::move(explainer));
}

std::string explainLoss(const Namespace& ns) { return t_explainer ? t_explainer(ns) : ""; }

void Namespace::throwMissing(const std::string& key) const {
  if (current() == nullptr) throw NoContextError(core_->name, explainLoss(*this));
  throw UsageError("the active context of namespace '" + core_->name + "' has no value under " +
                   key + ": set() it where the context begins");
}

}  // namespace weft::cls::inline WEFT_CLS_ABI
