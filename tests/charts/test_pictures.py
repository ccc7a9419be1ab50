"""The charts' figures as a browser paints them, beside stored pictures.

Words are left out, since each machine has other fonts. To look at what has changed:

    python -m tests.charts.test_pictures FOLDER     (FOLDER may be tests/charts/pictures itself)
"""

from __future__ import annotations

import io
import sys
from collections.abc import Callable, Iterator
from importlib.resources import files
from math import exp, sin
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image, ImageFilter
from playwright.sync_api import Browser, Page, Route, sync_playwright

import lrlab
from lrlab import charts
from lrlab.charts import Curve, Twig, lessons, race
from lrlab.charts.lessons import Band, Mark
from lrlab.comparing import Summary
from lrlab.records import Evaluation, Point
from tests.conftest import FLAGS, SYSTEM

PICTURES = Path(__file__).parent / "pictures"
STATIC = Path(lrlab.__file__).parent / "ui/static"
PLOTLY = files("plotly") / "package_data/plotly.min.js"
WIDTH, HEIGHT = 520, 300
UNLIKE = 0.004  # of the pixels may differ, as they do where another machine smooths a line's edge

AXES = ("Epoch", "Accuracy")
THEMES = {
    "light": {"background": "#ffffff", "text": "#1a1c20", "grid": "#e5e7eb", "border": "#d1d5db"},
    "dark": {"background": "#0e1117", "text": "#e8ebee", "grid": "#2b2f38", "border": "#3d424d"},
}
PAGE = """<!doctype html><style>
  :root { --st-background-color: %(background)s; --st-text-color: %(text)s;
          --st-border-color-light: %(grid)s; --st-border-color: %(border)s; }
  body { margin: 0; background: %(background)s; width: %(width)spx; }
  text, .legend { visibility: hidden !important; }
</style><div id="place"></div>"""
DRAW = """async ([figure, height]) => {
  const { default: mount } = await import("http://lab.test/static/plot.js");
  const place = document.getElementById("place");
  await mount({ parentElement: place, setTriggerValue: () => {},
    data: { figure, height, alt: "", file: "chart",
            texts: { "Download this chart as {format}": "{format}" } } });
  await new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
}"""


def curve(run: int, **kept: Any) -> Curve:
    """Return a run's records: losses that fall with a ripple, accuracies that rise."""
    planned = charts.line(0.3 * (1 + np.cos(np.linspace(0, np.pi, 2000))) / 2, 200)
    losses = [(u, 0.4 + exp(-u / (300 + 40 * run)) + 0.05 * sin(u / 90 + run))
              for u in range(50, 2001, 50)]  # fmt: skip
    points = [Point(u, u / 200, 0.3 * (1 - u / 2500), loss, 1 - loss / 2) for u, loss in losses]
    ends = [Evaluation(e, p.train_loss, p.train_acc, p.train_loss + 0.08, p.train_acc - 0.03,
                       p.update) for e, p in enumerate(points[3::4], start=1)]  # fmt: skip
    fields: dict[str, Any] = {"epochs": 10, "planned": planned, "points": points,
                              "evaluations": ends}  # fmt: skip
    return Curve(run=run, name=f"Run {run}", **(fields | kept))


def seeds(level: float) -> list[list[tuple[float, float]]]:
    return [[(e, level - 0.4 / e + 0.01 * sin(e + seed)) for e in range(1, 31)]
            for seed in range(3)]  # fmt: skip


def summed(mean: float, half: float = 0.02) -> Summary:
    return Summary(3, mean, half / 2, mean - half, mean + half)


RUNS = [curve(1), curve(2), curve(9)]
FIGURES: dict[str, Callable[[], dict[str, Any]]] = {
    "loss": lambda: charts.loss([curve(1)]),
    "losses": lambda: charts.loss([*RUNS, curve(4, behind=True)]),
    "accuracy": lambda: charts.accuracy([curve(1)]),
    "rate": lambda: charts.rate(RUNS, log=True),
    "branches": lambda: charts.branches(
        [Twig("Run 1", "", 0, 10, colour="#0072B2"),
         Twig("Run 2", "", 4, 10, 0, colour="#D55E00", dash="dash"),
         Twig("Run 3", "", 6, 8, 1)], "Epoch"),
    "bands": lambda: lessons.bands(
        [Band("cosine", seeds(0.9)), Band("constant", seeds(0.85), place=2, dash="dash",
                                          fallen=[[(1, 0.1), (30, 0.1)]])],
        axes=AXES, marks=[Mark("published", 30, 0.89, 0.004, 50)]),
    "forest": lambda: lessons.forest(
        ["a", "b", "c"], {"recorded": [summed(0.01), summed(0.05), summed(-0.03)],
                          "published": [summed(0.02, 0.005), None, summed(-0.04, 0.01)]},
        axis="Difference"),
    "swept": lambda: race.swept(
        [0.01, 0.1, 1.0], [summed(0.8), summed(0.9, 0.01), summed(0.6, 0.1)],
        axes=("Rate", "Accuracy")),
    "surface": lambda: race.surface(
        [0.1, 0.1, 0.3, 0.3], [1.0, 5.0, 1.0, 5.0],
        [summed(each) for each in (0.7, 0.8, 0.85, 0.9)], axes=("Peak", "Warmup", "Accuracy")),
    "differences": lambda: race.differences(
        ["a", "b", "c"], [[None if i == j else summed(0.02 * (i - j), 0.03) for j in range(3)]
                          for i in range(3)]),
}  # fmt: skip


def served(route: Route) -> None:
    """Answer as the app does: the components' modules, and Plotly's own file."""
    path = route.request.url.removeprefix("http://lab.test/")
    if path == "plotly.min.js":
        route.fulfill(body=PLOTLY.read_bytes(), content_type="text/javascript")
    elif path.startswith("static/"):
        route.fulfill(path=STATIC / path.removeprefix("static/"))
    else:
        route.fulfill(body="<!doctype html>", content_type="text/html")


def painted(page: Page, figure: dict[str, Any], theme: str) -> Image.Image:
    """Return a figure as the browser paints it."""
    page.goto("http://lab.test/")
    page.set_content(PAGE % (THEMES[theme] | {"width": WIDTH}))
    page.evaluate(DRAW, [figure, HEIGHT])
    shot = page.screenshot(clip={"x": 0, "y": 0, "width": WIDTH, "height": HEIGHT})
    return Image.open(io.BytesIO(shot)).convert("RGB")


def unlike(one: Image.Image, other: Image.Image) -> float:
    """Return the part of the pixels that differ, seen as from a step back."""
    near = [np.asarray(each.filter(ImageFilter.BoxBlur(1)), float) for each in (one, other)]
    return float((np.abs(near[0] - near[1]).max(axis=2) > 24).mean())


def opened(browser: Browser) -> Page:
    page = browser.new_page(viewport={"width": WIDTH, "height": HEIGHT})
    page.route("**/*", served)
    return page


@pytest.fixture(scope="module")
def page(chromium: Browser) -> Iterator[Page]:
    page = opened(chromium)
    yield page
    page.close()


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("name", FIGURES)
def test_a_figure_is_painted_as_it_was(page: Page, name: str, theme: str) -> None:
    found = painted(page, FIGURES[name](), theme)
    stored = Image.open(PICTURES / f"{name}-{theme}.png").convert("RGB")
    assert unlike(found, stored) < UNLIKE


def test_a_thinner_line_another_colour_and_a_shift_would_be_seen(page: Page) -> None:
    right = painted(page, charts.loss([curve(1)]), "light")
    for change in ({"width": 0.7}, {"color": "#56B4E9"}, {"dash": "2px,9px"}):
        figure = charts.loss([curve(1)])
        for trace in figure["data"]:
            trace["line"] = trace["line"] | change
        assert unlike(painted(page, figure, "light"), right) > UNLIKE, change
    figure = charts.loss([curve(1)])
    figure["layout"]["margin"]["l"] += 4
    assert unlike(painted(page, figure, "light"), right) > UNLIKE


def main(folder: Path) -> None:
    """Paint every figure anew into a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as driver:
        page = opened(driver.chromium.launch(executable_path=SYSTEM, args=FLAGS))
        for name, figure in FIGURES.items():
            for theme in THEMES:
                painted(page, figure(), theme).save(folder / f"{name}-{theme}.png", optimize=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
