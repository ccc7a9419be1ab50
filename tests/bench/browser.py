"""How late a record is on screen: commit to event and to painted point in Chromium.

python -m tests.bench.browser --seconds 20
"""

from __future__ import annotations

import argparse
import os
import socket
import tempfile
import time
from pathlib import Path
from shutil import which

from playwright.sync_api import sync_playwright

from lrlab.experiment import Experiment
from lrlab.runs import Store
from tests.bench.watchers import Writer, start
from tests.conftest import FLAGS
from tests.e2e.conftest import _stop_workers
from tests.submitted import submit

# Wall-clock times in ms: of each event with points, and of the frame after each drawing of them.
WATCH = """() => {
  window.heard = [];
  window.painted = [];
  const Stream = window.EventSource;
  window.EventSource = class extends Stream {
    constructor(...address) {
      super(...address);
      this.addEventListener("message", ({ data }) => {
        const points = JSON.parse(data).runs["1"].points;
        for (const update of points?.update ?? []) heard.push([update, Date.now()]);
      });
    }
  };
  let drawn = 0;
  const look = () => {
    const graph = document.querySelector('[data-testid="live-loss"]');
    const line = graph?.data?.find(({ meta }) => meta.source === "points");
    for (; line && drawn < line.x.length; drawn++) painted.push([drawn + 1, Date.now()]);
    requestAnimationFrame(look);
  };
  look();
}"""


def main() -> None:
    """Measure once and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=20)
    options = parser.parse_args()
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with tempfile.TemporaryDirectory() as folder:
        store = Store(f"sqlite:///{folder}/lrlab.db")
        submit(store, Experiment.parse({"schedule": {"kind": "constant"}, "epochs": 30}))
        lease = store.claim("bench")
        assert lease is not None
        writer = Writer(lease)
        writer.start()
        process = start(Path(folder), port)
        try:
            _report(writer, *_watch(f"http://127.0.0.1:{port}/train?run=1", options.seconds))
        finally:
            writer.stop.set()
            writer.join()
            process.terminate()
            process.wait(20)
            _stop_workers(Path(folder))


Times = list[tuple[int, float]]


def _watch(address: str, seconds: float) -> tuple[float, Times, Times]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=which("chromium"), args=FLAGS)
        page = browser.new_page(viewport={"width": 1440, "height": 900})
        page.add_init_script(f"({WATCH})()")
        page.goto(address)
        page.wait_for_function("() => painted.length > 5")
        began = time.time()
        page.wait_for_timeout(1000 * seconds)
        result = began, page.evaluate("heard"), page.evaluate("painted")
        browser.close()
    return result


def _report(writer: Writer, began: float, heard: Times, painted: Times) -> None:
    print(f"Chromium headless, {os.cpu_count()} cores with a load of {os.getloadavg()[0]:.1f}")
    shift = time.time() - time.monotonic()
    for name, times in (("event", heard), ("painted point", painted)):
        stored = {update: at + shift for update, at in writer.stored.items()}
        late = sorted(
            at - 1000 * stored[update] for update, at in times if stored.get(update, 0) > began
        )
        middle, at_95 = late[len(late) // 2], late[int(0.95 * len(late))]
        print(f"  commit to {name}, n = {len(late)}: median {middle:.0f} ms, p95 {at_95:.0f} ms")


if __name__ == "__main__":
    main()
