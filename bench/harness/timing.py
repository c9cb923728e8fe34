"""Times the C++ programs, in rounds, so that a drift of the machine hits all peers alike."""

import dataclasses
import json
import re
import subprocess
import typing

from common import UNITS, PeerFailed, narrate

_ROUNDS = 9

# What Google Benchmark adds to a name to tell how it measures.
_SUFFIX = re.compile(r"/(iterations:\d+|repeats:\d+|manual_time|real_time|process_time)")


@dataclasses.dataclass(frozen=True)
class Item:
    """One process to run, again and again.

    `run(repetitions)` yields (subject, unit, value). A heavy item takes long to prepare, so it runs
    in every third round only, with three repetitions.
    """

    family: str
    peer: str
    heavy: bool
    run: typing.Callable


def subjects_of(program):
    """Subject -> Google Benchmark's name for it."""
    listed = subprocess.run(
        [program.path, "--benchmark_list_tests"], capture_output=True, text=True, check=True
    )
    return {_SUFFIX.sub("", name): name for name in listed.stdout.split()}


def names_pattern(names):
    return "^(" + "|".join(map(re.escape, names)) + ")$"


def _values(entry):
    """(unit, value) for each thing that a subject reported."""
    if "items_per_second" in entry:
        yield "ns/op", 1e9 / entry["items_per_second"]
    for unit in UNITS:
        if unit in entry:
            yield unit, entry[unit]


def _run_program(program, names, seconds, repetitions):
    command = [
        program.path,
        f"--benchmark_filter={names_pattern(names)}",
        f"--benchmark_min_time={seconds}",
        f"--benchmark_repetitions={repetitions}",
        "--benchmark_format=json",
    ]
    ran = subprocess.run(command, capture_output=True, text=True)
    if ran.returncode != 0:
        raise PeerFailed(f"{program.path} failed:\n{ran.stderr}")
    for entry in json.loads(ran.stdout)["benchmarks"]:
        if entry.get("error_occurred"):
            raise PeerFailed(f"{program.path}: {entry['name']}: {entry['error_message']}")
        if entry["run_type"] == "iteration":
            subject = _SUFFIX.sub("", entry["run_name"])
            for unit, value in _values(entry):
                yield subject, unit, value


def items(programs, selection):
    """The programs that time themselves, with the subjects that are wanted."""
    found = []
    seconds = 0.0001 if selection.quick else 0.05
    for program in programs:
        if program.room == "net":
            continue
        names = [name for subject, name in subjects_of(program).items() if selection.wants(subject)]
        if names:

            def run(repetitions, program=program, names=names):
                return _run_program(program, names, seconds, repetitions)

            found.append(Item(program.family, program.peer, program.family == "timer", run))
    return found


def _rotated(peers, by):
    by %= len(peers)
    return peers[by:] + peers[:by]


def measure_in_rounds(all_items, results, selection):
    families = {}
    for item in all_items:
        families.setdefault(item.family, []).append(item)
    rounds = 1 if selection.quick else _ROUNDS
    for number in range(rounds):
        for family, peers in families.items():
            for item in _rotated(peers, number):
                if item.heavy and number % 3 != 0 or (family, item.peer) in results.failures:
                    continue
                narrate(f"round {number + 1} of {rounds}: {family}, {item.peer}")
                repetitions = 3 if item.heavy and not selection.quick else 1
                with results.of(family, item.peer):
                    for subject, unit, value in item.run(repetitions):
                        results.add(subject, item.peer, unit, value)
