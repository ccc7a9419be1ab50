"""How long every kind of schedule takes: to evaluate in NumPy, to redraw in Chromium.

    python -m tests.bench.families http://127.0.0.1:8501

Against a running app. NumPy: 235,000 rates (a thousand epochs at clock step) after the first
use, the median of five. Redraw: 600 points (rates, features and Plotly), one redraw a frame
with other numbers each time, alone and with nine pinned curves behind it; milliseconds.
"""

from __future__ import annotations

import json
import random
import shutil
import statistics
import sys
import time
import urllib.parse
from typing import Any

from playwright.sync_api import Page, sync_playwright

from lrlab.schedules import Schedule, javascript
from lrlab.ui.link import SLOTS

DRAWS = 60
PUBLISH = """async ([specs, formulas, settings]) => {
  const { publish } = await import(new URL("/lab/static/bus.js", location.origin).href);
  performance.clearMeasures("lrlab:draw");
  for (const spec of specs) {
    publish("spec", { spec, settings, formulas });
    await new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
  }
  return performance.getEntriesByName("lrlab:draw").map((entry) => entry.duration);
}"""


def settings(clock: str) -> dict[str, Any]:
    """Return the experiment's settings, as the editor publishes them."""
    return {"epochs": 30, "batch_size": 256, "train_examples": 60_000, "clock": clock, "lag": 0,
            "initial_lr": None}  # fmt: skip


def moved(kind: str, number: random.Random) -> dict[str, Any]:
    """Return a spec of `kind` whose first number is another one, as under a slider."""
    spec = Schedule.parse({"kind": kind}).spec()
    numbers = [name for name, value in spec.items() if isinstance(value, float) and value > 0]
    if numbers:
        spec[numbers[0]] *= number.uniform(1, 1.5)
    return Schedule.parse(spec).spec()


def numpy_milliseconds(kind: str) -> float:
    """Return the median time of 235,000 rates after the first use."""
    schedule = Schedule.parse({"kind": kind})
    schedule.at([0.0], 235_000.0)
    found = []
    for _ in range(5):
        began = time.perf_counter()
        schedule.rates(epochs=1000, clock="step")
        found.append(1e3 * (time.perf_counter() - began))
    return statistics.median(found)


def p95(milliseconds: list[float]) -> float:
    """Return the 95th percentile."""
    return round(statistics.quantiles(milliseconds, n=20)[18], 1)


def redraws(page: Page, kind: str) -> list[float]:
    """Return the times of `DRAWS` redraws of a kind on the open page."""
    number = random.Random(kind)
    specs = [moved(kind, number) for _ in range(DRAWS)]
    formulas = javascript.formulas(Schedule.parse(specs[0]))
    return list(page.evaluate(PUBLISH, [specs, formulas, settings("progress")]))


def pinned(url: str) -> str:
    """Return the address of the page with every slot taken by a pinned curve."""
    kinds = ["cosine", "polynomial", "one_cycle", "tanh", "rex", "wsd", "cosine_waves", "cyclic",
             "cosine_restarts"]  # fmt: skip
    pins = [
        {"name": kind, "slot": slot, "schedule": {"kind": kind}, "clock": "progress"}
        for slot, kind in zip(SLOTS, kinds, strict=True)
    ]
    return f"{url}/?clock=progress&pins={urllib.parse.quote(json.dumps(pins))}"


def measure(url: str) -> dict[str, Any]:
    """Return the figures of every kind."""
    result: dict[str, Any] = {kind: {"numpy": numpy_milliseconds(kind)} for kind in Schedule.kinds}
    with sync_playwright() as playwright:
        flags = ["--no-sandbox", "--disable-gpu"]
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=flags)
        for name, address in (("alone", f"{url}/?clock=progress"), ("of_ten", pinned(url))):
            page = browser.new_page(viewport={"width": 1440, "height": 900})
            page.goto(address)
            page.wait_for_selector('[data-testid="preview"] .js-line', state="attached")
            for kind in Schedule.kinds:
                times = redraws(page, kind)
                result[kind][name] = {"median": round(statistics.median(times), 1),
                                      "p95": p95(times), "n": len(times)}  # fmt: skip
            page.close()
        browser.close()
    return result


if __name__ == "__main__":
    for kind, figures in measure(sys.argv[1].rstrip("/")).items():
        print(json.dumps({"kind": kind, **figures}))
