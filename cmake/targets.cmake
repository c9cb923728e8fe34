# Written by cmake/generate.py from the BUILD.bazel files: change those, not this.

set(WEFT_WARNINGS
 -Wall -Wextra -Werror -Wshadow -Wnon-virtual-dtor -Wno-unused-parameter)

set(WEFT_SYSTEM_LIBRARIES
 absl libevent)

set(WEFT_TEST_SYSTEM_LIBRARIES
 absl gtest_main json)

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

weft_library(weft_emitter_event emitter
  HDRS emitter/event.h)

weft_library(weft_emitter_event_emitter emitter
  HDRS
    emitter/event_emitter.h
    emitter/internal/callable_traits.h
    emitter/internal/event_emitter_inl.h
  SRCS emitter/event_emitter.cc
  DEPS
    weft_emitter_event
    weft_emitter_listener
    weft_emitter_lists_internal
    weft_emitter_max_listeners
    weft_emitter_signature_internal
    weft_emitter_unhandled_error
    weft_cls_cls)

weft_library(weft_emitter_listener emitter
  HDRS emitter/internal/emitter_state.h emitter/listener.h emitter/meta_events.h
  SRCS emitter/internal/emitter_state.cc emitter/listener.cc
  DEPS
    weft_emitter_event
    weft_emitter_lists_internal
    weft_emitter_max_listeners
    weft_emitter_signature_internal
    weft_cls_cls)

weft_library(weft_emitter_lists_internal emitter
  HDRS
    emitter/internal/event_table.h
    emitter/internal/listener_list.h
    emitter/internal/listener_node.h
  SRCS
    emitter/internal/event_table.cc
    emitter/internal/listener_list.cc
    emitter/internal/listener_node.cc
  DEPS weft_emitter_signature_internal weft_cls_cls)

weft_library(weft_emitter_max_listeners emitter
  HDRS emitter/max_listeners.h
  SRCS emitter/max_listeners.cc
  DEPS weft_cls_cls)

weft_library(weft_emitter_signature_internal emitter
  HDRS emitter/internal/signature.h
  SRCS emitter/internal/signature.cc
  DEPS weft_emitter_event)

weft_library(weft_emitter_subscription emitter
  HDRS emitter/subscription.h
  DEPS weft_emitter_listener)

weft_library(weft_emitter_unhandled_error emitter
  HDRS emitter/unhandled_error.h
  DEPS weft_emitter_signature_internal)

weft_library(weft_loop_clock loop
  HDRS loop/clock.h)

weft_library(weft_loop_event_loop loop
  HDRS loop/event_loop.h loop/handles.h
  SRCS
    loop/event_loop.cc
    loop/event_loop_phases.cc
    loop/event_loop_timers.cc
    loop/handles.cc
    loop/internal/watch.cc
  DEPS
    weft_loop_clock
    weft_loop_event_loop_internal
    weft_loop_poller_internal
    weft_loop_poster
    weft_loop_task_ring_internal
    weft_loop_timer_queue
    weft_cls_cls
  SYSTEM absl)

weft_library(weft_loop_event_loop_internal loop
  HDRS loop/internal/guarded.h loop/internal/watch.h)

weft_library(weft_loop_fd_watcher loop
  HDRS loop/fd_watcher.h
  SRCS loop/fd_watcher.cc
  DEPS weft_loop_event_loop weft_loop_event_loop_internal weft_loop_poller_internal)

weft_library(weft_loop_loop loop
  DEPS
    weft_loop_clock
    weft_loop_event_loop
    weft_loop_fd_watcher
    weft_loop_task
    weft_loop_timer_queue)

weft_library(weft_loop_poller_internal loop
  HDRS loop/internal/poller.h
  SRCS loop/internal/poller.cc
  DEPS weft_loop_clock weft_cls_cls
  SYSTEM libevent)

weft_library(weft_loop_post_queue_internal loop
  HDRS loop/internal/post_queue.h
  DEPS weft_loop_task_ring_internal
  SYSTEM absl)

weft_library(weft_loop_poster loop
  HDRS loop/poster.h
  SRCS loop/internal/post_queue.cc
  DEPS weft_loop_post_queue_internal weft_cls_cls)

weft_library(weft_loop_task loop
  HDRS loop/task.h
  DEPS weft_cls_cls)

weft_library(weft_loop_task_ring_internal loop
  HDRS loop/internal/task_ring.h
  SRCS loop/internal/task_ring.cc
  DEPS weft_loop_task)

weft_library(weft_loop_timer_queue loop
  HDRS loop/timer_queue.h
  SRCS loop/timer_queue.cc
  DEPS weft_loop_clock weft_loop_task)

if(WEFT_CLS)
weft_test(tests_cls_bound_test tests/cls
  SRCS tests/cls/bound_test.cc
  DEPS tests_cls_support weft_cls_cls
  SYSTEM gtest_main)
endif()

weft_test(tests_cls_config_test tests/cls
  SRCS tests/cls/config_test.cc
  DEPS weft_cls_cls
  SYSTEM gtest_main)

if(WEFT_CLS)
weft_test(tests_cls_context_end_test tests/cls
  SRCS tests/cls/context_end_test.cc
  DEPS tests_cls_support weft_cls_cls
  SYSTEM gtest_main)
endif()

if(WEFT_CLS)
weft_test(tests_cls_context_test tests/cls
  SRCS tests/cls/context_test.cc
  DEPS tests_cls_support weft_cls_cls
  SYSTEM gtest_main)
endif()

weft_test(tests_cls_errors_test tests/cls
  SRCS tests/cls/errors_test.cc
  DEPS weft_cls_cls
  SYSTEM gtest_main)

if(WEFT_CLS)
weft_test(tests_cls_frame_test tests/cls
  SRCS tests/cls/frame_test.cc
  DEPS tests_cls_support weft_cls_cls
  SYSTEM gtest_main)
endif()

if(WEFT_CLS)
weft_test(tests_cls_function_test tests/cls
  SRCS tests/cls/function_test.cc
  DEPS tests_cls_support weft_cls_cls
  SYSTEM gtest_main)
endif()

if(WEFT_CLS)
weft_test(tests_cls_holders_test tests/cls
  SRCS tests/cls/holders_test.cc
  DEPS tests_cls_support weft_cls_cls
  SYSTEM gtest_main)
endif()

if(WEFT_CLS)
weft_test(tests_cls_key_test tests/cls
  SRCS tests/cls/key_test.cc
  DEPS tests_cls_support weft_cls_cls
  SYSTEM gtest_main)
endif()

weft_test(tests_cls_location_test tests/cls
  SRCS tests/cls/location_test.cc
  DEPS weft_cls_cls
  SYSTEM gtest_main)

if(WEFT_CLS)
weft_test(tests_cls_namespace_test tests/cls
  SRCS tests/cls/namespace_test.cc
  DEPS tests_cls_support weft_cls_cls
  SYSTEM gtest_main)
endif()

if(WEFT_CLS)
weft_test(tests_cls_registry_test tests/cls
  SRCS tests/cls/registry_test.cc
  DEPS tests_cls_support weft_cls_cls
  SYSTEM gtest_main)
endif()

weft_helper_library(tests_cls_support tests/cls
  HDRS tests/cls/support.h
  DEPS weft_cls_cls)

if(WEFT_CLS)
weft_test(tests_cls_variable_test tests/cls
  SRCS tests/cls/variable_test.cc
  DEPS tests_cls_support weft_cls_cls
  SYSTEM gtest_main)
endif()

weft_helper_library(tests_conformance_player tests/conformance
  HDRS tests/conformance/player.h
  SRCS tests/conformance/player.cc
  DEPS tests_conformance_program weft_cls_cls weft_emitter_event_emitter weft_loop_event_loop)

weft_helper_library(tests_conformance_program tests/conformance
  HDRS tests/conformance/program.h
  SRCS tests/conformance/program.cc
  SYSTEM absl json)

weft_binary(tests_conformance_replay tests/conformance
  SRCS tests/conformance/replay.cc
  DEPS tests_conformance_player tests_conformance_program)

weft_script_test(tests_conformance_replay_test tests/conformance
  SRCS tests/conformance/replay_test.sh
  ARGS
    "${PROJECT_SOURCE_DIR}/tests/conformance/replay_compare.py"
    "$<TARGET_FILE:tests_conformance_replay>")

weft_test(tests_emitter_event_emitter_test tests/emitter
  SRCS tests/emitter/event_emitter_test.cc
  DEPS weft_cls_cls weft_emitter_event_emitter
  SYSTEM absl gtest_main)

weft_test(tests_loop_event_loop_test tests/loop
  SRCS tests/loop/event_loop_test.cc
  DEPS weft_cls_cls weft_loop_loop
  SYSTEM gtest_main)

weft_test(tests_loop_timer_queue_test tests/loop
  SRCS tests/loop/timer_queue_test.cc
  DEPS weft_loop_timer_queue
  SYSTEM gtest_main)
