"""The files of the screens, for links from one to another."""

from __future__ import annotations

from pathlib import Path

PAGES = Path(__file__).parents[2] / "pages"

COMPARE = PAGES / "compare.py"
CONVENTIONS = PAGES / "conventions.py"
EXPLORE = PAGES / "explore.py"
GALLERY = PAGES / "gallery.py"
LANDSCAPES = PAGES / "landscapes.py"
LEARN = PAGES / "learn.py"
RACE = PAGES / "race.py"
RANGE_TEST = PAGES / "range_test.py"
RUN = PAGES / "train.py"
RUNS = PAGES / "runs.py"

# The modules of what a screen shows at once, by its path: a browser fetches them early.
MODULES = {
    "": ("facts", "editor", "preview", "replay", "summary"),
    "compare": ("compare",),
    "conventions": ("plot",),
    "gallery": ("gallery",),
    "landscapes": ("landscape",),
    "learn": ("plot",),
    "race": ("race", "plot"),
    "range_test": ("sweep",),
    "runs": (),
    "train": ("live",),
}
