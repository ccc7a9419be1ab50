"""The compare screen: runs laid over each other, what they differ in, and what is taken along."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

import numpy as np
import streamlit as st

from lrlab import charts
from lrlab.charts.compare import dash
from lrlab.errors import InvalidInput, shown
from lrlab.experiment import Experiment
from lrlab.runs import Run
from lrlab.runs.commands import RATE_KINDS
from lrlab.ui.component import component
from lrlab.ui.family import said, tree
from lrlab.ui.labels import labels, metrics
from lrlab.ui.plot import plot
from lrlab.ui.race import grouped
from lrlab.ui.runs import states, word
from lrlab.ui.screens import RUN, go
from lrlab.ui.store import store
from lrlab.ui.text import _, spoken, texts

_mount = component("compare")

KEY = "compare"
METRICS = (
    "test_acc", "test_loss", "train_loss", "train_acc", "lr", "gap_loss", "gap_acc", "acc_by_lr",
)  # fmt: skip
AXES = ("epoch", "update", "seconds", "sum")
CHOICES = {"metric": METRICS, "x": AXES, "axis": ("linear", "log"), "seeds": ("each", "mean")}
FIRST: dict[str, Any] = {
    "metric": "test_acc",
    "x": "epoch",
    "log": False,
    "smooth": 0.0,
    "seeds": False,
}


def view_of(query: Mapping[str, str]) -> dict[str, Any]:
    """Return what an address says of the view. Raises InvalidInput."""
    for name, allowed in CHOICES.items():
        if name in query and query[name] not in allowed:
            raise InvalidInput(
                name,
                "is {value}; allowed are {names}.",
                value=shown(query[name]),
                names=", ".join(allowed),
            )
    view = FIRST | {name: query[name] for name in ("metric", "x") if name in query}
    view["log"] = query.get("axis") == "log"
    view["seeds"] = query.get("seeds") == "mean"
    try:
        view["smooth"] = float(query.get("smooth", "0"))
    except ValueError:
        view["smooth"] = -1.0
    if not 0 <= view["smooth"] <= 0.99:
        raise InvalidInput(
            "smooth",
            "is {value}; allowed is a number from 0 to 0.99.",
            value=shown(query["smooth"]),
        )
    return view


def address(runs: str, view: Mapping[str, Any]) -> dict[str, str]:
    """Return the query of the screen; defaults are left out."""
    found = {"runs": runs}
    found |= {name: str(view[name]) for name in ("metric", "x") if view[name] != FIRST[name]}
    if view["log"]:
        found["axis"] = "log"
    if view["seeds"]:
        found["seeds"] = "mean"
    if view["smooth"]:
        found["smooth"] = f"{view['smooth']:g}"
    return found


def overlay(runs: Sequence[Run], view: Mapping[str, Any]) -> dict[str, Any]:
    """Show the runs over each other; return the view that a hand chose since, else this one."""
    entries = grouped(runs)
    entry_of = {run.id: entry.place for entry in entries for run in entry.runs}
    _mount(
        key=KEY,
        data={
            "runs": [
                _line(run, place) | {"entry": entry_of[run.id]}
                for place, run in enumerate(runs, start=1)
            ],
            "entries": [
                {"id": each.place, "name": each.name} | _signs(each.place) for each in entries
            ],
            "open": [run.id for run in runs if not run.state.final],
            "view": dict(view),
            "metrics": [[name, label] for name, label in _metrics().items()],
            "axes": [[name, label] for name, label in _axes().items()],
            "texts": _texts(),
        },
        on_view_change=lambda: None,
        on_ended_change=lambda: None,
    )
    sent = (st.session_state.get(KEY) or {}).get("view")
    return dict(view) | sent if isinstance(sent, dict) else dict(view)


def _line(run: Run, place: int) -> dict[str, Any]:
    return {
        "id": run.id,
        "name": f"{run.id} · {run.name[:60]}",
        **_signs(place),
        "sums": None if _steered(run) else _sums(run.experiment),
        "seconds": store().pace(run.id),
        "parent": run.parent and [run.parent, run.parent_update],
    }


def _signs(place: int) -> dict[str, str]:
    return {"colour": charts.style(place).colour, "dash": dash(place)}


def _steered(run: Run) -> bool:
    """Return whether a hand changed the rates, so that the planned ones do not tell their sum."""
    return run.command_seq > 0 and any(each.kind in RATE_KINDS for each in store().commands(run.id))


@lru_cache(maxsize=256)
def _sums(experiment: Experiment) -> tuple[list[int], list[float]]:
    """Return the updates that have records, and the sum of the rates up to each."""
    steps = experiment.steps_per_epoch
    updates = [u for u in range(1, experiment.updates + 1)
               if (u - 1) % steps % 50 == 49 or u % steps == 0]  # fmt: skip
    sums = np.cumsum(experiment.rates())
    return updates, [float(sums[update - 1]) for update in updates]


def summaries(runs: Sequence[Run]) -> list[dict[str, str]]:
    """Return a row a run: what it reached."""
    return [
        {
            _("Run"): f"{run.id}",
            _("Name"): run.name,
            _("State"): states()[run.state],
            _("Train loss"): charts.digits.loss(run.train_loss),
            _("Train accuracy"): charts.digits.accuracy(run.train_acc),
            _("Test accuracy"): charts.digits.accuracy(run.test_acc),
        }
        for run in runs
    ]


def differences(runs: Sequence[Run]) -> list[dict[str, str]]:
    """Return a row a setting that is not the same in all, with every run's value."""
    flat = [flattened(run.experiment) for run in runs]
    names = dict.fromkeys(name for each in flat for name in each)
    rows = []
    for name in names:
        values = [each.get(name, "–") for each in flat]
        if len(set(values)) > 1:
            row = {_("Setting"): _named(name)}
            rows.append(row | {_("Run {}").format(run.id): value
                               for run, value in zip(runs, values, strict=True)})  # fmt: skip
    return rows


def branches(runs: Sequence[Run], key: str) -> None:
    """Show the families of the runs as a tree, where any of them branched."""
    families = {each.id: each for run in runs for each in store().family(run.id)}
    if len(families) < 2 or not any(each.parent in families for each in families.values()):
        return
    places = {run.id: place for place, run in enumerate(runs, start=1)}
    alone = {run.id for run in families.values()
             if run.parent not in families and not any(each.parent == run.id
                                                       for each in families.values())}  # fmt: skip
    members = [run for _depth, run in tree([*families.values()]) if run.id not in alone]
    rows = {run.id: row for row, run in enumerate(members)}
    twigs = [_twig(run, rows, places.get(run.id), families) for run in members]
    st.markdown(f"**{_('Branches')}**")
    plot(
        charts.branches(twigs, _("Epoch")), key=key, height=90 + 34 * len(twigs), file="branches",
        alt="; ".join(twig.said for twig in twigs), on_click=_open,
        table=([_("Run"), _("Branch")],
               [[(str(run.id), twig.link), twig.said]
                for run, twig in zip(members, twigs, strict=True)]),
    )  # fmt: skip


def _twig(
    run: Run, rows: Mapping[int, int], place: int | None, families: Mapping[int, Run]
) -> charts.Twig:
    start = (run.parent_update or 0) / run.experiment.steps_per_epoch
    return charts.Twig(
        name=_("Run {}").format(run.id),
        said=said(run, families.get(run.parent or 0)),
        start=start,
        end=max(run.epoch, start),
        origin=rows.get(run.parent or 0),
        link=f"train?run={run.id}",
        **(_signs(place) if place else {}),
    )


def _open(address: Any) -> None:
    go(RUN, str(address))


def _named(path: str) -> str:
    *outer, last = path.split(".")
    place = [labels().get(each, each) for each in outer if each != "schedule"]
    return " › ".join([*place, labels().get(last, last.replace("_", " ").capitalize())])


def flattened(experiment: Experiment) -> dict[str, str]:
    """Return every setting as text, those of the schedule by dotted path."""
    return {path: word(tuple(value) if isinstance(value, list) else value)
            for path, value in experiment.leaves().items()}  # fmt: skip


@spoken
def _metrics() -> dict[str, str]:
    return metrics() | {
        "lr": _("Learning rate"),
        "gap_loss": _("Test loss − train loss"),
        "gap_acc": _("Train accuracy − test accuracy"),
        "acc_by_lr": _("Test accuracy by rate"),
    }


@spoken
def _axes() -> dict[str, str]:
    return {
        "epoch": _("Epoch"),
        "update": _("Update"),
        "seconds": _("Seconds of training"),
        "sum": _("Sum of the rates so far"),
    }


@spoken
def _texts() -> dict[str, str]:
    return texts(
        "Metric",
        "Over",
        "Log axis",
        "Smoothing",
        "Mean and band over seeds",
        "Learning rate",
        "Show or hide {name}",
        "Download this chart as {format}",
    )
