"""The fields of an experiment: each with its type, default, range and what it is, once.

The form, the command line and the sentences of refusals are made of them (`lrlab.fields`).
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from lrlab.schedules import Clock
from lrlab.schedules.base import Nested
from lrlab.schedules.parameters import MAX_RATE, Number, Switch, Whole

MAX_SEED = 2**32 - 1

Average = Literal["swa", "ema", "posterior"]
Instrument = Literal["gradient-norm", "distance", "sharpness", "noise-scale"]

# What a field needs another one to be, or to hold; without it, only its default is allowed.
USERS: dict[str, tuple[str, tuple[str | int, ...]]] = {
    "initial_lr": ("lag", (1,)),
    "momentum": ("optimizer", ("sgd",)),
    "nesterov": ("optimizer", ("sgd",)),
    "beta1": ("optimizer", ("adam", "adamw", "schedule-free-sgd")),
    "beta2": ("optimizer", ("adam", "adamw")),
    "epsilon": ("optimizer", ("adam", "adamw")),
    "average_from": ("averages", ("swa", "posterior")),
    "ema_decay": ("averages", ("ema",)),
}

# What each average is, and what each instrument costs.
NOTES = {
    "swa": "the mean of the weights over the last part of the run",
    "ema": "a mean of the weights that forgets old ones",
    "posterior": "the mean of the predictions over the last part of the run",
    "gradient-norm": "nearly free",
    "distance": "nearly free",
    "sharpness": "about a sixth of an epoch",
    "noise-scale": "about a twentieth of an epoch",
}


def _field(default: Any, help: str, **constraints: Any) -> Any:
    """Return a field with what the command line and the form say of it."""
    return Field(default, description=help, **constraints)


def _later(default: Any, help: str, **constraints: Any) -> Any:
    """Return a field that the identity leaves out at its default.

    So an experiment of before the field existed keeps its identity, and its stored answers.
    """
    return _field(default, help, json_schema_extra={"later": True}, **constraints)


class Settings(BaseModel):
    """All that a training is told. What fits together, `Experiment` says."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    schedule: Nested
    clock: Clock = _field("epoch", "What t counts, and so the unit of every length")
    lag: Literal[0, 1] = _field(
        0, "Loops that ask the schedule after the epoch apply it one tick late"
    )
    initial_lr: Annotated[Number, Field(ge=0, le=MAX_RATE)] | None = _field(
        None, "The optimizer's own rate, which a late schedule leaves at the first tick"
    )
    model: Literal["lenet", "lenet-tensorflow", "lenet-1998", "lenet-batchnorm", "mlp"] = _field(
        "lenet", "The network"
    )
    init: Literal["default", "xavier"] = _field(
        "default", "How the weights are drawn before training"
    )
    dataset: Literal["fashion-mnist", "mnist", "kmnist", "cifar-10"] = _field(
        "fashion-mnist", "The images to learn"
    )
    batch_size: Whole = _field(256, "Examples an update", ge=1, le=60_000)
    optimizer: Literal["sgd", "adam", "adamw", "schedule-free-sgd", "sgld"] = _field(
        "sgd", "How an update follows from the gradient and the rate"
    )
    epochs: Whole = _field(30, "Passes over the training data", ge=1, le=1000)
    seed: Whole = _field(0, "Of the initial weights and the order of the data", ge=0, le=MAX_SEED)
    train_examples: Whole = _field(
        60_000, "Trains on the first so many; all there are at most", ge=1, le=60_000
    )
    order_seed: Annotated[Whole, Field(ge=0, le=MAX_SEED)] | None = _later(
        None, "Of the order of the data alone; none takes the seed"
    )
    momentum: Number = _later(0.0, "Part of the last step that the next one keeps", ge=0, lt=1)
    nesterov: Switch = _later(False, "Looks ahead along the momentum")
    weight_decay: Number = _later(
        0.0, "Pulls the weights towards 0; added to the gradient, apart from it in AdamW",
        ge=0, le=10,
    )  # fmt: skip
    beta1: Number = _later(
        0.9,
        "What the gradients' mean keeps an update; in schedule-free SGD, the weights' mean's part",
        ge=0, lt=1,
    )  # fmt: skip
    beta2: Number = _later(0.999, "What the mean of their squares keeps an update", ge=0, lt=1)
    epsilon: Number = _later(1e-8, "Keeps the division by that mean from 0", gt=0, le=1)
    precision: Literal["float32", "tf32", "bfloat16"] = _later(
        "float32", "The numbers of the forward and backward pass"
    )
    averages: tuple[Average, ...] = _later((), "Evaluates these too, as curves of their own")
    average_from: Number = _later(0.75, "Part of the run before the averages begin", ge=0, lt=1)
    ema_decay: Number = _later(0.999, "What the moving mean keeps an update", ge=0, lt=1)
    instruments: tuple[Instrument, ...] = _later((), "Measures these on the way")
    range_test: Switch = _later(
        False, "Stops where the smoothed loss is four times the best it was"
    )
