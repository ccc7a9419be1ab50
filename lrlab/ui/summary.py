"""The row of figures below the curve: computed in the browser, while a hand drags too."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from lrlab.experiment import Experiment
from lrlab.schedules import Schedule
from lrlab.schedules.tail import CONVERGES, DIVERGES, Tail, tail
from lrlab.ui.component import component
from lrlab.ui.text import _, spoken, texts, translated

_mount = component("summary")


def summary(experiment: Experiment, *, key: str) -> None:
    """Show the figures of what the editor holds; `experiment` is what Python knows of it."""
    adaptive = [kind for kind, cls in Schedule.kinds.items() if cls.adaptive]
    data = {"texts": _texts(), "adaptive": adaptive, "forever": _forever(experiment)}
    _mount(key=key, data=data)


def _forever(experiment: Experiment) -> dict[str, Any]:
    one, found = experiment, _tail(experiment)
    return {"spec": one.schedule.spec(), "words": _words(found), "reason": translated(found.reason)}


@lru_cache(maxsize=256)
def _tail(experiment: Experiment) -> Tail:
    length = experiment.updates if experiment.clock == "step" else experiment.epochs
    return tail(experiment.schedule, float(length))


def _words(found: Tail) -> str:
    return {
        (DIVERGES, DIVERGES): _("both sums diverge"),
        (DIVERGES, CONVERGES): _("sum diverges, squares converge"),
        (CONVERGES, CONVERGES): _("both sums converge"),
    }.get((found.sum, found.sum_of_squares), _("not known"))


@spoken
def _texts() -> dict[str, str]:
    return texts(
        "Figures of this schedule",
        "Peak",
        "Mean",
        "Final",
        "{rate}, {percent} of the peak",
        "Above half of the peak",
        "{epochs} epochs, {percent}",
        "Sum of rates",
        "Sum of squares",
        "Over all updates of the run",
        "Without end",
    )
