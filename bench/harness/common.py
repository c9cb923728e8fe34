"""What all parts of the harness share: where things lie, who the peers are, what was measured."""

import collections
import contextlib
import fnmatch
import pathlib
import statistics
import sys

BENCH = pathlib.Path(__file__).resolve().parent.parent
ROOT = BENCH.parent
OUT = BENCH / "out"

# In the order in which they are measured; a program <subject>_<peer>.cc belongs to the peer whose
# name, with "_" for "-", its own name ends with. "weft-off" is weft's programs built without contexts,
# "weft-timer" another way to have timers.
PEERS = [
    "weft",
    "weft-off",
    "weft-timer",
    "floor",
    "asio",
    "libev",
    "libevent",
    "libuv",
    "boost-signals2",
    "evhttp",
    "nginx",
    "node",
    "node-als",
    "cls-hooked",
    "continuation-local-storage",
]

UNITS = ["ns/op", "instr/op", "bytes", "us-cpu/req", "req/s"]


def split_name(stem):
    """("tick_burst", "asio") for "tick_burst_asio", or None if no peer's name is at the end."""
    for peer in sorted(PEERS, key=len, reverse=True):
        ending = "_" + peer.replace("-", "_")
        if stem.endswith(ending):
            return stem[: -len(ending)], peer
    return None


def narrate(text):
    """One line on the terminal that the next one replaces; nothing when the output is a file."""
    if sys.stderr.isatty():
        sys.stderr.write("\r\033[K" + text)
        sys.stderr.flush()


class Selection:
    """Which subjects are wanted, and how thoroughly."""

    def __init__(self, pattern, quick):
        self.pattern = pattern
        self.quick = quick

    def wants(self, subject):
        return self.pattern in subject or fnmatch.fnmatch(subject, self.pattern)


class PeerFailed(Exception):
    """A peer's program did not start, ended with an error, or answered wrongly."""


class Results:
    """The measured values by subject, peer and unit."""

    def __init__(self):
        self._values = collections.defaultdict(list)
        self.failures = {}  # (family or subject, peer) -> why; it is not tried again

    @contextlib.contextmanager
    def of(self, family, peer):
        """For adding what this peer measures: the others go on if it fails."""
        try:
            yield
        except PeerFailed as why:
            self.failures[family, peer] = str(why)

    def add(self, bench, peer, unit, value):
        assert peer in PEERS and unit in UNITS, (peer, unit)
        self._values[bench, peer, unit].append(value)

    def empty(self):
        return not self._values

    def count(self):
        return len(self._values)

    def rows(self):
        """A dictionary for each subject, peer and unit, grouped by subject and unit."""
        first_seen = {key[0]: None for key in self._values}
        subjects = {bench: order for order, bench in enumerate(first_seen)}

        def order(key):
            bench, peer, unit = key
            return subjects[bench], UNITS.index(unit), PEERS.index(peer)

        for bench, peer, unit in sorted(self._values, key=order):
            values = self._values[bench, peer, unit]
            yield {
                "bench": bench,
                "peer": peer,
                "value": statistics.median(values),
                "unit": unit,
                "min": min(values),
                "max": max(values),
                "runs": len(values),
            }

    def groups(self):
        """(bench, unit) -> {peer: row}, in the order of rows()."""
        grouped = {}
        for row in self.rows():
            grouped.setdefault((row["bench"], row["unit"]), {})[row["peer"]] = row
        return grouped
