"""The rules that every BUILD file of weft uses.

Headers are spelled "weft/<room>/<name>.h" everywhere; the prefix is set here, once.
"""

load("//tests/callgrind:callgrind.bzl", "callgrind_test", _optimized_binary = "optimized_binary")

def _flag_impl(_):
    return []

# A yes-or-no of the command line (--//:name) that rules can change for what they depend on.
weft_flag = rule(
    implementation = _flag_impl,
    build_setting = config.bool(flag = True),
)

# Warnings are errors in our own code, and only there.
_WARNINGS = [
    "-Wall",
    "-Wextra",
    "-Werror",
    "-Wshadow",
    "-Wnon-virtual-dtor",
    "-Wno-unused-parameter",
]

# A weft_binary as users build it, whatever the build around it is.
optimized_binary = _optimized_binary

# `target_compatible_with` of what there is only in a build with contexts.
WITH_CONTEXTS = select({
    "//:cls_off": ["//:incompatible"],
    "//conditions:default": [],
})

_ALL_ROOMS = ["//visibility:public"]

def _defines():
    return select({
        "//:cls_off": ["WEFT_CLS=0"],
        "//conditions:default": ["WEFT_CLS=1"],
    }) + select({
        "//:instrument_off": ["WEFT_INSTRUMENT=0"],
        "//conditions:default": ["WEFT_INSTRUMENT=1"],
    })

def weft_library(name, hdrs = [], srcs = [], deps = [], visibility = _ALL_ROOMS, copts = [], **kwargs):
    native.cc_library(
        name = name,
        hdrs = hdrs,
        srcs = srcs,
        deps = deps,
        copts = _WARNINGS + copts,
        defines = _defines(),
        include_prefix = "weft/" + native.package_name(),
        visibility = visibility,
        **kwargs
    )

def weft_test(name, srcs = None, deps = [], size = "small", copts = [], **kwargs):
    native.cc_test(
        name = name,
        srcs = srcs if srcs != None else [name + ".cc"],
        deps = deps + ["@system//:gtest_main"],
        size = size,
        copts = _WARNINGS + copts,
        **kwargs
    )

def weft_callgrind_test(name, limits, srcs = None, deps = [], copts = [], data = [], size = "small", **kwargs):
    """Counts the instructions of a program under callgrind and holds them to limits.

    The program, <name>.cc unless `srcs` says otherwise, calls weft::callgrind::measure() and is built with
    -O2 -DNDEBUG together with all of `deps`, whatever the build around it. The log has `name: N instr/op`.

    Args:
      name: of the test; it is tagged "callgrind".
      limits: comparisons of what the program measured, in instructions per operation: "tick <= 140",
        "tick_context - tick <= 16". "off.tick" is the same measurement in a build without contexts,
        "bare.tick" in one without instrumentation.
      srcs: of the program.
      deps: of the program, besides "//tests/callgrind:measure".
      copts: for the program, not for its deps.
      data: files that the program reads.
      size: of the test.
      **kwargs: for the test.
    """
    weft_binary(
        name = name + "_program",
        testonly = True,
        srcs = srcs if srcs != None else [name + ".cc"],
        copts = copts,
        data = data,
        tags = ["manual"],
        deps = deps + ["//tests/callgrind:measure"],
    )
    callgrind_test(
        name = name,
        limits = limits,
        program = name + "_program",
        size = size,
        **kwargs
    )

def weft_binary(name, srcs = None, deps = [], copts = [], **kwargs):
    native.cc_binary(
        name = name,
        srcs = srcs if srcs != None else [name + ".cc"],
        deps = deps,
        copts = _WARNINGS + copts,
        **kwargs
    )

def weft_bench(name, srcs = None, deps = [], copts = [], tags = [], **kwargs):
    """One peer's measurements, named <subject>_<peer> after its file; `bench/run` finds it by that name.

    Measuring means something only when built with -c opt, as `bench/run` does; the tag lets the tests' other
    builds leave benches out.
    """
    native.cc_binary(
        name = name,
        srcs = srcs if srcs != None else [name + ".cc"],
        deps = deps + ["//bench/common:subject"],
        copts = _WARNINGS + copts,
        tags = tags + ["bench"],
        **kwargs
    )
