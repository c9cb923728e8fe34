"""Replays conformance programs and compares the traces with those in the files.

    replay_compare.py REPLAYER FILE...

Prints each program whose trace differs, with its first difference. Exits with 1 if there is one.
"""

import json
import subprocess
import sys


def first_difference(expected, actual, order):
    """A sentence about the first difference between two traces, or None."""
    if order == "per-path":
        expected, actual = by_path(expected), by_path(actual)
    for number, (wanted, got) in enumerate(zip(expected, actual)):
        if wanted != got:
            return f"line {number}: expected {wanted}, got {got}"
    if len(expected) != len(actual):
        longer = expected if len(expected) > len(actual) else actual
        which = "missing" if longer is expected else "too much"
        return f"{which}: {longer[min(len(expected), len(actual))]}"
    return None


def by_path(trace):
    """The trace sorted by path; texts of one path stay in order."""
    return sorted(trace, key=lambda line: line[0])


def compare(replayer, path):
    """The number of programs of the file, and of those that differ."""
    with open(path, encoding="utf-8") as file:
        lines = [line for line in file if line.strip()]
    played = subprocess.run(
        [replayer], input="".join(lines), stdout=subprocess.PIPE, text=True, check=False
    )
    traces = {}
    for line in played.stdout.splitlines():
        answer = json.loads(line)
        traces[answer["id"]] = answer["trace"]
    different = 0
    for line in lines:
        program = json.loads(line)
        name = program["id"]
        if name not in traces:
            difference = "was not replayed"
        else:
            difference = first_difference(program["trace"], traces[name], program["order"])
        if difference is not None:
            different += 1
            print(f"{name}: {difference}")
    if played.returncode != 0 and different == 0:
        print(f"{path}: the replayer exited with {played.returncode}")
        different = 1
    return len(lines), different


def main(arguments):
    """Returns the exit status."""
    failed = False
    for path in arguments[1:]:
        programs, different = compare(arguments[0], path)
        print(f"{path}: {programs} programs, {different} differ")
        failed |= different != 0 or programs == 0
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
