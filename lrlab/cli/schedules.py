"""Commands that need no run: schedules, preview, export."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import numpy as np
import typer

from lrlab.cli import options
from lrlab.cli.options import Json
from lrlab.cli.settings import takes_experiment
from lrlab.errors import InvalidInput, shown
from lrlab.experiment import Experiment
from lrlab.schedules import catalogue, reference, replay, ticks
from lrlab.schedules.advice import advise
from lrlab.schedules.export import LIBRARIES
from lrlab.schedules.export import export as export_code
from lrlab.schedules.parameters import MAX_RATE
from lrlab.schedules.summary import summarize

StepsPerEpoch = Annotated[
    int | None, typer.Option(help="Updates an epoch (235, or as the experiment says).")
]
Metric = Annotated[
    str | None,
    typer.Option(help="Replay an adaptive schedule over this: a JSON list or file, one an epoch."),
]
StableLr = Annotated[
    float | None,
    typer.Option(
        parser=options.number, help="Advise on rates above this: range-test's highest stable one."
    ),
]
MAX_STEPS = 1_000_000
TIMES = ("epochs", "clock", "lag", "initial_lr")  # what decides a schedule's rates beside it


def schedules(
    as_json: Json = False,
    docs: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Write the reference pages there instead.")
    ] = None,
) -> None:
    """List every kind of schedule with its parameters and formula."""
    if docs is not None:
        _write_reference(docs)
        return
    entries = catalogue()
    if as_json:
        options.say(entries)
        return
    for entry in entries:
        names = ", ".join(parameter["name"] for parameter in entry["parameters"])
        print(f"{entry['kind']:<14} {entry['summary']} ({names})")


def _write_reference(folder: Path) -> None:
    try:
        reference.write(folder)
    except OSError as error:
        raise InvalidInput(
            "docs", f"is {shown(str(folder))}; allowed is a folder to write in ({error.strerror})."
        ) from None


@takes_experiment(*TIMES)
def preview(
    experiment: Experiment,
    steps_per_epoch: StepsPerEpoch = None,
    at: Annotated[str | None, typer.Option(help="Only at these t, as 0,1,2.5.")] = None,
    metric: Metric = None,
    stable_lr: StableLr = None,
    as_json: Json = False,
) -> None:
    """Print a schedule's rates: one an epoch with clock epoch, one an update otherwise.

    Then comes advice; with --json the figures of the run too. A schedule that looks at the
    run stays at its first rate, or does what it would decide over --metric.
    """
    steps = _steps(steps_per_epoch, experiment)
    one = experiment if metric is None else _replayed(experiment, metric, steps)
    run = one.model_dump(include={"epochs", "clock", "lag", "initial_lr"})
    times, length = ticks(one.clock, one.epochs, steps)
    if at is not None:
        times = _times(at)
        rates = one.schedule.at(times, length)
    else:
        rates = one.schedule.rates(steps_per_epoch=steps, **run)
    advice = advise(one, _stable(stable_lr), steps_per_epoch=steps)
    if as_json:
        figures = summarize(one.schedule, steps_per_epoch=steps, **run)
        found = {"summary": figures.as_json(), "advice": [each.as_json() for each in advice]}
        replayed = {} if metric is None else {"replay": True}
        options.say({"t": times.tolist(), "lr": rates.tolist(), **found, **replayed})
        return
    print("\n".join(f"{t:<12g} {lr:.10g}" for t, lr in zip(times, rates, strict=True)))
    for each in advice:
        print(f"\n{each.sentence} {each.reason}")


@takes_experiment(*TIMES)
def export(
    experiment: Experiment,
    to: Annotated[str, typer.Option(help=f"The library: {', '.join(LIBRARIES)}.")],
    steps_per_epoch: StepsPerEpoch = None,
) -> None:
    """Print source code of a schedule for a library."""
    code = export_code(
        experiment.schedule,
        to,
        epochs=experiment.epochs,
        steps_per_epoch=_steps(steps_per_epoch, experiment),
        clock=experiment.clock,
        lag=experiment.lag,
        initial_lr=experiment.initial_lr,
    )
    print(code, end="")


def _steps(given: int | None, one: Experiment) -> int:
    steps = one.steps_per_epoch if given is None else given
    if not 1 <= steps <= MAX_STEPS or steps * one.epochs > 100 * MAX_STEPS:
        raise InvalidInput(
            "steps-per-epoch", f"is {steps}; allowed is a whole number from 1 to {MAX_STEPS}."
        )
    return steps


def _stable(given: float | None) -> float | None:
    if given is not None and not 0 < given <= MAX_RATE:
        raise InvalidInput("stable-lr", f"is {given}; allowed is a number above 0 to {MAX_RATE:g}.")
    return given


def _replayed(one: Experiment, metric: str, steps: int) -> Experiment:
    values = options.read_metric_of(metric)
    decided = replay(one.schedule, values, clock=one.clock, steps_per_epoch=steps)
    return one.model_copy(update={"schedule": decided})


def _times(text: str) -> np.ndarray:
    try:
        times = np.array([float(part) for part in text.split(",")])
    except ValueError:
        times = np.array([-1.0])
    if not (np.isfinite(times) & (times >= 0)).all():
        raise InvalidInput("at", f"is {shown(text)}; allowed are numbers of 0 or more, as 0,1,2.5.")
    return times


def add_to(app: typer.Typer) -> None:
    """Register this file's commands."""
    for command in (schedules, preview, export):
        app.command()(command)
