#include "weft/cls/internal/context_core.h"

#include <algorithm>

#include "weft/cls/internal/thread_data.h"

#if WEFT_CLS

namespace weft::cls::inline WEFT_CLS_ABI {
namespace internal {
namespace {

// From this many keys on a bag is looked up by hash, not along its list.
constexpr std::uint32_t kIndexFrom = 16;

std::uint64_t bitOf(KeyId key) noexcept { return std::uint64_t{1} << (key & 63); }

ContextExtras& extrasOf(ContextCore* context) {
  if (context->extras == nullptr) context->extras = new ContextExtras;
  return *context->extras;
}

Entry* findInList(Entry* entry, KeyId key) noexcept {
  while (entry != nullptr && entry->key != key) entry = entry->next;
  return entry;
}

Entry* ownEntry(const ContextCore* context, KeyId key) noexcept {
  if ((context->mask & bitOf(key)) == 0) return nullptr;
  if (context->extras != nullptr && !context->extras->index.empty()) {
    auto found = context->extras->index.find(key);
    return found != context->extras->index.end() ? found->second : nullptr;
  }
  return findInList(context->entries, key);
}

// Readers of `key` on this thread look again.
void touch(ThreadData& data, KeyId key) noexcept {
  ++data.lookup.epochs[key % LookupCache::kSize];
  ++data.stores;
}

Entry** linkTo(ContextCore* context, const Entry* entry) noexcept {
  Entry** link = &context->entries;
  while (*link != entry) link = &(*link)->next;
  return link;
}

void replaceEntry(ContextCore* context, Entry* old, Entry* entry) {
  entry->next = old->next;
  *linkTo(context, old) = entry;
  if (context->extras != nullptr && !context->extras->index.empty()) {
    context->extras->index[entry->key] = entry;
  }
}

void addEntry(ContextCore* context, Entry* entry) {
  if (context->keys + 1 >= kIndexFrom) {
    auto& index = extrasOf(context).index;
    if (index.empty()) {
      for (Entry* e = context->entries; e != nullptr; e = e->next) index[e->key] = e;
    }
    index[entry->key] = entry;
  }
  entry->next = context->entries;
  context->entries = entry;
  context->mask |= bitOf(entry->key);
  ++context->keys;
}

void destroyEntries(Entry* entry) noexcept {
  while (entry != nullptr) destroyEntry(std::exchange(entry, entry->next));
}

void destroyExtras(ContextExtras* extras) noexcept {
  if (extras == nullptr) return;
  if (extras->frozen != nullptr) releaseBag(extras->frozen);
  if (extras->snapshot != nullptr) releaseBag(extras->snapshot);
  for (NamespaceCore* ns : extras->guest_of) releaseNamespace(ns);
  delete extras;
}

// Ends a context that nothing holds any more and returns its parent, whose reference the caller
// takes over. If it was counted, its namespace is not yet given back.
inline ContextCore* destroyContext(ThreadData& data, ContextCore* context) noexcept {
  ContextCore* parent = context->parent;
  if (context->mask != 0 || context->extras != nullptr) {
    destroyEntries(std::exchange(context->entries, nullptr));
    destroyExtras(std::exchange(context->extras, nullptr));
    context->mask = 0;
    context->keys = 0;
    context->has_end = false;
    context->ended = false;
  }
  context->refs = 0;
  data.contexts.give(context);
  return parent;
}

void queueEnded(ThreadData& data, ContextCore* context) noexcept {
  context->ended = true;
  context->refs = 1;  // the queue's
  context->queued = nullptr;
  if (data.ended_last != nullptr) {
    data.ended_last->queued = context;
  } else {
    data.ended_first = context;
  }
  data.ended_last = context;
  data.notify();
}

}  // namespace

namespace {

// True if nobody but its one child can see `context` any more, or change it.
bool isMergeable(const ContextCore* context) noexcept {
  return context != nullptr && context->refs == 1 && !context->has_end &&
         (context->extras == nullptr || context->extras->frozen == nullptr);
}

void swapBags(ContextCore* a, ContextCore* b) {
  std::swap(a->entries, b->entries);
  std::swap(a->mask, b->mask);
  std::swap(a->keys, b->keys);
  if (a->extras != nullptr || b->extras != nullptr) {
    std::swap(extrasOf(a).index, extrasOf(b).index);
  }
}

// Moves the values of `parent`'s parent, which goes, into `parent`; where both have a value under
// a key, `parent`'s stays. The smaller bag is what moves.
void absorbGrandparent(ThreadData& data, ContextCore* parent) {
  ContextCore* grandparent = parent->parent;
  const bool overriding = grandparent->keys > parent->keys;
  if (overriding) swapBags(parent, grandparent);
  Entry* shadowed = nullptr;  // destroyed last: destructors of values may use contexts
  while (Entry* entry = grandparent->entries) {
    grandparent->entries = entry->next;
    Entry* old = ownEntry(parent, entry->key);
    if (old == nullptr) {
      addEntry(parent, entry);
      continue;
    }
    if (overriding) {
      replaceEntry(parent, old, entry);
      entry = old;
    }
    entry->next = std::exchange(shadowed, entry);
  }
  NamespaceCore* ns = grandparent->ns;
  const bool counted = grandparent->counted;
  parent->parent = destroyContext(data, grandparent);
  if (counted && parent->ns == ns && !parent->counted) {
    parent->counted = true;  // it keeps the namespace now
  } else if (counted) {
    uncountRoot(data, ns);
  }
  destroyEntries(shadowed);
}

}  // namespace

void compact(ThreadData& data, ContextCore* context, int further) {
  for (; context->parent != nullptr; context = context->parent) {
    while (isMergeable(context->parent) && isMergeable(context->parent->parent)) {
      absorbGrandparent(data, context->parent);
    }
    if (further-- == 0) return;
  }
}

ContextCore* newContext(NamespaceCore& ns, ContextCore* parent, Location where) {
  return makeContext(threadData(), ns, parent, where);
}

void admitContext(NamespaceCore& ns, ContextCore* context) {
  if (context->ns == &ns) return;
  std::vector<NamespaceCore*>& guest_of = extrasOf(context).guest_of;
  if (std::find(guest_of.begin(), guest_of.end(), &ns) != guest_of.end()) return;
  guest_of.push_back(&ns);
  retainNamespace(&ns);
}

NamespaceCore& namespaceIn(std::uint32_t slot, const ContextCore* context) noexcept {
  if (context->ns->slot != slot && context->extras != nullptr) {
    for (NamespaceCore* ns : context->extras->guest_of) {
      if (ns->slot == slot) return *ns;
    }
  }
  return *context->ns;
}

namespace {

[[gnu::noinline]] void endWithAll(ContextCore* context) noexcept {
  ThreadData& data = *context->home;
  if (context->has_end && !context->ended) return queueEnded(data, context);
  // Values' destructors may release further contexts: those wait here, so that neither a long
  // chain of parents nor a value that holds a context goes deep.
  if (data.burying) {
    context->queued = std::exchange(data.dying, context);
    return;
  }
  data.burying = true;
  while (context != nullptr) {
    NamespaceCore* ns = context->ns;
    const bool counted = context->counted;
    ContextCore* parent = destroyContext(data, context);
    context = nullptr;
    if (counted) uncountRoot(data, ns);
    if (parent != nullptr && --parent->refs == 0) {
      if (parent->has_end && !parent->ended) {
        queueEnded(data, parent);
      } else {
        context = parent;
      }
    }
    if (context == nullptr && data.dying != nullptr) {
      context = std::exchange(data.dying, data.dying->queued);
    }
  }
  data.burying = false;
}

}  // namespace

void endContext(ContextCore* context) noexcept {
  if (context->mask != 0 || context->extras != nullptr) return endWithAll(context);
  // The short way of a run that left nothing behind.
  ThreadData& data = *context->home;
  NamespaceCore* ns = context->ns;
  const bool counted = context->counted;
  ContextCore* parent = destroyContext(data, context);
  if (counted) uncountRoot(data, ns);
  if (parent != nullptr && --parent->refs == 0) endWithAll(parent);
}

const Entry* findOwnEntry(const ContextCore* context, KeyId key) noexcept {
  return ownEntry(context, key);
}

const Entry* findAndCache(const ContextCore* context, KeyId key, LookupCache::Line& line) noexcept {
  const Entry* found = nullptr;
  for (const ContextCore* c = context; c != nullptr && found == nullptr; c = c->parent) {
    found = ownEntry(c, key);
    if (found == nullptr && c->parent == nullptr && c->extras != nullptr &&
        c->extras->frozen != nullptr) {
      found = findInList(c->extras->frozen->entries, key);
    }
  }
  line = {context->uid, context->home->lookup.epochs[key % LookupCache::kSize], found, key};
  return found;
}

void storeEntry(ContextCore* context, Entry* entry) {
  touch(*context->home, entry->key);
  if (Entry* old = ownEntry(context, entry->key)) {
    replaceEntry(context, old, entry);
    destroyEntry(old);
  } else {
    addEntry(context, entry);
  }
}

bool eraseEntry(ContextCore* context, KeyId key) noexcept {
  Entry* entry = ownEntry(context, key);
  if (entry == nullptr) return false;
  touch(*context->home, key);
  *linkTo(context, entry) = entry->next;
  --context->keys;
  if (context->extras != nullptr) context->extras->index.erase(key);
  destroyEntry(entry);
  return true;
}

bool copyValues(const ContextCore* from, ContextCore* to, std::string* refused) {
  auto copyList = [&](const Entry* entry) {
    for (; entry != nullptr; entry = entry->next) {
      if (ownEntry(to, entry->key) != nullptr) continue;
      Entry* copy;
      if (entry->boxed) {
        copy = allocateEntry(sizeof(Box), /*pooled=*/true);
        ::new (copy->storage()) Box(const_cast<Entry*>(entry)->box());
        copy->value = entry->value;
      } else if (entry->ops->copy != nullptr) {
        copy = allocateEntry(entry->ops->size, /*pooled=*/true);
        try {
          entry->ops->copy(copy->storage(), entry->value);
        } catch (...) {
          deallocateEntry(copy, entry->ops->size);
          throw;
        }
        copy->value = copy->storage();
      } else {
        *refused = describeKey(entry->key);
        return false;
      }
      copy->ops = entry->ops;
      copy->key = entry->key;
      copy->boxed = entry->boxed;
      copy->counted = entry->counted;
      if (copy->counted) retainKey(copy->key);
      storeEntry(to, copy);
    }
    return true;
  };
  for (const ContextCore* c = from; c != nullptr; c = c->parent) {
    if (!copyList(c->entries)) return false;
    if (c->extras != nullptr && c->extras->frozen != nullptr &&
        !copyList(c->extras->frozen->entries)) {
      return false;
    }
  }
  return true;
}

void addEndListener(ContextCore* context, absl::AnyInvocable<void()> listener) {
  extrasOf(context).end_listeners.push_back(std::move(listener));
  context->has_end = true;
}

void releaseBag(FrozenBag* bag) noexcept {
  if (bag->refs.fetch_sub(1, std::memory_order_acq_rel) != 1) return;
  destroyEntries(bag->entries);
  delete bag;
}

}  // namespace internal
}  // namespace weft::cls::inline WEFT_CLS_ABI

#endif  // WEFT_CLS
