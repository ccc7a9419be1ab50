"""An experiment is a value: everything that decides a training, validated and frozen.

Its canonical JSON is its identity: a link holds it, the store keeps it, and the
same JSON always means the same training.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Mapping
from functools import lru_cache
from math import ceil
from typing import Any

import numpy as np
from pydantic import ValidationError, field_validator, model_validator

from lrlab.datasets import DATASETS
from lrlab.errors import InvalidInput, Location, invalid, shown
from lrlab.fields import facts
from lrlab.schedules import Decisions, Schedule
from lrlab.schedules.base import load_json
from lrlab.sentence import Sentence, either
from lrlab.settings import USERS, Settings

MAX_UPDATES = 3_000_000

# Raised when the same experiment comes to give other bits, or a checkpoint other contents.
ENGINE = 3

# What the members of a pack may have of their own; everything else they share.
OWN = frozenset({
    "schedule", "clock", "lag", "initial_lr", "seed", "order_seed", "init", "momentum",
    "weight_decay",
})  # fmt: skip

# What a branch may have otherwise than the training that it goes on from.
BRANCHABLE = (
    "schedule", "clock", "lag", "initial_lr", "seed", "order_seed", "momentum", "nesterov",
    "weight_decay", "beta1", "beta2", "epsilon", "precision", "epochs",
)  # fmt: skip


class Experiment(Settings):
    """One training, fully described. Raises a ValueError for a field out of range."""

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
                "is {batch_size}; allowed is at most train_examples, {train_examples}.",
                batch_size=self.batch_size,
                train_examples=self.train_examples,
            )
        if self.updates > MAX_UPDATES:
            raise InvalidInput(
                "epochs",
                "is {epochs}, {updates} updates; allowed are {max_updates}.",
                epochs=self.epochs,
                updates=self.updates,
                max_updates=MAX_UPDATES,
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
                "is {train_examples}; allowed is at most {examples} with {dataset}.",
                train_examples=self.train_examples,
                examples=examples,
                dataset=self.dataset,
            )
        for name, (ruler, users) in USERS.items():
            value = getattr(self, name)
            if value != FIELDS[name].default and not self.uses(name):
                words = either([str(each) for each in users])
                raise InvalidInput(
                    name,
                    "is {value}; allowed is that only with {ruler} {words}.",
                    value=shown(value),
                    ruler=ruler,
                    words=words,
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
            raise InvalidInput("experiment", "is {value}; allowed is an object.", value=shown(data))
        fields = {"schedule": data} if "kind" in data else dict(data)
        if "schedule" in fields:
            fields["schedule"] = _schedule(fields["schedule"])
        try:
            return cls.model_validate(fields)
        except ValidationError as error:
            raise invalid(error, allowed) from None

    def canonical(self) -> str:
        """Return the JSON text that is this experiment's identity: sorted, without spaces."""
        unsaid = {name for name in type(self).model_fields if _unsaid(name, getattr(self, name))}
        return _text(self.model_dump(mode="json", exclude=unsaid))

    def leaves(self) -> dict[str, Any]:
        """Return every setting of the canonical JSON that is no object, by its dotted path.

        A list counts as one setting, but for a list of objects.
        """
        found: dict[str, Any] = {}

        def put(path: str, value: Any) -> None:
            nested = isinstance(value, list) and any(isinstance(each, dict) for each in value)
            if not (nested or isinstance(value, dict)):
                found[path] = value
                return
            for name, inner in enumerate(value) if nested else value.items():
                put(f"{path}.{name}" if path else str(name), inner)

        put("", json.loads(self.canonical()))
        return found

    @property
    def identity(self) -> str:
        """The SHA-256 of the canonical JSON, in hexadecimal."""
        return _digest(self.canonical())

    @property
    def shape(self) -> str:
        """What must agree between the members of a pack: the SHA-256 of those fields' JSON."""
        return _shape(tuple(getattr(self, name) for name in SHARED))

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

    def uses(self, name: str) -> bool:
        """Return whether the other fields leave this one a meaning."""
        if name not in USERS:
            return True
        ruler, users = USERS[name]
        rule = getattr(self, ruler)
        return bool({*(rule if isinstance(rule, tuple) else (rule,))} & {*users})

    def changed(self) -> dict[str, Any]:
        """Return the fields but the schedule that differ from what they are when left out."""
        whole = {"train_examples": DATASETS[self.dataset].train}
        return {
            name: getattr(self, name)
            for name, field in type(self).model_fields.items()
            if name != "schedule" and getattr(self, name) != whole.get(name, field.default)
        }

    @property
    def title(self) -> str:
        """A name in words for lists: the schedule and what differs from the defaults."""
        return self.named()

    def named(self, unsaid: Collection[str] = ()) -> str:
        """Return the title without these fields: among others that share them, say."""
        changed = {name: value for name, value in self.changed().items() if name not in unsaid}
        words = [f"{name.replace('_', ' ')} {_words(value)}" for name, value in changed.items()]
        return ", ".join([self.schedule.describe(), *words])


SHARED = tuple(name for name in Experiment.model_fields if name not in OWN)
FIELDS = {
    name: facts(name, field)
    for name, field in Experiment.model_fields.items()
    if name != "schedule"
}


def check_branch(parent: Experiment, child: Experiment, update: int) -> None:
    """Refuse a `child` that cannot go on from where `parent` was after `update` updates.

    Raises InvalidInput for a field that differs and is not in `BRANCHABLE`, and for epochs
    that leave no update to do.
    """
    for name in Experiment.model_fields:
        own, given = getattr(child, name), getattr(parent, name)
        if name not in BRANCHABLE and own != given:
            raise InvalidInput(
                name,
                "is {value}; allowed in a branch is its origin's, {given}.",
                value=shown(own),
                given=shown(given),
            )
    if child.updates <= update:
        raise InvalidInput(
            "epochs",
            "is {epochs}, {updates} updates; allowed in a branch after update {update} is "
            "at least {least}.",
            epochs=child.epochs,
            updates=child.updates,
            update=update,
            least=update // child.steps_per_epoch + 1,
        )


def _unsaid(name: str, value: Any) -> bool:
    """Return whether the identity leaves this field out."""
    field = Experiment.model_fields[name]
    return bool(field.json_schema_extra) and value == field.default


def _text(fields: Mapping[str, Any]) -> str:
    return json.dumps(fields, sort_keys=True, separators=(",", ":"))


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


@lru_cache(maxsize=1024)
def _shape(values: tuple[Any, ...]) -> str:
    """Return the digest of the shared fields' `values`: few, of many experiments."""
    named = zip(SHARED, values, strict=True)
    return _digest(_text({name: value for name, value in named if not _unsaid(name, value)}))


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
        return Sentence("one of {names}", names=", ".join(Experiment.model_fields))
    if location[0] == "schedule":
        return "a schedule"
    known = FIELDS.get(str(location[0]))
    return known.allowed() if known else None
