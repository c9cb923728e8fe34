#include "weft/tests/conformance/model_contexts.h"

#include <algorithm>
#include <iterator>
#include <memory>
#include <utility>

namespace weft::conformance {

Bag::~Bag() {
  if (ends != nullptr) ends->insert(ends->end(), watches.begin(), watches.end());
}

const std::int64_t* Bag::find(const std::string& key) const {
  auto found = values.find(key);
  if (found != values.end()) return &found->second;
  return parent != nullptr ? parent->find(key) : nullptr;
}

BagPtr ModelContexts::make(BagPtr parent) {
  auto bag = std::make_shared<Bag>();
  bag->parent = std::move(parent);
  bag->ends = &ends_;
  return bag;
}

BagPtr ModelContexts::active(const SpacePtr& space) const {
  auto found = stacks_.find(space);
  return found != stacks_.end() && !found->second.empty() ? found->second.back() : nullptr;
}

Frame ModelContexts::capture() const {
  Frame frame;
  for (const auto& [space, stack] : stacks_) {
    if (!stack.empty() && !space->destroyed) frame[space] = stack.back();
  }
  return frame;
}

void ModelContexts::enter(const SpacePtr& space, const BagPtr& context) {
  stacks_[space].push_back(context);
}

bool ModelContexts::exit(const SpacePtr& space, const BagPtr& context) {
  std::vector<BagPtr>& stack = stacks_[space];
  auto last = std::find(stack.rbegin(), stack.rend(), context);
  if (last == stack.rend()) return false;
  stack.erase(std::next(last).base());
  return true;
}

void ModelContexts::runIn(const SpacePtr& space, const BagPtr& context, const Callback& fn) {
  Stacks inside = stacks_;
  inside[space].push_back(context);
  within(std::move(inside), {{space, context}}, fn);
}

void ModelContexts::runAnew(const Callback& fn) {
  Stacks inside;
  for (const auto& [space, stack] : stacks_) {
    if (!stack.empty()) inside[space] = {stack.back()};
  }
  within(std::move(inside), {}, fn);
}

void ModelContexts::runListener(const Frame& captured, const std::set<SpacePtr>& fresh,
                                const Callback& fn) {
  // What a listener that is not bound enters stays entered: it is called, and no more.
  if (captured.empty() && fresh.empty()) return fn();
  Stacks inside = stacks_;
  Frame notes = captured;
  for (const auto& [space, context] : captured) {
    std::vector<BagPtr>& stack = inside[space];
    if (stack.empty() || stack.back() != context) stack.push_back(context);
  }
  for (const SpacePtr& space : fresh) {
    std::vector<BagPtr>& stack = inside[space];
    if (stack.empty()) stack.push_back(make(nullptr));
    notes[space] = stack.back();
  }
  within(std::move(inside), notes, fn);
}

void ModelContexts::runCallback(const Frame& frame, const Callback& fn) {
  stacks_.clear();
  for (const auto& [space, context] : frame) stacks_[space] = {context};
  fn();
  stacks_.clear();
}

std::optional<std::int64_t> ModelContexts::takeEnd() {
  if (ends_.empty()) return std::nullopt;
  const std::int64_t label = ends_.front();
  ends_.pop_front();
  return label;
}

void ModelContexts::within(Stacks inside, const Frame& notes, const Callback& fn) {
  Stacks outside = std::exchange(stacks_, std::move(inside));
  try {
    fn();
  } catch (Thrown& thrown) {
    for (const auto& [space, context] : notes) thrown.left.emplace(space, context);
    stacks_ = std::move(outside);
    throw;
  }
  stacks_ = std::move(outside);
}

}  // namespace weft::conformance
