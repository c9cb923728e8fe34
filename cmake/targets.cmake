# Written by cmake/generate.py from the BUILD.bazel files: change those, not this.

set(WEFT_WARNINGS
 -Wall -Wextra -Werror -Wshadow -Wnon-virtual-dtor -Wno-unused-parameter)

set(WEFT_SYSTEM_LIBRARIES
 absl)

weft_library(weft_cls_cls cls
  HDRS
    cls/bound.h
    cls/cls.h
    cls/config.h
    cls/context.h
    cls/emitter_binding.h
    cls/errors.h
    cls/frame.h
    cls/function.h
    cls/holders.h
    cls/key.h
    cls/location.h
    cls/namespace.h
    cls/registry.h
    cls/snapshot.h
    cls/variable.h
  SRCS
    cls/context.cc
    cls/emitter_binding.cc
    cls/holders.cc
    cls/internal/context_core.cc
    cls/internal/entry.cc
    cls/internal/frame_core.cc
    cls/internal/scopes.cc
    cls/internal/thread_data.cc
    cls/key.cc
    cls/namespace.cc
    cls/registry.cc
    cls/snapshot.cc
  DEPS weft_cls_cls_internal
  SYSTEM absl)

weft_library(weft_cls_cls_internal cls
  HDRS
    cls/internal/context_core.h
    cls/internal/entry.h
    cls/internal/frame_core.h
    cls/internal/slab_pool.h
    cls/internal/thread_data.h
  SYSTEM absl)

weft_test(tests_cls_namespace_test tests/cls
  SRCS tests/cls/namespace_test.cc
  DEPS weft_cls_cls
  SYSTEM gtest_main)
