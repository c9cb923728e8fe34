#include "weft/dialect/local_context.h"

#include <map>

#include "absl/synchronization/mutex.h"

namespace weft::dialect::local_context {
namespace {

// Never destroyed: namespaces may be static objects.
struct Registry {
  absl::Mutex mutex;
  std::map<std::string, Namespace, std::less<>> by_name ABSL_GUARDED_BY(mutex);
};
Registry& registry() {
  static Registry* const kRegistry = new Registry;
  return *kRegistry;
}

// A bag without a namespace of its own would do: these contexts are never entered.
weft::cls::Context newBag() {
  static const weft::Namespace* const kBags =
      new weft::Namespace(weft::cls::createAnonymousNamespace());
  return kBags->createContext({.root = true});
}

}  // namespace

Context::Context(std::weak_ptr<internal::Stack> stack)
    : stack_(std::move(stack)), values_(newBag()) {}

void Context::enter() {
  if (auto stack = stack_.lock()) stack->entered.push_back(shared_from_this());
}

ContextPtr Context::exit() {
  auto stack = stack_.lock();
  if (stack == nullptr || stack->entered.size() == 1 || stack->entered.back().get() != this) {
    return nullptr;
  }
  ContextPtr left = std::move(stack->entered.back());
  stack->entered.pop_back();
  return left;
}

internal::Stack& Namespace::stack() const {
  if (stack_ == nullptr) {
    throw UsageError("this Namespace names no namespace: take one from createNamespace()");
  }
  return *stack_;
}

ContextPtr Namespace::createContext() const {
  stack();
  return std::make_shared<Context>(stack_);
}

Namespace createNamespace(std::string_view name) {
  if (name.empty()) throw UsageError("createNamespace() needs a name that is not empty");
  Namespace made(std::make_shared<internal::Stack>());
  made.stack_->name = name;
  made.stack_->entered.push_back(made.createContext());
  Registry& all = registry();
  absl::MutexLock lock(&all.mutex);
  all.by_name.insert_or_assign(std::string(name), made);
  return made;
}

Namespace getNamespace(std::string_view name) {
  Registry& all = registry();
  absl::MutexLock lock(&all.mutex);
  auto found = all.by_name.find(name);
  return found != all.by_name.end() ? found->second : Namespace();
}

std::vector<Namespace> namespaces() {
  Registry& all = registry();
  absl::MutexLock lock(&all.mutex);
  std::vector<Namespace> result;
  for (const auto& [name, ns] : all.by_name) result.push_back(ns);
  return result;
}

}  // namespace weft::dialect::local_context
