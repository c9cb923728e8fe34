// Lists that go through their members: joining and leaving takes no memory and no search.
//
//   struct Connection : ListHook<Idle> {...};
//   IntrusiveList<Connection, Idle> idle;
//   idle.pushBack(connection);
//   ListHook<Idle>::unlink(connection) -- also done when a member is destroyed
//
// `Tag` tells apart the lists that one object may be in at the same time.
//
// Threads: none.

#ifndef WEFT_NET_INTERNAL_INTRUSIVE_LIST_H_
#define WEFT_NET_INTERNAL_INTRUSIVE_LIST_H_

namespace weft::net::internal {

template <typename Tag>
class ListHook {
 public:
  ListHook() = default;
  ListHook(const ListHook&) = delete;
  ListHook& operator=(const ListHook&) = delete;
  ~ListHook() { unlink(); }

  bool linked() const noexcept { return next_ != nullptr; }
  void unlink() noexcept {
    if (next_ == nullptr) return;
    next_->previous_ = previous_;
    previous_->next_ = next_;
    next_ = previous_ = nullptr;
  }

 private:
  template <typename T, typename U>
  friend class IntrusiveList;

  void linkBefore(ListHook& other) noexcept {
    unlink();
    next_ = &other;
    previous_ = other.previous_;
    previous_->next_ = other.previous_ = this;
  }

  ListHook* next_ = nullptr;  // in a ring with the list itself
  ListHook* previous_ = nullptr;
};

template <typename T, typename Tag>
class IntrusiveList {
 public:
  using Hook = ListHook<Tag>;

  IntrusiveList() noexcept { ring_.next_ = ring_.previous_ = &ring_; }
  IntrusiveList(const IntrusiveList&) = delete;
  IntrusiveList& operator=(const IntrusiveList&) = delete;
  ~IntrusiveList() {
    while (!empty()) ring_.next_->unlink();
  }

  bool empty() const noexcept { return ring_.next_ == &ring_; }
  // Null if there is none.
  T* front() const noexcept { return member(ring_.next_); }
  T* back() const noexcept { return member(ring_.previous_); }
  T* after(const T& object) const noexcept { return member(hookOf(object).next_); }
  T* before(const T& object) const noexcept { return member(hookOf(object).previous_); }

  // Takes the object out of the list it is in, if it is in one.
  void pushBack(T& object) noexcept { hookOf(object).linkBefore(ring_); }
  void insertAfter(T& place, T& object) noexcept {
    hookOf(object).linkBefore(*hookOf(place).next_);
  }
  void pushFront(T& object) noexcept { hookOf(object).linkBefore(*ring_.next_); }

 private:
  static Hook& hookOf(T& object) noexcept { return object; }
  static const Hook& hookOf(const T& object) noexcept { return object; }
  T* member(Hook* hook) const noexcept { return hook == &ring_ ? nullptr : static_cast<T*>(hook); }

  Hook ring_;
};

}  // namespace weft::net::internal

#endif  // WEFT_NET_INTERNAL_INTRUSIVE_LIST_H_
