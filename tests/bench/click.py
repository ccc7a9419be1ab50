"""How long a click on Train takes to its run's first drawn point, in headless Chromium.

    python -m tests.bench.click --clicks 25

The default experiment, each time on a page opened anew, with the app's own worker warm and
idle; the run is cancelled before the next click. The first point is the run's moving head.
"""

from __future__ import annotations

import argparse
import os
import socket
import tempfile
import time
from pathlib import Path
from shutil import which

from playwright.sync_api import Page, sync_playwright

from lrlab.runs import FINAL, Store
from tests.bench.start import summary
from tests.bench.watchers import start
from tests.conftest import FLAGS
from tests.e2e.conftest import _stop_workers, eventually

# From the click's own time stamp to just after the frame in which the loss chart has a head.
PROBE = """() => {
  const paint = (done) => requestAnimationFrame(() => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = done;
    port2.postMessage(0);
  });
  document.addEventListener("click", ({ target, timeStamp }) => {
    if (!target.closest(".st-key-launch")) return;
    const look = () => {
      const graph = document.querySelector('[data-testid="live-loss"]');
      const head = graph?.data?.find(({ meta }) => meta.source === "head");
      if (!head?.x?.length || !graph.querySelector(".scatterlayer .trace")) {
        return requestAnimationFrame(look);
      }
      paint(() => { window.first = performance.now() - timeStamp; });
    };
    look();
  }, true);
}"""


def click(page: Page, url: str) -> float:
    """Open the page, press Train, and return the milliseconds to the first point."""
    page.goto(url)
    page.wait_for_selector('[data-testid="preview"] .js-line', state="attached")
    page.wait_for_load_state("networkidle")
    page.evaluate(PROBE)
    page.locator(".st-key-launch button").click()
    page.wait_for_function("() => window.first", timeout=60_000)
    return float(page.evaluate("window.first"))


def settle(store: Store, pause: float) -> None:
    """Cancel what runs, wait until it has ended, and leave the worker some time to be ready."""
    for run in store.list():
        if run.state not in FINAL:
            store.cancel(run.id)
    eventually(lambda: not store.busy(), "the run to be cancelled")
    time.sleep(pause)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--clicks", type=int, default=25)
    parser.add_argument("--pause", type=float, default=2, help="seconds between run and click")
    options = parser.parse_args()
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    print(f"{os.cpu_count()} cores with a load of {os.getloadavg()[0]:.1f}")
    found = []
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        process = start(Path(folder), port)
        store = Store(f"sqlite:///{folder}/lrlab.db")
        browser = playwright.chromium.launch(executable_path=which("chromium"), args=FLAGS)
        page = browser.new_page(viewport={"width": 1440, "height": 900})
        try:
            for _ in range(options.clicks + 1):
                found.append(click(page, f"http://127.0.0.1:{port}/"))
                settle(store, options.pause)
        finally:
            browser.close()
            process.terminate()
            process.wait(20)
            _stop_workers(Path(folder))
    print(f"the first, which warms the worker: {found[0]:.0f} ms")
    print("click to first drawn point,", summary(found[1:]))


if __name__ == "__main__":
    main()
