#include "weft/cls/registry.h"

#include <functional>
#include <map>
#include <mutex>
#include <queue>
#include <string>

namespace weft::cls::inline WEFT_CLS_ABI {
namespace {

// One for the process, exported from one place, never destroyed: namespaces are static objects of
// many translation units.
struct Registry {
  std::mutex mutex;  // of the rest
  std::map<std::string, Namespace, std::less<>> by_name;
};
Registry& registry() {
  static Registry* const kRegistry = new Registry;
  return *kRegistry;
}

// Slots of the frames' tables; the lowest free one is taken first, so that tables stay short.
struct Slots {
  std::mutex mutex;        // of the rest
  std::uint32_t used = 0;  // or free again
  std::priority_queue<std::uint32_t, std::vector<std::uint32_t>, std::greater<>> free;
};
Slots& slots() {
  static Slots* const kSlots = new Slots;
  return *kSlots;
}

std::uint32_t takeSlot() {
  Slots& all = slots();
  std::lock_guard lock(all.mutex);
  if (all.free.empty()) return all.used++;
  const std::uint32_t slot = all.free.top();
  all.free.pop();
  return slot;
}

}  // namespace

namespace internal {

NamespaceCore* newNamespace(std::string_view name) {
  return new NamespaceCore{std::string(name), takeSlot(), 1, false};
}

void retainNamespace(NamespaceCore* core) noexcept {
  core->refs.fetch_add(1, std::memory_order_relaxed);
}

void releaseNamespace(NamespaceCore* core) noexcept {
  if (core->refs.fetch_sub(1, std::memory_order_acq_rel) != 1) return;
  {
    Slots& all = slots();
    std::lock_guard lock(all.mutex);
    all.free.push(core->slot);
  }
  delete core;
}

void destroyNamespaceCore(NamespaceCore& core) noexcept {
  core.destroyed.store(true);
#if WEFT_CLS
  noteDestroyedNamespace();
#endif
}

}  // namespace internal

Namespace createNamespace(std::string_view name) {
  if (name.empty()) throw UsageError("createNamespace() needs a name that is not empty");
  Namespace made = adoptNamespace(internal::newNamespace(name));
  Registry& all = registry();
  std::lock_guard lock(all.mutex);
  all.by_name.insert_or_assign(std::string(name), made);
  return made;
}

Namespace createAnonymousNamespace() { return adoptNamespace(internal::newNamespace({})); }

Namespace getNamespace(std::string_view name) noexcept {
  Registry& all = registry();
  std::lock_guard lock(all.mutex);
  auto found = all.by_name.find(name);
  return found != all.by_name.end() ? found->second : Namespace();
}

Namespace getOrCreate(std::string_view name) {
  if (name.empty()) throw UsageError("getOrCreate() needs a name that is not empty");
  Registry& all = registry();
  std::lock_guard lock(all.mutex);
  auto found = all.by_name.find(name);
  if (found != all.by_name.end()) return found->second;
  Namespace made = adoptNamespace(internal::newNamespace(name));
  all.by_name.emplace(std::string(name), made);
  return made;
}

void destroyNamespace(std::string_view name) {
  Namespace taken;
  {
    Registry& all = registry();
    std::lock_guard lock(all.mutex);
    auto found = all.by_name.find(name);
    if (found == all.by_name.end()) {
      throw UsageError("destroyNamespace(): there is no namespace '" + std::string(name) +
                       "', or it was destroyed already");
    }
    taken = std::move(found->second);
    all.by_name.erase(found);
  }
  internal::destroyNamespaceCore(taken.core());
}

void destroyNamespace(const Namespace& ns) {
  internal::NamespaceCore& core = ns.core();
  if (core.destroyed.load()) {
    throw UsageError("destroyNamespace(): the namespace '" + core.name + "' was destroyed already");
  }
  const Namespace keep = ns;
  {
    Registry& all = registry();
    std::lock_guard lock(all.mutex);
    auto found = all.by_name.find(core.name);
    if (found != all.by_name.end() && found->second == ns) all.by_name.erase(found);
  }
  internal::destroyNamespaceCore(core);
}

void reset() noexcept {
  std::map<std::string, Namespace, std::less<>> taken;
  {
    Registry& all = registry();
    std::lock_guard lock(all.mutex);
    taken.swap(all.by_name);
  }
  for (auto& [name, ns] : taken) internal::destroyNamespaceCore(ns.core());
}

std::vector<Namespace> namespaces() {
  Registry& all = registry();
  std::lock_guard lock(all.mutex);
  std::vector<Namespace> result;
  for (auto& [name, ns] : all.by_name) result.push_back(ns);
  return result;
}

}  // namespace weft::cls::inline WEFT_CLS_ABI
