"""Runs as a table: a row a run with its colour, or a row a group with what its runs reached."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any

import pandas as pd
import streamlit as st
from pandas.io.formats.style import Styler

from lrlab import charts
from lrlab.comparing import summary, without_seed
from lrlab.experiment import FIELDS, Experiment
from lrlab.runs import Run
from lrlab.ui.labels import spelled
from lrlab.ui.listing import STANDARD, column_label
from lrlab.ui.runs import states, word
from lrlab.ui.sweeps import name_of
from lrlab.ui.text import _

Groups = list[tuple[str, list[Run]]]


def table(runs: Sequence[Run], columns: Sequence[str]) -> Styler:
    """Return the runs as a table, each row with the run's colour.

    Of the standard columns, what people may say of runs is there where anybody said it.
    """
    frame = pd.DataFrame([_row(run, columns) for run in runs])
    if "state" in frame:
        frame["state"] = frame["state"].map(states())
    unsaid = [name for name in ("starred", "owner", "tags", "note") if name in frame
              and not frame[name].astype(bool).any()]  # fmt: skip
    frame = frame.drop(columns=unsaid if tuple(columns) == STANDARD else unsaid[:1])
    colours = [f"color: {charts.style(run.id).colour}" for run in runs]
    return frame.style.apply(lambda column: colours, subset=["sign"])


def shapes() -> dict[str, Any]:
    """Return how Streamlit shows each column of `table`."""
    column = st.column_config
    known = {
        "sign": column.TextColumn("", width=30),
        "starred": column.TextColumn("★", width=40, help=_("Starred")),
        "id": column.NumberColumn(_("Run"), width=76, format="%d"),
        "name": column.TextColumn(_("Name"), width="medium"),
        "owner": column.TextColumn(column_label("owner"), width="small"),
        "tags": column.ListColumn(column_label("tags"), width="small"),
        "schedule": column.LineChartColumn(column_label("schedule"), width="small", y_min=0),
        "state": column.TextColumn(column_label("state"), width="small"),
        "progress": column.ProgressColumn(column_label("progress"), width="small",
                                          format="percent"),
        "train_loss": column.NumberColumn(column_label("train_loss"), format="%.3f"),
        "train_acc": column.NumberColumn(column_label("train_acc"), format="%.4f"),
        "test_acc": column.NumberColumn(column_label("test_acc"), format="%.4f"),
        "started": column.DatetimeColumn(column_label("started"), format="YYYY-MM-DD HH:mm"),
        "duration": column.TextColumn(column_label("duration")),
        "note": column.TextColumn(column_label("note"), width="medium"),
        "device": column.TextColumn(column_label("device"), width="small"),
        "parent": column.NumberColumn(column_label("parent"), width="small", format="%d"),
    }  # fmt: skip
    settings = {name: column.TextColumn(column_label(name), width="small") for name in FIELDS}
    return settings | known


def grouped(runs: Sequence[Run], by: str) -> Groups:
    """Return the groups of the runs, each with what a person reads of it.

    A run with several tags is in the group of each.
    """
    found: dict[str, list[Run]] = {}
    for run in runs:
        for key in _KEYS[by](run):
            found.setdefault(key, []).append(run)
    if by == "experiment":
        names = name_of([members[0].experiment for members in found.values()])
        return [*zip(names, found.values(), strict=True)]
    return [(_group_name(by, key), members) for key, members in found.items()]


def _group_name(by: str, key: str) -> str:
    if by == "state":
        return states()[key]
    if by == "schedule":
        return spelled(key)
    return key or (_("Nobody") if by == "owner" else _("No tag"))


def group_table(groups: Groups) -> pd.DataFrame:
    """Return a row a group: how many runs, and what those that finished reached."""
    return pd.DataFrame([_group_row(name, runs) for name, runs in groups])


def group_shapes() -> dict[str, Any]:
    """Return how Streamlit shows each column of `group_table`."""
    column = st.column_config
    return {
        "group": column.TextColumn(_("Group"), width="large"),
        "runs": column.NumberColumn(_("Runs"), width="small"),
        "finished": column.NumberColumn(_("Finished"), width="small"),
        "best": column.NumberColumn(_("Best test accuracy"), format="%.4f"),
        "mean": column.NumberColumn(_("Mean"), format="%.4f"),
        "sd": column.NumberColumn(_("Standard deviation"), format="%.4f"),
        "loss": column.NumberColumn(_("Mean train loss"), format="%.3f"),
    }


def _group_row(name: str, runs: Sequence[Run]) -> dict[str, Any]:
    ended = [run for run in runs if run.state == "finished"]
    reached = [run.test_acc for run in ended if run.test_acc is not None]
    losses = [run.train_loss for run in ended if run.train_loss is not None]
    told = summary(reached) if reached else None
    return {
        "group": name,
        "runs": len(runs),
        "finished": len(ended),
        "best": max(reached, default=None),
        "mean": told and told.mean,
        "sd": told and told.sd,
        "loss": sum(losses) / len(losses) if losses else None,
    }


@lru_cache(maxsize=2048)
def _thumbnail(experiment: Experiment) -> list[float]:
    return charts.thumbnail(experiment.rates())


_KEYS: dict[str, Callable[[Run], Sequence[str]]] = {
    "experiment": lambda run: [without_seed(run.experiment)],
    "schedule": lambda run: [run.experiment.schedule.kind],
    "owner": lambda run: [run.owner],
    "state": lambda run: [run.state],
    "tag": lambda run: run.tags or [""],
}


def _row(run: Run, columns: Sequence[str]) -> dict[str, Any]:
    first = {"sign": "●", "starred": "★" if run.starred else "", "id": run.id, "name": run.name}
    return first | {name: _cell(run, name) for name in columns}


def _cell(run: Run, name: str) -> Any:
    if name in FIELDS:
        return _setting(run.experiment, name)
    return _CELLS[name](run) if name in _CELLS else getattr(run, name)


_CELLS: dict[str, Callable[[Run], Any]] = {
    "schedule": lambda run: _thumbnail(run.experiment),
    "tags": lambda run: list(run.tags),
    "progress": lambda run: run.last_update / run.updates,
    "started": lambda run: run.started and pd.Timestamp.fromtimestamp(run.started),
    "duration": lambda run: charts.digits.duration(run.seconds or None),
}


def _setting(experiment: Experiment, name: str) -> Any:
    value = getattr(experiment, name)
    return word(value) if experiment.uses(name) and value is not None else None
