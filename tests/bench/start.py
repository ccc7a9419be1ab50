"""How long the app takes from its process's start to the painted curve, in headless Chromium.

    python -m tests.bench.start --starts 10

Each start has a home of its own and an empty browser cache; files are warm in the system's
cache after the first start, which is not counted. The page is opened as soon as the port
answers, while the app's worker still loads torch beside it, as for a person.
"""

from __future__ import annotations

import argparse
import math
import os
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from shutil import which
from urllib.request import urlopen

from playwright.sync_api import Browser, sync_playwright

from tests.conftest import FLAGS
from tests.e2e.conftest import ROOT, _free_port, _stop_workers

# The wall-clock time in ms just after the frame that shows the curve.
WATCH = """() => {
  const look = () => {
    if (!document.querySelector('[data-testid="preview"] .js-line')) {
      return requestAnimationFrame(look);
    }
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => { window.painted = performance.timeOrigin + performance.now(); };
    requestAnimationFrame(() => port2.postMessage(0));
  };
  requestAnimationFrame(look);
}"""


def summary(milliseconds: list[float]) -> str:
    """Return n, median, 95th percentile (nearest rank) and range."""
    ordered = sorted(milliseconds)
    at_95 = ordered[math.ceil(0.95 * len(ordered)) - 1]
    middle = statistics.median(ordered)
    return (
        f"n = {len(ordered)}: median {middle:.0f} ms, p95 {at_95:.0f} ms, "
        f"from {ordered[0]:.0f} to {ordered[-1]:.0f} ms"
    )


def once(browser: Browser, home: Path) -> tuple[float, float]:
    """Start the app; return process start → port and page opened → curve painted, in ms."""
    port = _free_port()
    options = [f"--server.port={port}", "--server.headless=true"]
    began = time.time()
    process = subprocess.Popen(
        [sys.executable, "-m", "streamlit", "run", "app.py", *options],
        cwd=ROOT,
        env=os.environ | {"LRLAB_HOME": str(home)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        _await_port(port)
        opened = time.time()
        context = browser.new_context(viewport={"width": 1440, "height": 900})
        page = context.new_page()
        page.add_init_script(f"({WATCH})()")
        page.goto(f"http://127.0.0.1:{port}/", wait_until="commit")
        page.wait_for_function("() => window.painted")
        painted = page.evaluate("window.painted")
        context.close()
    finally:
        process.terminate()
        process.wait(20)
        _stop_workers(home)
    return 1000 * (opened - began), painted - 1000 * opened


def _await_port(port: int) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        try:
            with socket.create_connection(("127.0.0.1", port), 1):
                break
        except OSError:
            time.sleep(0.005)
    urlopen(f"http://127.0.0.1:{port}/_stcore/health", timeout=60).close()


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--starts", type=int, default=10)
    options = parser.parse_args()
    print(f"{os.cpu_count()} cores with a load of {os.getloadavg()[0]:.1f}")
    found = []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=which("chromium"), args=FLAGS)
        for _ in range(options.starts + 1):
            with tempfile.TemporaryDirectory() as folder:
                found.append(once(browser, Path(folder)))
        browser.close()
    servers, pages = zip(*found[1:], strict=True)
    print("process start to port,", summary(list(servers)))
    print("page opened to painted curve,", summary(list(pages)))
    print("sum,", summary([server + page for server, page in found[1:]]))


if __name__ == "__main__":
    main()
