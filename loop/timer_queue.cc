#include "weft/loop/timer_queue.h"

#include <span>

namespace weft::loop {

TimerQueue::~TimerQueue() { clear(); }

bool TimerQueue::removeUnusual(Timer& timer, Id id) noexcept {
  const bool was_armed = disarm(timer);
  nodes_.expire(timer);
  timer.callback.clear();
  nodes_.giveBack({&timer, id});
  return was_armed;
}

void TimerQueue::clear() noexcept {
  for (bool found = true; found;) {
    found = false;
    for (Id id = 0; id < ids(); ++id) {
      if (!nodes_.isTimer(id) || !at(id).callback) continue;
      found = true;
      remove(at(id), id);
    }
  }
}

void TimerQueue::detach(Node& node) noexcept {
  disarm(node);
  readJournal();
  if (std::exchange(node.key_, Node::kNoEntry) != Node::kNoEntry) ++superseded_;
  if (earliest_node_ == &node) earliest_node_ = nullptr;
  nodes_.detach(node);
}

// --- entries ------------------------------------------------------------------------------------

// Inserts an entry for each node that needs one; the one before it, if any, means nothing any more.
void TimerQueue::readJournal() {
  // What is not armed has the highest deadline of all here.
  const auto needsEntry = [](const Node& node) {
    return static_cast<std::uint64_t>(node.deadline_) < static_cast<std::uint64_t>(node.key_);
  };
  // Without a branch, which would be guessed wrong as often as not.
  std::uint32_t found = 0;
  for (std::uint32_t i = 0; i < journal_count_; ++i) {
    Node* const node = journal_[i];
    journal_[found] = node;
    found += needsEntry(*node) ? 1 : 0;
  }
  journal_count_ = 0;
  for (std::uint32_t i = 0; i < found; ++i) {
    Node& node = *journal_[i];
    if (!needsEntry(node)) continue;  // it was noted twice
    superseded_ += node.key_ != Node::kNoEntry ? 1 : 0;
    insertEntry(node);
  }
  for (std::uint32_t i = 0; i < found && superseded_ > 2 * armed_ + kSupersededAllowed; ++i) {
    sweepChunk();
  }
}

void TimerQueue::insertEntry(Node& node) {
  node.key_ = node.deadline_;
  entries_.insert({node.key_, nodes_.nameOf(node)});
}

// The node whose entry this was, now that it is in no bucket, or null if that does not wait for it.
TimerQueue::Node* TimerQueue::takeEntry(const Entry& entry) noexcept {
  Node* const node = nodeOf(entry);
  if (node == nullptr) {
    --superseded_;
    return nullptr;
  }
  node->key_ = Node::kNoEntry;
  return node->armed() ? node : nullptr;
}

// Drops the superseded entries of one chunk.
void TimerQueue::sweepChunk() noexcept {
  const std::span<Entry> entries = entries_.nextToSweep();
  // Their lines are in no cache; so ask for all of them at once.
  for (const Entry& entry : entries) __builtin_prefetch(nodes_.find(entry.name));
  const auto kept = std::remove_if(entries.begin(), entries.end(),
                                   [this](const Entry& entry) { return nodeOf(entry) == nullptr; });
  superseded_ -= static_cast<std::size_t>(entries.end() - kept);
  entries_.swept(static_cast<std::size_t>(kept - entries.begin()));
}

// --- time ---------------------------------------------------------------------------------------

bool TimerQueue::advance(TimePoint time) {
  now_ = std::max<std::int64_t>(now_, time.time_since_epoch().count());
  if (earliest_ <= now_) collectDue();
  return due_next_ != due_end_;
}

void TimerQueue::collectDue() {
  constexpr std::size_t kKept = 4096;
  // What was not taken is the beginning.
  due_.erase(due_.begin(), due_.begin() + (due_next_ - due_.data()));
  if (due_.empty() && due_.capacity() > kKept) due_.shrink_to_fit();
  readJournal();
  while (!entries_.empty()) {
    const Range first = entries_.first();
    if (first.start > now_) break;
    reach(first);
  }
  earliest_ = !entries_.empty() && now_ != kNever ? now_ + 1 : kNever;
  earliest_node_ = nullptr;
  due_next_ = due_.data();
  due_end_ = due_next_ + due_.size();
}

// Empties the first bucket, whose range begins by now_: into due_, or into later buckets.
void TimerQueue::reach(const Range& first) {
  if (first.level != 0 && !entries_.hasFew(first)) {
    entries_.spread(first, now_);
    return;
  }
  // What is due by the end of this bucket is so before anything else. Beyond that, order is not
  // known here: such timers get a new place. The reference may move as far as this bucket's range
  // goes.
  const std::int64_t limit = std::min(first.end, now_);
  if (limit == now_) entries_.setReference(now_);
  const std::size_t sorted = due_.size();
  entries_.drain(first, [this, limit](const Entry& entry) {
    Node* const node = takeEntry(entry);
    if (node == nullptr) return;
    if (node->deadline_ > limit) {
      insertEntry(*node);
    } else {
      due_.push_back({node->deadline_, entry.name, node->arming_});
    }
  });
  sortDue(sorted);
}

void TimerQueue::sortDue(std::size_t from) noexcept {
  // Counts of armings are compared by their difference: they may wrap, but not twice within the
  // life of one deadline.
  const auto before = [](const Due& a, const Due& b) {
    return a.deadline != b.deadline ? a.deadline < b.deadline
                                    : static_cast<std::int32_t>(a.arming - b.arming) < 0;
  };
  const auto first = due_.begin() + static_cast<std::ptrdiff_t>(from);
  if (!std::is_sorted(first, due_.end(), before)) std::sort(first, due_.end(), before);
}

std::optional<TimePoint> TimerQueue::next() {
  if (armed_ == 0) return std::nullopt;
  if (due_next_ != due_end_) return TimePoint(Duration(due_next_->deadline));
  if (earliest_node_ == nullptr || earliest_node_->deadline_ != earliest_) findEarliest();
  return TimePoint(Duration(earliest_));
}

// Looks through the first bucket in which an armed timer belongs. Where there are many timers,
// that is too much to do each time: a lower bound does, at which advance() will look.
void TimerQueue::findEarliest() {
  readJournal();
  while (!entries_.empty()) {
    const Range first = entries_.first();
    if (armed_ > internal::EntryBuckets::kFew && !entries_.hasFew(first)) {
      earliest_ = std::max(earliest_, first.start);
      return;
    }
    std::int64_t earliest = kNever;
    Node* earliest_node = nullptr;
    entries_.drain(first, [&](const Entry& entry) {
      Node* const node = takeEntry(entry);
      if (node == nullptr) return;
      insertEntry(*node);
      if (node->deadline_ > first.end || node->deadline_ >= earliest) return;
      earliest = node->deadline_;
      earliest_node = node;
    });
    if (earliest_node != nullptr) {
      earliest_ = earliest;
      earliest_node_ = earliest_node;
      return;
    }
  }
}

}  // namespace weft::loop
