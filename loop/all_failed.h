// AllFailed: what any() throws, or rejects with, when none of its members has a result; see
// co_group.h and promise_group.h.
//
// Threads: the loop's, to which the contexts belong that its errors have left.

#ifndef WEFT_LOOP_ALL_FAILED_H_
#define WEFT_LOOP_ALL_FAILED_H_

#include <exception>
#include <utility>
#include <vector>

#include "weft/cls/held_error.h"

namespace weft::loop {

class AllFailed : public std::exception {
 public:
  explicit AllFailed(std::vector<cls::HeldError> errors) : errors_(std::move(errors)) {}
  const char* what() const noexcept override { return "all members of any() failed"; }
  // Of the members, in their order.
  const std::vector<cls::HeldError>& errors() const noexcept { return errors_; }

 private:
  std::vector<cls::HeldError> errors_;
};

}  // namespace weft::loop

#endif  // WEFT_LOOP_ALL_FAILED_H_
