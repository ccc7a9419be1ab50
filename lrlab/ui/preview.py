"""The preview of a schedule: drawn in the browser from the editor's hand, with pins behind it."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import streamlit as st

from lrlab.schedules import catalogue, javascript
from lrlab.ui.component import component
from lrlab.ui.link import Pin
from lrlab.ui.text import _, spoken, texts

_mount = component("preview")


class Wish(NamedTuple):
    """What a hand asked of the preview: pin, unpin, name or colour (value: which) or log (whether).

    text: the pin's new name, or the number of its new place among the colours. Wishes are numbered
    upwards and stay in the component's state, so that none is lost when reruns overtake each other.
    """

    number: int
    kind: str
    value: int
    text: str = ""


def preview(
    pins: tuple[Pin, ...],
    *,
    log: bool,
    branch: tuple[int, int] | None = None,
    key: str,
    on_wish: Callable[[], None],
) -> None:
    """Show the curve of what the editor holds, and the pinned ones.

    branch: the run and update from which on the curve applies; before, it is faded.
    In `on_wish`, `wishes(key)` are what was asked of it.
    """
    formulas: dict[str, str] = {}
    for pin in pins:
        formulas |= javascript.formulas(pin.experiment.schedule)
    data = {
        "pins": [pin.dump() for pin in pins],
        "log": log,
        "branch": branch,
        "formulas": formulas,
        "titles": _titles(),
        "texts": _texts(),
    }
    _mount(key=key, data=data, on_wishes_change=on_wish)


def wishes(key: str) -> list[Wish]:
    """Return the last wishes, oldest first."""
    # Unlike indexing, to_dict does not give way to a waiting rerun, which would drop the callback.
    sent = (st.session_state.get(key) or {}).get("wishes") or []
    return [Wish(int(each["number"]), str(each["kind"]), int(each["value"]),
                 str(each.get("text", ""))) for each in sent]  # fmt: skip


@spoken
def _titles() -> dict[str, str]:
    return {entry["kind"]: _(entry["title"]) for entry in catalogue()}


@spoken
def _texts() -> dict[str, str]:
    return texts(
        "This schedule",
        "Training now",
        "Epoch",
        "Update",
        "Learning rate",
        "Log axis",
        "Pin this curve",
        "Pencil",
        "Draw any curve over the plot; its points can then be dragged",
        "Unpin {name}",
        "Name and colour of {name}",
        "Name",
        "Colour",
        "Colour {number}",
        "On the curve: {names}",
        "epoch {x}, rate {rate}",
        "update {x}, rate {rate}",
        "Run {run} until here",
        "Training goes on from run {run} at epoch {epoch}.",
        "{title}: the rate starts at {first}, peaks at {peak} and ends at {last} "
        "over {epochs} epochs.",
    )
