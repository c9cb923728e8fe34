// Resident: what lives on a loop and hears of the loop's end before anything pending is released.
//
// For what points into the loop's queues: a coroutine that waits for a tick knows the task in the
// ring, and takes it back when it is destroyed, which must happen while the ring is there.

#ifndef WEFT_LOOP_INTERNAL_RESIDENT_H_
#define WEFT_LOOP_INTERNAL_RESIDENT_H_

namespace weft::loop::internal {

class Resident {
 public:
  Resident(const Resident&) = delete;
  Resident& operator=(const Resident&) = delete;

  // Called once, after which the loop is not there any more; must leave(), and may delete itself.
  virtual void loopEnded() noexcept = 0;

 protected:
  Resident() = default;
  virtual ~Resident() { leave(); }

  // `first` is the loop's list.
  void live(Resident*& first) noexcept {
    next_ = first;
    link_ = &first;
    if (next_ != nullptr) next_->link_ = &next_;
    first = this;
  }
  void leave() noexcept {
    if (link_ == nullptr) return;
    *link_ = next_;
    if (next_ != nullptr) next_->link_ = link_;
    link_ = nullptr;
  }
  bool lives() const noexcept { return link_ != nullptr; }

 private:
  Resident** link_ = nullptr;  // what points here; null: on no loop
  Resident* next_ = nullptr;
};

}  // namespace weft::loop::internal

#endif  // WEFT_LOOP_INTERNAL_RESIDENT_H_
