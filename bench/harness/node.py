"""Times Node and its packages: a process for each subject, run by bench/node/run.js."""

import json
import subprocess
import sys

from common import BENCH, PeerFailed, narrate
from timing import Item

FOLDER = BENCH / "node"


def install():
    """Installs what package-lock.json names, once for each version of that file.

    Without a package registry, its packages are not measured; all else is.
    """
    wanted = FOLDER / "package-lock.json"
    installed = FOLDER / "node_modules" / ".package-lock.json"
    if installed.exists() and installed.stat().st_mtime >= wanted.stat().st_mtime:
        return
    narrate("installing Node's packages")
    command = ["npm", "ci", "--no-audit", "--no-fund", "--ignore-scripts"]
    done = subprocess.run(command, cwd=FOLDER, capture_output=True, text=True)
    if done.returncode != 0:
        print(f"npm ci failed, so its packages are not measured:\n{done.stderr}", file=sys.stderr)


def has(package):
    return (FOLDER / "node_modules" / package).is_dir()


def _run(peer, subject, repetitions):
    command = ["node", FOLDER / "run.js", peer, subject, str(repetitions)]
    ran = subprocess.run(command, capture_output=True, text=True)
    if ran.returncode != 0:
        raise PeerFailed(f"node run.js {peer} {subject} failed:\n{ran.stderr}")
    for line in ran.stdout.splitlines():
        measured = json.loads(line)
        yield measured["bench"], measured["unit"], measured["value"]


def items(selection):
    listed = subprocess.run(
        ["node", FOLDER / "run.js", "--list"], capture_output=True, text=True, check=True
    )
    found = []
    for peer, subjects in json.loads(listed.stdout).items():
        for subject in filter(selection.wants, subjects):

            def run(repetitions, peer=peer, subject=subject):
                return _run(peer, subject, repetitions)

            found.append(Item(subject, peer, True, run))
    return found
