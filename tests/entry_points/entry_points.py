#!/usr/bin/env python3
"""Holds the tests in this folder to the headers: what takes a callback has a test of its context.

    entry_points.py [file in the root]

Reads the public functions of the rooms below, in the tree around this script or around that file. One takes a
callback if a parameter is of a template's type (`F&& fn`, `F fn`) or of a type that holds a callable
(std::function, AnyInvocable, cls::Function, their aliases), or if it is a loop::AsyncFunction. Each must have a
test in this folder named <class or namespace>_<function>, or stand in NOT_ENTRY_POINTS with the reason. A test or
a reason without its function is an error, too.
"""

import glob
import os
import re
import sys

ROOMS = ["loop", "emitter", "stream", "net", "native"]

NOT_ENTRY_POINTS = {
    # Called before they return, on the caller's stack.
    "ByteQueue_append": "takes a string",
    "ByteQueue_appendWith": "calls the function at once",
    "ByteQueue_takeFront": "calls the function at once",
    "loop_firstFailingSeed": "calls the function at once",
    # What holds a callable is told its frame by who schedules.
    "BasicTask_BasicTask": "the frame is an argument; the loop captures",
    "ListenerFn_ListenerFn": "a name for a function; adding it to an emitter captures",
    "Promise_onSettled": "for the mechanism; then() and co_await stand on it and are tested",
    # They belong to the process, not to whoever sets them.
    "Channel_subscribe": "looks on from where it is published",
    "ChannelSubscription_ChannelSubscription": "called when it ends",
    "emitter_onTooManyListeners": "one for the process; runs where the listener is added",
    "LoopGroup_LoopGroup": "the setup is called on each new thread, before this returns",
    # A template parameter that is a value.
    "LoopGroup_indexOf": "takes a key",
    "Promise_rejected": "takes an error",
    "Resolver_reject": "takes an error",
}

# A loop::AsyncFunction is one whose callback is its last argument.
ASYNC_FUNCTION = r"\bAsyncFunction\s*<[^;]*>\s+(\w+)\s*$"
ALIAS = r"\busing\s+(\w+)\s*=\s*(?:std::function|absl::AnyInvocable|cls::Function|Function)\s*<"
HOLDERS = r"\b(?:std::function|AnyInvocable|FunctionRef|cls::Function|Function)\s*<|\b(?:%s)\b"


def strip(text):
    text = re.sub(r'//[^\n]*|/\*.*?\*/', " ", text, flags=re.S)
    text = re.sub(r'"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])\'', '""', text)
    return re.sub(r"^[ \t]*#(?:[^\n\\]|\\.|\\\n)*", "", text, flags=re.M | re.S)


def skip_braces(text, at):
    """The index behind the brace that closes the one at `at`."""
    depth = 0
    while at < len(text):
        depth += {"{": 1, "}": -1}.get(text[at], 0)
        at += 1
        if depth == 0:
            return at
    raise SystemExit("unbalanced braces")


def declarations(text):
    """The public functions, each as (class or innermost namespace, declaration)."""
    scopes = []  # (kind, name, public)
    pending = ""
    at = 0
    while at < len(text):
        c = text[at]
        at += 1
        if c == ";":
            yield from found(scopes, pending)
            pending = ""
        elif c == "}":
            scopes.pop()
            pending = ""
        elif c == "{":
            namespace = re.search(r"\bnamespace\s+([\w:\s]*)$", pending)
            record = re.search(r"^\s*(?:template\b.*>\s*)?(class|struct|union)\b([^(]*)$", pending, re.S)
            if namespace:
                name = namespace.group(1).replace("inline ", "").strip().split("::")
                scopes.append(("namespace", name, True))
            elif record:
                head = re.split(r"(?<!:):(?!:)", record.group(2))[0]
                name = re.findall(r"\w+", head.replace("final", " ").replace("nodiscard", " "))
                scopes.append(("class", [name[-1] if name else ""], record.group(1) != "class"))
            else:
                # A function's body, an initializer, an enum.
                yield from found(scopes, pending)
                at = skip_braces(text, at - 1)
                if re.search(r"=\s*$|\benum\b", pending) is None and not pending.rstrip().endswith(","):
                    pending = ""
                continue
            pending = ""
        elif c == ":" and re.search(r"\b(public|protected|private)\s*$", pending):
            kind, name, _ = scopes.pop()
            scopes.append((kind, name, pending.split()[-1] == "public"))
            pending = ""
        else:
            pending += c


def found(scopes, declaration):
    names = [name for _, parts, _ in scopes for name in parts]
    takes_arguments = "(" in declaration or re.search(ASYNC_FUNCTION, declaration) is not None
    if not takes_arguments or "internal" in names or not all(public for _, _, public in scopes):
        return
    if re.search(r"\b(using|typedef|friend|static_assert|operator)\b", declaration):
        return
    kept = [n for n in names if n and n not in ("weft", "WEFT_CLS_ABI", "WEFT_LOOP_ABI")]
    if kept:
        yield kept[-1], declaration


def template_types(declaration):
    """The names of the type parameters of a function template, and the rest of the declaration."""
    names = []
    rest = declaration.strip()
    while (match := re.match(r"template\s*<", rest)) is not None:
        depth, at = 1, match.end()
        while depth:
            depth += {"<": 1, ">": -1}.get(rest[at], 0)
            at += 1
        for parameter in re.split(r",(?![^<]*>)", rest[match.end() : at - 1]):
            named = re.match(r"\s*[\w:]+(?:<.*>)?\s+(\w+)\s*(?:=.*)?$", parameter, re.S)
            if named and not re.match(r"\s*(bool|int|unsigned|std::size_t|cls::Holder|auto)\b", parameter):
                names.append(named.group(1))
        rest = rest[at:].strip()
    return names, rest


def entry_point(scope, declaration, holders):
    """The function's name if it takes a callback; `holders` are the types that hold a callable."""
    constant = re.search(ASYNC_FUNCTION, declaration)
    if constant is not None:
        return constant.group(1)
    types, rest = template_types(declaration)
    rest = re.sub(r"\brequires\b.*(?=\b%s\s*\()" % scope, "", rest, flags=re.S)
    match = re.search(r"([~\w]+)\s*\(", rest)
    if match is None or "::" in rest[max(0, match.start() - 2) : match.start()]:
        return None  # a definition outside of its class
    parameters = rest[match.end() :]
    taken = any(re.search(r"(?:^|[,(\s])(?:const\s+)?%s\s*(?:&&|&)?\s+\w+" % t, parameters) for t in types)
    if taken or re.search(holders, parameters.split(")")[0]):
        return match.group(1)
    return None


def main(root):
    found = [glob.glob("%s/%s/**/*.h" % (root, room), recursive=True) for room in ROOMS]
    headers = [path for path in sorted(sum(found, [])) if "/internal/" not in path]
    problems = [] if headers else ["there are no headers below " + root]
    texts = []
    for path in headers:
        with open(path, encoding="utf-8") as file:
            texts.append(strip(file.read()))
    holders = HOLDERS % "|".join(re.findall(ALIAS, "\n".join(texts)))
    known = set()
    for text in texts:
        for scope, declaration in declarations(text):
            name = entry_point(scope, declaration, holders)
            if name is not None:
                known.add(scope + "_" + name)
    tested = set()
    for path in glob.glob(os.path.join(root, "tests/entry_points/*_test.cc")):
        with open(path, encoding="utf-8") as file:
            tested.update(re.findall(r"TEST_F\(EntryPointTest, (\w+)\)", file.read()))
    for name in sorted(known - tested - NOT_ENTRY_POINTS.keys()):
        problems.append("%s takes a callback and has no test: add TEST_F(EntryPointTest, %s)" % (name, name))
    for name in sorted(tested - known):
        problems.append("the test %s is of no public function that takes a callback" % name)
    for name in sorted(NOT_ENTRY_POINTS.keys() - known):
        problems.append("NOT_ENTRY_POINTS names %s, which is no public function" % name)
    for name in sorted(NOT_ENTRY_POINTS.keys() & tested):
        problems.append("%s has a test and a reason to have none" % name)
    print("%d entry points, %d tests, %d exceptions" % (len(known), len(tested), len(NOT_ENTRY_POINTS)))
    for problem in problems:
        print("entry_points: " + problem, file=sys.stderr)
    return 1 if problems else 0


if __name__ == "__main__":
    here = sys.argv[1] if len(sys.argv) > 1 else os.path.join(os.path.dirname(__file__), "../../WORKSPACE")
    sys.exit(main(os.path.dirname(os.path.realpath(here))))
