"""Counts instructions per operation under callgrind: they do not depend on what else runs."""

import concurrent.futures
import os
import re
import subprocess

from common import PeerFailed, narrate
from timing import subjects_of

# Where a claim is about instructions, and where they say more than the time does.
_COUNTED = re.compile(
    r"tick_|immediate_|emit_|context_|coroutine_call|loop_turn|timer_(cancel_insert|rearm)/1000/|cls_"
)
_FEW, _MANY = 10, 60  # iterations


def _run(program, subject, iterations):
    """(instructions of the whole process, operations in an iteration)"""
    command = [
        "valgrind",
        "--tool=callgrind",
        "--callgrind-out-file=/dev/null",
        program.path,
        f"--benchmark_filter=^{re.escape(subject)}/iterations:{iterations}$",
        "--benchmark_format=json",
    ]
    environment = dict(os.environ, WEFT_BENCH_ITERATIONS=str(iterations))
    ran = subprocess.run(command, capture_output=True, text=True, env=environment)
    collected = re.search(r"Collected : (\d+)", ran.stderr)
    operations = re.search(r'"operations": ([\d.e+]+)', ran.stdout)
    if ran.returncode != 0 or not collected or not operations:
        raise PeerFailed(f"callgrind failed for {subject} of {program.path}:\n{ran.stderr}")
    return int(collected[1]), float(operations[1])


def _count(program, subject):
    """What starting, preparing and ending cost is the same in both runs, so it drops out."""
    few, _ = _run(program, subject, _FEW)
    many, operations = _run(program, subject, _MANY)
    return (many - few) / ((_MANY - _FEW) * operations)


def count(programs, results, selection):
    work = [
        (program, subject)
        for program in programs
        if program.room != "net"
        for subject in subjects_of(program)
        if _COUNTED.match(subject) and selection.wants(subject)
    ]
    if selection.quick:
        work = work[:1]
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        counted = [(*each, pool.submit(_count, *each)) for each in work]
        for number, (program, subject, instructions) in enumerate(counted):
            narrate(f"counting instructions: {number + 1} of {len(counted)}")
            with results.of(subject, program.peer):
                results.add(subject, program.peer, "instr/op", instructions.result())
