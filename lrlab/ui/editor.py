"""The editor of an experiment: sliders and fields in the browser, its value in Python.

While a hand drags, the browser alone draws; the value comes here on release.
What arrives is parsed like any input: a fault becomes a sentence beside its
field, and the last valid experiment stays.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import streamlit as st

from lrlab.errors import InvalidInput
from lrlab.experiment import Experiment
from lrlab.schedules import catalogue, formula, javascript
from lrlab.schedules.presets import PRESETS
from lrlab.ui.component import component
from lrlab.ui.labels import labels
from lrlab.ui.refusals import worded
from lrlab.ui.settings import settings
from lrlab.ui.text import _, spoken, texts

_mount = component("editor")
_tell = component("facts")


def editor(
    experiment: Experiment,
    *,
    revision: int,
    error: InvalidInput | None,
    key: str,
    on_change: Callable[[], None],
) -> None:
    """Show the editor holding `experiment`; in `on_change`, `reported(key)` is its new value.

    A higher `revision` makes the browser take `experiment` in place of its own
    value: a link was opened, or the back button pressed.
    """
    fault = error and {"field": error.field, "sentence": worded(error)}
    with st.container(key=f"{key}-facts"):
        _tell(data=_facts())
    _mount(
        key=key,
        data={
            "experiment": experiment.model_dump(mode="json"),
            "formulas": javascript.formulas(experiment.schedule),
            "revision": revision,
            "error": fault,
        },
        on_experiment_change=on_change,
    )


def reported(key: str) -> dict[str, Any] | None:
    """Return what the browser's editor last reported, unparsed; None if nothing yet."""
    return (st.session_state.get(key) or {}).get("experiment")


@spoken
def _facts() -> dict[str, Any]:
    """Return what the editor knows, a message of its own: it is sent once, and not at each edit."""
    return {
        "catalogue": [_entry(entry) for entry in catalogue()],
        "presets": [_preset(preset) for preset in PRESETS],
        "settings": settings(),
        "labels": labels(),
        "formula_names": [*formula.VARIABLES, *formula.FUNCTIONS],
        "texts": _texts(),
    }


def _entry(entry: dict[str, Any]) -> dict[str, Any]:
    said = {name: _(entry[name]) for name in ("title", "group", "summary")}
    parameters = [each | {"help": _(each["help"])} for each in entry["parameters"]]
    return entry | said | {"parameters": parameters}


def _preset(preset: dict[str, Any]) -> dict[str, Any]:
    whole = Experiment.parse(preset["experiment"]).model_dump(mode="json")
    return {"name": preset["name"], "title": _(preset["title"]), "experiment": whole}


def _texts() -> dict[str, str]:
    return texts(
        "Schedule",
        "From the chapter",
        "Start from one of the chapter's experiments",
        "Choose an experiment",
        "{label} (epochs)",
        "{label} (updates)",
        "whole run",
        "none",
        "Add to {label}",
        "Remove {label}",
        "Part {number}",
        "Add a part",
        "Remove part {number}",
        "How long this part lasts",
        "a number",
        "a whole number",
        "not a number",
        "{label} is {shown}; allowed is {noun} above {min} to {max}.",
        "{label} is {shown}; allowed is {noun} from {min} to {max}.",
        "{label} is {shown}; allowed is {noun} from {min} to below {max}.",
        "{label} is {shown}; allowed is a number from {min} to {max}, in order.",
    )
