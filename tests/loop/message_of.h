// What an exception says, for tests that are given it by a loop or a promise.

#ifndef WEFT_TESTS_LOOP_MESSAGE_OF_H_
#define WEFT_TESTS_LOOP_MESSAGE_OF_H_

#include <exception>
#include <string>

namespace weft::tests {

// Throws what is no std::exception.
inline std::string messageOf(const std::exception_ptr& error) {
  try {
    std::rethrow_exception(error);
  } catch (const std::exception& thrown) {
    return thrown.what();
  }
}

}  // namespace weft::tests

#endif  // WEFT_TESTS_LOOP_MESSAGE_OF_H_
