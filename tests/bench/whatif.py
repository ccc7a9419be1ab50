"""How long an instant what-if takes, from a slider's release to its whole curve, in Chromium.

    python -m tests.bench.whatif --releases 8

The default experiment's short form on a CPU, with the app's worker warm and idle.
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path
from time import perf_counter

from playwright.sync_api import Page, sync_playwright

from lrlab.runs import FINAL, Store
from tests.bench.start import summary
from tests.conftest import FLAGS, SYSTEM
from tests.e2e.apps import started
from tests.e2e.conftest import _stop_workers, eventually

# The chart of the newest run has the last epoch's evaluation.
WHOLE = """(run) => document.querySelector('[data-testid="live-accuracy"]')?.data?.some(
  ({ meta, x }) => meta.run === run && meta.source === "evaluations" && x.length === 2)"""


def release(page: Page, store: Store) -> float:
    """Move the peak's slider by a step; return the milliseconds until its answer is drawn."""
    before = max((run.id for run in store.list(limit=1)), default=0)
    start = perf_counter()
    page.locator('[data-key="param-base_lr"] input[type=range]').press("ArrowRight")
    page.wait_for_function(WHOLE, arg=before + 1, polling="raf", timeout=60_000)
    return (perf_counter() - start) * 1000


def main() -> None:
    """Measure once and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--releases", type=int, default=8)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        with started(home) as server, sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=SYSTEM, args=FLAGS)
            page = browser.new_page(viewport={"width": 1440, "height": 900})
            page.goto(f"{server.url}/?whatif=on")
            store = server.store()
            eventually(lambda: any(run.state in FINAL for run in store.list(limit=1)), "one", 60)
            page.wait_for_load_state("networkidle")
            found = [release(page, store) for _ in range(options.releases)]
            print(f"release to the whole curve: {summary(found)}")
            store.close()
            browser.close()
        _stop_workers(home)


if __name__ == "__main__":
    main()
