"""A Hypothesis strategy of experiments: any field that may be is set, any that may not is left."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from lrlab.datasets import DATASETS
from lrlab.experiment import FIELDS, Experiment
from lrlab.fields import Facts
from lrlab.schedules.presets import PRESETS
from lrlab.settings import USERS

SMALL = {"epochs": st.integers(1, 60)}  # so that an example's rates take no time


def values(facts: Facts) -> st.SearchStrategy[Any]:
    """Every value that a field allows, as JSON has it."""
    if facts.type == "choices":
        return st.lists(st.sampled_from(facts.choices))
    if facts.choices:
        return st.sampled_from(facts.choices)
    if facts.type == "boolean":
        return st.booleans()
    low, high = facts.min or 0, facts.max or 0
    if facts.type == "integer":
        made = st.integers(int(low), int(high))
    else:
        made = st.floats(low, high, exclude_min=facts.above, exclude_max=facts.below)
    return st.none() | made if facts.optional else made


@st.composite
def specs(draw: st.DrawFn) -> dict[str, Any]:
    """Return an experiment's JSON with some of its fields."""
    wanted = {name: SMALL.get(name, values(facts)) for name, facts in FIELDS.items()}
    fields = draw(st.fixed_dictionaries({}, optional=wanted))
    whole = DATASETS[fields.get("dataset", "fashion-mnist")].train
    fields["train_examples"] = min(fields.get("train_examples", whole), whole)
    fewest = fields["train_examples"] // 1000  # examples an update
    fields["batch_size"] = max(fields.get("batch_size", 256), fewest)
    fields["batch_size"] = min(fields["batch_size"], fields["train_examples"])
    return {"schedule": draw(st.sampled_from(PRESETS))["experiment"]["schedule"], **_fit(fields)}


def _fit(fields: dict[str, Any]) -> dict[str, Any]:
    """Leave out what the others do not allow."""
    for name, (ruler, users) in USERS.items():
        rule = fields.get(ruler, FIELDS[ruler].default)
        if not {*(rule if isinstance(rule, (list, tuple)) else [rule])} & {*users}:
            fields.pop(name, None)
    if not fields.get("momentum"):
        fields.pop("nesterov", None)
    return fields


experiments = specs().map(Experiment.parse)
