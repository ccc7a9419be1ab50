"""The files of the screens, for links from one to another, and turning to one of them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from urllib.parse import parse_qsl

import streamlit as st

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

_AHEAD = "ahead"


def go(screen: Path, query: Mapping[str, str] | str) -> None:
    """Have the script turn to a screen when it runs next: a callback cannot do so itself.

    `query`: the screen's, or an address that holds it behind "?".
    """
    if isinstance(query, str):
        query = dict(parse_qsl(query.partition("?")[2]))
    st.session_state[_AHEAD] = (screen, dict(query))


def turn() -> None:
    """Turn to the screen that a callback named, if one did."""
    if ahead := st.session_state.pop(_AHEAD, None):
        screen, query = ahead
        st.switch_page(screen, query_params=query)
