"""The settings of an experiment as the editor's form shows them: in groups, with sliders.

What a field is and needs is the experiment's to say (`lrlab.settings`); here it gets a place.
"""

from __future__ import annotations

from typing import Any

from lrlab.datasets import DATASETS
from lrlab.experiment import FIELDS
from lrlab.fields import Facts
from lrlab.settings import NOTES, USERS
from lrlab.ui.text import _, spoken

GROUPS = {
    "settings": (
        "epochs", "clock", "lag", "initial_lr", "batch_size", "model", "init", "dataset",
        "train_examples", "seed", "order_seed",
    ),
    "optimizer": (
        "optimizer", "momentum", "nesterov", "beta1", "beta2", "epsilon", "weight_decay",
        "precision",
    ),
    "instruments": ("averages", "average_from", "ema_decay", "instruments"),
}  # fmt: skip
ELSEWHERE = {"range_test"}  # fields that the form has no place for

# The ends of a slider: what people set, while typing reaches all that is allowed.
SLIDERS = {
    "epochs": (1, 100), "initial_lr": (1e-5, 10), "batch_size": (1, 1024),
    "train_examples": (256, 60_000), "seed": (0, 100), "order_seed": (0, 100),
    "momentum": (0, 0.99), "beta1": (0, 0.99), "beta2": (0.9, 0.9999), "epsilon": (1e-10, 0.01),
    "weight_decay": (1e-6, 1), "average_from": (0, 0.99), "ema_decay": (0.9, 0.9999),
}  # fmt: skip
LOGARITHMIC = {"initial_lr", "batch_size", "epsilon", "weight_decay"}
SUGGESTED = {"initial_lr": 0.3, "order_seed": 1}  # what a field without a value starts from


@spoken
def settings() -> list[dict[str, Any]]:
    """Return the groups of the form, each with its fields in the form of catalogue parameters."""
    titles = {
        "settings": _("Training settings"),
        "optimizer": _("Optimizer"),
        "instruments": _("Averages and instruments"),
    }
    return [
        {"key": key, "title": titles[key], "fields": [_field(FIELDS[name]) for name in names]}
        for key, names in GROUPS.items()
    ]


def _field(facts: Facts) -> dict[str, Any]:
    """Return a field for the browser; `needs` and `most` say what others make of it."""
    low, high = SLIDERS.get(facts.name, (None, None))
    switch = facts.choices == (0, 1)
    return {
        "name": facts.name, "type": "boolean" if switch else facts.type, "help": _(facts.help),
        "choices": facts.choices, "notes": {w: _(NOTES[w]) for w in facts.choices if w in NOTES},
        "default": facts.default, "optional": facts.optional,
        "suggested": SUGGESTED.get(facts.name), "left": _left(facts.name),
        "min": facts.min, "max": facts.max, "above": facts.above, "below": facts.below,
        "log": facts.name in LOGARITHMIC, "slider_min": low, "slider_max": high,
        "needs": _needs(facts.name), "most": _most(facts.name),
    }  # fmt: skip


def _left(name: str) -> str | None:
    """Return what a field says where it has no value; None is the form's own word."""
    return _("the same") if name == "order_seed" else None


def _needs(name: str) -> dict[str, Any] | None:
    """Return the field that this one looks at, and what that has to be or to hold."""
    if name not in USERS:
        return None
    field, words = USERS[name]
    return {"field": field, "words": words}


def _most(name: str) -> dict[str, Any] | None:
    """Return the field that sets this one's maximum, and the maximum for each of its words."""
    if name != "train_examples":
        return None
    return {"field": "dataset", "of": {word: known.train for word, known in DATASETS.items()}}
