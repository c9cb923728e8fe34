#!/usr/bin/env python3
"""Runs programs under callgrind and holds their counts to limits: the test of a weft_callgrind_test.

  driver.py PROGRAM [BUILD=PROGRAM...] -- LIMIT...

Each measure() of a program leaves one dump, labelled "name/operations". A limit is a comparison of
measured names in instructions per operation; those of the program of another BUILD begin with its
name, as "off.tick".
"""

import ast
import glob
import os
import re
import subprocess
import sys
import tempfile
import types
from xml.sax.saxutils import quoteattr

COMPARISONS = {
    ast.LtE: lambda a, b: a <= b,
    ast.Lt: lambda a, b: a < b,
    ast.GtE: lambda a, b: a >= b,
    ast.Gt: lambda a, b: a > b,
    ast.Eq: lambda a, b: a == b,
}


def count(program, scratch):
    """Runs the program under callgrind; gives {name: instructions per operation}."""
    out = os.path.join(scratch, os.path.basename(program) + ".out")
    run = subprocess.run(
        ["valgrind", "--tool=callgrind", f"--callgrind-out-file={out}", os.path.abspath(program)],
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    if run.returncode != 0:
        sys.exit(f"{program} failed under callgrind (exit {run.returncode}):\n{run.stdout}")
    totals = {}
    for path in glob.glob(glob.escape(out) + ".*"):
        with open(path, encoding="utf-8", errors="replace") as dump:
            text = dump.read()
        label = re.search(r"^desc: Trigger: Client Request: (\w+)/(\d+)$", text, re.MULTILINE)
        total = re.search(r"^(?:totals|summary): (\d+)", text, re.MULTILINE)
        if label and total:
            if label[1] in totals:
                sys.exit(f"{program} measures '{label[1]}' twice: give each measure() a name of its own")
            totals[label[1]] = (int(total[1]), int(label[2]))
    if "empty" not in totals:
        sys.exit(f"{program} measured nothing: call weft::callgrind::measure() in it")
    empty = totals.pop("empty")[0]
    return {name: (total - empty) / operations for name, (total, operations) in totals.items()}


def judge(limit, names):
    """Whether the limit is kept, and a sentence with the numbers."""
    tree = ast.parse(limit, mode="eval").body
    if not isinstance(tree, ast.Compare) or len(tree.ops) != 1 or type(tree.ops[0]) not in COMPARISONS:
        sys.exit(f"limit '{limit}' is not a comparison such as 'b - a <= 16'")
    try:
        left, right = (
            eval(compile(ast.Expression(side), limit, "eval"), {"__builtins__": {}}, names)
            for side in (tree.left, tree.comparators[0]))
    except (NameError, AttributeError) as error:
        sys.exit(f"limit '{limit}': nothing measured has that name ({error})")
    kept = COMPARISONS[type(tree.ops[0])](round(left, 2), round(right, 2))
    return kept, f"{limit}   ({left:.2f} against {right:.2f})"


def main():
    if "--" not in sys.argv or sys.argv.index("--") < 2:
        sys.exit(__doc__)
    split = sys.argv.index("--")
    programs, limits = sys.argv[1:split], sys.argv[split + 1:]
    with tempfile.TemporaryDirectory() as scratch:
        names = count(programs[0], scratch)
        others = {build: count(program, scratch)
                  for build, program in (other.split("=", 1) for other in programs[1:])}
    for prefix, counts in (("", names), *((f"{build}.", counts) for build, counts in others.items())):
        for name, instructions in counts.items():
            print(f"{prefix}{name}: {instructions:.2f} instr/op")
    names.update((build, types.SimpleNamespace(**counts)) for build, counts in others.items())

    cases, failed = [], 0
    for limit in limits:
        kept, sentence = judge(limit, names)
        failed += not kept
        print(("kept      " if kept else "EXCEEDED  ") + sentence)
        failure = "" if kept else f"<failure message={quoteattr(sentence)}/>"
        cases.append(f"<testcase name={quoteattr(limit)}>{failure}</testcase>")
    if "XML_OUTPUT_FILE" in os.environ:
        with open(os.environ["XML_OUTPUT_FILE"], "w", encoding="utf-8") as report:
            report.write(f"<testsuites><testsuite name='limits' tests='{len(cases)}' "
                         f"failures='{failed}'>{''.join(cases)}</testsuite></testsuites>\n")
    sys.exit(1 if failed or not limits else 0)


if __name__ == "__main__":
    main()
