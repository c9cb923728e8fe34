// A place in the source: where something was scheduled, added or made.
//
// Taken as a defaulted last parameter, so that it names the caller. It is only read when somebody
// asks (tracking, traces, slow-callback reports): an inlined function that does not read it pays
// nothing. std::source_location is not usable with clang 14, hence the compilers' builtins.
//
//   void later(std::function<void()> f, cls::Location where = cls::Location::here());

#ifndef WEFT_CLS_LOCATION_H_
#define WEFT_CLS_LOCATION_H_

#include <string>

namespace weft::cls {

struct Location {
  const char* file = "";
  int line = 0;

  static constexpr Location here(const char* file = __builtin_FILE(),
                                 int line = __builtin_LINE()) noexcept {
    return {file, line};
  }

  // Of a place known by name only: "serve(int)". The name must live for ever.
  static constexpr Location named(const char* name) noexcept { return {name, 0}; }
  bool isName() const noexcept { return line == 0 && *file != '\0'; }

  // "file.cc:12", the name, or "?" for a place that nobody gave.
  std::string toString() const {
    if (line != 0) return std::string(file) + ":" + std::to_string(line);
    return isName() ? file : "?";
  }
};

}  // namespace weft::cls

namespace weft {
using cls::Location;
}  // namespace weft

#endif  // WEFT_CLS_LOCATION_H_
