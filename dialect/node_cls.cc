#include "weft/dialect/node_cls.h"

#include <map>
#include <string>

#include "absl/synchronization/mutex.h"

namespace weft::dialect::node_cls {
namespace {

// The namespaces of string keys; never destroyed, as a key may be a static object.
struct Keys {
  absl::Mutex mutex;
  std::map<std::string, Namespace, std::less<>> by_name ABSL_GUARDED_BY(mutex);
};
Keys& keys() {
  static Keys* const kKeys = new Keys;
  return *kKeys;
}

}  // namespace

Key::Key(std::string_view name) {
  Keys& all = keys();
  absl::MutexLock lock(&all.mutex);
  auto found = all.by_name.find(name);
  if (found == all.by_name.end()) {
    found = all.by_name.emplace(name, weft::cls::createAnonymousNamespace()).first;
  }
  space_ = found->second;
}

void Context::check() const {
  if (weft::cls::kEnabled && !values_) {
    throw UsageError("this context names none: take one from create() or get()");
  }
}

Done Context::start() const {
  check();
  key_.space().enter(values_);
  return {};
}

Context create(const Key& key) { return {key, key.space().createContext({.root = true})}; }

Context get(const Key& key) { return {key, key.space().active()}; }

Done exit(const Key& key) {
  if (const weft::cls::Context innermost = key.space().active()) key.space().exit(innermost);
  return {};
}

}  // namespace weft::dialect::node_cls
