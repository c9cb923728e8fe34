#include "weft/loop/internal/timer_nodes.h"

#include <algorithm>
#include <new>
#include <utility>

namespace weft::loop::internal {

void TimerNodes::SlabDeleter::operator()(Slab* slabs) const noexcept {
  ::operator delete(slabs, std::align_val_t(alignof(Slab)));
}

// Half of what there is room for: from the list of free ones, else timers that never were.
void TimerNodes::refillSpare() {
  while (spare_count_ < kSpare / 2) {
    if (free_ == 0) {
      const Added made = make();
      giveBackAtHand(made);
    } else {
      giveBackAtHand({&at(free_), free_});
      free_ = static_cast<Id>(at(free_).note);
    }
  }
}

void TimerNodes::spillSpare() noexcept {
  while (spare_count_ > kSpare / 2) {
    const Added& spare = spare_[--spare_count_];
    spare.timer->note = std::exchange(free_, static_cast<Id>(spare.id));
  }
}

// Slabs are allocated a few at a time, and touched as they are needed.
TimerNodes::Added TimerNodes::make() {
  if (ids_ % kSlab == 0) {
    if (slabs_ahead_ == 0) {
      const std::size_t count = 1 + slabs_.size() / 32;
      slabs_.reserve(slabs_.size() + count);
      blocks_.reserve(blocks_.size() + 1);
      next_slab_ =
          static_cast<Slab*>(::operator new(count * sizeof(Slab), std::align_val_t(alignof(Slab))));
      blocks_.emplace_back(next_slab_);
      slabs_ahead_ = count;
    }
    --slabs_ahead_;
    slabs_.push_back(next_slab_++);
    ::new (static_cast<void*>(&at(ids_))) TimerLine;
    at(ids_).note = ids_;
    ++ids_;
  }
  auto* const timer = ::new (static_cast<void*>(&at(ids_))) TimerLine;
  timer->identity_ = first_generation_;
  return {timer, ids_++};
}

std::uint32_t TimerNodes::unusedGeneration() const noexcept {
  std::uint32_t most = 0;  // after the first
  for (Id id = 0; id < ids_; ++id) {
    if (isTimer(id)) most = std::max(most, at(id).identity_ - first_generation_);
  }
  return first_generation_ + most + 2;
}

void TimerNodes::attach(TimerNode& node) {
  if (free_guests_.empty()) {
    // So that detach() need not allocate.
    if (free_guests_.capacity() <= guests_.size()) free_guests_.reserve(2 * guests_.size() + 8);
    free_guests_.push_back(static_cast<std::uint32_t>(guests_.size()));
    guests_.push_back(nullptr);
  }
  const std::uint32_t place = free_guests_.back();
  free_guests_.pop_back();
  node.identity_ = 2 * place + 1;
  guests_[place] = &node;
}

void TimerNodes::detach(TimerNode& node) noexcept {
  const std::uint32_t place = node.identity_ / 2;
  guests_[place] = nullptr;
  free_guests_.push_back(place);
}

TimerNode* TimerNodes::anyGuest() const noexcept {
  const auto found =
      std::find_if(guests_.begin(), guests_.end(), [](TimerNode* n) { return n != nullptr; });
  return found != guests_.end() ? *found : nullptr;
}

}  // namespace weft::loop::internal
