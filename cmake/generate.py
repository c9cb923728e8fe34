#!/usr/bin/env python3
"""Writes cmake/targets.cmake from the BUILD.bazel files, so that the two builds cannot drift apart.

  cmake/generate.py           write the file
  cmake/generate.py --check   write nothing; exit 1 with a diff if the file is stale

BUILD and .bzl files are close enough to Python to be executed as such. This evaluates them as Bazel
does, macros of weft.bzl included, down to cc_library, cc_binary, cc_test and sh_test; other rules leave
no trace in CMake. Everything is evaluated twice, with and without contexts, and what differs (through a
select() on //:cls_off) is written under if(WEFT_CLS).

Not for CMake: bench/ (its peers are Bazel's business) and targets tagged "callgrind", "manual" or "no_cmake".
"""

import argparse
import difflib
import glob as globbing
import os
import re
import sys
import types

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
OUTPUT = "cmake/targets.cmake"

# The rooms whose libraries make up libweft and are installed.
LIBRARY_ROOMS = ("cls", "emitter", "loop", "stream", "net", "native", "dialect", "inspect")
SKIPPED_PACKAGES = ("bench", "third_party")
SKIPPED_TAGS = {"callgrind", "manual", "no_cmake"}
CC_RULES = ("cc_library", "cc_binary", "cc_test")


def fail(message):
    sys.exit(f"cmake/generate.py: {message}")


class Anything:
    """Stands in for what only Bazel can evaluate (rule, transition, attr, ...): yields more of itself."""

    def __call__(self, *args, **kwargs):
        return Anything()

    def __getattr__(self, name):
        return Anything()


class Target:
    def __init__(self, rule, package, attributes):
        self.rule, self.package, self.name = rule, package, attributes["name"]
        self.attributes = attributes
        self.label = f"//{package}:{self.name}"

    def get(self, attribute):
        return self.attributes.get(attribute) or []

    @property
    def is_installed(self):
        room = self.package.split("/")[0]
        return room in LIBRARY_ROOMS + ("",) and self.rule == "cc_library" and not self.get("testonly")

    @property
    def cmake_name(self):
        prefix = "weft_" if self.is_installed else ""
        return prefix + "_".join(filter(None, [self.package.replace("/", "_"), self.name]))


class Evaluation:
    """All BUILD files under one value of //:cls_off; `targets` maps labels to targets."""

    def __init__(self, cls_off):
        self.cls_off = cls_off
        self.targets = {}
        self.aliases = {}
        self.modules = {}
        self.package = ""
        for package in find_packages():
            self.package = package
            path = os.path.join(package, "BUILD.bazel")
            self.execute(path, dict(self.natives(), **{"__name__": path}))

    def natives(self):
        names = {rule: self.recorder(rule) for rule in CC_RULES + ("sh_test", "filegroup")}
        names.update(
            glob=self.glob, select=self.select, alias=self.alias,
            package_name=lambda: self.package, package=Anything(), exports_files=Anything(),
            rule=Anything(), transition=Anything(), attr=Anything(), config=Anything(),
            provider=Anything(), depset=Anything(), struct=Anything(), Label=str, fail=fail)
        for other in ("config_setting", "constraint_setting", "constraint_value", "genrule", "test_suite", "sh_binary", "sh_library",
                      "py_binary", "py_library", "py_test", "cc_import", "licenses"):
            names[other] = Anything()
        return names

    def execute(self, path, scope):
        def load(label, *names, **renamed):
            module = self.module(label, path)
            for here, there in {**{name: name for name in names}, **renamed}.items():
                if there not in module:
                    fail(f"{path}: {label} has no '{there}'")
                scope[here] = module[there]

        scope["load"] = load
        with open(os.path.join(ROOT, path), encoding="utf-8") as text:
            try:
                exec(compile(text.read(), path, "exec"), scope)
            except Exception as error:  # whatever a BUILD file can do wrong
                fail(f"{path} cannot be evaluated: {type(error).__name__}: {error}")
        return scope

    def module(self, label, loader):
        if label.startswith("@"):
            return AnyModule()
        package, name = split_label(label, os.path.dirname(loader))
        path = os.path.join(package, name)
        if path not in self.modules:
            native = types.SimpleNamespace(**self.natives())
            self.modules[path] = self.execute(path, dict(self.natives(), native=native))
        return self.modules[path]

    def recorder(self, rule):
        def record(**attributes):
            target = Target(rule, self.package, attributes)
            self.targets[target.label] = target
        return record

    def alias(self, name, actual, **_):
        self.aliases[f"//{self.package}:{name}"] = "//%s:%s" % split_label(actual, self.package)

    def select(self, choices, **_):
        if self.cls_off:
            for label in ("//:cls_off", "@weft//:cls_off"):
                if label in choices:
                    return choices[label]
        if "//conditions:default" not in choices:
            fail(f"//{self.package}: a select() without //conditions:default; only //:cls_off is known here")
        return choices["//conditions:default"]

    def glob(self, include, exclude=(), **_):
        base = os.path.join(ROOT, self.package)

        def match(patterns):
            return {os.path.relpath(found, base) for pattern in patterns
                    for found in globbing.glob(os.path.join(base, pattern), recursive=True)
                    if os.path.isfile(found)}
        return sorted(match(include) - match(exclude))

    def resolve(self, label, package):
        full = "//%s:%s" % split_label(label, package)
        return self.aliases.get(full, full)


class AnyModule(dict):
    """What another repository's .bzl file offers: every name."""

    def __contains__(self, name):
        return True

    def __missing__(self, name):
        return Anything()


def split_label(label, package):
    """("loop", "timer_queue") for "//loop:timer_queue", or for ":timer_queue" and "timer_queue" in loop."""
    label = label.removeprefix("@weft")
    if not label.startswith("//"):
        return package, label.removeprefix(":")
    package, _, name = label[2:].partition(":")
    return package, name or package.split("/")[-1]


def find_packages():
    """The folders with a BUILD file that Bazel sees, without those that CMake leaves alone."""
    with open(os.path.join(ROOT, ".bazelignore"), encoding="utf-8") as lines:
        ignored = set(lines.read().split())
    found = []
    for folder, folders, files in os.walk(ROOT):
        package = "" if folder == ROOT else os.path.relpath(folder, ROOT)
        folders[:] = sorted(
            f for f in folders
            if not f.startswith((".", "bazel-")) and os.path.join(package, f) not in ignored
            and (package or f not in SKIPPED_PACKAGES))
        if "BUILD.bazel" in files:
            found.append(package)
    return found


class Writer:
    """Turns one evaluation into CMake calls: {label: text}."""

    def __init__(self, evaluation):
        self.evaluation = evaluation
        self.warnings = evaluation.modules.get("weft.bzl", {}).get("_WARNINGS", [])
        self.system, self.test_system = set(), set()

    def calls(self):
        written = {}
        for target in self.evaluation.targets.values():
            if self.is_skipped(target):
                continue
            if target.rule in CC_RULES:
                written[target.label] = self.cc_call(target)
            elif target.rule == "sh_test":
                written[target.label] = self.script_call(target)
        return written

    def is_skipped(self, target):
        if "//:incompatible" in target.get("target_compatible_with"):
            return True
        return not SKIPPED_TAGS.isdisjoint(target.get("tags"))

    def cc_call(self, target):
        function = {"cc_library": "weft_library" if target.is_installed else "weft_helper_library",
                    "cc_binary": "weft_binary", "cc_test": "weft_test"}[target.rule]
        targets, system = self.dependencies(target)
        (self.system if target.is_installed else self.test_system).update(system)
        return self.call(target, function, {
            "HDRS": [self.file(target, h) for h in target.get("hdrs") + target.get("textual_hdrs")
                     if h.endswith((".h", ".inc"))],  # others are data, taken in by path
            "SRCS": [self.file(target, s) for s in target.get("srcs")],
            "DEPS": targets,
            "SYSTEM": system,
            "COPTS": [c for c in target.get("copts") if c not in self.warnings],
            "DEFINES": [d for d in target.get("defines") + target.get("local_defines")
                        if not d.startswith(("WEFT_CLS=", "WEFT_INSTRUMENT="))],
            "LINKOPTS": target.get("linkopts"),
            **self.run(target),
        })

    def script_call(self, target):
        return self.call(target, "weft_script_test", {
            "SRCS": [self.file(target, s) for s in target.get("srcs")[:1]],
            **self.run(target),
        })

    def run(self, target):
        if target.rule not in ("cc_test", "sh_test"):
            return {}
        environment = target.attributes.get("env") or {}
        return {"ARGS": self.arguments(target), "ENV": [f"{k}={v}" for k, v in environment.items()]}

    def call(self, target, function, lists):
        text = f"{function}({target.cmake_name} {target.package or '.'}"
        for keyword, items in lists.items():
            if items:
                text += laid_out(keyword, items, "  ")
        return text + ")\n"

    def dependencies(self, target):
        targets, system = [], []
        for label in target.get("deps"):
            if label.startswith("@system//:"):
                system.append(label.removeprefix("@system//:"))
                continue
            full = self.evaluation.resolve(label, target.package)
            found = self.evaluation.targets.get(full)
            if found is None or found.rule != "cc_library":
                fail(f"{target.label} depends on {label}, which is no cc_library that CMake could build")
            if target.is_installed and not found.is_installed:
                fail(f"{target.label} is installed but depends on {label}, which is not")
            targets.append(found.cmake_name)
        return targets, system

    def file(self, target, label):
        package, name = split_label(label, target.package)
        path = os.path.join(package, name)
        if not os.path.isfile(os.path.join(ROOT, path)):
            fail(f"{target.label} names {label}, and there is no file {path}"
                 " (a generated one? tag the target no_cmake)")
        return path

    def arguments(self, target):
        def place(match):
            full = self.evaluation.resolve(match[1], target.package)
            found = self.evaluation.targets.get(full)
            if found is not None and found.rule in ("cc_binary", "cc_test"):
                return f"$<TARGET_FILE:{found.cmake_name}>"
            return "${PROJECT_SOURCE_DIR}/" + self.file(target, match[1])

        # Bazel splits arguments as a shell does; single quotes are all that our BUILD files use.
        words = [word for argument in target.get("args")
                 for word in re.findall(r"\$\([^)]*\)[^\s']*|'[^']*'|[^\s']+", argument)]
        return [re.sub(r"\$\((?:location|rootpath|execpath) ([^)]+)\)", place, word.strip("'")) for word in words]


def laid_out(keyword, items, indent):
    """The keyword and its items: on one line where they fit, else one a line."""
    words = [quoted(item) for item in items]
    line = " ".join([keyword] + words)
    if len(line) <= 96:
        return f"\n{indent}{line}"
    return f"\n{indent}{keyword}" + "".join(f"\n{indent}  {word}" for word in words)


def quoted(item):
    if re.fullmatch(r"[\w./+:=-]+", item):
        return item
    return '"' + item.replace("\\", "\\\\").replace('"', '\\"') + '"'


def render():
    with_cls, without_cls = (Writer(Evaluation(cls_off)) for cls_off in (False, True))
    on, off = with_cls.calls(), without_cls.calls()
    text = ["# Written by cmake/generate.py from the BUILD.bazel files: change those, not this.\n"]
    for name, items in (("WEFT_WARNINGS", with_cls.warnings),
                        ("WEFT_SYSTEM_LIBRARIES", sorted(with_cls.system | without_cls.system)),
                        ("WEFT_TEST_SYSTEM_LIBRARIES", sorted(with_cls.test_system | without_cls.test_system))):
        text.append(f"\nset({name}" + (laid_out("", items, "") if items else "") + ")\n")
    for label in sorted(on.keys() | off.keys()):
        if on.get(label) == off.get(label):
            text.append("\n" + on[label])
            continue
        branches = [f"if({condition})\n{calls[label]}endif()\n"
                    for condition, calls in (("WEFT_CLS", on), ("NOT WEFT_CLS", off)) if label in calls]
        text.append("\n" + "".join(branches))
    return "".join(text)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true", help="only compare")
    options = parser.parse_args()
    path = os.path.join(ROOT, OUTPUT)
    fresh = render()
    stale = ""
    if os.path.exists(path):
        with open(path, encoding="utf-8") as text:
            stale = text.read()
    if fresh == stale:
        return
    if options.check:
        sys.stdout.writelines(difflib.unified_diff(
            stale.splitlines(True), fresh.splitlines(True), OUTPUT, "the BUILD.bazel files"))
        fail(f"{OUTPUT} is stale: run cmake/generate.py and commit what it writes")
    with open(path, "w", encoding="utf-8") as text:
        text.write(fresh)


if __name__ == "__main__":
    main()
