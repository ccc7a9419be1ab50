"""What an adaptive schedule is replayed against in the preview: a stored run, or a drawn curve."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from functools import cache
from typing import Any

import streamlit as st

from lrlab.errors import InvalidInput, shown
from lrlab.records import finite
from lrlab.runs import Run, State
from lrlab.schedules import Decisions
from lrlab.schedules.adaptive import METRICS
from lrlab.ui.component import component
from lrlab.ui.drawn import Drawn
from lrlab.ui.link import Screen
from lrlab.ui.store import store
from lrlab.ui.text import texts

MOST_OFFERED = 30  # runs, the newest

_mount = component("replay")


def replay(screen: Screen, *, revision: int, key: str, on_choose: Callable[[], None]) -> None:
    """Show what the screen's schedule is replayed against; nothing where it looks at no metric.

    In `on_choose`, `chosen(key)` is the new choice. A higher `revision` makes the browser
    take the screen's in place of its own.
    """
    if Decisions.of(screen.experiment.schedule).metric is None:
        return
    data = {
        "run": screen.replay,
        "drawn": screen.drawn and screen.drawn.dump(),
        "runs": [{"run": run.id, "name": run.name} for run in _offered(screen.replay)],
        "series": _series(screen.replay),
        "revision": revision,
        "texts": _texts(),
    }
    _mount(key=key, data=data, on_choice_change=on_choose)


def chosen(key: str) -> tuple[int | None, Drawn | None] | None:
    """Return the run and the drawn curve that the browser reports; None if nothing yet.

    Raises InvalidInput where that cannot be used.
    """
    # Unlike indexing, to_dict does not give way to a waiting rerun, which would drop the callback.
    choice = (st.session_state.get(key) or {}).get("choice")
    if choice is None:
        return None
    check_run(choice.get("run"))
    return choice.get("run"), Drawn.parse(choice.get("drawn"))


def check_run(run: Any) -> None:
    """Refuse what is neither null nor the number of a run that is there."""
    if run is not None and (type(run) is not int or store().run(run) is None):
        raise InvalidInput(
            "replay", "is {value}; allowed is the number of a run.", value=shown(run)
        )


def _offered(chosen: int | None) -> list[Run]:
    """Return the newest finished runs, and the chosen one."""
    runs = store().list(limit=MOST_OFFERED, states=[State.FINISHED])
    other = chosen is not None and chosen not in {run.id for run in runs} and store().run(chosen)
    return [*runs, other] if other else runs


def _series(run: int | None) -> dict[str, list[Any]] | None:
    """Return each metric of a run, one value an epoch; null where it was not finite."""
    if run is None:
        return None
    rows = [asdict(evaluation) for evaluation in store().evaluations(run)]
    return {metric: [finite(row[metric]) for row in rows] for metric in METRICS}


@cache
def _texts() -> dict[str, str]:
    return texts(
        "Replay of",
        "A curve drawn by hand",
        "Run {run}: {name}",
        "Start over",
        "Replay of run {run}'s {metric}",
        "Replay of run {run}'s {metric}, {seen} epochs of it",
        "Replay of a curve drawn by hand",
        "Replay of a made-up {metric}",
        "test loss",
        "train loss",
        "test accuracy",
        "Test loss",
        "Train loss",
        "Test accuracy",
        "Epoch {epoch}: {value}",
        "Draw the {metric}: left and right choose the epoch, up and down change its value",
        "The {metric} of run {run}",
    )
