"""The gallery: every kind of the catalogue as a picture, its sentence and its origin.

Nothing here knows a kind by name. Each card is a link to the explore page with the kind's
example in the address; within the app a click goes there without loading the page anew.
"""

from __future__ import annotations

from functools import cache
from itertools import groupby
from typing import Any
from urllib.parse import urlencode

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


@cache
def query(kind: str) -> dict[str, str]:
    """Return the query that opens a kind's example in Explore."""
    entry = next(entry for entry in catalogue() if entry["kind"] == kind)
    return link.write(Screen(Experiment.parse(entry["example"])))


@spoken
def _data() -> dict[str, Any]:
    groups = groupby(catalogue(), key=lambda entry: entry["group"])
    return {
        "groups": [{"title": _(title), "cards": [_card(e) for e in own]} for title, own in groups],
        "size": [WIDTH, HEIGHT],
    }


def _card(entry: Entry) -> dict[str, Any]:
    example = Experiment.parse(entry["example"])
    return {
        "kind": entry["kind"],
        "title": _(entry["title"]),
        "summary": _(entry["summary"]),
        "path": line(example.schedule, epochs=example.epochs, clock=example.clock),
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
