# Written by cmake/generate.py from the BUILD.bazel files: change those, not this.

set(WEFT_WARNINGS
 -Wall -Wextra -Werror -Wshadow -Wnon-virtual-dtor -Wno-unused-parameter)

set(WEFT_SYSTEM_LIBRARIES
 absl brotli cares libevent openssl zlib zstd)

set(WEFT_TEST_SYSTEM_LIBRARIES
 absl gtest gtest_main hiredis json llhttp openssl)

weft_library(weft_cls_cls cls
  HDRS
    cls/bound.h
    cls/callable.h
    cls/cls.h
    cls/config.h
    cls/context.h
    cls/emitter_binding.h
    cls/errors.h
    cls/frame.h
    cls/function.h
    cls/held_error.h
    cls/holders.h
    cls/key.h
    cls/location.h
    cls/loss.h
    cls/namespace.h
    cls/registry.h
    cls/snapshot.h
    cls/values.h
    cls/variable.h
  SRCS
    cls/context.cc
    cls/emitter_binding.cc
    cls/held_error.cc
    cls/holders.cc
    cls/internal/context_core.cc
    cls/internal/derived_frames.cc
    cls/internal/entry.cc
    cls/internal/frame_core.cc
    cls/internal/scopes.cc
    cls/internal/thread_data.cc
    cls/key.cc
    cls/namespace.cc
    cls/registry.cc
    cls/snapshot.cc
    cls/values.cc
  DEPS weft_cls_cls_internal
  SYSTEM absl)

weft_library(weft_cls_cls_internal cls
  HDRS
    cls/internal/context_core.h
    cls/internal/entry.h
    cls/internal/frame_core.h
    cls/internal/frame_tables.h
    cls/internal/holder.h
    cls/internal/scope.h
    cls/internal/slab_pool.h
    cls/internal/thread_data.h
  SYSTEM absl)

weft_library(weft_dialect_dialect dialect
  DEPS weft_dialect_local_context weft_dialect_node_cls)

weft_library(weft_dialect_local_context dialect
  HDRS dialect/local_context.h
  SRCS dialect/local_context.cc
  DEPS weft_cls_cls weft_emitter_event_emitter
  SYSTEM absl)

weft_library(weft_dialect_node_cls dialect
  HDRS dialect/node_cls.h
  SRCS dialect/node_cls.cc
  DEPS weft_cls_cls
  SYSTEM absl)

weft_library(weft_emitter_event emitter
  HDRS emitter/event.h)

weft_library(weft_emitter_event_emitter emitter
  HDRS
    emitter/event_emitter.h
    emitter/internal/callable_traits.h
    emitter/internal/event_emitter_inl.h
    emitter/io_emitter.h
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

weft_binary(examples_callback_to_coroutine examples
  SRCS examples/callback_to_coroutine.cc
  DEPS weft_loop_co_wait weft_loop_event_loop weft_loop_promise weft_loop_spawn)

if(WEFT_CLS)
weft_binary(examples_chat examples
  SRCS examples/chat.cc
  DEPS weft_cls_cls weft_loop_event_loop weft_loop_signal_watcher weft_net_socket)
endif()

weft_binary(examples_echo examples
  SRCS examples/echo.cc
  DEPS weft_loop_event_loop weft_loop_signal_watcher weft_net_socket weft_stream_pipe)

weft_binary(examples_find_a_race examples
  SRCS examples/find_a_race.cc
  DEPS weft_loop_event_loop weft_loop_fd_watcher weft_loop_perturbed)

weft_binary(examples_hello examples
  SRCS examples/hello.cc
  DEPS weft_cls_cls weft_loop_event_loop weft_net_http_server)

if(WEFT_CLS)
weft_binary(examples_json_api examples
  SRCS examples/json_api.cc
  DEPS
    weft_cls_cls
    weft_loop_co_wait
    weft_loop_event_loop
    weft_loop_signal_watcher
    weft_loop_spawn
    weft_net_http_server
    weft_stream_reader)
endif()

weft_binary(examples_proxy examples
  SRCS examples/proxy.cc
  DEPS
    weft_loop_event_loop
    weft_loop_signal_watcher
    weft_net_http_client
    weft_net_http_server
    weft_stream_pipe)

if(WEFT_CLS)
weft_binary(examples_redis_client examples
  SRCS examples/redis_client.cc
  DEPS weft_cls_cls weft_loop_event_loop weft_loop_fd_watcher
  SYSTEM absl hiredis)
endif()

weft_binary(examples_request_log examples
  SRCS examples/request_log.cc
  DEPS
    examples_request_log_inspection
    weft_cls_cls
    weft_emitter_event_emitter
    weft_loop_co_wait
    weft_loop_event_loop
    weft_loop_fd_watcher
    weft_loop_spawn
    weft_loop_work
    weft_native_crypto_hash
    weft_native_fs_whole_file
    weft_net_http_server
    weft_stream_event_wait
  SYSTEM absl
  LINKOPTS -pthread)

weft_helper_library(examples_request_log_inspection examples
  HDRS examples/request_log_inspection.h
  DEPS
    weft_cls_cls
    weft_inspect_server
    weft_inspect_trace
    weft_inspect_watchdog
    weft_loop_event_loop
    weft_loop_signal_watcher
  SYSTEM absl)

weft_library(weft_inspect_chain_internal inspect
  HDRS inspect/internal/chain.h
  SRCS inspect/chain.cc
  DEPS weft_inspect_text_internal weft_loop_observer)

weft_library(weft_inspect_inspect inspect
  DEPS
    weft_inspect_lost
    weft_inspect_metrics
    weft_inspect_net_metrics
    weft_inspect_otel
    weft_inspect_server
    weft_inspect_slow
    weft_inspect_strict
    weft_inspect_trace
    weft_inspect_watchdog)

weft_library(weft_inspect_lost inspect
  HDRS inspect/lost.h
  SRCS inspect/lost.cc
  DEPS weft_inspect_chain_internal weft_inspect_text_internal weft_cls_cls weft_loop_event_loop)

weft_library(weft_inspect_metrics inspect
  HDRS inspect/metrics.h
  SRCS inspect/metrics.cc
  DEPS
    weft_inspect_text_internal
    weft_cls_cls
    weft_emitter_max_listeners
    weft_loop_event_loop
    weft_loop_work)

weft_library(weft_inspect_net_metrics inspect
  HDRS inspect/net_metrics.h
  SRCS inspect/net_metrics.cc
  DEPS weft_inspect_metrics weft_inspect_text_internal weft_net_channels weft_net_http_server)

weft_library(weft_inspect_otel inspect
  HDRS inspect/otel.h
  DEPS weft_cls_cls)

weft_library(weft_inspect_server inspect
  HDRS inspect/server.h
  SRCS inspect/page.cc inspect/probe.cc inspect/server.cc
  DEPS
    weft_inspect_metrics
    weft_inspect_net_metrics
    weft_inspect_server_internal
    weft_inspect_slow
    weft_inspect_text_internal
    weft_inspect_trace
    weft_cls_cls
    weft_loop_work
    weft_net_http_server
  SYSTEM absl)

weft_library(weft_inspect_server_internal inspect
  HDRS inspect/internal/page.h inspect/internal/probe.h
  DEPS weft_inspect_metrics weft_inspect_net_metrics weft_inspect_slow weft_inspect_trace)

weft_library(weft_inspect_slow inspect
  HDRS inspect/slow.h
  SRCS inspect/slow.cc
  DEPS weft_inspect_chain_internal weft_inspect_text_internal weft_cls_cls weft_loop_event_loop)

weft_library(weft_inspect_strict inspect
  HDRS inspect/strict.h
  SRCS inspect/strict.cc
  DEPS weft_inspect_chain_internal weft_inspect_text_internal weft_cls_cls weft_loop_event_loop)

weft_library(weft_inspect_text_internal inspect
  HDRS inspect/internal/exposition.h inspect/internal/text.h
  SRCS inspect/exposition.cc inspect/text.cc)

weft_library(weft_inspect_trace inspect
  HDRS inspect/trace.h
  SRCS inspect/trace.cc
  DEPS weft_inspect_text_internal weft_cls_cls weft_loop_event_loop
  SYSTEM absl)

weft_library(weft_inspect_watchdog inspect
  HDRS inspect/watchdog.h
  SRCS inspect/watchdog.cc
  DEPS weft_inspect_chain_internal weft_loop_event_loop
  SYSTEM absl)

weft_library(weft_loop_all_failed loop
  HDRS loop/all_failed.h
  DEPS weft_cls_cls)

weft_library(weft_loop_async_function loop
  HDRS loop/async_function.h
  DEPS weft_loop_event_loop weft_loop_work)

weft_library(weft_loop_channel loop
  HDRS loop/channel.h)

weft_library(weft_loop_clock loop
  HDRS loop/clock.h)

weft_library(weft_loop_co loop
  HDRS loop/co.h loop/generator.h
  SRCS
    loop/co.cc
    loop/internal/co_core.cc
    loop/internal/co_foreign.cc
    loop/internal/co_frame_pool.cc
    loop/internal/co_place.cc
  DEPS weft_loop_co_internal weft_loop_event_loop weft_loop_event_loop_internal weft_cls_cls
  SYSTEM absl)

weft_library(weft_loop_co_group loop
  HDRS loop/co_group.h loop/internal/co_group_wait.h
  DEPS
    weft_loop_all_failed
    weft_loop_co
    weft_loop_co_wait
    weft_loop_event_loop
    weft_loop_spawn
    weft_cls_cls
  SYSTEM absl)

weft_library(weft_loop_co_internal loop
  HDRS
    loop/internal/co_core.h
    loop/internal/co_foreign.h
    loop/internal/co_frame_pool.h
    loop/internal/co_place.h
    loop/internal/loop_access.h
    loop/internal/outcome.h)

weft_library(weft_loop_co_wait loop
  HDRS loop/co_wait.h
  DEPS weft_loop_co weft_loop_fd_watcher)

weft_library(weft_loop_entry_buckets_internal loop
  HDRS loop/internal/entry_buckets.h
  SRCS loop/internal/entry_buckets.cc)

weft_library(weft_loop_event_loop loop
  HDRS
    loop/event_loop.h
    loop/handles.h
    loop/internal/event_loop_inl.h
    loop/internal/loop_core.h
    loop/loop_options.h
    loop/timer.h
  SRCS
    loop/event_loop.cc
    loop/handles.cc
    loop/internal/loop_core.cc
    loop/internal/loop_core_phases.cc
    loop/internal/loop_core_timers.cc
    loop/internal/watch.cc
    loop/timer.cc
  DEPS
    weft_loop_clock
    weft_loop_event_loop_internal
    weft_loop_instrument_internal
    weft_loop_observer
    weft_loop_poller_internal
    weft_loop_poster
    weft_loop_task_ring_internal
    weft_loop_timer_queue
    weft_cls_cls
  SYSTEM absl)

weft_library(weft_loop_event_loop_internal loop
  HDRS loop/internal/guarded.h loop/internal/resident.h loop/internal/watch.h)

weft_library(weft_loop_fd_watcher loop
  HDRS loop/fd_watcher.h
  SRCS loop/fd_watcher.cc
  DEPS weft_loop_event_loop weft_loop_event_loop_internal weft_loop_poller_internal)

weft_library(weft_loop_instrument_internal loop
  HDRS loop/internal/instrument.h)

weft_library(weft_loop_loop loop
  DEPS
    weft_loop_clock
    weft_loop_co
    weft_loop_co_group
    weft_loop_co_wait
    weft_loop_event_loop
    weft_loop_fd_watcher
    weft_loop_loop_group
    weft_loop_promise
    weft_loop_run_async
    weft_loop_spawn
    weft_loop_task
    weft_loop_timer_queue
    weft_loop_work)

weft_library(weft_loop_loop_group loop
  HDRS loop/loop_group.h
  SRCS loop/loop_group.cc
  DEPS weft_loop_event_loop weft_loop_poster weft_loop_work weft_cls_cls
  SYSTEM absl)

weft_library(weft_loop_observer loop
  HDRS loop/observer.h loop/stopwatch.h
  SRCS loop/instrument.cc loop/stopwatch.cc
  DEPS weft_loop_clock weft_loop_instrument_internal weft_cls_cls)

weft_library(weft_loop_perturbed loop
  HDRS loop/perturbed.h)

weft_library(weft_loop_poller_internal loop
  HDRS loop/internal/poller.h
  SRCS loop/internal/poller.cc
  DEPS weft_loop_clock weft_cls_cls
  SYSTEM libevent)

weft_library(weft_loop_post_queue_internal loop
  HDRS loop/internal/post_queue.h
  DEPS weft_loop_observer weft_loop_task_ring_internal
  SYSTEM absl)

weft_library(weft_loop_poster loop
  HDRS loop/poster.h
  SRCS loop/internal/post_queue.cc
  DEPS weft_loop_post_queue_internal weft_cls_cls)

weft_library(weft_loop_promise loop
  HDRS
    loop/internal/promise_inl.h
    loop/internal/promise_state.h
    loop/promise.h
    loop/promise_group.h
  SRCS loop/internal/promise_state.cc
  DEPS weft_loop_all_failed weft_loop_co weft_loop_spawn)

weft_library(weft_loop_run_async loop
  HDRS loop/run_async.h
  DEPS weft_loop_co weft_loop_event_loop weft_loop_promise weft_cls_cls)

weft_library(weft_loop_signal_sink_internal loop
  HDRS loop/internal/signal_sink.h)

weft_library(weft_loop_signal_watcher loop
  HDRS loop/signal_watcher.h
  SRCS loop/internal/signal_sink.cc loop/signal_watcher.cc
  DEPS
    weft_loop_event_loop
    weft_loop_event_loop_internal
    weft_loop_poller_internal
    weft_loop_signal_sink_internal
    weft_cls_cls)

weft_library(weft_loop_spawn loop
  HDRS loop/spawn.h
  SRCS loop/spawn.cc
  DEPS weft_loop_co)

weft_library(weft_loop_task loop
  HDRS loop/task.h
  DEPS weft_cls_cls)

weft_library(weft_loop_task_ring_internal loop
  HDRS loop/internal/task_ring.h
  SRCS loop/internal/task_ring.cc
  DEPS weft_loop_task)

weft_library(weft_loop_timer_nodes_internal loop
  HDRS loop/internal/timer_nodes.h
  SRCS loop/internal/timer_nodes.cc
  DEPS weft_loop_task)

weft_library(weft_loop_timer_queue loop
  HDRS loop/timer_queue.h
  SRCS loop/timer_queue.cc
  DEPS
    weft_loop_clock
    weft_loop_entry_buckets_internal
    weft_loop_task
    weft_loop_timer_nodes_internal)

weft_library(weft_loop_work loop
  HDRS loop/internal/work_job.h loop/thread_pool.h loop/work.h
  SRCS loop/internal/work_job.cc loop/thread_pool.cc
  DEPS
    weft_loop_co
    weft_loop_event_loop
    weft_loop_event_loop_internal
    weft_loop_post_queue_internal
    weft_cls_cls
  SYSTEM absl)

weft_library(weft_native_crypto_crypto native/crypto
  HDRS native/crypto/crypto.h
  DEPS weft_native_crypto_hash weft_native_crypto_key_derivation weft_native_crypto_random)

weft_library(weft_native_crypto_hash native/crypto
  HDRS native/crypto/hash.h
  SRCS native/crypto/hash.cc
  DEPS weft_native_crypto_openssl_internal weft_cls_cls weft_loop_async_function
  SYSTEM absl openssl)

weft_library(weft_native_crypto_key_derivation native/crypto
  HDRS native/crypto/key_derivation.h
  SRCS native/crypto/key_derivation.cc
  DEPS weft_native_crypto_openssl_internal weft_loop_async_function
  SYSTEM absl openssl)

weft_library(weft_native_crypto_openssl_internal native/crypto
  HDRS native/crypto/internal/openssl.h
  SRCS native/crypto/internal/openssl.cc
  SYSTEM absl openssl)

weft_library(weft_native_crypto_random native/crypto
  HDRS native/crypto/random.h
  SRCS native/crypto/random.cc
  DEPS weft_native_crypto_openssl_internal weft_loop_async_function
  SYSTEM absl openssl)

weft_library(weft_native_fs_attributes native/fs
  HDRS native/fs/attributes.h
  SRCS native/fs/attributes.cc
  DEPS
    weft_native_fs_stats
    weft_loop_async_function
    weft_native_internal_file_io
    weft_native_internal_posix
  SYSTEM absl)

weft_library(weft_native_fs_file native/fs
  HDRS native/fs/file.h
  SRCS native/fs/file.cc
  DEPS
    weft_native_fs_stats
    weft_loop_async_function
    weft_native_internal_file_io
    weft_native_internal_posix
  SYSTEM absl)

weft_library(weft_native_fs_folder native/fs
  HDRS native/fs/folder.h
  SRCS native/fs/folder.cc
  DEPS weft_loop_async_function weft_native_internal_posix
  SYSTEM absl)

weft_library(weft_native_fs_fs native/fs
  HDRS native/fs/fs.h
  DEPS
    weft_native_fs_attributes
    weft_native_fs_file
    weft_native_fs_folder
    weft_native_fs_names
    weft_native_fs_read_stream
    weft_native_fs_stats
    weft_native_fs_watcher
    weft_native_fs_whole_file
    weft_native_fs_write_stream)

weft_library(weft_native_fs_names native/fs
  HDRS native/fs/names.h
  SRCS native/fs/names.cc
  DEPS weft_loop_async_function weft_native_internal_posix
  SYSTEM absl)

weft_library(weft_native_fs_read_stream native/fs
  HDRS native/fs/read_stream.h
  SRCS native/fs/read_stream.cc
  DEPS
    weft_native_fs_file
    weft_cls_cls
    weft_loop_event_loop
    weft_native_internal_loop_object
    weft_stream_readable
  SYSTEM absl)

weft_library(weft_native_fs_stats native/fs
  HDRS native/fs/stats.h
  SRCS native/fs/stats.cc
  DEPS weft_loop_async_function weft_native_internal_posix
  SYSTEM absl)

weft_library(weft_native_fs_watcher native/fs
  HDRS native/fs/watcher.h
  SRCS native/fs/watcher.cc
  DEPS
    weft_loop_event_loop
    weft_loop_fd_watcher
    weft_native_internal_loop_object
    weft_native_internal_posix
    weft_stream_ref_ptr)

weft_library(weft_native_fs_whole_file native/fs
  HDRS native/fs/whole_file.h
  SRCS native/fs/whole_file.cc
  DEPS weft_loop_async_function weft_native_internal_file_io weft_native_internal_posix
  SYSTEM absl)

weft_library(weft_native_fs_write_stream native/fs
  HDRS native/fs/write_stream.h
  SRCS native/fs/write_stream.cc
  DEPS
    weft_native_fs_file
    weft_native_fs_read_stream
    weft_loop_event_loop
    weft_native_internal_gather
    weft_native_internal_loop_object
    weft_stream_writable
  SYSTEM absl)

weft_library(weft_native_internal_file_io native/internal
  HDRS native/internal/file_io.h
  SRCS native/internal/file_io.cc
  DEPS weft_native_internal_posix)

weft_library(weft_native_internal_gather native/internal
  HDRS native/internal/gather.h
  DEPS weft_stream_byte_queue)

weft_library(weft_native_internal_loop_object native/internal
  HDRS native/internal/loop_object.h
  DEPS weft_cls_cls weft_loop_work weft_stream_io_object weft_stream_ref_ptr)

weft_library(weft_native_internal_posix native/internal
  HDRS native/internal/posix.h
  SYSTEM absl)

weft_library(weft_native_zlib_codec_internal native/zlib
  HDRS native/zlib/internal/codec.h
  SRCS
    native/zlib/internal/brotli_codec.cc
    native/zlib/internal/codec.cc
    native/zlib/internal/deflate_codec.cc
    native/zlib/internal/zstd_codec.cc
  SYSTEM absl brotli zlib zstd)

weft_library(weft_native_zlib_one_shot native/zlib
  HDRS native/zlib/one_shot.h
  SRCS native/zlib/one_shot.cc
  DEPS weft_native_zlib_codec_internal weft_loop_async_function
  SYSTEM absl)

weft_library(weft_native_zlib_stream native/zlib
  HDRS native/zlib/stream.h
  SRCS native/zlib/stream.cc
  DEPS
    weft_native_zlib_codec_internal
    weft_native_zlib_one_shot
    weft_loop_event_loop
    weft_native_internal_gather
    weft_native_internal_loop_object
    weft_stream_readable
    weft_stream_ref_ptr
    weft_stream_writable
  SYSTEM absl)

weft_library(weft_native_zlib_zlib native/zlib
  HDRS native/zlib/zlib.h
  DEPS weft_native_zlib_one_shot weft_native_zlib_stream)

weft_library(weft_net_dns_dns net/dns
  DEPS weft_net_dns_lookup weft_net_dns_records weft_net_dns_resolver)

weft_library(weft_net_dns_lookup net/dns
  HDRS net/dns/lookup.h
  SRCS net/dns/lookup.cc
  DEPS
    weft_loop_async_function
    weft_net_address
    weft_net_channels
    weft_net_internal_lookup
    weft_net_internal_socket_calls
  SYSTEM absl)

weft_library(weft_net_dns_parse_internal net/dns
  HDRS net/dns/internal/parse.h
  SRCS net/dns/internal/parse.cc
  DEPS weft_net_dns_records weft_net_address
  SYSTEM absl cares)

weft_library(weft_net_dns_records net/dns
  HDRS net/dns/records.h)

weft_library(weft_net_dns_resolver net/dns
  HDRS net/dns/resolver.h
  SRCS net/dns/resolver.cc
  DEPS
    weft_net_dns_parse_internal
    weft_net_dns_records
    weft_cls_cls
    weft_loop_event_loop
    weft_loop_fd_watcher
    weft_loop_promise
    weft_net_address
  SYSTEM absl cares)

weft_library(weft_net_internal_char_buffer net/internal
  HDRS net/internal/char_buffer.h)

weft_library(weft_net_internal_connector net/internal
  HDRS net/internal/connector.h
  SRCS net/internal/connector.cc
  DEPS
    weft_net_internal_lookup
    weft_net_internal_socket_calls
    weft_net_internal_watch
    weft_loop_co
    weft_loop_event_loop
    weft_loop_fd_watcher
    weft_loop_spawn
    weft_loop_work
    weft_net_address
    weft_net_channels
  SYSTEM absl)

weft_library(weft_net_internal_deadlines net/internal
  HDRS net/internal/deadlines.h net/internal/intrusive_list.h
  DEPS weft_loop_clock)

weft_library(weft_net_internal_http_client_headers net/internal
  HDRS net/internal/agent_core.h net/internal/http_client_connection.h)

weft_library(weft_net_internal_http_date net/internal
  HDRS net/internal/http_date.h
  SRCS net/internal/http_date.cc)

weft_library(weft_net_internal_http_grammar net/internal
  HDRS net/internal/http_chars.h net/internal/http_grammar.h
  SRCS net/internal/http_grammar.cc)

weft_library(weft_net_internal_http_head net/internal
  HDRS net/internal/http_head.h
  SRCS net/internal/http_head.cc
  DEPS weft_net_internal_char_buffer weft_net_http_headers)

weft_library(weft_net_internal_http_parser net/internal
  HDRS net/internal/http_headers_builder.h net/internal/http_parser.h
  SRCS net/internal/http_parser.cc net/internal/http_plain_head.cc
  DEPS
    weft_net_internal_http_grammar
    weft_net_internal_http_head
    weft_net_internal_http_rules
    weft_net_http_headers
    weft_net_http_limits)

weft_library(weft_net_internal_http_rules net/internal
  HDRS net/internal/http_rules.h
  SRCS net/internal/http_rules.cc
  DEPS
    weft_net_internal_http_grammar
    weft_net_internal_http_head
    weft_net_http_headers
    weft_net_http_limits)

weft_library(weft_net_internal_http_server_headers net/internal
  HDRS net/internal/http_exchange.h net/internal/http_server_connection.h)

weft_library(weft_net_internal_http_writer net/internal
  HDRS net/internal/http_writer.h
  SRCS net/internal/http_writer.cc
  DEPS
    weft_net_internal_http_grammar
    weft_net_internal_http_head
    weft_cls_cls
    weft_net_http_headers
    weft_stream_byte_queue)

weft_library(weft_net_internal_lookup net/internal
  HDRS net/internal/lookup.h
  SRCS net/internal/lookup.cc
  DEPS weft_net_internal_socket_calls weft_loop_work weft_net_address
  SYSTEM absl)

weft_library(weft_net_internal_socket_calls net/internal
  HDRS net/internal/socket_calls.h
  SRCS net/internal/socket_calls.cc)

weft_library(weft_net_internal_watch net/internal
  HDRS net/internal/watch.h
  DEPS weft_cls_cls
  SYSTEM absl)

weft_library(weft_net_address net
  HDRS net/address.h
  SRCS net/address.cc
  SYSTEM absl)

weft_library(weft_net_channels net
  HDRS net/channels.h
  DEPS weft_loop_channel weft_stream_ref_ptr
  SYSTEM absl)

weft_library(weft_net_http_client net
  HDRS net/http_agent.h net/http_client.h
  SRCS net/http_client.cc net/internal/agent_core.cc net/internal/http_client_connection.cc
  DEPS
    weft_net_channels
    weft_net_http_headers
    weft_net_http_limits
    weft_net_socket
    weft_net_internal_deadlines
    weft_net_internal_http_client_headers
    weft_net_internal_http_head
    weft_net_internal_http_parser
    weft_net_internal_http_writer
    weft_stream_readable
    weft_stream_writable
  SYSTEM absl)

weft_library(weft_net_http_headers net
  HDRS net/http_headers.h
  SRCS net/http_headers.cc
  DEPS weft_cls_cls weft_net_internal_char_buffer weft_net_internal_http_grammar)

weft_library(weft_net_http_limits net
  HDRS net/http_limits.h)

weft_library(weft_net_http_server net
  HDRS net/http_request.h net/http_response.h net/http_server.h
  SRCS
    net/http_request.cc
    net/http_response.cc
    net/http_server.cc
    net/internal/http_exchange.cc
    net/internal/http_server_answers.cc
    net/internal/http_server_connection.cc
  DEPS
    weft_net_channels
    weft_net_http_headers
    weft_net_http_limits
    weft_net_http_status
    weft_net_socket
    weft_net_internal_deadlines
    weft_net_internal_http_date
    weft_net_internal_http_head
    weft_net_internal_http_parser
    weft_net_internal_http_server_headers
    weft_net_internal_http_writer
    weft_stream_byte_queue
    weft_stream_readable
    weft_stream_writable
  SYSTEM absl)

weft_library(weft_net_http_status net
  HDRS net/http_status.h
  SRCS net/http_status.cc)

weft_library(weft_net_socket net
  HDRS net/server.h net/socket.h
  SRCS net/server.cc net/socket.cc net/socket_send.cc
  DEPS
    weft_net_address
    weft_net_channels
    weft_cls_cls
    weft_loop_event_loop
    weft_loop_fd_watcher
    weft_net_internal_connector
    weft_net_internal_socket_calls
    weft_net_internal_watch
    weft_stream_io_object
    weft_stream_readable
    weft_stream_ref_ptr
    weft_stream_writable
  SYSTEM absl)

weft_library(weft_net_udp_socket net
  HDRS net/udp_socket.h
  SRCS net/udp_socket.cc
  DEPS
    weft_net_address
    weft_net_socket
    weft_cls_cls
    weft_loop_event_loop
    weft_loop_fd_watcher
    weft_net_internal_socket_calls
    weft_net_internal_watch
    weft_stream_io_object
  SYSTEM absl)

weft_library(weft_stream_byte_queue stream
  HDRS stream/byte_queue.h
  SRCS stream/byte_queue.cc)

weft_library(weft_stream_event_wait stream
  HDRS stream/event_wait.h stream/internal/async_listener.h stream/internal/event_wait_core.h
  DEPS weft_cls_cls weft_emitter_event_emitter weft_loop_co weft_loop_event_loop weft_loop_spawn
  SYSTEM absl)

weft_library(weft_stream_io_object stream
  HDRS stream/io_object.h
  SRCS stream/io_object.cc
  DEPS weft_stream_ref_ptr weft_cls_cls weft_emitter_event_emitter weft_loop_event_loop
  SYSTEM absl)

weft_library(weft_stream_pipe stream
  HDRS stream/pipe.h
  SRCS stream/pipe.cc
  DEPS
    weft_stream_readable
    weft_stream_ref_ptr
    weft_stream_writable
    weft_cls_cls
    weft_loop_promise
  SYSTEM absl)

weft_library(weft_stream_readable stream
  HDRS stream/readable.h
  SRCS stream/readable.cc
  DEPS weft_stream_byte_queue weft_stream_io_object weft_cls_cls weft_emitter_event_emitter
  SYSTEM absl)

weft_library(weft_stream_reader stream
  HDRS stream/reader.h
  SRCS stream/reader.cc
  DEPS weft_stream_readable weft_stream_ref_ptr weft_cls_cls weft_loop_co
  SYSTEM absl)

weft_library(weft_stream_ref_ptr stream
  HDRS stream/ref_ptr.h)

weft_library(weft_stream_stream stream
  DEPS
    weft_stream_byte_queue
    weft_stream_event_wait
    weft_stream_io_object
    weft_stream_pipe
    weft_stream_readable
    weft_stream_reader
    weft_stream_ref_ptr
    weft_stream_transform
    weft_stream_writable)

weft_library(weft_stream_transform stream
  HDRS stream/transform.h
  SRCS stream/transform.cc
  DEPS weft_stream_readable weft_stream_ref_ptr weft_stream_writable
  SYSTEM absl)

weft_library(weft_stream_writable stream
  HDRS stream/writable.h
  SRCS stream/writable.cc
  DEPS weft_stream_byte_queue weft_stream_io_object weft_stream_readable weft_cls_cls
  SYSTEM absl)

if(WEFT_CLS)
weft_test(tests_cls_bound_test tests/cls
  SRCS tests/cls/bound_test.cc
  DEPS tests_cls_support weft_cls_cls
  SYSTEM gtest_main)
endif()

if(WEFT_CLS)
weft_test(tests_cls_callable_test tests/cls
  SRCS tests/cls/callable_test.cc
  DEPS tests_cls_support weft_cls_cls
  SYSTEM gtest_main)
endif()

weft_test(tests_cls_config_test tests/cls
  SRCS tests/cls/config_test.cc
  DEPS weft_cls_cls
  SYSTEM gtest_main)

if(WEFT_CLS)
weft_test(tests_cls_context_chains_test tests/cls
  SRCS tests/cls/context_chains_test.cc
  DEPS tests_cls_support weft_cls_cls
  SYSTEM gtest_main)
endif()

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

if(WEFT_CLS)
weft_test(tests_cls_context_values_test tests/cls
  SRCS tests/cls/context_values_test.cc
  DEPS tests_cls_support weft_cls_cls
  SYSTEM gtest_main)
endif()

weft_helper_library(tests_cls_emitter_binding_fixture tests/cls
  HDRS tests/cls/emitter_binding_fixture.h
  DEPS tests_cls_support weft_cls_cls
  SYSTEM gtest)

if(WEFT_CLS)
weft_test(tests_cls_emitter_binding_test tests/cls
  SRCS tests/cls/emitter_binding_test.cc
  DEPS tests_cls_emitter_binding_fixture weft_cls_cls
  SYSTEM gtest_main)
endif()

if(WEFT_CLS)
weft_test(tests_cls_enter_exit_test tests/cls
  SRCS tests/cls/enter_exit_test.cc
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
weft_test(tests_cls_held_error_test tests/cls
  SRCS tests/cls/held_error_test.cc
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

if(WEFT_CLS)
weft_test(tests_cls_left_contexts_test tests/cls
  SRCS tests/cls/left_contexts_test.cc
  DEPS tests_cls_support weft_cls_cls
  SYSTEM gtest_main)
endif()

if(WEFT_CLS)
weft_test(tests_cls_listener_context_test tests/cls
  SRCS tests/cls/listener_context_test.cc
  DEPS tests_cls_emitter_binding_fixture weft_cls_cls
  SYSTEM gtest_main)
endif()

weft_test(tests_cls_location_test tests/cls
  SRCS tests/cls/location_test.cc
  DEPS weft_cls_cls
  SYSTEM gtest_main)

if(WEFT_CLS)
weft_test(tests_cls_loss_test tests/cls
  SRCS tests/cls/loss_test.cc
  DEPS tests_cls_support weft_cls_cls
  SYSTEM gtest_main)
endif()

if(WEFT_CLS)
weft_test(tests_cls_memory_test tests/cls
  SRCS tests/cls/memory_test.cc
  DEPS tests_cls_support weft_cls_cls
  SYSTEM gtest_main)
endif()

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

if(WEFT_CLS)
weft_test(tests_cls_scenarios_bind_emitter_test tests/cls
  SRCS tests/cls/scenarios_bind_emitter_test.cc
  DEPS
    tests_cls_scenarios_fixture
    weft_cls_cls
    weft_emitter_event_emitter
    weft_loop_loop
    tests_loop_message_of
  SYSTEM gtest_main)
endif()

if(WEFT_CLS)
weft_test(tests_cls_scenarios_emitters_test tests/cls
  SRCS tests/cls/scenarios_emitters_test.cc
  DEPS
    tests_cls_scenarios_fixture
    weft_cls_cls
    weft_emitter_event_emitter
    weft_loop_loop
    tests_loop_message_of
  SYSTEM gtest_main)
endif()

if(WEFT_CLS)
weft_test(tests_cls_scenarios_ends_test tests/cls
  SRCS tests/cls/scenarios_ends_test.cc
  DEPS
    tests_cls_scenarios_fixture
    weft_cls_cls
    weft_emitter_event_emitter
    weft_loop_loop
    tests_loop_message_of
  SYSTEM gtest_main)
endif()

weft_helper_library(tests_cls_scenarios_fixture tests/cls
  HDRS tests/cls/scenarios_fixture.h
  DEPS weft_cls_cls weft_emitter_event_emitter weft_loop_event_loop
  SYSTEM gtest)

if(WEFT_CLS)
weft_test(tests_cls_scenarios_found_test tests/cls
  SRCS tests/cls/scenarios_found_test.cc
  DEPS
    tests_cls_scenarios_fixture
    weft_cls_cls
    weft_emitter_event_emitter
    weft_loop_loop
    tests_loop_message_of
  SYSTEM gtest_main)
endif()

if(WEFT_CLS)
weft_test(tests_cls_scenarios_hops_test tests/cls
  SRCS tests/cls/scenarios_hops_test.cc
  DEPS
    tests_cls_scenarios_fixture
    weft_cls_cls
    weft_emitter_event_emitter
    weft_loop_loop
    tests_loop_message_of
  SYSTEM gtest_main)
endif()

if(WEFT_CLS)
weft_test(tests_cls_scenarios_queues_test tests/cls
  SRCS tests/cls/scenarios_queues_test.cc
  DEPS
    tests_cls_scenarios_fixture
    weft_cls_cls
    weft_emitter_event_emitter
    weft_loop_loop
    tests_loop_message_of
  SYSTEM gtest_main)
endif()

if(WEFT_CLS)
weft_test(tests_cls_scenarios_suites_test tests/cls
  SRCS tests/cls/scenarios_suites_test.cc
  DEPS
    tests_cls_scenarios_fixture
    weft_cls_cls
    weft_emitter_event_emitter
    weft_loop_loop
    tests_loop_message_of
  SYSTEM gtest_main)
endif()

if(WEFT_CLS)
weft_test(tests_cls_snapshot_test tests/cls
  SRCS tests/cls/snapshot_test.cc
  DEPS tests_cls_support weft_cls_cls
  SYSTEM gtest_main)
endif()

weft_helper_library(tests_cls_support tests/cls
  HDRS tests/cls/support.h
  DEPS weft_cls_cls
  SYSTEM gtest)

if(WEFT_CLS)
weft_test(tests_cls_values_test tests/cls
  SRCS tests/cls/values_test.cc
  DEPS tests_cls_support weft_cls_cls
  SYSTEM gtest_main)
endif()

if(WEFT_CLS)
weft_test(tests_cls_variable_test tests/cls
  SRCS tests/cls/variable_test.cc
  DEPS tests_cls_support weft_cls_cls
  SYSTEM gtest_main)
endif()

weft_helper_library(tests_conformance_compare tests/conformance
  HDRS tests/conformance/compare.h
  SRCS tests/conformance/compare.cc
  DEPS tests_conformance_model tests_conformance_player tests_conformance_program weft_cls_cls)

weft_helper_library(tests_conformance_generator tests/conformance
  HDRS tests/conformance/generator.h
  SRCS tests/conformance/generator.cc
  DEPS tests_conformance_program)

weft_helper_library(tests_conformance_model tests/conformance
  HDRS tests/conformance/model.h tests/conformance/model_contexts.h tests/conformance/model_loop.h
  SRCS
    tests/conformance/model.cc
    tests/conformance/model_contexts.cc
    tests/conformance/model_loop.cc
  DEPS tests_conformance_program)

weft_helper_library(tests_conformance_player tests/conformance
  HDRS tests/conformance/player.h
  SRCS tests/conformance/player.cc
  DEPS
    tests_conformance_program
    weft_cls_cls
    weft_emitter_event_emitter
    weft_loop_loop
    weft_native_crypto_random
    weft_native_fs_stats
    weft_native_zlib_one_shot
    weft_net_dns_lookup)

weft_helper_library(tests_conformance_program tests/conformance
  HDRS tests/conformance/program.h
  SRCS tests/conformance/program.cc
  SYSTEM absl json)

if(WEFT_CLS)
weft_test(tests_conformance_random_test tests/conformance
  SRCS tests/conformance/random_test.cc
  DEPS tests_conformance_compare tests_conformance_generator
  SYSTEM gtest_main)
endif()

weft_binary(tests_conformance_replay tests/conformance
  SRCS tests/conformance/replay.cc
  DEPS tests_conformance_player tests_conformance_program)

if(WEFT_CLS)
weft_script_test(tests_conformance_replay_test tests/conformance
  SRCS tests/conformance/replay_test.sh
  ARGS
    "${PROJECT_SOURCE_DIR}/tests/conformance/replay_compare.py"
    "$<TARGET_FILE:tests_conformance_replay>")
endif()

if(WEFT_CLS)
weft_test(tests_dialect_local_context_test tests/dialect
  SRCS tests/dialect/local_context_test.cc
  DEPS weft_dialect_local_context weft_loop_event_loop
  SYSTEM gtest_main)
endif()

if(WEFT_CLS)
weft_test(tests_dialect_node_cls_test tests/dialect
  SRCS tests/dialect/node_cls_test.cc
  DEPS weft_dialect_node_cls weft_loop_event_loop
  SYSTEM gtest_main)
endif()

if(WEFT_CLS)
weft_test(tests_dialect_porting_test tests/dialect
  SRCS tests/dialect/porting_test.cc
  DEPS weft_cls_cls weft_dialect_dialect weft_emitter_event_emitter weft_loop_loop
  SYSTEM gtest_main)
endif()

if(WEFT_CLS)
weft_test(tests_emitter_bound_listeners_test tests/emitter
  SRCS tests/emitter/bound_listeners_test.cc
  DEPS tests_emitter_emitter_contexts_fixture weft_cls_cls weft_emitter_event_emitter
  SYSTEM gtest_main)
endif()

weft_helper_library(tests_emitter_emitter_contexts_fixture tests/emitter
  HDRS tests/emitter/emitter_contexts_fixture.h
  DEPS weft_cls_cls weft_emitter_event_emitter
  SYSTEM gtest)

if(WEFT_CLS)
weft_test(tests_emitter_emitter_contexts_test tests/emitter
  SRCS tests/emitter/emitter_contexts_test.cc
  DEPS tests_emitter_emitter_contexts_fixture weft_cls_cls weft_emitter_event_emitter
  SYSTEM gtest_main)
endif()

weft_test(tests_emitter_emitter_lifetime_test tests/emitter
  SRCS tests/emitter/emitter_lifetime_test.cc
  DEPS weft_cls_cls weft_emitter_event_emitter
  SYSTEM gtest_main)

weft_test(tests_emitter_event_emitter_test tests/emitter
  SRCS tests/emitter/event_emitter_test.cc
  DEPS weft_cls_cls weft_emitter_event_emitter
  SYSTEM absl gtest_main)

weft_test(tests_emitter_event_test tests/emitter
  SRCS tests/emitter/event_test.cc
  DEPS tests_emitter_other_unit weft_cls_cls weft_emitter_event weft_emitter_event_emitter
  SYSTEM gtest_main)

weft_test(tests_emitter_listener_test tests/emitter
  SRCS tests/emitter/listener_test.cc
  DEPS weft_emitter_event_emitter weft_emitter_listener
  SYSTEM gtest_main)

weft_test(tests_emitter_max_listeners_test tests/emitter
  SRCS tests/emitter/max_listeners_test.cc
  DEPS weft_cls_cls weft_emitter_event_emitter weft_emitter_max_listeners
  SYSTEM gtest_main)

weft_test(tests_emitter_meta_events_test tests/emitter
  SRCS tests/emitter/meta_events_test.cc
  DEPS weft_emitter_event_emitter weft_emitter_listener
  SYSTEM gtest_main)

weft_test(tests_emitter_node_judge_test tests/emitter
  SRCS tests/emitter/node_judge_test.cc
  DEPS weft_emitter_event_emitter weft_emitter_max_listeners
  SYSTEM gtest_main)

weft_helper_library(tests_emitter_other_unit tests/emitter
  HDRS tests/emitter/other_unit.h
  SRCS tests/emitter/other_unit.cc
  DEPS weft_emitter_event_emitter)

weft_test(tests_emitter_subscription_test tests/emitter
  SRCS tests/emitter/subscription_test.cc
  DEPS weft_emitter_event_emitter weft_emitter_subscription
  SYSTEM gtest_main)

weft_test(tests_emitter_unhandled_error_test tests/emitter
  SRCS tests/emitter/unhandled_error_test.cc
  DEPS weft_emitter_event_emitter weft_emitter_unhandled_error
  SYSTEM absl gtest_main)

weft_helper_library(tests_entry_points_describe tests/entry_points
  HDRS tests/entry_points/describe.h
  DEPS weft_native_fs_file weft_native_fs_stats weft_net_address weft_net_dns_dns
  SYSTEM absl)

if(WEFT_CLS)
weft_test(tests_entry_points_entry_points_loop_test tests/entry_points
  SRCS tests/entry_points/entry_points_loop_test.cc
  DEPS
    tests_entry_points_fixture
    weft_cls_cls
    weft_emitter_event_emitter
    weft_loop_loop
    weft_loop_poster
    weft_loop_signal_watcher
    weft_stream_event_wait
  SYSTEM absl gtest_main)
endif()

if(WEFT_CLS)
weft_test(tests_entry_points_entry_points_native_test tests/entry_points
  SRCS tests/entry_points/entry_points_native_test.cc
  DEPS
    tests_entry_points_describe
    tests_entry_points_fixture
    weft_loop_spawn
    weft_loop_work
    weft_native_crypto_crypto
    weft_native_fs_fs
    weft_native_zlib_zlib
    weft_net_dns_dns
    tests_net_dns_name_server
  SYSTEM absl gtest_main)
endif()

if(WEFT_CLS)
weft_test(tests_entry_points_entry_points_net_test tests/entry_points
  SRCS tests/entry_points/entry_points_net_test.cc
  DEPS
    tests_entry_points_fixture
    weft_net_http_client
    weft_net_http_server
    weft_net_socket
    weft_net_udp_socket
    weft_stream_pipe
  SYSTEM absl gtest_main)
endif()

weft_helper_library(tests_entry_points_fixture tests/entry_points
  HDRS tests/entry_points/fixture.h
  DEPS weft_cls_cls weft_loop_event_loop weft_net_socket
  SYSTEM gtest)

weft_test(tests_inspect_exposition_test tests/inspect
  SRCS tests/inspect/exposition_test.cc
  DEPS weft_inspect_text_internal
  SYSTEM gtest_main)

if(WEFT_CLS)
weft_test(tests_inspect_lost_test tests/inspect
  SRCS tests/inspect/lost_test.cc
  DEPS weft_cls_cls weft_inspect_lost weft_loop_event_loop
  SYSTEM gtest_main)
endif()

weft_test(tests_inspect_metrics_test tests/inspect
  SRCS tests/inspect/metrics_test.cc
  DEPS
    tests_inspect_promtool
    weft_emitter_event_emitter
    weft_emitter_max_listeners
    weft_inspect_metrics
    weft_loop_event_loop
    weft_loop_work
  SYSTEM gtest_main)

weft_test(tests_inspect_net_metrics_test tests/inspect
  SRCS tests/inspect/net_metrics_test.cc
  DEPS tests_inspect_promtool weft_inspect_net_metrics weft_net_http_client weft_net_http_server
  SYSTEM gtest_main)

if(WEFT_CLS)
weft_test(tests_inspect_otel_test tests/inspect
  SRCS tests/inspect/otel_test.cc
  DEPS weft_inspect_otel weft_loop_event_loop
  SYSTEM gtest_main)
endif()

weft_helper_library(tests_inspect_promtool tests/inspect
  HDRS tests/inspect/promtool.h
  SYSTEM gtest)

weft_test(tests_inspect_server_test tests/inspect
  SRCS tests/inspect/server_test.cc
  DEPS
    weft_cls_cls
    weft_inspect_server
    weft_loop_event_loop
    weft_loop_work
    weft_net_http_server
    tests_integration_demo_process
  SYSTEM json gtest_main)

weft_test(tests_inspect_slow_test tests/inspect
  SRCS tests/inspect/slow_test.cc
  DEPS weft_cls_cls weft_inspect_slow weft_loop_co_wait weft_loop_event_loop weft_loop_spawn
  SYSTEM gtest_main)

if(WEFT_CLS)
weft_test(tests_inspect_strict_test tests/inspect
  SRCS tests/inspect/strict_test.cc
  DEPS
    weft_cls_cls
    weft_inspect_strict
    weft_loop_co_wait
    weft_loop_event_loop
    weft_loop_spawn
    weft_net_socket
  SYSTEM gtest_main)
endif()

weft_test(tests_inspect_text_test tests/inspect
  SRCS tests/inspect/text_test.cc
  DEPS weft_inspect_text_internal
  SYSTEM json gtest_main)

weft_test(tests_inspect_trace_test tests/inspect
  SRCS tests/inspect/trace_test.cc
  DEPS weft_cls_cls weft_inspect_trace weft_loop_co_wait weft_loop_event_loop weft_loop_spawn
  SYSTEM json gtest_main)

weft_test(tests_inspect_watchdog_test tests/inspect
  SRCS tests/inspect/watchdog_test.cc
  DEPS weft_inspect_watchdog weft_loop_event_loop
  SYSTEM gtest_main)

weft_test(tests_integration_callback_to_coroutine_test tests/integration
  SRCS tests/integration/callback_to_coroutine_test.cc
  DEPS tests_integration_demo_process
  SYSTEM gtest_main
  ARGS "$<TARGET_FILE:examples_callback_to_coroutine>")

weft_helper_library(tests_integration_demo_process tests/integration
  HDRS tests/integration/demo_process.h
  SRCS tests/integration/demo_process.cc)

if(WEFT_CLS)
weft_test(tests_integration_examples_test tests/integration
  SRCS tests/integration/examples_test.cc
  DEPS tests_integration_demo_process
  SYSTEM gtest_main
  ARGS "$<TARGET_FILE:examples_echo>")
endif()

if(WEFT_CLS)
weft_test(tests_integration_hello_test tests/integration
  SRCS tests/integration/hello_test.cc
  DEPS tests_integration_demo_process
  SYSTEM gtest_main
  ARGS "$<TARGET_FILE:examples_hello>")
endif()

weft_helper_library(tests_integration_load tests/integration
  HDRS tests/integration/load.h
  SRCS tests/integration/load.cc
  DEPS weft_native_crypto_hash
  SYSTEM absl)

weft_test(tests_integration_loop_group_server_test tests/integration
  SRCS tests/integration/loop_group_server_test.cc
  DEPS tests_integration_demo_process weft_loop_loop_group weft_net_http_server
  SYSTEM gtest_main)

if(WEFT_CLS)
weft_test(tests_integration_redis_client_test tests/integration
  SRCS tests/integration/redis_client_test.cc
  DEPS tests_integration_demo_process
  SYSTEM gtest_main
  ARGS "$<TARGET_FILE:examples_redis_client>")
endif()

if(WEFT_CLS)
weft_test(tests_integration_request_log_inspect_test tests/integration
  SRCS tests/integration/request_log_inspect_test.cc
  DEPS tests_integration_demo_process
  SYSTEM json gtest_main
  ARGS "$<TARGET_FILE:examples_request_log>")
endif()

if(WEFT_CLS)
weft_test(tests_integration_request_log_test tests/integration
  SRCS tests/integration/request_log_test.cc
  DEPS tests_integration_demo_process tests_integration_load weft_native_fs_whole_file
  SYSTEM gtest_main
  ARGS "$<TARGET_FILE:examples_request_log>")
endif()

weft_test(tests_loop_async_function_test tests/loop
  SRCS tests/loop/async_function_test.cc
  DEPS weft_loop_async_function weft_loop_spawn
  SYSTEM absl gtest_main)

weft_test(tests_loop_async_id_test tests/loop
  SRCS tests/loop/async_id_test.cc
  DEPS
    tests_loop_observer_fixture
    weft_cls_cls
    weft_loop_co_wait
    weft_loop_event_loop
    weft_loop_promise
    weft_loop_spawn
    weft_loop_work
  SYSTEM gtest_main)

weft_test(tests_loop_channel_test tests/loop
  SRCS tests/loop/channel_test.cc
  DEPS weft_loop_channel
  SYSTEM gtest_main)

weft_test(tests_loop_clock_test tests/loop
  SRCS tests/loop/clock_test.cc
  DEPS weft_loop_clock
  SYSTEM gtest_main)

weft_test(tests_loop_co_cancel_test tests/loop
  SRCS tests/loop/co_cancel_test.cc
  DEPS
    weft_cls_cls
    weft_loop_co_group
    weft_loop_co_wait
    weft_loop_promise
    weft_loop_spawn
    weft_loop_work
  SYSTEM gtest_main)

if(WEFT_CLS)
weft_test(tests_loop_co_context_test tests/loop
  SRCS tests/loop/co_context_test.cc
  DEPS tests_loop_stranger weft_cls_cls weft_loop_co weft_loop_co_wait weft_loop_spawn
  SYSTEM gtest_main)
endif()

weft_test(tests_loop_co_group_test tests/loop
  SRCS tests/loop/co_group_test.cc
  DEPS weft_cls_cls weft_loop_co_group weft_loop_co_wait weft_loop_spawn
  SYSTEM gtest_main)

weft_test(tests_loop_co_memory_test tests/loop
  SRCS tests/loop/co_memory_test.cc
  DEPS weft_cls_cls weft_loop_co weft_loop_co_wait weft_loop_spawn
  SYSTEM gtest_main)

weft_test(tests_loop_co_test tests/loop
  SRCS tests/loop/co_test.cc
  DEPS tests_loop_stranger weft_cls_cls weft_loop_co weft_loop_co_wait weft_loop_spawn
  SYSTEM gtest_main)

weft_test(tests_loop_co_wait_test tests/loop
  SRCS tests/loop/co_wait_test.cc
  DEPS weft_loop_co_wait weft_loop_spawn
  SYSTEM gtest_main)

weft_test(tests_loop_entry_buckets_test tests/loop
  SRCS tests/loop/entry_buckets_test.cc
  DEPS weft_loop_entry_buckets_internal
  SYSTEM gtest_main)

weft_test(tests_loop_event_loop_context_test tests/loop
  SRCS tests/loop/event_loop_context_test.cc
  DEPS tests_loop_event_loop_fixture weft_cls_cls weft_loop_loop
  SYSTEM gtest_main)

weft_test(tests_loop_event_loop_errors_test tests/loop
  SRCS tests/loop/event_loop_errors_test.cc
  DEPS tests_loop_event_loop_fixture tests_loop_message_of weft_cls_cls weft_loop_loop
  SYSTEM gtest_main)

weft_helper_library(tests_loop_event_loop_fixture tests/loop
  HDRS tests/loop/event_loop_fixture.h
  DEPS weft_loop_event_loop
  SYSTEM gtest)

weft_test(tests_loop_event_loop_random_test tests/loop
  SRCS tests/loop/event_loop_random_test.cc
  DEPS weft_cls_cls weft_loop_event_loop
  SYSTEM gtest_main
  COPTS -O1)

weft_test(tests_loop_event_loop_test tests/loop
  SRCS tests/loop/event_loop_test.cc
  DEPS tests_loop_event_loop_fixture weft_cls_cls weft_loop_loop
  SYSTEM gtest_main)

weft_test(tests_loop_fd_watcher_test tests/loop
  SRCS tests/loop/fd_watcher_test.cc
  DEPS tests_loop_message_of weft_cls_cls weft_loop_fd_watcher
  SYSTEM gtest_main)

weft_script_test(tests_loop_find_a_race_test tests/loop
  SRCS tests/loop/find_a_race_test.sh
  ARGS "$<TARGET_FILE:examples_find_a_race>")

weft_test(tests_loop_generator_test tests/loop
  SRCS tests/loop/generator_test.cc
  DEPS weft_cls_cls weft_loop_co weft_loop_co_wait weft_loop_spawn
  SYSTEM gtest_main)

weft_test(tests_loop_handles_test tests/loop
  SRCS tests/loop/handles_test.cc
  DEPS tests_loop_event_loop_fixture weft_cls_cls weft_loop_loop
  SYSTEM gtest_main)

weft_test(tests_loop_idle_cost_test tests/loop
  SRCS tests/loop/idle_cost_test.cc
  DEPS weft_loop_event_loop weft_loop_fd_watcher
  SYSTEM gtest_main)

weft_test(tests_loop_loop_group_test tests/loop
  SRCS tests/loop/loop_group_test.cc
  DEPS weft_cls_cls weft_loop_loop_group weft_loop_work
  SYSTEM gtest_main)

weft_test(tests_loop_loop_memory_test tests/loop
  SRCS tests/loop/loop_memory_test.cc
  DEPS weft_loop_event_loop
  SYSTEM gtest_main)

weft_helper_library(tests_loop_message_of tests/loop
  HDRS tests/loop/message_of.h)

weft_test(tests_loop_node_judge_test tests/loop
  SRCS tests/loop/node_judge_test.cc
  DEPS tests_loop_event_loop_fixture weft_loop_event_loop
  SYSTEM gtest_main)

weft_test(tests_loop_observer_changes_test tests/loop
  SRCS tests/loop/observer_changes_test.cc
  DEPS tests_loop_observer_fixture weft_cls_cls weft_loop_event_loop weft_loop_observer
  SYSTEM gtest_main)

weft_helper_library(tests_loop_observer_fixture tests/loop
  HDRS tests/loop/observer_fixture.h
  DEPS tests_loop_event_loop_fixture weft_loop_observer
  SYSTEM gtest)

weft_test(tests_loop_observer_test tests/loop
  SRCS tests/loop/observer_test.cc
  DEPS
    tests_loop_observer_fixture
    weft_cls_cls
    weft_loop_event_loop
    weft_loop_fd_watcher
    weft_loop_observer
  SYSTEM gtest_main)

weft_test(tests_loop_perturbed_test tests/loop
  SRCS tests/loop/perturbed_test.cc
  DEPS weft_loop_event_loop weft_loop_fd_watcher weft_loop_perturbed
  SYSTEM gtest_main)

weft_test(tests_loop_post_queue_test tests/loop
  SRCS tests/loop/post_queue_test.cc
  DEPS weft_loop_post_queue_internal weft_loop_poster
  SYSTEM gtest_main)

weft_test(tests_loop_poster_test tests/loop
  SRCS tests/loop/poster_test.cc
  DEPS weft_cls_cls weft_loop_event_loop weft_loop_poster
  SYSTEM gtest_main)

weft_test(tests_loop_promise_group_test tests/loop
  SRCS tests/loop/promise_group_test.cc
  DEPS tests_loop_message_of weft_cls_cls weft_loop_promise
  SYSTEM gtest_main)

if(WEFT_CLS)
weft_test(tests_loop_promise_test tests/loop
  SRCS tests/loop/promise_test.cc
  DEPS tests_loop_message_of weft_cls_cls weft_loop_co_wait weft_loop_promise
  SYSTEM gtest_main)
endif()

weft_test(tests_loop_run_async_test tests/loop
  SRCS tests/loop/run_async_test.cc
  DEPS weft_cls_cls weft_loop_co_wait weft_loop_run_async weft_loop_spawn
  SYSTEM gtest_main)

weft_test(tests_loop_signal_watcher_test tests/loop
  SRCS tests/loop/signal_watcher_test.cc
  DEPS weft_cls_cls weft_loop_signal_watcher
  SYSTEM gtest_main)

if(WEFT_CLS)
weft_test(tests_loop_spawn_test tests/loop
  SRCS tests/loop/spawn_test.cc
  DEPS tests_loop_message_of weft_cls_cls weft_loop_co_wait weft_loop_spawn
  SYSTEM gtest_main)
endif()

weft_test(tests_loop_stopwatch_test tests/loop
  SRCS tests/loop/stopwatch_test.cc
  DEPS weft_loop_observer
  SYSTEM gtest_main)

weft_helper_library(tests_loop_stranger tests/loop
  HDRS tests/loop/stranger.h)

weft_test(tests_loop_task_ring_test tests/loop
  SRCS tests/loop/task_ring_test.cc
  DEPS weft_loop_task_ring_internal
  SYSTEM gtest_main)

weft_test(tests_loop_task_test tests/loop
  SRCS tests/loop/task_test.cc
  DEPS weft_cls_cls weft_loop_task
  SYSTEM gtest_main)

weft_test(tests_loop_thread_pool_random_test tests/loop
  SRCS tests/loop/thread_pool_random_test.cc
  DEPS
    tests_loop_message_of
    tests_loop_work_fixture
    weft_cls_cls
    weft_loop_co_wait
    weft_loop_spawn
    weft_loop_work
  SYSTEM gtest_main)

weft_test(tests_loop_thread_pool_test tests/loop
  SRCS tests/loop/thread_pool_test.cc
  DEPS
    tests_loop_message_of
    tests_loop_work_fixture
    weft_cls_cls
    weft_loop_co_wait
    weft_loop_spawn
    weft_loop_work
  SYSTEM gtest_main)

weft_test(tests_loop_timer_nodes_test tests/loop
  SRCS tests/loop/timer_nodes_test.cc
  DEPS weft_loop_timer_nodes_internal weft_loop_timer_queue
  SYSTEM gtest_main)

weft_test(tests_loop_timer_queue_test tests/loop
  SRCS tests/loop/timer_queue_test.cc
  DEPS weft_loop_timer_queue
  SYSTEM gtest_main)

weft_test(tests_loop_timer_test tests/loop
  SRCS tests/loop/timer_test.cc
  DEPS weft_cls_cls weft_loop_event_loop
  SYSTEM gtest_main)

weft_test(tests_loop_work_contexts_test tests/loop
  SRCS tests/loop/work_contexts_test.cc
  DEPS
    tests_loop_message_of
    tests_loop_work_fixture
    weft_cls_cls
    weft_loop_co_wait
    weft_loop_spawn
    weft_loop_work
  SYSTEM gtest_main)

weft_helper_library(tests_loop_work_fixture tests/loop
  HDRS tests/loop/work_fixture.h
  DEPS weft_cls_cls weft_loop_event_loop weft_loop_work
  SYSTEM gtest)

weft_test(tests_loop_work_test tests/loop
  SRCS tests/loop/work_test.cc
  DEPS
    tests_loop_message_of
    tests_loop_work_fixture
    weft_cls_cls
    weft_loop_co_wait
    weft_loop_spawn
    weft_loop_work
  SYSTEM gtest_main)

weft_test(tests_native_crypto_hash_test tests/native/crypto
  SRCS tests/native/crypto/hash_test.cc
  DEPS weft_cls_cls weft_loop_event_loop weft_loop_spawn weft_native_crypto_hash
  SYSTEM absl gtest_main)

weft_test(tests_native_crypto_key_derivation_test tests/native/crypto
  SRCS tests/native/crypto/key_derivation_test.cc
  DEPS weft_cls_cls weft_loop_event_loop weft_loop_spawn weft_native_crypto_key_derivation
  SYSTEM absl gtest_main)

weft_test(tests_native_crypto_random_test tests/native/crypto
  SRCS tests/native/crypto/random_test.cc
  DEPS weft_cls_cls weft_loop_event_loop weft_loop_spawn weft_native_crypto_random
  SYSTEM absl gtest_main)

weft_test(tests_native_fs_attributes_test tests/native/fs
  SRCS tests/native/fs/attributes_test.cc
  DEPS tests_native_fs_fs_fixture weft_cls_cls weft_native_fs_fs tests_loop_message_of
  SYSTEM absl gtest_main)

weft_test(tests_native_fs_bad_paths_test tests/native/fs
  SRCS tests/native/fs/bad_paths_test.cc
  DEPS tests_native_fs_fs_fixture weft_cls_cls weft_native_fs_fs tests_loop_message_of
  SYSTEM absl gtest_main)

weft_test(tests_native_fs_file_test tests/native/fs
  SRCS tests/native/fs/file_test.cc
  DEPS tests_native_fs_fs_fixture weft_cls_cls weft_native_fs_fs tests_loop_message_of
  SYSTEM absl gtest_main)

weft_test(tests_native_fs_folder_test tests/native/fs
  SRCS tests/native/fs/folder_test.cc
  DEPS tests_native_fs_fs_fixture weft_cls_cls weft_native_fs_fs tests_loop_message_of
  SYSTEM absl gtest_main)

if(WEFT_CLS)
weft_test(tests_native_fs_fs_contexts_test tests/native/fs
  SRCS tests/native/fs/fs_contexts_test.cc
  DEPS tests_native_fs_fs_fixture weft_cls_cls weft_native_fs_fs
  SYSTEM absl gtest_main)
endif()

weft_helper_library(tests_native_fs_fs_fixture tests/native/fs
  HDRS tests/native/fs/fs_fixture.h
  DEPS weft_loop_event_loop weft_loop_spawn weft_native_fs_folder weft_native_fs_whole_file
  SYSTEM gtest)

weft_test(tests_native_fs_full_disk_test tests/native/fs
  SRCS tests/native/fs/full_disk_test.cc
  DEPS tests_native_fs_fs_fixture weft_cls_cls weft_native_fs_fs tests_loop_message_of
  SYSTEM absl gtest_main)

weft_test(tests_native_fs_names_test tests/native/fs
  SRCS tests/native/fs/names_test.cc
  DEPS tests_native_fs_fs_fixture weft_cls_cls weft_native_fs_fs tests_loop_message_of
  SYSTEM absl gtest_main)

weft_test(tests_native_fs_read_stream_test tests/native/fs
  SRCS tests/native/fs/read_stream_test.cc
  DEPS tests_native_fs_fs_fixture weft_cls_cls weft_native_fs_fs tests_loop_message_of
  SYSTEM absl gtest_main)

weft_test(tests_native_fs_stats_test tests/native/fs
  SRCS tests/native/fs/stats_test.cc
  DEPS tests_native_fs_fs_fixture weft_cls_cls weft_native_fs_fs tests_loop_message_of
  SYSTEM absl gtest_main)

weft_test(tests_native_fs_watcher_test tests/native/fs
  SRCS tests/native/fs/watcher_test.cc
  DEPS tests_native_fs_fs_fixture weft_cls_cls weft_native_fs_fs tests_loop_message_of
  SYSTEM absl gtest_main)

weft_test(tests_native_fs_whole_file_test tests/native/fs
  SRCS tests/native/fs/whole_file_test.cc
  DEPS tests_native_fs_fs_fixture weft_cls_cls weft_native_fs_fs tests_loop_message_of
  SYSTEM absl gtest_main)

weft_test(tests_native_fs_write_stream_test tests/native/fs
  SRCS tests/native/fs/write_stream_test.cc
  DEPS tests_native_fs_fs_fixture weft_cls_cls weft_native_fs_fs tests_loop_message_of
  SYSTEM absl gtest_main)

weft_test(tests_native_zlib_one_shot_test tests/native/zlib
  SRCS tests/native/zlib/one_shot_test.cc
  DEPS weft_loop_event_loop weft_loop_spawn weft_native_zlib_one_shot
  SYSTEM absl gtest_main)

weft_test(tests_native_zlib_stream_test tests/native/zlib
  SRCS tests/native/zlib/stream_test.cc
  DEPS weft_loop_event_loop weft_native_zlib_stream
  SYSTEM absl gtest_main)

if(WEFT_CLS)
weft_test(tests_native_zlib_zlib_contexts_test tests/native/zlib
  SRCS tests/native/zlib/zlib_contexts_test.cc
  DEPS weft_cls_cls weft_native_zlib_stream
  SYSTEM gtest_main)
endif()

weft_test(tests_native_cancel_test tests/native
  SRCS tests/native/cancel_test.cc
  DEPS
    weft_cls_cls
    weft_emitter_event_emitter
    weft_loop_co_group
    weft_loop_co_wait
    weft_loop_promise
    weft_loop_spawn
    weft_loop_work
    weft_native_crypto_crypto
    weft_native_fs_fs
    weft_native_zlib_one_shot
    weft_net_dns_dns
    weft_stream_event_wait
    tests_net_dns_name_server
  SYSTEM gtest_main)

if(WEFT_CLS)
weft_test(tests_net_dns_dns_contexts_test tests/net/dns
  SRCS tests/net/dns/dns_contexts_test.cc
  DEPS tests_net_dns_name_server weft_cls_cls weft_net_dns_resolver
  SYSTEM gtest_main)
endif()

weft_test(tests_net_dns_lookup_test tests/net/dns
  SRCS tests/net/dns/lookup_test.cc
  DEPS weft_loop_event_loop weft_loop_spawn weft_net_dns_lookup
  SYSTEM gtest_main)

weft_helper_library(tests_net_dns_name_server tests/net/dns
  HDRS tests/net/dns/name_server.h
  SRCS tests/net/dns/name_server.cc
  DEPS weft_cls_cls weft_loop_event_loop weft_loop_fd_watcher weft_net_address)

weft_test(tests_net_dns_resolver_cancel_test tests/net/dns
  SRCS tests/net/dns/resolver_cancel_test.cc
  DEPS tests_net_dns_name_server weft_cls_cls weft_loop_spawn weft_net_dns_resolver
  SYSTEM gtest_main)

weft_test(tests_net_dns_resolver_test tests/net/dns
  SRCS tests/net/dns/resolver_test.cc
  DEPS tests_net_dns_name_server weft_cls_cls weft_loop_spawn weft_net_dns_resolver
  SYSTEM gtest_main)

weft_helper_library(tests_net_fuzz_http_client_machine tests/net/fuzz
  HDRS tests/net/fuzz/http_client_machine.h
  SRCS tests/net/fuzz/http_client_machine.cc
  DEPS
    tests_net_fuzz_machine_parts
    weft_loop_clock
    weft_loop_event_loop
    weft_net_http_client
    weft_net_internal_http_parser)

weft_helper_library(tests_net_fuzz_http_connection_machine tests/net/fuzz
  HDRS tests/net/fuzz/http_connection_machine.h
  SRCS tests/net/fuzz/http_connection_machine.cc
  DEPS
    tests_net_fuzz_machine_parts
    weft_loop_clock
    weft_loop_event_loop
    weft_net_http_server
    tests_net_http_transcript)

weft_helper_library(tests_net_fuzz_http_fuzz tests/net/fuzz
  HDRS tests/net/fuzz/http_fuzz.h tests/net/fuzz/llhttp_reader.h
  SRCS tests/net/fuzz/http_fuzz.cc tests/net/fuzz/llhttp_reader.cc
  DEPS weft_net_internal_http_grammar tests_net_http_transcript
  SYSTEM llhttp)

weft_test(tests_net_fuzz_http_fuzz_test tests/net/fuzz
  SRCS tests/net/fuzz/http_fuzz_test.cc
  DEPS
    tests_net_fuzz_http_client_machine
    tests_net_fuzz_http_connection_machine
    tests_net_fuzz_http_fuzz
  SYSTEM gtest_main)

weft_helper_library(tests_net_fuzz_machine_parts tests/net/fuzz
  HDRS tests/net/fuzz/machine_parts.h
  SRCS tests/net/fuzz/machine_parts.cc)

weft_test(tests_net_address_test tests/net
  SRCS tests/net/address_test.cc
  DEPS weft_net_address
  SYSTEM gtest_main)

weft_test(tests_net_bad_network_test tests/net
  SRCS tests/net/bad_network_test.cc
  DEPS tests_net_http_server_fixture tests_net_loopback_proxy
  SYSTEM gtest_main)

weft_test(tests_net_channels_test tests/net
  SRCS tests/net/channels_test.cc
  DEPS
    tests_net_http_client_fixture
    tests_net_http_server_fixture
    weft_net_channels
    weft_net_dns_lookup
  SYSTEM gtest_main)

weft_test(tests_net_connector_test tests/net
  SRCS tests/net/connector_test.cc
  DEPS tests_net_tcp_fixture weft_loop_work weft_net_internal_connector
  SYSTEM gtest_main)

weft_binary(tests_net_echo_server tests/net
  SRCS tests/net/echo_server.cc
  DEPS weft_loop_event_loop weft_loop_fd_watcher weft_net_http_server
  SYSTEM openssl)

weft_test(tests_net_fault_memory_test tests/net
  SRCS tests/net/fault_memory_test.cc
  DEPS tests_net_faults
  SYSTEM gtest gtest_main)

weft_test(tests_net_fault_test tests/net
  SRCS tests/net/fault_test.cc
  DEPS tests_net_faults
  SYSTEM gtest gtest_main)

weft_helper_library(tests_net_faults tests/net
  HDRS tests/net/fault_plan.h tests/net/fault_scenarios.h tests/net/fault_world.h
  SRCS tests/net/fault_plan.cc tests/net/fault_scenarios.cc tests/net/fault_world.cc
  DEPS
    weft_loop_event_loop
    weft_loop_work
    weft_net_http_client
    weft_net_http_server
    weft_net_socket
    weft_net_udp_socket
    weft_net_internal_socket_calls
    weft_stream_pipe
    weft_stream_transform)

weft_test(tests_net_http_agent_test tests/net
  SRCS tests/net/http_agent_test.cc
  DEPS tests_net_http_client_fixture
  SYSTEM gtest_main)

weft_test(tests_net_http_behaviours_test tests/net
  SRCS tests/net/http_behaviours_test.cc
  DEPS tests_net_http_server_fixture weft_cls_cls
  SYSTEM gtest_main)

if(WEFT_CLS)
weft_test(tests_net_http_client_context_test tests/net
  SRCS tests/net/http_client_context_test.cc
  DEPS tests_net_http_client_fixture tests_net_named_contexts weft_cls_cls
  SYSTEM gtest_main)
endif()

weft_test(tests_net_http_client_failure_test tests/net
  SRCS tests/net/http_client_failure_test.cc
  DEPS tests_net_http_client_fixture weft_net_http_server tests_loop_message_of
  SYSTEM gtest_main)

weft_helper_library(tests_net_http_client_fixture tests/net
  HDRS tests/net/http_client_fixture.h
  DEPS tests_net_loopback weft_net_http_client weft_net_socket)

weft_test(tests_net_http_client_lookup_test tests/net
  SRCS tests/net/http_client_lookup_test.cc
  DEPS tests_net_http_client_fixture weft_net_http_server weft_net_internal_socket_calls
  SYSTEM gtest_main)

weft_test(tests_net_http_client_node_test tests/net
  SRCS tests/net/http_client_node_test.cc
  DEPS tests_net_http_client_fixture weft_loop_event_loop weft_net_http_client
  SYSTEM gtest_main)

weft_test(tests_net_http_client_response_test tests/net
  SRCS tests/net/http_client_response_test.cc
  DEPS tests_net_http_client_fixture
  SYSTEM gtest_main)

weft_test(tests_net_http_client_test tests/net
  SRCS tests/net/http_client_test.cc
  DEPS tests_net_http_client_fixture weft_cls_cls weft_net_http_server
  SYSTEM gtest_main)

weft_test(tests_net_http_client_vectors_test tests/net
  SRCS tests/net/http_client_vectors_test.cc
  DEPS tests_net_http_client_fixture tests_net_http_vectors
  SYSTEM gtest_main)

weft_test(tests_net_http_date_test tests/net
  SRCS tests/net/http_date_test.cc
  DEPS weft_net_internal_http_date
  SYSTEM gtest_main)

weft_test(tests_net_http_grammar_test tests/net
  SRCS tests/net/http_grammar_test.cc
  DEPS weft_net_internal_http_grammar
  SYSTEM gtest_main)

weft_test(tests_net_http_headers_test tests/net
  SRCS tests/net/http_headers_test.cc
  DEPS weft_cls_cls weft_net_http_headers
  SYSTEM gtest_main)

weft_test(tests_net_http_limits_test tests/net
  SRCS tests/net/http_limits_test.cc
  DEPS tests_net_http_transcript weft_net_http_limits
  SYSTEM gtest_main)

weft_test(tests_net_http_parser_memory_test tests/net
  SRCS tests/net/http_parser_memory_test.cc
  DEPS weft_net_internal_http_parser
  SYSTEM gtest_main)

weft_test(tests_net_http_parser_test tests/net
  SRCS tests/net/http_parser_test.cc
  DEPS tests_net_http_transcript weft_net_internal_http_parser
  SYSTEM gtest_main)

weft_script_test(tests_net_http_real_clients_test tests/net
  SRCS tests/net/http_real_clients_test.sh
  ARGS
    "$<TARGET_FILE:tests_net_echo_server>"
    "${PROJECT_SOURCE_DIR}/tests/net/node_http_client.js")

weft_script_test(tests_net_http_replay_test tests/net
  SRCS tests/net/http_replay_test.sh
  ARGS
    "${PROJECT_SOURCE_DIR}/tests/net/http_replay_test.sh"
    "$<TARGET_FILE:tests_net_echo_server>")

weft_test(tests_net_http_request_parser_test tests/net
  SRCS tests/net/http_request_parser_test.cc
  DEPS tests_net_http_transcript
  SYSTEM gtest_main)

weft_test(tests_net_http_response_parser_test tests/net
  SRCS tests/net/http_response_parser_test.cc
  DEPS tests_net_http_transcript
  SYSTEM gtest_main)

if(WEFT_CLS)
weft_test(tests_net_http_server_context_test tests/net
  SRCS tests/net/http_server_context_test.cc
  DEPS tests_net_http_server_fixture tests_net_named_contexts weft_cls_cls
  SYSTEM gtest_main)
endif()

weft_test(tests_net_http_server_deadline_test tests/net
  SRCS tests/net/http_server_deadline_test.cc
  DEPS tests_net_http_server_fixture
  SYSTEM gtest_main)

weft_test(tests_net_http_server_events_test tests/net
  SRCS tests/net/http_server_events_test.cc
  DEPS tests_net_http_server_fixture
  SYSTEM gtest_main)

weft_helper_library(tests_net_http_server_fixture tests/net
  HDRS tests/net/http_server_fixture.h
  DEPS tests_net_loopback weft_net_http_server)

weft_test(tests_net_http_server_refusal_test tests/net
  SRCS tests/net/http_server_refusal_test.cc
  DEPS tests_net_http_server_fixture tests_loop_message_of
  SYSTEM gtest_main)

weft_test(tests_net_http_server_test tests/net
  SRCS tests/net/http_server_test.cc
  DEPS tests_net_http_server_fixture weft_cls_cls
  SYSTEM gtest_main)

weft_test(tests_net_http_status_test tests/net
  SRCS tests/net/http_status_test.cc
  DEPS weft_net_http_status
  SYSTEM gtest_main)

weft_helper_library(tests_net_http_transcript tests/net
  HDRS tests/net/http_transcript.h
  SRCS tests/net/http_transcript.cc
  DEPS weft_net_internal_http_parser
  SYSTEM gtest)

weft_helper_library(tests_net_http_vectors tests/net
  HDRS tests/net/http_vectors.h
  SRCS tests/net/http_vectors.cc
  SYSTEM absl gtest json openssl)

weft_test(tests_net_http_vectors_test tests/net
  SRCS tests/net/http_vectors_test.cc
  DEPS tests_net_http_transcript tests_net_http_vectors
  SYSTEM gtest_main)

weft_test(tests_net_http_writer_test tests/net
  SRCS tests/net/http_writer_test.cc
  DEPS
    tests_net_http_transcript
    weft_cls_cls
    weft_net_http_status
    weft_net_internal_http_parser
    weft_net_internal_http_writer
    weft_stream_byte_queue
  SYSTEM gtest_main)

weft_test(tests_net_load_test tests/net
  SRCS tests/net/load_test.cc
  DEPS tests_net_http_server_fixture weft_stream_pipe
  SYSTEM gtest_main)

weft_helper_library(tests_net_loopback tests/net
  HDRS tests/net/loopback.h
  SRCS tests/net/loopback.cc
  DEPS weft_loop_event_loop weft_net_socket
  SYSTEM gtest)

weft_helper_library(tests_net_loopback_proxy tests/net
  HDRS tests/net/loopback_proxy.h
  SRCS tests/net/loopback_proxy.cc
  DEPS weft_loop_event_loop weft_net_socket)

weft_helper_library(tests_net_named_contexts tests/net
  HDRS tests/net/named_contexts.h
  DEPS weft_cls_cls)

weft_test(tests_net_server_test tests/net
  SRCS tests/net/server_test.cc
  DEPS tests_net_tcp_fixture weft_cls_cls
  SYSTEM gtest_main)

if(WEFT_CLS)
weft_test(tests_net_socket_context_test tests/net
  SRCS tests/net/socket_context_test.cc
  DEPS tests_net_tcp_fixture tests_net_named_contexts weft_cls_cls weft_net_udp_socket
  SYSTEM gtest_main)
endif()

weft_test(tests_net_socket_end_test tests/net
  SRCS tests/net/socket_end_test.cc
  DEPS weft_loop_event_loop weft_net_socket weft_stream_pipe weft_stream_transform
  SYSTEM gtest gtest_main)

weft_test(tests_net_socket_send_file_test tests/net
  SRCS tests/net/socket_send_file_test.cc
  DEPS tests_net_tcp_fixture weft_cls_cls
  SYSTEM gtest_main)

weft_test(tests_net_socket_test tests/net
  SRCS tests/net/socket_test.cc
  DEPS tests_net_tcp_fixture weft_cls_cls
  SYSTEM gtest_main)

weft_helper_library(tests_net_tcp_fixture tests/net
  HDRS tests/net/tcp_fixture.h
  DEPS tests_net_loopback weft_net_socket weft_net_internal_socket_calls)

weft_test(tests_net_udp_socket_test tests/net
  SRCS tests/net/udp_socket_test.cc
  DEPS tests_net_loopback weft_cls_cls weft_net_udp_socket weft_net_internal_socket_calls
  SYSTEM gtest_main)

weft_test(tests_stream_byte_queue_test tests/stream
  SRCS tests/stream/byte_queue_test.cc
  DEPS weft_stream_byte_queue
  SYSTEM gtest_main)

weft_test(tests_stream_event_wait_test tests/stream
  SRCS tests/stream/event_wait_test.cc
  DEPS
    weft_cls_cls
    weft_emitter_event_emitter
    weft_loop_co_wait
    weft_loop_spawn
    weft_stream_event_wait
    tests_loop_message_of
  SYSTEM absl gtest_main)

weft_test(tests_stream_io_object_test tests/stream
  SRCS tests/stream/io_object_test.cc
  DEPS tests_stream_streams weft_stream_io_object
  SYSTEM gtest_main)

weft_test(tests_stream_pipe_test tests/stream
  SRCS tests/stream/pipe_test.cc
  DEPS tests_stream_streams weft_cls_cls weft_loop_spawn weft_stream_pipe weft_stream_transform
  SYSTEM gtest_main)

weft_test(tests_stream_readable_test tests/stream
  SRCS tests/stream/readable_test.cc
  DEPS tests_stream_streams weft_cls_cls weft_stream_readable
  SYSTEM gtest_main)

weft_test(tests_stream_reader_test tests/stream
  SRCS tests/stream/reader_test.cc
  DEPS tests_stream_streams weft_cls_cls weft_loop_spawn weft_stream_reader
  SYSTEM gtest_main)

weft_test(tests_stream_ref_ptr_test tests/stream
  SRCS tests/stream/ref_ptr_test.cc
  DEPS weft_stream_ref_ptr
  SYSTEM gtest_main)

if(WEFT_CLS)
weft_test(tests_stream_stream_context_test tests/stream
  SRCS tests/stream/stream_context_test.cc
  DEPS
    tests_stream_streams
    weft_cls_cls
    weft_loop_spawn
    weft_stream_pipe
    weft_stream_reader
    weft_stream_transform
  SYSTEM gtest_main)
endif()

weft_helper_library(tests_stream_streams tests/stream
  HDRS tests/stream/streams.h
  DEPS weft_loop_event_loop weft_stream_readable weft_stream_ref_ptr weft_stream_writable
  SYSTEM gtest)

weft_test(tests_stream_transform_test tests/stream
  SRCS tests/stream/transform_test.cc
  DEPS tests_stream_streams weft_stream_transform
  SYSTEM gtest_main)

weft_test(tests_stream_writable_test tests/stream
  SRCS tests/stream/writable_test.cc
  DEPS tests_stream_streams weft_cls_cls weft_stream_writable
  SYSTEM gtest_main)
