# Written by cmake/generate.py from the BUILD.bazel files: change those, not this.

set(WEFT_WARNINGS
  -Wall
  -Wextra
  -Werror
  -Wshadow
  -Wnon-virtual-dtor
  -Wno-unused-parameter)

set(WEFT_SYSTEM_LIBRARIES)

weft_helper_library(tests_callgrind_measure tests/callgrind
  HDRS
    tests/callgrind/measure.h
  SRCS
    tests/callgrind/measure.cc)
