"""What the pages say of runs: one run by the text in an address, many as a table."""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import pandas as pd
import streamlit as st
from pandas.io.formats.style import Styler

from lrlab import charts
from lrlab.errors import shown
from lrlab.experiment import FIELDS, Experiment
from lrlab.runs import Run, Store
from lrlab.runs.labels import LABEL_LENGTH
from lrlab.ui import link
from lrlab.ui.labels import labels
from lrlab.ui.link import Screen
from lrlab.ui.text import _

MOST_SHOWN = 200  # runs in the table, the newest
MOST_COMPARED = 8  # as many as there are colours

_STAR = "★"

LONGEST_HEADING = 60  # characters: three lines of a phone

LARGEST = 2**31 - 1


def empty() -> str:
    """Return what a person reads where there is no run yet."""
    return _("No run yet. Choose a schedule, press Train, and it appears here.")


def wanted_run(store: Store, text: str | None) -> tuple[Run | None, str]:
    """Return the run whose number an address gives, the newest where it gives none.

    Where there is no such run: None and a sentence for the person.
    """
    if text is None:
        newest = store.list(limit=1)
        return (newest[0], "") if newest else (None, empty())
    number = int(text) if text.isascii() and text.isdigit() and len(text) < 11 else 0
    run = store.run(number) if 0 < number <= LARGEST else None
    if run is None:
        fault = _("The address says run {}; allowed is the number of a run in the list.")
        return None, fault.format(shown(text, limit=24))
    return run, ""


def headline(run: Run) -> tuple[str, str]:
    """Return what heads a run's page, in few words, and what stands in small below, or "".

    A run that nobody named is headed by its schedule, with the changed settings below.
    """
    title, schedule = run.experiment.title, run.experiment.schedule.describe()
    if run.name == title[:LABEL_LENGTH] and len(schedule) <= LONGEST_HEADING:
        return schedule, title.removeprefix(schedule).removeprefix(", ")
    whole = title if run.name == title[:LABEL_LENGTH] else run.name
    if len(whole) <= LONGEST_HEADING:
        return whole, ""
    return whole[: LONGEST_HEADING - 1].rstrip() + "…", whole


def explore_query(run: Run) -> dict[str, str]:
    """Return the query that opens a run's experiment, and the run itself, in Explore."""
    return link.write(Screen(run.experiment, runs=(run.id,)))


def spec(run: Run) -> str:
    """Return a run's schedule as the JSON that the command line takes."""
    return json.dumps(run.experiment.schedule.spec(), indent=1)


def settings(experiment: Experiment) -> dict[str, list[str]]:
    """Return a run's settings as a table of two columns, names and values.

    What was changed comes first; what has no meaning beside the others is left out.
    """
    order = dict.fromkeys([*experiment.changed(), *FIELDS])
    whole = {name: getattr(experiment, name) for name in order if experiment.uses(name)}
    whole["lag"] = bool(experiment.lag)
    said = {name: value for name, value in whole.items() if value is not None}
    names = [labels().get(name, name.replace("_", " ").capitalize()) for name in said]
    return {_("Setting"): names, _("Value"): [word(value) for value in said.values()]}


def word(value: Any) -> str:
    """Return a setting's value as a person reads it."""
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, tuple):
        return ", ".join(map(word, value)) or _("none")
    return labels().get(value, value) if isinstance(value, str) else str(value)


def table(runs: Sequence[Run]) -> Styler:
    """Return the runs as a table, each row with the run's colour.

    What people may say of runs has a column where anybody said it.
    """
    frame = pd.DataFrame([_row(run) for run in runs])
    unsaid = [name for name in ("starred", "owner", "tags") if not frame[name].astype(bool).any()]
    frame = frame.drop(columns=unsaid)
    colours = [f"color: {charts.style(run.id).colour}" for run in runs]
    return frame.style.apply(lambda column: colours, subset=["sign"])


def chosen_by_tag(runs: Sequence[Run]) -> tuple[list[Run], list[str]]:
    """Offer the stars and tags of the runs; return the runs that bear all the chosen, and those."""
    tags = sorted({tag for run in runs for tag in run.tags})
    stars = [_STAR] if any(run.starred for run in runs) else []
    if not (tags or stars):
        return [*runs], []
    chosen = sorted(st.pills(_("Only"), [*stars, *tags], selection_mode="multi", key="only",
                          label_visibility="collapsed"))  # fmt: skip
    return [run for run in runs if {*chosen} <= _marks(run)], chosen


def _marks(run: Run) -> set[str]:
    return {*run.tags, *([_STAR] if run.starred else [])}


def columns() -> dict[str, Any]:
    """Return how Streamlit shows each column of `table`."""
    column = st.column_config
    return {
        "sign": column.TextColumn("", width=30),
        "starred": column.TextColumn("★", width=40, help=_("Starred")),
        "id": column.NumberColumn(_("Run"), width=76, format="%d"),
        "name": column.TextColumn(_("Name"), width="medium"),
        "owner": column.TextColumn(_("Owner"), width="small"),
        "tags": column.ListColumn(_("Tags"), width="small"),
        "schedule": column.LineChartColumn(_("Schedule"), width="small", y_min=0),
        "state": column.TextColumn(_("State"), width="small"),
        "progress": column.ProgressColumn(_("Progress"), width="small", format="percent"),
        "train_loss": column.NumberColumn(_("Train loss"), format="%.3f"),
        "train_acc": column.NumberColumn(_("Train accuracy"), format="%.4f"),
        "test_acc": column.NumberColumn(_("Test accuracy"), format="%.4f"),
        "started": column.DatetimeColumn(_("Started"), format="YYYY-MM-DD HH:mm"),
        "duration": column.TextColumn(_("Duration")),
    }


def states() -> dict[str, str]:
    """Return state → the word that a person reads."""
    return {
        "queued": _("Waiting"),
        "running": _("Running"),
        "paused": _("Paused"),
        "finished": _("Finished"),
        "cancelled": _("Cancelled"),
        "failed": _("Failed"),
        "diverged": _("Diverged"),
    }


def _row(run: Run) -> dict[str, Any]:
    return {
        "sign": "●",
        "starred": "★" if run.starred else "",
        "id": run.id,
        "name": run.name,
        "owner": run.owner,
        "tags": list(run.tags),
        "schedule": _thumbnail(run.experiment),
        "state": states()[run.state],
        "progress": run.last_update / run.updates,
        "train_loss": run.train_loss,
        "train_acc": run.train_acc,
        "test_acc": run.test_acc,
        "started": run.started and pd.Timestamp.fromtimestamp(run.started),
        "duration": charts.digits.duration(run.seconds or None),
    }


@lru_cache(maxsize=512)
def _thumbnail(experiment: Experiment) -> list[float]:
    return charts.thumbnail(experiment.rates())
