#!/usr/bin/env python3
"""Drives the live page in headless Chromium, over chromedriver's own protocol.

  page_test.py REQUEST_LOG [SCREENSHOT]

REQUEST_LOG is examples/request_log, which is started, asked for some answers, and looked at. With
SCREENSHOT, a picture of the page is written there: docs/inspect.png is made so.
"""

import base64
import http.client
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request

PATIENCE = 60  # seconds, for what must happen

# Some of what each chart shows.
CHARTS = {
    "utilization": ["busy"],
    "lag": ["mean"],
    "phases": ["timers", "poll"],
    "callbacks": ["tick", "immediate"],
    "jobs": ["queued", "running"],
    "pool": ["jobs waited", "jobs ran"],
    "requests": ["served", "failed", "sent to others"],
    "bytes": ["read", "written"],
}


def until(what, condition):
    """The first true value of condition()."""
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        value = condition()
        if value:
            return value
        time.sleep(0.05)
    sys.exit(f"never came true: {what}")


class Program:
    """A process whose output is read while it runs."""

    def __init__(self, *command):
        self.lines = []
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self):
        for line in self.process.stdout:
            self.lines.append(line.strip())

    def find(self, pattern):
        for line in list(self.lines):
            found = re.search(pattern, line)
            if found:
                return found[1]
        return None

    def wait_for(self, pattern):
        return until(f"'{pattern}' in {self.process.args[0]}'s output", lambda: self.find(pattern))

    def stop(self):
        self.process.terminate()
        return self.process.wait(PATIENCE)


class Browser:
    """One page in Chromium."""

    def __init__(self, port):
        self.port = port
        answer = self._ask("POST", "/session", {"capabilities": {"alwaysMatch": {
            "browserName": "chrome",
            "goog:chromeOptions": {"args": [
                "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage",
                "--window-size=1280,1600", "--force-color-profile=srgb"]},
            "goog:loggingPrefs": {"browser": "ALL"}}}})
        self.session = f"/session/{answer['sessionId']}"

    def _ask(self, method, path, body=None):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)
        connection.request(method, path, json.dumps(body) if body is not None else None,
                           {"Content-Type": "application/json"})
        answer = json.loads(connection.getresponse().read())["value"]
        if isinstance(answer, dict) and "error" in answer:
            sys.exit(f"chromedriver: {answer['message']}")
        return answer

    def open(self, url):
        self._ask("POST", self.session + "/url", {"url": url})

    def run(self, script):
        return self._ask("POST", self.session + "/execute/sync", {"script": "return " + script, "args": []})

    def text(self, element):
        return self.run(f"document.getElementById('{element}').textContent")

    def value(self, chart, series):
        """What the legend says, -1 while it says nothing."""
        found = re.search(re.escape(series) + r" ([\d.]+)", self.text("chart-" + chart))
        return float(found[1]) if found else -1

    def problems(self):
        log = self._ask("POST", self.session + "/se/log", {"type": "browser"})
        return [entry["message"] for entry in log if entry["level"] == "SEVERE"]

    def screenshot(self, path):
        with open(path, "wb") as file:
            file.write(base64.b64decode(self._ask("GET", self.session + "/screenshot")))

    def close(self):
        self._ask("DELETE", self.session)


def keep_asking(port, stop):
    """A load: requests that overlap, each with an id."""
    number = 0
    while not stop.is_set():
        number += 1
        request = urllib.request.Request(f"http://127.0.0.1:{port}/?user=ada", headers={"X-Request-Id": f"load-{number}"})
        urllib.request.urlopen(request, timeout=PATIENCE).read()


def check(browser, page_url, screenshot):
    browser.open(page_url)
    until("the page is live", lambda: browser.text("connection") == "live")
    assert browser.text("name") == "main", browser.text("name")
    until("callbacks are counted", lambda: browser.text("rate") not in ("–", "0"))
    until("a utilisation", lambda: re.fullmatch(r"[\d.]+ %", browser.text("utilization")))
    assert int(browser.text("timers")) >= 1, "the pulse of the request log is a timer"
    until("an old context", lambda: "request{id=\"load-" in browser.text("oldest"))
    until("jobs of the thread pool", lambda: re.fullmatch(r"\d+ of [1-9]\d*", browser.text("running")))
    assert re.fullmatch(r"\d+", browser.text("queued")), browser.text("queued")
    until("requests are counted", lambda: browser.text("requests") not in ("–", "0"))
    until("an open connection", lambda: int(browser.text("connections")) >= 1)
    for chart, series in CHARTS.items():
        legend = browser.text("chart-" + chart)
        assert all(name in legend for name in series), (chart, legend)
    # Each request reads a file and signs it, on the pool.
    until("the pool's time", lambda: browser.value("pool", "jobs ran") > 0)
    until("bytes", lambda: browser.value("bytes", "read") > 0 and browser.value("bytes", "written") > 0)

    charts = browser.run("window.uPlot !== undefined")
    assert browser.run("document.getElementById('no-charts').hidden") == charts
    if charts:
        assert browser.run("document.querySelectorAll('.charts canvas').length") == len(CHARTS)
    else:
        print("built without uPlot: the charts were not looked at")

    elsewhere = browser.run(
        "performance.getEntriesByType('resource').map(e => e.name).filter(n => !n.startsWith(location.origin))")
    assert elsewhere == [], f"the page asked {elsewhere}"

    browser.run("document.getElementById('record').click()")
    until("the recording", lambda: not browser.run("document.getElementById('trace').hidden"))
    with urllib.request.urlopen(page_url + "/trace.json", timeout=PATIENCE) as answer:
        trace = json.load(answer)
    names = {e["args"]["name"] for e in trace["traceEvents"] if e["name"] == "thread_name"}
    assert any(name.startswith("load-") for name in names), sorted(names)[:10]
    assert browser.problems() == [], browser.problems()
    if screenshot:
        until("full charts", lambda: browser.run("performance.now() > 22000"))
        browser.screenshot(screenshot)


def main():
    if not shutil.which("chromium") or not shutil.which("chromedriver"):
        if os.environ.get("CI"):
            sys.exit("Chromium and its driver are needed: tools/setup installs them")
        print("no Chromium here: nothing was tested")
        return
    screenshot = sys.argv[2] if len(sys.argv) > 2 else None
    with tempfile.TemporaryDirectory() as scratch:
        os.environ["HOME"] = scratch
        server = Program(sys.argv[1], "--port=0", "--inspect")
        driver = Program("chromedriver", "--port=0")
        stop = threading.Event()
        try:
            port = server.wait_for(r"listening on http://.*:(\d+)")
            page_url = server.wait_for(r"inspect on (http\S+)")
            for _ in range(4):
                threading.Thread(target=keep_asking, args=(port, stop), daemon=True).start()
            browser = Browser(int(driver.wait_for(r"started successfully on port (\d+)")))
            try:
                check(browser, page_url, screenshot)
            finally:
                browser.close()
        finally:
            stop.set()
            driver.stop()
            code = server.stop()
    assert code == 0, f"request_log ended with {code}:\n" + "\n".join(server.lines[-20:])
    assert server.lines[-1] == "live contexts: 0", server.lines[-1]


if __name__ == "__main__":
    main()
