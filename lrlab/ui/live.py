"""Live charts of runs: what Python tells the browser once, and what it hears back.

Figures go out without data: the browser fills them from the run stream, so the same
runs make the same message at every rerun of a page, and a watcher causes none.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from math import floor, log10
from typing import Any, Literal

from lrlab import charts, reasons
from lrlab.charts import Curve
from lrlab.experiment import Experiment
from lrlab.runs import Run
from lrlab.schedules.parameters import MAX_RATE
from lrlab.ui.component import component
from lrlab.ui.curves import curve_of, is_manual, trunks_of
from lrlab.ui.desk import desk
from lrlab.ui.store import store
from lrlab.ui.text import _, spoken, texts

_mount = component("live")

Size = Literal["compact", "large", "rows"]


MOST_RUNS = 32  # as many as one stream has room for


def live(
    runs: Sequence[int], *, behind: Sequence[int] = (), size: Size = "compact", key: str
) -> None:
    """Show loss, accuracy and rate of `runs`, with how each stands, and pale those `behind`.

    What instruments measure in them is drawn below, as soon as there is any of it. Of a branch
    the curves go on from those of the runs that it came from, which are drawn up to there.

    Size `rows` leaves the charts out. The page reruns when somebody here steers one of
    them and when one has ended. Numbers of no run are left out.
    """
    asked = desk(key)
    asked.grant()
    front, back = _found(runs), _found(number for number in behind if number not in runs)
    trunks = trunks_of(front)
    back = back[: MOST_RUNS - len(front) - len(trunks)]
    known = {run.id: run for run in [*front, *back, *(run for run, _until in trunks)]}
    curves = [curve_of(run) for run in front]
    curves += [curve_of(run, behind=True) for run in back]
    curves += [curve_of(run, until=until) for run, until in trunks]
    _mount(
        key=key,
        data={
            "runs": [run.id for run in front],
            "behind": [number for number in known if number not in {run.id for run in front}],
            "trunks": {str(run.id): until for run, until in trunks},
            "signs": {str(run.id): _sign(run) for run in known.values()},
            "clocks": {str(run.id): _clock(run.experiment) for run in known.values()},
            "rates": {str(run.id): _rates(run.experiment) for run in front},
            "figures": figures(curves),
            "size": size,
            "texts": _texts(),
            "open": [run.id for run in front if not run.state.final],
            "desk": asked.dump(),
        },
        on_wishes_change=asked.grant,
        on_ended_change=lambda: None,
    )


def figures(curves: Sequence[Curve]) -> dict[str, charts.Figure]:
    """Return the charts of the curves; those of instruments have no line yet."""
    return {
        "loss": charts.loss(curves, _),
        "accuracy": charts.accuracy(curves, _),
        "rate": charts.rate(curves, _),
        "gradient-norm": charts.gradient_norm(curves, _),
        "distance": charts.distance(curves, _),
        "sharpness": charts.sharpness(curves, _),
        "noise-scale": charts.noise_scale(curves, _),
    }


def _found(numbers: Any) -> list[Run]:
    found = (store().run(number) for number in numbers)
    return [run for run in found if run is not None]


def _sign(run: Run) -> dict[str, str]:
    return {"colour": charts.style(run.id).colour, "title": _("Run {}").format(run.id)}


def _clock(experiment: Experiment) -> dict[str, Any]:
    return {"clock": experiment.clock, "steps_per_epoch": experiment.steps_per_epoch}


@lru_cache(maxsize=256)
def _rates(experiment: Experiment) -> dict[str, Any]:
    """Return what the live rate's slider reaches: five decades below the schedule's peak, one up.

    `manual`: a hand moves the schedule itself, so nothing is ever handed back.
    """
    peak = float(experiment.rates().max()) or 0.1
    high = 10.0 ** min(floor(log10(peak)) + 2, 6)
    manual = is_manual(experiment)
    return {"low": high / 1e6, "high": high, "max": MAX_RATE, "start": peak, "manual": manual}


@spoken
def _texts() -> dict[str, Any]:
    """Return what the browser says; `reasons`: why a run has ended, as the store has it."""
    return {"reasons": texts(*reasons.TEMPLATES)} | texts(
        "Training",
        "Loss",
        "Accuracy",
        "Learning rate",
        "Gradient norm",
        "Distance from the start",
        "Sharpness",
        "Noise scale, in examples",
        "log",
        "Logarithmic axis",
        "Pause",
        "Resume",
        "Cancel",
        "Steer",
        "Live rate",
        "The rate from the next update on, until it is handed back",
        "Jump to the schedule",
        "Scale what is left",
        "a number",
        "not a number",
        "{label} is {shown}; allowed is {noun} from {min} to {max}.",
        "Pausing",
        "Going on",
        "Cancelling",
        "Rate {lr} from the next update on",
        "Back to the schedule from the next update on",
        "What is left of the schedule scaled from the next update on",
        "Paused at update {update}",
        "Resumed at update {update}",
        "Cancelled at update {update}",
        "Rate set to {lr} at update {update}",
        "Back on the schedule at update {update}",
        "What is left of the schedule scaled at update {update}",
        "Waiting",
        "Running",
        "Paused",
        "Finished",
        "Cancelled",
        "Failed",
        "Diverged",
        "Starting",
        "Updates done",
        "Show or hide {name}",
        "Next in the queue",
        "Place {place} in the queue",
        "starts in about {in}",
        "less than a second",
        "Epoch {epoch} of {epochs}",
        "{left} left",
        "At epoch {epoch} of {epochs}. Resume to go on from there.",
        "At epoch {epoch} of {epochs}. The curves so far are kept.",
        "Train loss {loss}",
        "train accuracy {train}",
        "test accuracy {test}",
        "Train it again; if it fails once more, its reason says where to look.",
        "Try a lower rate, or a warmup before it.",
        "Not connected since {time}. Training goes on; the curves follow when the line is back.",
        "Loss of {name}: train {loss} at epoch {epoch}.",
        "Accuracy of {name}: train {train}, test {test} at epoch {epoch}.",
        "Learning rate of {name}: {lr} at epoch {epoch}.",
        "Gradient norm of {name}: {norm} at epoch {epoch}.",
        "Distance from the start of {name}: {distances} at epoch {epoch}.",
        "Sharpness of {name}: {sharpness}, beside 2 / learning rate {edge}, at epoch {epoch}.",
        "Noise scale of {name}: {noise} examples at epoch {epoch}.",
    )
