#include "weft/cls/snapshot.h"

#include "absl/container/flat_hash_set.h"

#if WEFT_CLS
#include "weft/cls/internal/thread_data.h"
#endif

namespace weft::cls::inline WEFT_CLS_ABI {

#if WEFT_CLS

namespace {

using internal::ContextCore;
using internal::Entry;
using internal::FrozenBag;

// `seen`: keys that a nearer context has, which hide this one's, whether they cross or not.
void freeze(FrozenBag& bag, const Entry* entries, absl::flat_hash_set<internal::KeyId>& seen) {
  for (const Entry* e = entries; e != nullptr; e = e->next) {
    if (!seen.insert(e->key).second) continue;
    if (Entry* copy = internal::crossingCopy(*e)) {
      copy->next = bag.entries;
      bag.entries = copy;
    }
  }
}

// What `context` shows, frozen; the bag made last time if nothing was written since.
FrozenBag* freezeContext(ContextCore* context) {
  if (context->extras == nullptr) context->extras = new internal::ContextExtras;
  internal::ContextExtras& extras = *context->extras;
  const std::uint64_t stores = context->home->stores;
  if (extras.snapshot == nullptr || extras.snapshot_stores != stores) {
    auto* bag = new FrozenBag;
    absl::flat_hash_set<internal::KeyId> seen;
    try {
      for (const ContextCore* c = context; c != nullptr; c = c->parent) {
        freeze(*bag, c->entries, seen);
        if (c->extras != nullptr && c->extras->frozen != nullptr) {
          freeze(*bag, c->extras->frozen->entries, seen);
        }
      }
    } catch (...) {
      internal::releaseBag(bag);
      throw;
    }
    if (extras.snapshot != nullptr) internal::releaseBag(extras.snapshot);
    extras.snapshot = bag;
    extras.snapshot_stores = stores;
  }
  extras.snapshot->refs.fetch_add(1, std::memory_order_relaxed);
  return extras.snapshot;
}

}  // namespace

Snapshot::Part::~Part() {
  if (bag != nullptr) internal::releaseBag(bag);
}

Snapshot Snapshot::capture() {
  Snapshot result;
  const auto frame = HeldFrame<Holder::kQueued>::capture();
  if (!frame) return result;
  std::vector<Part> parts;
  frame.raw()->forEachBound([&](std::uint32_t slot, ContextCore* context) {
    internal::NamespaceCore& space = internal::namespaceIn(slot, context);
    internal::retainNamespace(&space);
    Namespace ns = adoptNamespace(&space);
    parts.emplace_back(std::move(ns), freezeContext(context));
  });
  result.parts_ = std::make_shared<const std::vector<Part>>(std::move(parts));
  return result;
}

HeldFrame<Holder::kWork> Snapshot::thaw() const {
  if (parts_ == nullptr) return {};
  internal::Frame* frame = nullptr;
  for (const Part& part : *parts_) {
    internal::NamespaceCore& space = part.ns.core();
    ContextCore* context = internal::newContext(space, nullptr);
    context->extras = new internal::ContextExtras;
    part.bag->refs.fetch_add(1, std::memory_order_relaxed);
    context->extras->frozen = part.bag;
    internal::Frame* next = internal::deriveFrame(frame, space, context);
    internal::releaseContext(context);
    if (frame != nullptr) internal::releaseFrame(frame, Holder::kQueued);
    frame = next;
  }
  return HeldFrame<Holder::kWork>::take(frame);
}

#else

Snapshot::Part::~Part() {}
Snapshot Snapshot::capture() { return {}; }
HeldFrame<Holder::kWork> Snapshot::thaw() const { return {}; }

#endif

}  // namespace weft::cls::inline WEFT_CLS_ABI
