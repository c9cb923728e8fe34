// Many promises as one: all(), any(), race().
//
//   loop::all(event_loop, pages).then([](const std::vector<Page>& all) { show(all); });
//
//   all    every value, in order, or the first rejection
//   any    the first value, or a rejection with AllFailed
//   race   the first that is settled
//
// Nothing is cancelled: promises go on whether somebody waits or not. all() of nothing is
// fulfilled, any() of nothing rejected, race() of nothing pending for ever. For coroutines, which
// are cancelled, see weft/loop/co_group.h.
//
// Threads: the loop's only.

#ifndef WEFT_LOOP_PROMISE_GROUP_H_
#define WEFT_LOOP_PROMISE_GROUP_H_

#include <cstddef>
#include <exception>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "weft/cls/held_error.h"
#include "weft/loop/all_failed.h"
#include "weft/loop/event_loop.h"
#include "weft/loop/promise.h"

namespace weft::loop {

// T must be copied out of its promise, unless that has no other handle.
template <typename T>
Promise<std::vector<T>> all(EventLoop& loop, const std::vector<Promise<T>>& members) {
  struct Gathered {
    Resolver<std::vector<T>> resolver;
    std::vector<std::optional<T>> values;
    std::size_t left;
  };
  auto [promise, resolver] = Promise<std::vector<T>>::withResolvers(loop);
  if (members.empty()) resolver.resolve();
  auto gathered = std::make_shared<Gathered>(
      Gathered{resolver, std::vector<std::optional<T>>(members.size()), members.size()});
  for (std::size_t i = 0; i < members.size(); ++i) {
    members[i].onSettled(
        [gathered, i](internal::PromiseState<T>& settled) {
          try {
            gathered->values[i].emplace(settled.takeOrCopy());
          } catch (...) {
            gathered->resolver.reject(cls::HeldError::current());
            return;
          }
          if (--gathered->left != 0) return;
          std::vector<T> values;
          values.reserve(gathered->values.size());
          for (std::optional<T>& value : gathered->values) values.push_back(std::move(*value));
          gathered->resolver.resolve(std::move(values));
        },
        {});
  }
  return promise;
}

template <typename T>
Promise<T> any(EventLoop& loop, const std::vector<Promise<T>>& members) {
  struct Gathered {
    Resolver<T> resolver;
    std::vector<cls::HeldError> errors;
    std::size_t left;
  };
  auto [promise, resolver] = Promise<T>::withResolvers(loop);
  if (members.empty()) resolver.reject(AllFailed({}));
  auto gathered = std::make_shared<Gathered>(
      Gathered{resolver, std::vector<cls::HeldError>(members.size()), members.size()});
  for (std::size_t i = 0; i < members.size(); ++i) {
    members[i].onSettled(
        [gathered, i](internal::PromiseState<T>& settled) {
          if (!settled.outcome().failed()) return gathered->resolver.resolveAs(settled);
          gathered->errors[i] = settled.outcome().error();
          if (--gathered->left != 0) return;
          gathered->resolver.reject(AllFailed(std::move(gathered->errors)));
        },
        {});
  }
  return promise;
}

template <typename T>
Promise<T> race(EventLoop& loop, const std::vector<Promise<T>>& members) {
  auto [promise, resolver] = Promise<T>::withResolvers(loop);
  for (const Promise<T>& member : members) {
    member.onSettled(
        [resolver = resolver](internal::PromiseState<T>& settled) mutable {
          resolver.resolveAs(settled);
        },
        {});
  }
  return promise;
}

}  // namespace weft::loop

#endif  // WEFT_LOOP_PROMISE_GROUP_H_
