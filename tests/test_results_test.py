#!/usr/bin/env python3
"""tools/test_results.py counts what it must: nothing that failed, crashed or was left out gets lost."""

import json
import os
import sys
import tempfile
import unittest

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(os.path.realpath(__file__)), "..", "tools"))
import test_results  # noqa: E402

REPORT = """<testsuites><testsuite name="QueueTest">
  <testcase classname="QueueTest" name="Holds" status="run" result="completed"/>
  <testcase classname="QueueTest" name="Grows" status="run" result="completed"/>
  <testcase classname="QueueTest" name="Breaks" status="run"><failure message="no"/></testcase>
  <testcase classname="QueueTest" name="Waits" status="run" result="skipped"><skipped message="why"/></testcase>
  <testcase classname="QueueTest" name="DISABLED_Rests" status="notrun" result="suppressed"/>
</testsuite></testsuites>"""
PASSING = "<testsuites><testsuite><testcase name='a' status='run'/></testsuite></testsuites>"


class TestResultsTest(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)

    def write(self, name, text):
        path = os.path.join(self.folder.name, name)
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
        return path

    def count(self, report, succeeded):
        tally = test_results.Tally()
        test_results.count_test(tally, "//a:b", succeeded, report, "its log")
        return tally

    def test_cases_are_counted_one_by_one(self):
        tally = self.count(self.write("r.xml", REPORT), succeeded=False)
        self.assertEqual((tally.passed, tally.failed, len(tally.skipped)), (2, 1, 2))
        self.assertIn("QueueTest.Breaks", tally.failures[0].what)
        self.assertEqual(tally.failures[0].log, "its log")

    def test_a_crash_after_passing_cases_is_a_failure(self):
        self.assertEqual(self.count(self.write("r.xml", PASSING), succeeded=False).failed, 1)

    def test_a_broken_or_missing_report_is_one_case(self):
        for report in (self.write("r.xml", "<testsui"), None, "/nowhere.xml"):
            self.assertEqual(self.count(report, succeeded=False).failed, 1)
            self.assertEqual(self.count(report, succeeded=True).passed, 1)

    def test_a_program_without_cases_is_a_failure(self):
        self.assertEqual(self.count(self.write("r.xml", "<testsuites/>"), succeeded=True).failed, 1)

    def events(self, *events):
        return test_results.read_build_events(self.write("e.json", "\n".join(map(json.dumps, events))))

    def result(self, label, status, **files):
        outputs = [{"name": name.replace("_", "."), "uri": "file://" + path} for name, path in files.items()]
        return {"id": {"testResult": {"label": label}},
                "testResult": {"status": status, "testActionOutput": outputs}}

    def test_bazel_results_are_read_from_their_reports(self):
        tally = self.events(
            self.result("//a:good", "PASSED", test_xml=self.write("good.xml", PASSING)),
            self.result("//a:bad", "FAILED", test_xml=self.write("bad.xml", REPORT),
                        test_log=self.write("bad.log", "what it said")))
        self.assertEqual((tally.passed, tally.failed), (3, 1))
        self.assertEqual(tally.failures[0].log, "what it said")

    def test_a_log_is_told_without_what_passed(self):
        log = "[ RUN      ] A.a\n[       OK ] A.a (0 ms)\n[ RUN      ] A.b\nwrong\n[  FAILED  ] A.b\n"
        self.assertEqual(test_results.tail(self.write("t.log", log)),
                         "[ RUN      ] A.b\nwrong\n[  FAILED  ] A.b\n")

    def test_a_timeout_is_a_failure_and_says_so(self):
        tally = self.events(self.result("//a:slow", "TIMEOUT", test_xml=self.write("slow.xml", PASSING)))
        self.assertEqual(tally.failed, 1)
        self.assertIn("TIMEOUT", tally.failures[0].what)

    def test_what_was_not_built_is_a_failure(self):
        tally = self.events(
            {"id": {"targetCompleted": {"label": "//a:built"}}, "completed": {"success": True}},
            {"id": {"targetCompleted": {"label": "//a:broken"}}, "completed": {}},
            {"id": {"targetCompleted": {"label": "//a:late"}}, "aborted": {"reason": "INCOMPLETE"}},
            {"id": {"unconfiguredLabel": {"label": "//a:unread"}}, "aborted": {"reason": "LOADING_FAILURE"}})
        self.assertEqual(tally.failed, 3)

    def test_ctest_uses_the_reports_of_gtest(self):
        self.write("queue.xml", REPORT)
        summary = self.write("ctest.xml", """<testsuite>
            <testcase name="queue" status="fail"><system-out>said</system-out></testcase>
            <testcase name="script" status="run"/><testcase name="crash" status="fail"/>
            <testcase name="gone" status="fail"><system-out>Unable to find executable: x</system-out></testcase>
            </testsuite>""")
        tally = test_results.read_ctest(summary, self.folder.name)
        self.assertEqual((tally.passed, tally.failed, len(tally.skipped)), (3, 3, 2))
        self.assertEqual(tally.failures[-1].what, "not built: gone")


if __name__ == "__main__":
    unittest.main()
