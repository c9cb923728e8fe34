// The contexts of the reference model: what is active, what is captured, what ends.
//
// A frame is a map from namespaces to contexts that is copied whole, a context a map with a
// shared_ptr to its parent, what is entered a vector for each namespace. A context ends in the
// destructor of its object.
//
// Threads: one.

#ifndef WEFT_TESTS_CONFORMANCE_MODEL_CONTEXTS_H_
#define WEFT_TESTS_CONFORMANCE_MODEL_CONTEXTS_H_

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace weft::conformance {

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

  ~Bag();
  const std::int64_t* find(const std::string& key) const;
};
using BagPtr = std::shared_ptr<Bag>;
using Frame = std::map<SpacePtr, BagPtr>;

// What a program throws.
struct Thrown {
  std::int64_t code;
  Frame left;  // the first context of each namespace that it left
};

class ModelContexts {
 public:
  using Callback = std::function<void()>;

  BagPtr make(BagPtr parent);
  // Null if none is.
  BagPtr active(const SpacePtr& space) const;
  // What is active in namespaces that were not destroyed.
  Frame capture() const;

  void enter(const SpacePtr& space, const BagPtr& context);
  // Leaves the last entry of it; false if there is none.
  bool exit(const SpacePtr& space, const BagPtr& context);

  // These call `fn` and restore all that was current.
  void runIn(const SpacePtr& space, const BagPtr& context, const Callback& fn);
  // In what is active, with nothing entered below it.
  void runAnew(const Callback& fn);
  // In what a listener captured, with a new root where there is no context in a `fresh` namespace.
  void runListener(const Frame& captured, const std::set<SpacePtr>& fresh, const Callback& fn);
  // As the loop does: only `frame` is current, and nothing afterwards.
  void runCallback(const Frame& frame, const Callback& fn);

  // The next context that has ended.
  std::optional<std::int64_t> takeEnd();

 private:
  // For each namespace the contexts that are entered, the active one last.
  using Stacks = std::map<SpacePtr, std::vector<BagPtr>>;

  // A Thrown that leaves it leaves the contexts of `notes`.
  void within(Stacks inside, const Frame& notes, const Callback& fn);

  Ends ends_;  // outlives all contexts
  Stacks stacks_;
};

}  // namespace weft::conformance

#endif  // WEFT_TESTS_CONFORMANCE_MODEL_CONTEXTS_H_
