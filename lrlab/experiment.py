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
from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    ValidationError,
    field_validator,
    model_validator,
)
from pydantic.fields import FieldInfo

from lrlab.datasets import DATASETS
from lrlab.errors import InvalidInput, Location, invalid, shown
from lrlab.schedules import Clock, Decisions, Schedule
from lrlab.schedules.base import Nested, load_json
from lrlab.schedules.parameters import MAX_RATE, Number, Switch, Whole

MAX_UPDATES = 3_000_000

Average = Literal["swa", "ema", "posterior"]
Instrument = Literal["gradient-norm", "distance", "sharpness", "noise-scale"]

# The optimizers that know a field; the others refuse any value but its default.
USERS = {
    "momentum": ("sgd",),
    "nesterov": ("sgd",),
    "beta1": ("adam", "adamw", "schedule-free-sgd"),
    "beta2": ("adam", "adamw"),
    "epsilon": ("adam", "adamw"),
}


def _later(default: Any, **constraints: Any) -> Any:
    """Return a field that the identity leaves out at its default.

    So an experiment of before the field existed keeps its identity, and its stored answers.
    """
    return Field(default, json_schema_extra={"later": True}, **constraints)


class Experiment(BaseModel):
    """One training, fully described. Raises a ValueError for a field out of range."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    schedule: Nested
    clock: Clock = "epoch"
    lag: Literal[0, 1] = 0  # 1: the loop applies the schedule one tick late
    initial_lr: Annotated[Number, Field(ge=0, le=MAX_RATE)] | None = None  # rate at tick 0, lag 1
    model: Literal["lenet", "lenet-tensorflow", "lenet-1998", "lenet-batchnorm", "mlp"] = "lenet"
    init: Literal["default", "xavier"] = "default"
    dataset: Literal["fashion-mnist", "mnist", "kmnist", "cifar-10"] = "fashion-mnist"
    batch_size: Annotated[Whole, Field(ge=1, le=60_000)] = 256
    optimizer: Literal["sgd", "adam", "adamw", "schedule-free-sgd", "sgld"] = "sgd"
    epochs: Annotated[Whole, Field(ge=1, le=1000)] = 30
    seed: Annotated[Whole, Field(ge=0, le=2**32 - 1)] = 0
    train_examples: Annotated[Whole, Field(ge=1, le=60_000)] = 60_000  # the first so many
    order_seed: Annotated[Whole, Field(ge=0, le=2**32 - 1)] | None = _later(None)  # None: seed
    momentum: Number = _later(0.0, ge=0, lt=1)
    nesterov: Switch = _later(False)
    weight_decay: Number = _later(0.0, ge=0, le=10)  # SGD, Adam: added to the gradient
    beta1: Number = _later(0.9, ge=0, lt=1)
    beta2: Number = _later(0.999, ge=0, lt=1)
    epsilon: Number = _later(1e-8, gt=0, le=1)
    precision: Literal["float32", "tf32", "bfloat16"] = _later("float32")
    averages: tuple[Average, ...] = _later(())  # further curves beside the plain one
    average_from: Number = _later(0.75, ge=0, lt=1)  # part of the run before swa and posterior
    ema_decay: Number = _later(0.999, ge=0, lt=1)  # an update
    instruments: tuple[Instrument, ...] = _later(())
    range_test: Switch = _later(False)  # stops where the smoothed loss is four times its best

    @model_validator(mode="before")
    @classmethod
    def _whole_set(cls, fields: Any) -> Any:
        """Take all training examples that there are where nobody says how many."""
        facts = isinstance(fields, dict) and DATASETS.get(str(fields.get("dataset")))
        return {"train_examples": facts.train} | fields if facts else fields

    @field_validator("averages", "instruments")
    @classmethod
    def _in_order(cls, names: tuple[str, ...]) -> tuple[str, ...]:
        """The same choice is the same experiment, in whatever order it was made."""
        return tuple(sorted(set(names)))

    @model_validator(mode="after")
    def _trainable(self) -> Experiment:
        self._settings_fit()
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

    def _settings_fit(self) -> None:
        """Raise InvalidInput for settings that are in range but contradict each other."""
        examples = DATASETS[self.dataset].train
        if self.train_examples > examples:
            raise InvalidInput(
                "train_examples",
                f"is {self.train_examples}; allowed is at most {examples} with {self.dataset}.",
            )
        for name, users in USERS.items():
            value = getattr(self, name)
            if self.optimizer not in users and value != type(self).model_fields[name].default:
                words = " or ".join(users)
                raise InvalidInput(
                    name, f"is {shown(value)}; allowed is that only with optimizer {words}."
                )
        if self.nesterov and not self.momentum:
            raise InvalidInput("nesterov", "is true; allowed is that only with momentum above 0.")

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
        unsaid = {
            name
            for name, field in type(self).model_fields.items()
            if field.json_schema_extra and getattr(self, name) == field.default
        }
        whole = self.model_dump(mode="json", exclude=unsaid)
        return json.dumps(whole, sort_keys=True, separators=(",", ":"))

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
            f"{name.replace('_', ' ')} {_words(getattr(self, name))}"
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


def _words(value: Any) -> str:
    if isinstance(value, tuple):
        return " and ".join(value)
    return {True: "on", False: "off"}[value] if isinstance(value, bool) else str(value)


def allowed(location: Location) -> str | None:
    """Say what a field of an experiment may be; for no field, which fields there are."""
    if not location:
        return "one of " + ", ".join(Experiment.model_fields)
    field = Experiment.model_fields.get(str(location[0]))
    if field is None:
        return None
    if location[0] == "schedule":
        return "a schedule"
    choices = choices_of(str(location[0]))
    if choices:
        many = "a list of some of " if get_origin(field.annotation) is tuple else "one of "
        return many + ", ".join(choices)
    if field.annotation is bool:
        return "true or false"
    if location[0] in ("initial_lr", "order_seed"):
        noun, most = ("number", f"{MAX_RATE:g}") if location[0] == "initial_lr" else (
            "whole number", str(2**32 - 1))  # fmt: skip
        return f"a {noun} from 0 to {most}, or null"
    return _range(field)


def choices_of(name: str) -> list[str]:
    """Return the words that a field may be, or hold; none for a field of numbers."""
    annotation = Experiment.model_fields[name].annotation
    if get_origin(annotation) is tuple:
        annotation = get_args(annotation)[0]
    return [str(word) for word in get_args(annotation)] if get_origin(annotation) is Literal else []


def _range(field: FieldInfo) -> str:
    """Say the range of a field of numbers."""
    limits = {type(m).__name__: m for m in field.metadata}
    noun = "a whole number" if field.annotation is int else "a number"
    low = f"from {limits['Ge'].ge:g}" if "Ge" in limits else f"above {limits['Gt'].gt:g}"
    high = f"to {limits['Le'].le}" if "Le" in limits else f"to below {limits['Lt'].lt:g}"
    return f"{noun} {low} {high}"
