"""Commands that train in this process: train, bench. Torch is loaded only when they run."""

from __future__ import annotations

import json
from typing import Annotated

import typer

from lrlab.cli import options
from lrlab.cli.options import (
    BatchSize,
    Clock,
    Dataset,
    Device,
    Epochs,
    Init,
    InitialLr,
    Json,
    Lag,
    Model,
    Optimizer,
    Seed,
    Spec,
    TrainExamples,
)
from lrlab.records import Diverged, Evaluation, Finished, Point, Record, event


def train(
    spec: Spec,
    epochs: Epochs = None,
    batch_size: BatchSize = None,
    model: Model = None,
    init: Init = None,
    dataset: Dataset = None,
    optimizer: Optimizer = None,
    seed: Seed = None,
    clock: Clock = None,
    lag: Lag = None,
    initial_lr: InitialLr = None,
    train_examples: TrainExamples = None,
    device: Device = "auto",
    as_json: Json = False,
) -> None:
    """Train here and now, and print what happens as it happens."""
    experiment = options.experiment(
        spec, epochs=epochs, batch_size=batch_size, model=model, init=init, dataset=dataset,
        optimizer=optimizer, seed=seed, clock=clock, lag=lag, initial_lr=initial_lr,
        train_examples=train_examples,
    )  # fmt: skip
    from lrlab.training import train as records

    for record in records(experiment, device=device):
        if as_json:
            options.say(_finite(event(record)))
        else:
            print(_line(record), flush=True)


def _finite(fields: dict) -> dict:
    """JSON has no word for infinity: a loss that is none is null."""
    return {
        name: None if isinstance(value, float) and not abs(value) < float("inf") else value
        for name, value in fields.items()
    }


def _line(record: Record) -> str:
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
        case Finished():
            return (
                f"finished: train loss {record.train_loss:.3f}, train acc {record.train_acc:.3f}, "
                f"test acc {record.test_acc:.4f}; {record.seconds:.1f} s, "
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
