"""What weft_callgrind_test (in //:weft.bzl) is made of: a build with optimization inside any other build.

The program is built with -O2 -DNDEBUG whatever the build around it is (fastbuild, a sanitizer), and so
is all that it links: `bazel test //...` measures what users run.
"""

def _optimized_impl(settings, attr):
    return {
        "//command_line_option:compilation_mode": "opt",
        "//command_line_option:copt": ["-fomit-frame-pointer"],
        "//command_line_option:linkopt": [],
        "//command_line_option:platform_suffix": "",
        "//:without_cls": not attr.cls,
        "//:without_instrument": not attr.instrument,
    }

_optimized = transition(
    implementation = _optimized_impl,
    inputs = [],
    outputs = [
        "//command_line_option:compilation_mode",
        "//command_line_option:copt",
        "//command_line_option:linkopt",
        "//command_line_option:platform_suffix",
        "//:without_cls",
        "//:without_instrument",
    ],
)

def _optimized_binary_impl(ctx):
    built = ctx.attr.binary[0][DefaultInfo]
    link = ctx.actions.declare_file(ctx.label.name)
    ctx.actions.symlink(output = link, target_file = built.files_to_run.executable, is_executable = True)
    return [DefaultInfo(files = depset([link]), executable = link, runfiles = built.default_runfiles)]

optimized_binary = rule(
    implementation = _optimized_binary_impl,
    doc = "The binary as users build it: -O2 -DNDEBUG, no sanitizer, with or without contexts.",
    executable = True,
    attrs = {
        "binary": attr.label(cfg = _optimized, mandatory = True),
        "cls": attr.bool(default = True),
        "instrument": attr.bool(default = True),
        "_allowlist_function_transition": attr.label(
            default = "@bazel_tools//tools/allowlists/function_transition_allowlist",
        ),
    },
)

def callgrind_test(name, program, limits, tags = [], **kwargs):
    """Holds what `program` measures to `limits`; see weft_callgrind_test, which makes the program."""
    programs = [name + "_optimized"]
    optimized_binary(
        name = programs[0],
        testonly = True,
        binary = program,
        tags = ["manual"],
    )
    args = ["$(rootpath %s)" % programs[0]]
    for prefix in ["off", "bare"]:
        if not [limit for limit in limits if prefix + "." in limit]:
            continue
        programs.append(name + "_optimized_" + prefix)
        args.append("%s=$(rootpath %s)" % (prefix, programs[-1]))
        optimized_binary(
            name = programs[-1],
            testonly = True,
            binary = program,
            cls = prefix != "off",
            instrument = prefix != "bare",
            tags = ["manual"],
        )
    native.sh_test(
        name = name,
        srcs = ["//tests/callgrind:driver.py"],
        args = args + ["--"] + ["'%s'" % limit for limit in limits],
        data = programs,
        tags = tags + ["callgrind"],
        **kwargs
    )
