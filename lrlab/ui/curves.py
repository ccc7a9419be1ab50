"""From runs to the curves that the live charts draw: a branch begins where its trunk ends."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

from lrlab import charts
from lrlab.charts import Curve, Line
from lrlab.experiment import Experiment
from lrlab.runs import Run
from lrlab.schedules import Decisions, Manual
from lrlab.ui.store import store
from lrlab.ui.text import _

MOST_ANCESTORS = 12


def curve_of(run: Run, *, behind: bool = False, until: int | None = None) -> Curve:
    """Return the curve of a run; as a trunk, up to `until` updates."""
    steps = run.experiment.steps_per_epoch
    return Curve(
        run=run.id,
        name=_("Run {}").format(run.id),
        epochs=run.epochs,
        planned=_planned(run, until),
        stepwise=run.experiment.clock == "epoch",
        manual=is_manual(run.experiment),
        behind=behind,
        origins=[(origin.id, update / steps) for origin, update in ancestors(run)],
        until=None if until is None else until / steps,
    )


def ancestors(run: Run) -> list[tuple[Run, int]]:
    """Return the runs that a branch came from, nearest first, with the updates it shares."""
    found: list[tuple[Run, int]] = []
    shared = run.updates
    while run.parent is not None and len(found) < MOST_ANCESTORS:
        parent = store().run(run.parent)
        if parent is None:
            break
        shared = min(shared, run.parent_update or 0)
        found.append((parent, shared))
        run = parent
    return found


def trunks_of(runs: Sequence[Run]) -> list[tuple[Run, int]]:
    """Return what `runs` grew from and how far it is drawn, each trunk once, whole runs never."""
    longest: dict[int, tuple[Run, int]] = {}
    for run in runs:
        for origin, update in ancestors(run):
            if update > longest.get(origin.id, (origin, 0))[1]:
                longest[origin.id] = (origin, update)
    shown = {run.id for run in runs}
    return [trunk for number, trunk in sorted(longest.items()) if number not in shown]


def _planned(run: Run, until: int | None) -> Line:
    """Return the planned rates that are the run's own, joined to those of its origin."""
    first = run.parent_update or 0
    line = _line(run.experiment, first, until)
    origin = store().run(run.parent) if run.parent else None
    if origin is None or not first:
        return line
    before = _last(origin.experiment, first)
    return Line([line.x[0], *line.x], [before, *line.y], line.shape)


@lru_cache(maxsize=256)
def is_manual(experiment: Experiment) -> bool:
    """Return whether a part of the schedule is moved by hand, so that nothing is handed back."""
    return isinstance(Decisions.of(experiment.schedule).leaf, Manual)


@lru_cache(maxsize=256)
def _line(experiment: Experiment, first: int, until: int | None) -> Line:
    rates = experiment.rates()[first:until]
    return charts.line(rates, experiment.steps_per_epoch, first=first)


@lru_cache(maxsize=256)
def _last(experiment: Experiment, update: int) -> float:
    return float(experiment.rates()[update - 1])
