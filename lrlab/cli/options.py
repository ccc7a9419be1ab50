"""The options that several commands share, and how SPEC is read."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from lrlab.errors import InvalidInput, shown
from lrlab.experiment import Experiment
from lrlab.schedules.base import MAX_TEXT, load_json
from lrlab.schedules.decisions import read_metric


def _whole(text: str) -> int:
    try:
        return int(text)
    except ValueError:
        raise typer.BadParameter(f"{shown(text)} is not a whole number.") from None


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise typer.BadParameter(f"{shown(text)} is not a number.") from None


Spec = Annotated[
    str, typer.Argument(help="A schedule or experiment: JSON text, a file's name, or - for stdin.")
]
Json = Annotated[bool, typer.Option("--json", help="Print JSON and nothing else.")]
Epochs = Annotated[int | None, typer.Option(parser=_whole, help="Length of the run (30).")]
Clock = Annotated[str | None, typer.Option(help="epoch, step or progress (epoch).")]
Lag = Annotated[
    int | None, typer.Option(parser=_whole, help="1: the schedule comes one tick late (0).")
]
InitialLr = Annotated[
    float | None, typer.Option(parser=_number, help="The rate at tick 0 with lag 1.")
]
BatchSize = Annotated[int | None, typer.Option(parser=_whole, help="Examples an update (256).")]
Model = Annotated[str | None, typer.Option(help="The network (lenet).")]
Init = Annotated[str | None, typer.Option(help="default or xavier (default).")]
Dataset = Annotated[str | None, typer.Option(help="The data (fashion-mnist).")]
Optimizer = Annotated[str | None, typer.Option(help="The optimizer (sgd).")]
Seed = Annotated[int | None, typer.Option(parser=_whole, help="Of initial weights and order (0).")]
TrainExamples = Annotated[
    int | None, typer.Option(parser=_whole, help="Use only the first so many (60000).")
]
Device = Annotated[str, typer.Option(help="auto, cpu or cuda.")]


def read_spec(spec: str) -> dict[str, Any]:
    """Return SPEC's JSON object: from the text itself, from a file, or from stdin for `-`.

    Raises InvalidInput with one sentence.
    """
    data = load_json(_text(spec, "SPEC"), "SPEC")
    if not isinstance(data, dict):
        raise InvalidInput("SPEC", f"is {shown(data)}; allowed is a JSON object.")
    return data


def read_metric_of(text: str) -> list[float | None]:
    """Return a metric, one value an epoch, from a JSON list, a file with one, or stdin for `-`."""
    return read_metric(load_json(_text(text, "metric"), "metric"))


def _text(spec: str, name: str) -> str:
    if spec == "-":
        return sys.stdin.read(MAX_TEXT + 1)
    if spec.lstrip().startswith(("{", "[")):
        return spec
    try:
        with Path(spec).open(encoding="utf-8") as file:
            return file.read(MAX_TEXT + 1)
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else "not a text"
        raise InvalidInput(
            name, f"is {shown(spec)}; allowed is a JSON text, a file's name or - ({reason})."
        ) from None


def experiment(spec: str, **options: Any) -> Experiment:
    """Return the experiment of SPEC with the options that were given put over it."""
    data = read_spec(spec)
    fields = {"schedule": data} if "kind" in data else data
    given = {name: value for name, value in options.items() if value is not None}
    return Experiment.parse({**fields, **given})


def say(value: Any) -> None:
    """Print one JSON document on a line of its own, at once."""
    print(json.dumps(value, allow_nan=False), flush=True)
