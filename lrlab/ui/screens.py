"""The files of the screens, for links from one to another."""

from __future__ import annotations

from pathlib import Path

PAGES = Path(__file__).parents[2] / "pages"

CONVENTIONS = PAGES / "conventions.py"
EXPLORE = PAGES / "explore.py"
GALLERY = PAGES / "gallery.py"
RUN = PAGES / "train.py"
RUNS = PAGES / "runs.py"
