"""Measures servers and clients of the net: the peer on core 0, the other side on core 1.

Only 127.0.0.1 is talked to; every load ends by itself; every process that is started here is ended
here, by its id.
"""

import contextlib
import ctypes
import dataclasses
import json
import os
import pathlib
import resource
import signal
import socket
import subprocess
import tempfile

import node
from common import BENCH, PeerFailed, narrate, split_name

_ROUNDS = 3
_REPETITIONS = 3
_SECONDS = 0.4
_PEER_CORE, _OTHER_CORE = 0, 1

# Which programs serve a subject: bench/net/<family>_<peer>.cc, bench/node/servers/<family>_<peer>.js.
_SERVER_SUBJECTS = {
    "http_hello": "http_server",
    "http_hello_context": "http_context_server",
    "http_pipelined": "http_server",
    "http_idle_bytes": "http_server",
    "tcp_echo": "tcp_echo_server",
}
# How a server is looked at, as its argument; the load is http_hello's.
_OBSERVED = {f"http_observed/{how}": how for how in ("off", "metrics", "net", "trace")}
_OBSERVED_FAMILY = "http_observed_server"
# A client fetches from the floor's server.
_CLIENT_SUBJECT, _CLIENT_FAMILY = "http_client", "http_client"

_PR_SET_PDEATHSIG = 1


@dataclasses.dataclass(frozen=True)
class NetProgram:
    family: str
    peer: str
    command: list


class _Nginx:
    """Its configuration file, filled in for a free port, in a folder that goes with it."""

    def __init__(self):
        self.folder = tempfile.TemporaryDirectory(prefix="weft-bench-nginx-")
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        text = (BENCH / "net" / "nginx.conf").read_text()
        text = text.replace("PORT", str(self.port)).replace("FOLDER", self.folder.name)
        (pathlib.Path(self.folder.name) / "nginx.conf").write_text(text)

    def command(self):
        return ["nginx", "-p", self.folder.name, "-c", f"{self.folder.name}/nginx.conf"]


def _only_on(core):
    """For a child process: its core, and the wish to end when this process does."""

    def prepare():
        os.sched_setaffinity(0, {core % os.cpu_count()})
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)

    return prepare


def _wait_until_open(process, port):
    while process.poll() is None:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
    raise PeerFailed("nginx did not start")


@contextlib.contextmanager
def _serving(program, core):
    """(process id, port) of a server that runs inside the block."""
    nginx = _Nginx() if program.peer == "nginx" else None
    process = subprocess.Popen(
        nginx.command() if nginx else program.command,
        stdout=subprocess.PIPE,
        text=True,
        preexec_fn=_only_on(core),
    )
    try:
        if nginx:
            port = nginx.port
            _wait_until_open(process, port)
        else:
            announced = process.stdout.readline().split()
            if len(announced) != 2 or announced[0] != "port":
                raise PeerFailed(f"{program.command} did not start")
            port = int(announced[1])
        yield process.pid, port
    finally:
        process.terminate()
        process.wait(timeout=10)
        process.stdout.close()
        if nginx:
            nginx.folder.cleanup()


def _values(command, core):
    ran = subprocess.run(
        list(map(str, command)), capture_output=True, text=True, timeout=120, preexec_fn=_only_on(core)
    )
    if ran.returncode != 0:
        raise PeerFailed(f"{command} failed:\n{ran.stderr}")
    for line in ran.stdout.splitlines():
        measured = json.loads(line)
        yield measured["unit"], measured["value"]


def _net_programs(programs):
    found = [NetProgram(p.family, p.peer, [p.path]) for p in programs if p.room == "net"]
    for script in sorted((BENCH / "node").glob("[sc]*/*.js")):
        named = split_name(script.stem)
        if named and (named[1].startswith("node") or node.has(named[1])):
            found.append(NetProgram(*named, ["node", script]))
    found.append(NetProgram("http_server", "nginx", []))
    return found


def _jobs(programs, selection):
    """(subject, program) for all that is wanted; the peers of a subject follow one another."""
    families = dict(_SERVER_SUBJECTS, **{_CLIENT_SUBJECT: _CLIENT_FAMILY})
    jobs = [
        (subject, program)
        for subject, family in families.items()
        if selection.wants(subject)
        for program in programs
        if program.family == family
    ]
    return jobs + [
        (subject, dataclasses.replace(program, command=[*program.command, how]))
        for subject, how in _OBSERVED.items()
        if selection.wants(subject)
        for program in programs
        if program.family == _OBSERVED_FAMILY
    ]


def measure(programs, results, selection):
    net_programs = _net_programs(programs)
    jobs = _jobs(net_programs, selection)
    if not jobs:
        return
    by_name = {(program.family, program.peer): program for program in net_programs}
    load_client = by_name["load_client", ""].command[0]
    floor = by_name["http_server", "floor"]
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))  # for 5,500 connections

    rounds, repetitions, seconds = _ROUNDS, _REPETITIONS, _SECONDS
    if selection.quick:
        rounds, repetitions, seconds = 1, 1, 0.02
    for number in range(rounds):
        for subject, program in jobs:
            if (subject, program.peer) in results.failures:
                continue
            narrate(f"round {number + 1} of {rounds}: {subject}, {program.peer}")
            with results.of(subject, program.peer):
                if subject == _CLIENT_SUBJECT:
                    with _serving(floor, _OTHER_CORE) as (_, port):
                        command = [*program.command, port, repetitions, seconds]
                        values = list(_values(command, _PEER_CORE))
                else:
                    with _serving(program, _PEER_CORE) as (pid, port):
                        load = "http_hello" if subject in _OBSERVED else subject
                        command = [load_client, load, pid, port, repetitions, seconds]
                        values = list(_values(command, _OTHER_CORE))
                for unit, value in values:
                    results.add(subject, program.peer, unit, value)
