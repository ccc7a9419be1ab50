"""An experiment is a value: everything that decides a training, validated and frozen.

Its canonical JSON is its identity: a link holds it, the store keeps it, and the
same JSON always means the same training.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from math import ceil
from typing import Annotated, Any, Literal, get_args, get_origin

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, Strict, ValidationError, model_validator

from lrlab.errors import InvalidInput, Location, invalid, shown
from lrlab.schedules import Clock, Decisions, Schedule
from lrlab.schedules.base import Nested, load_json
from lrlab.schedules.parameters import MAX_RATE, Number

# Training and test examples of each data set.
SIZES = {"fashion-mnist": (60_000, 10_000)}
MAX_UPDATES = 3_000_000

Whole = Annotated[int, Strict()]


class Experiment(BaseModel):
    """One training, fully described. Raises a ValueError for a field out of range."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    schedule: Nested
    clock: Clock = "epoch"
    lag: Literal[0, 1] = 0  # 1: the loop applies the schedule one tick late
    initial_lr: Annotated[Number, Field(ge=0, le=MAX_RATE)] | None = None  # rate at tick 0, lag 1
    model: Literal["lenet"] = "lenet"
    init: Literal["default", "xavier"] = "default"
    dataset: Literal["fashion-mnist"] = "fashion-mnist"
    batch_size: Annotated[Whole, Field(ge=1, le=60_000)] = 256
    optimizer: Literal["sgd"] = "sgd"
    epochs: Annotated[Whole, Field(ge=1, le=1000)] = 30
    seed: Annotated[Whole, Field(ge=0, le=2**32 - 1)] = 0
    train_examples: Annotated[Whole, Field(ge=1, le=60_000)] = 60_000  # the first so many

    @model_validator(mode="after")
    def _trainable(self) -> Experiment:
        if self.batch_size > self.train_examples:
            raise InvalidInput(
                "batch_size",
                f"is {self.batch_size}; allowed is at most train_examples, {self.train_examples}.",
            )
        if self.updates > MAX_UPDATES:
            raise InvalidInput(
                "epochs", f"is {self.epochs}, {self.updates} updates; allowed are {MAX_UPDATES}."
            )
        if self.initial_lr is not None and not self.lag:
            raise InvalidInput(
                "initial_lr", f"is {self.initial_lr:g}; allowed is a number only with lag 1."
            )
        Decisions.of(self.schedule)
        self.rates()
        return self

    @classmethod
    def parse(cls, spec: Experiment | Mapping[str, Any] | str) -> Experiment:
        """Return the experiment that a JSON text or object describes.

        An object with a `kind` is a schedule: an experiment of it with every
        other field at its default. Raises InvalidInput with one sentence.
        """
        if isinstance(spec, Experiment):
            return spec
        data = load_json(spec, "the experiment") if isinstance(spec, str) else spec
        if not isinstance(data, Mapping):
            raise InvalidInput("experiment", f"is {shown(data)}; allowed is an object.")
        fields = {"schedule": data} if "kind" in data else dict(data)
        if "schedule" in fields:
            fields["schedule"] = _schedule(fields["schedule"])
        try:
            return cls.model_validate(fields)
        except ValidationError as error:
            raise invalid(error, allowed) from None

    def canonical(self) -> str:
        """Return the JSON text that is this experiment's identity: sorted, without spaces."""
        return json.dumps(self.model_dump(mode="json"), sort_keys=True, separators=(",", ":"))

    @property
    def identity(self) -> str:
        """The SHA-256 of the canonical JSON, in hexadecimal."""
        return hashlib.sha256(self.canonical().encode()).hexdigest()

    def __hash__(self) -> int:
        return hash(self.canonical())

    @property
    def steps_per_epoch(self) -> int:
        """Updates in an epoch; the last one may have fewer examples."""
        return ceil(self.train_examples / self.batch_size)

    @property
    def updates(self) -> int:
        """Updates in the whole run."""
        return self.epochs * self.steps_per_epoch

    def rates(self) -> np.ndarray:
        """Return the rate of every update, float64 [updates]: what preview and training share.

        An adaptive schedule's are those before its first decision.
        """
        rates = self.schedule.rates(
            epochs=self.epochs,
            steps_per_epoch=self.steps_per_epoch,
            clock=self.clock,
            lag=self.lag,
            initial_lr=self.initial_lr,
        )
        return np.repeat(rates, self.steps_per_epoch) if self.clock == "epoch" else rates

    @property
    def title(self) -> str:
        """A name in words for lists: the schedule and what differs from the defaults."""
        changed = [
            f"{name.replace('_', ' ')} {getattr(self, name)}"
            for name, field in type(self).model_fields.items()
            if name != "schedule" and getattr(self, name) != field.default
        ]
        return ", ".join([self.schedule.describe(), *changed])


def _schedule(data: Any) -> Schedule:
    try:
        return Schedule.parse(data)
    except InvalidInput as error:
        if error.field in ("schedule", "the schedule"):
            raise
        raise error.within("schedule") from None


def allowed(location: Location) -> str | None:
    """Say what a field of an experiment may be; for no field, which fields there are."""
    if not location:
        return "one of " + ", ".join(Experiment.model_fields)
    field = Experiment.model_fields.get(str(location[0]))
    if field is None:
        return None
    if location[0] == "schedule":
        return "a schedule"
    if get_origin(field.annotation) is Literal:
        return "one of " + ", ".join(str(choice) for choice in get_args(field.annotation))
    limits = {type(m).__name__: m for m in field.metadata}
    if "Ge" not in limits:
        return f"a number from 0 to {MAX_RATE:g}, or null"
    return f"a whole number from {limits['Ge'].ge} to {limits['Le'].le}"
