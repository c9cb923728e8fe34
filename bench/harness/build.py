"""Builds the peers' programs, and keeps copies of them that later builds cannot change."""

import dataclasses
import pathlib
import shutil
import subprocess

from common import BENCH, OUT, ROOT, narrate, split_name


@dataclasses.dataclass(frozen=True)
class Program:
    """A built program that measures one peer."""

    room: str  # the folder under bench/
    family: str  # its name without the peer
    peer: str
    path: pathlib.Path


def _sources():
    for source in sorted(BENCH.glob("*/*.cc")):
        named = split_name(source.stem)
        if named:
            yield source.parent.name, source.stem, *named


def _bazel(targets, *flags):
    narrate("building")
    # Without what .bazelrc asks for the sake of profiles: as CMake builds what is installed.
    options = ["--compilation_mode=opt", "--copt=-fomit-frame-pointer", "--noshow_progress"]
    command = ["bazel", "build", *options, *flags, *targets]
    built = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    if built.returncode != 0:
        raise SystemExit(built.stderr)


def _keep(room, stem, peer):
    folder = OUT / "bin" / peer
    folder.mkdir(parents=True, exist_ok=True)
    kept = folder / stem
    kept.unlink(missing_ok=True)
    shutil.copy(ROOT / "bazel-bin" / "bench" / room / stem, kept)
    return kept


def build_programs():
    """Every program, whatever is selected: what subjects it has, only the program itself can tell."""
    sources = list(_sources())
    _bazel([f"//bench/{room}:{stem}" for room, stem, _, _ in sources] + ["//bench/net:load_client"])
    programs = [
        Program(room, family, peer, _keep(room, stem, peer)) for room, stem, family, peer in sources
    ]
    programs.append(Program("net", "load_client", "", _keep("net", "load_client", "")))

    own = [(room, stem, family) for room, stem, family, peer in sources if peer == "weft"]
    if own:
        _bazel([f"//bench/{room}:{stem}" for room, stem, _ in own], "--define=weft_cls=off")
        for room, stem, family in own:
            programs.append(Program(room, family, "weft-off", _keep(room, stem, "weft-off")))
    return programs
