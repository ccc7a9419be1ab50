"""The gallery: every kind of the catalogue as a picture, its sentence and its origin.

Nothing here knows a kind by name. Each card is a link to the explore page with the kind's
example in the address; within the app a click goes there without loading the page anew.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from itertools import groupby
from typing import Any
from urllib.parse import urlencode

import streamlit as st

from lrlab.experiment import Experiment
from lrlab.schedules import Schedule, catalogue
from lrlab.schedules.picture import HEIGHT, WIDTH, line
from lrlab.ui import link
from lrlab.ui.component import component
from lrlab.ui.link import Screen
from lrlab.ui.text import _, spoken

_mount = component("gallery")

Entry = dict[str, Any]


def gallery(*, key: str) -> str | None:
    """Show the gallery; return the kind that was just chosen."""
    result = _mount(key=key, data=_data(), on_chosen_change=lambda: None)
    return result.chosen if result.chosen in Schedule.kinds else None


def dialog(take: Callable[[Experiment], None]) -> None:
    """Show the gallery over the page; the example of the kind that is chosen goes to `take`."""

    @st.dialog(_("Gallery"), width="large")
    def shown() -> None:
        if kind := gallery(key="gallery-at-hand"):
            take(example(kind))
            st.rerun()

    shown()


@cache
def example(kind: str) -> Experiment:
    """Return the experiment that shows what a kind is."""
    return Experiment.parse(next(e["example"] for e in catalogue() if e["kind"] == kind))


@cache
def query(kind: str) -> dict[str, str]:
    """Return the query that opens a kind's example in Explore."""
    return link.write(Screen(example(kind)))


@spoken
def _data() -> dict[str, Any]:
    groups = groupby(catalogue(), key=lambda entry: entry["group"])
    return {
        "groups": [{"title": _(title), "cards": [_card(e) for e in own]} for title, own in groups],
        "size": [WIDTH, HEIGHT],
    }


def _card(entry: Entry) -> dict[str, Any]:
    shown = example(entry["kind"])
    return {
        "kind": entry["kind"],
        "title": _(entry["title"]),
        "summary": _(entry["summary"]),
        "path": line(shown.schedule, epochs=shown.epochs, clock=shown.clock),
        "query": urlencode(query(entry["kind"])),
        "origins": _origins(entry),
        "known": _("Known as {}").format(entry["known_as"]) if entry["known_as"] else "",
    }


def _origins(entry: Entry) -> list[dict[str, str]]:
    """Return where a kind comes from, each with a link or an empty one."""
    papers = [
        {"text": f"{paper['authors']}, {paper['year']}", "title": paper["title"],
         "link": paper["link"]}
        for paper in entry["references"]
    ]  # fmt: skip
    return papers or [{"text": _(entry["origin"]), "title": "", "link": ""}]
