"""The rules that every BUILD file of weft uses.

Headers are spelled "weft/<room>/<name>.h" everywhere; the prefix is set here, once.
"""

# Warnings are errors in our own code, and only there.
_WARNINGS = [
    "-Wall",
    "-Wextra",
    "-Werror",
    "-Wshadow",
    "-Wnon-virtual-dtor",
    "-Wno-unused-parameter",
]

_ALL_ROOMS = ["//visibility:public"]

def _defines():
    return select({
        "//:cls_off": ["WEFT_CLS=0"],
        "//conditions:default": ["WEFT_CLS=1"],
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

    Manual: a bench means something only when built with -c opt, as `bench/run` does.
    """
    native.cc_binary(
        name = name,
        srcs = srcs if srcs != None else [name + ".cc"],
        deps = deps + ["//bench/common:subject"],
        copts = _WARNINGS + copts,
        tags = tags + ["manual"],
        **kwargs
    )
