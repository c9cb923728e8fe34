#include "weft/cls/key.h"

#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/synchronization/mutex.h"

namespace weft::cls::inline WEFT_CLS_ABI {
namespace internal {
namespace {

// Abseil's containers of this version look up by their own string_view.
absl::string_view spelled(std::string_view name) { return {name.data(), name.size()}; }

struct KeyRecord {
  std::string name;  // empty for a private key
  std::uint32_t holds = 0;
  bool permanent = false;
  bool named = false;
  Flow flow = Flow::kDefault;
};

// One table for the process: a Key is a constant that every thread uses.
struct KeyTable {
  absl::Mutex mutex;
  absl::flat_hash_map<std::string, KeyId> by_name ABSL_GUARDED_BY(mutex);
  std::vector<KeyRecord> records ABSL_GUARDED_BY(mutex) = std::vector<KeyRecord>(1);
  std::vector<KeyId> free ABSL_GUARDED_BY(mutex);

  KeyId add(std::string_view name, bool named) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex) {
    KeyId id;
    if (free.empty()) {
      id = static_cast<KeyId>(records.size());
      records.emplace_back();
    } else {
      id = free.back();
      free.pop_back();
      records[id] = KeyRecord{};
    }
    records[id].name = name;
    records[id].named = named;
    if (named) by_name.emplace(name, id);
    return id;
  }

  KeyId findOrAdd(std::string_view name) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex) {
    auto found = by_name.find(spelled(name));
    return found != by_name.end() ? found->second : add(name, /*named=*/true);
  }
};

// Never destroyed: constants of other translation units may use it at exit.
KeyTable& table() {
  static KeyTable* const kTable = new KeyTable;
  return *kTable;
}

}  // namespace

KeyId internKey(std::string_view name, Flow flow) {
  KeyTable& keys = table();
  absl::MutexLock lock(&keys.mutex);
  const KeyId id = keys.findOrAdd(name);
  keys.records[id].permanent = true;
  if (flow != Flow::kDefault) keys.records[id].flow = flow;
  return id;
}

std::pair<KeyId, Flow> acquireKey(std::string_view name) {
  KeyTable& keys = table();
  absl::MutexLock lock(&keys.mutex);
  const KeyId id = keys.findOrAdd(name);
  ++keys.records[id].holds;
  return {id, keys.records[id].flow};
}

KeyId findKey(std::string_view name) noexcept {
  KeyTable& keys = table();
  absl::MutexLock lock(&keys.mutex);
  auto found = keys.by_name.find(spelled(name));
  return found != keys.by_name.end() ? found->second : kNoKey;
}

KeyId newPrivateKey(Flow flow) {
  KeyTable& keys = table();
  absl::MutexLock lock(&keys.mutex);
  const KeyId id = keys.add({}, /*named=*/false);
  keys.records[id].holds = 1;
  keys.records[id].flow = flow;
  return id;
}

void retainKey(KeyId id) noexcept {
  KeyTable& keys = table();
  absl::MutexLock lock(&keys.mutex);
  ++keys.records[id].holds;
}

void releaseKey(KeyId id) noexcept {
  KeyTable& keys = table();
  absl::MutexLock lock(&keys.mutex);
  KeyRecord& record = keys.records[id];
  if (--record.holds != 0 || record.permanent) return;
  if (record.named) keys.by_name.erase(record.name);
  record = KeyRecord{};
  keys.free.push_back(id);
}

Flow flowOf(KeyId id) noexcept {
  KeyTable& keys = table();
  absl::MutexLock lock(&keys.mutex);
  return keys.records[id].flow;
}

std::string describeKey(KeyId id) {
  KeyTable& keys = table();
  absl::MutexLock lock(&keys.mutex);
  const KeyRecord& record = keys.records[id];
  return record.named ? "key '" + record.name + "'" : "a private key";
}

std::string nameOfKey(KeyId id) {
  KeyTable& keys = table();
  absl::MutexLock lock(&keys.mutex);
  return keys.records[id].name;
}

std::size_t keysInUse() noexcept {
  KeyTable& keys = table();
  absl::MutexLock lock(&keys.mutex);
  return keys.records.size() - 1 - keys.free.size();
}

}  // namespace internal
}  // namespace weft::cls::inline WEFT_CLS_ABI
