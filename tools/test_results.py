"""Reads what test runs leave behind: XML reports, Bazel's build events, CTest's summary.

Everything becomes a Tally of single test cases. A case that did not run (skipped or DISABLED_) is
counted apart; whoever calls decides what that means.
"""

import dataclasses
import json
import os
import urllib.parse
import xml.etree.ElementTree as ElementTree


# How Bazel begins a test's log, whatever the test.
BAZEL_SAYS = ("exec ${PAGER", "Executing tests from ", "-" * 77)


@dataclasses.dataclass
class Failure:
    what: str      # the target, and the cases in it
    log: str = ""  # what it printed


@dataclasses.dataclass
class Tally:
    passed: int = 0
    skipped: list = dataclasses.field(default_factory=list)
    failures: list = dataclasses.field(default_factory=list)
    failed: int = 0

    def fail(self, what, log="", cases=1):
        self.failed += cases
        self.failures.append(Failure(what, log))

    def fail_unbuilt(self, names):
        if names:
            self.fail("not built: " + " ".join(sorted(names)), cases=len(names))

    def add(self, other):
        self.passed += other.passed
        self.failed += other.failed
        self.skipped += other.skipped
        self.failures += other.failures


def without_passing_cases(lines):
    """A gtest log without what passed: a "[ RUN ]" directly followed by its "[ OK ]"."""
    kept = []
    for line in lines:
        if line.startswith("[       OK ]") and kept and kept[-1].startswith("[ RUN      ]"):
            kept.pop()
        elif not line.startswith(BAZEL_SAYS):
            kept.append(line)
    return kept


def tail(path, lines=40):
    try:
        with open(path, encoding="utf-8", errors="replace") as log:
            return "".join(without_passing_cases(log)[-lines:])
    except OSError:
        return f"(no log at {path})\n"


def read_report(path):
    """The cases of one XML report: (passed, failed, skipped), each a list of names."""
    passed, failed, skipped = [], [], []
    for case in ElementTree.parse(path).getroot().iter("testcase"):
        name = ".".join(filter(None, [case.get("classname"), case.get("name")]))
        if case.find("failure") is not None or case.find("error") is not None:
            failed.append(name)
        elif case.find("skipped") is not None or case.get("status") == "notrun":
            skipped.append(name)
        else:
            passed.append(name)
    return passed, failed, skipped


def count_test(tally, name, succeeded, report, log):
    """Adds one run of one test program: its report where there is one, else itself as a single case."""
    try:
        passed, failed, skipped = read_report(report)
    except (OSError, TypeError, ElementTree.ParseError):  # none, or it crashed while writing
        passed, failed, skipped = ([name] if succeeded else []), [], []
    tally.passed += len(passed)
    tally.skipped += [f"{name} {case}" for case in skipped]
    if failed:
        tally.fail(f"{name} ({', '.join(failed)})", log, len(failed))
    elif not succeeded:
        tally.fail(name, log)
    elif not passed and not skipped:
        tally.fail(f"{name} (it has no test case)", log)


def read_build_events(path):
    """The tests of one `bazel test --build_event_json_file=path`, and what could not be built."""
    tally, unbuilt = Tally(), set()
    with open(path, encoding="utf-8") as lines:
        events = [json.loads(line) for line in lines]
    for event in events:
        identity = event["id"]
        if "testResult" in event:
            result = event["testResult"]
            files = {output["name"]: urllib.parse.unquote(urllib.parse.urlparse(output.get("uri", "")).path)
                     for output in result.get("testActionOutput", [])}
            status = result.get("status", "NO_STATUS")
            name = identity["testResult"]["label"]
            if status not in ("PASSED", "FAILED"):
                name += f" {status}"
            count_test(tally, name, status == "PASSED", files.get("test.xml"),
                       "" if status == "PASSED" else tail(files.get("test.log", "")))
        elif event.get("aborted", {}).get("reason") == "SKIPPED":
            continue  # a target that this build has no use for (target_compatible_with)
        elif "targetCompleted" in identity and not event.get("completed", {}).get("success"):
            unbuilt.add(identity["targetCompleted"]["label"])
        elif "aborted" in event and "pattern" not in identity:
            what = next(iter(identity.values()), {}).get("label", "something")
            if "targetCompleted" not in identity:
                tally.fail(f"{what}: {event['aborted'].get('description') or event['aborted'].get('reason')}")
    tally.fail_unbuilt(unbuilt)
    return tally


def read_ctest(summary, reports):
    """The tests of one `ctest --output-junit summary`; gtest's own reports are in the folder `reports`."""
    tally, unbuilt = Tally(), set()
    for case in ElementTree.parse(summary).getroot().iter("testcase"):
        name = case.get("name")
        output = case.findtext("system-out") or ""
        if output.startswith("Unable to find executable"):
            unbuilt.add(name)
            continue
        count_test(tally, name, case.get("status") == "run", os.path.join(reports, name + ".xml"),
                   "".join(without_passing_cases(output.splitlines(True))[-40:]))
    tally.fail_unbuilt(unbuilt)
    return tally
