"""Commands that train in this process: train, bench. Torch is loaded only when they run."""

from __future__ import annotations

import json
from math import isnan
from typing import Annotated

import typer

from lrlab.cli import options
from lrlab.cli.options import Device, Json
from lrlab.cli.settings import takes_experiment
from lrlab.experiment import Experiment
from lrlab.records import Diverged, Evaluation, Finished, Measure, Point, Record, event


@takes_experiment()
def train(experiment: Experiment, device: Device = "auto", as_json: Json = False) -> None:
    """Train here and now, and print what happens as it happens."""
    from lrlab.training import train as records

    for record in records(experiment, device=device):
        if as_json:
            options.say(event(record))
        else:
            print(line(record), flush=True)


def line(record: Record) -> str:
    """Return a record as a line for people."""
    match record:
        case Point():
            return (
                f"epoch {record.epoch:7.3f}  rate {record.lr:<10.5g} "
                f"train loss {record.train_loss:.4f}  accuracy {record.train_acc:.4f}"
            )
        case Evaluation():
            return (
                f"epoch {record.epoch:3d}      test loss {record.test_loss:.4f}  "
                f"accuracy {record.test_acc:.4f}"
            )
        case Measure():
            return f"epoch {record.epoch:7.3f}  {record.name.replace('_', ' ')} {record.value:.6g}"
        case Finished():
            test = "" if isnan(record.test_acc) else f", test acc {record.test_acc:.4f}"
            return (
                f"finished: train loss {record.train_loss:.3f}, train acc {record.train_acc:.3f}"
                f"{test}; {record.seconds:.1f} s, "
                f"{record.examples_per_second:,.0f} examples/s on {record.device}"
            )
        case Diverged():
            return f"diverged: {record.reason}"


def bench(
    epochs: Annotated[int, typer.Option(min=1, max=100, help="Epochs of each.")] = 5,
    device: Device = "cpu",
    as_json: Json = False,
) -> None:
    """Time the engine beside the chapter's own loop, on the same data in one process."""
    from lrlab.training.bench import bench as measure
    from lrlab.training.bench import table

    result = measure(epochs=epochs, device=device)
    print(json.dumps(result) if as_json else table(result))


def add_to(app: typer.Typer) -> None:
    """Register this file's commands."""
    for command in (train, bench):
        app.command()(command)
