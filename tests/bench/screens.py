"""How long screens take: 64 runs in Compare, drawn and panned, and switches between pages.

    python -m tests.bench.screens --switches 5

The runs have made-up records of 30 epochs: only their number matters. Prints milliseconds.
"""

from __future__ import annotations

import argparse
import tempfile
from itertools import pairwise
from pathlib import Path
from statistics import median, quantiles
from time import perf_counter

from playwright.sync_api import Page, sync_playwright

from lrlab.experiment import Experiment
from lrlab.records import Evaluation, Head, Point
from lrlab.runs import State, Store
from lrlab.runs.writing import Progress
from tests.conftest import FLAGS, SYSTEM
from tests.e2e.apps import started
from tests.e2e.conftest import _stop_workers
from tests.submitted import submit

RUNS, EPOCHS, UPDATES = 64, 30, 235
PAGES = {  # a link of the bar → what is there when its page is
    "Gallery": ".lrlab-card svg", "Runs": "[data-testid=stDataFrame] canvas",
    "Landscapes": "canvas, .lrlab-figure svg", "Race": ".js-plotly-plot .main-svg",
    "Learn": "h2, h3", "Explore": '[data-testid="preview"] .js-line',
}  # fmt: skip
FRAMES = """() => { window.frames_ = []; const look = (at) => { frames_.push(at);
  requestAnimationFrame(look); }; requestAnimationFrame(look); }"""


REDRAW = """async () => {
  const box = document.querySelector('[data-key="compare-log"]');
  const start = performance.now();
  box.click();
  await new Promise((done) => requestAnimationFrame(() => setTimeout(done)));
  return performance.now() - start;
}"""


def fill(store: Store) -> None:
    """Store the runs."""
    for at in range(RUNS):
        spec = {"kind": "constant", "base_lr": 0.01 + at / 1000}
        submit(store, Experiment.parse({"schedule": spec, "epochs": EPOCHS}))
        lease = store.claim("bench")
        assert lease is not None
        updates = EPOCHS * UPDATES
        records = [Point(u, u / UPDATES, 0.1, 2 / (1 + u / 500) + at / 100, 0.5)
                   for u in range(50, updates + 1, 50)]  # fmt: skip
        ends = [Evaluation(e, 1.0, 0.9 - 0.5 / e - at / 1000, 1.0, 0.5, e * UPDATES)
                for e in range(1, EPOCHS + 1)]  # fmt: skip
        progress = Progress(Head(updates, EPOCHS, 0.1, 0.5, 0.8), [*records, *ends])
        lease.end(0, State.FINISHED, progress)


def compare(page: Page, url: str, metric: str) -> None:
    """Print how long 64 runs take to be drawn, and the frames while they are panned."""
    start = perf_counter()
    page.goto(f"{url}/compare?runs=1-{RUNS}&metric={metric}")
    page.wait_for_function(
        f"""() => document.querySelector('[data-testid="compare"]')?.data
        ?.filter(({{ x }}) => x.length >= {EPOCHS}).length === {RUNS}""",
        polling="raf",
    )
    whole = (perf_counter() - start) * 1000
    redraw = page.evaluate(REDRAW)
    box = page.locator('[data-testid="compare"] .nsewdrag').bounding_box()
    assert box
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.keyboard.down("Shift")  # the other of zooming and panning
    page.mouse.move(x, y)
    page.mouse.down()
    page.evaluate(FRAMES)
    for step in range(60):
        page.mouse.move(x + 4 * step, y)
    frames = page.evaluate("frames_")
    page.mouse.up()
    page.keyboard.up("Shift")
    gaps = [after - before for before, after in pairwise(frames)]
    panned = f"{median(gaps):.0f} (p95 {quantiles(gaps, n=20)[-1]:.0f})"
    print(f"{RUNS} runs, {metric}: address to drawn {whole:.0f}, drawn anew {redraw:.0f}; "
          f"panned: a frame each {panned}")  # fmt: skip


def switch(page: Page, url: str, times: int) -> None:
    """Print how long a click on a page's link takes until the page is there."""
    page.goto(url)
    page.wait_for_selector(PAGES["Explore"], state="attached")
    found: dict[str, list[float]] = {name: [] for name in PAGES}
    for _ in range(times + 1):
        for name, there in PAGES.items():
            start = perf_counter()
            page.get_by_role("link", name=name, exact=True).first.click()
            page.wait_for_url(f"**/{'' if name == 'Explore' else name.lower()}*")
            page.wait_for_selector(there, state="attached")
            found[name].append((perf_counter() - start) * 1000)
            page.wait_for_timeout(700)
    warm = [each for values in found.values() for each in values[1:]]
    said = ", ".join(f"{name} {median(values[1:]):.0f}" for name, values in found.items())
    print(f"switch, median: {said}; all: p95 {quantiles(warm, n=20)[-1]:.0f} (n = {len(warm)})")


def main() -> None:
    """Measure once and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--switches", type=int, default=5)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        store = Store(f"sqlite:///{home / 'lrlab.db'}")
        fill(store)
        store.close()
        with started(home) as server, sync_playwright() as playwright:
            # A profile on disk, as people have: scripts are compiled for the first visits only.
            browser = playwright.chromium.launch_persistent_context(
                home / "profile", executable_path=SYSTEM, args=FLAGS,
                viewport={"width": 1440, "height": 900},
            )  # fmt: skip
            page = browser.new_page()
            for metric in ("test_acc", "test_acc", "test_acc", "train_loss"):
                compare(page, server.url, metric)
            switch(page, server.url, options.switches)
            browser.close()
        _stop_workers(home)


if __name__ == "__main__":
    main()
