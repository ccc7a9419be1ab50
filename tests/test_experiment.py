"""An experiment's identity lasts: what was trained before a field existed is found again."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lrlab.datasets import DATASETS
from lrlab.errors import InvalidInput
from lrlab.experiment import FIELDS, Experiment
from lrlab.settings import NOTES, USERS
from tests.experiments import experiments, specs

# Identities as they were before an experiment had an optimizer's settings or instruments.
BEFORE = [
    ('{"kind":"cosine"}', "1b75c7c2ea794112647468ae4ac89fa10ea460a4da3d679ad979abb623666e72"),
    ('{"batch_size":64,"clock":"step","dataset":"fashion-mnist","epochs":3,"init":"xavier",'
     '"initial_lr":0.5,"lag":1,"model":"lenet","optimizer":"sgd","schedule":{"base_lr":0.1,'
     '"kind":"constant"},"seed":7,"train_examples":6400}',
     "945685dab3272c146b381160dd173376e49ea465b94adee485e1dd54675abb25"),
]  # fmt: skip
SCHEDULE = {"kind": "constant"}


def parsed(**fields: Any) -> Experiment:
    return Experiment.parse({"schedule": SCHEDULE, **fields})


@pytest.mark.parametrize(("text", "identity"), BEFORE)
def test_an_experiment_without_later_fields_keeps_its_identity(text: str, identity: str) -> None:
    experiment = Experiment.parse(text)
    assert experiment.identity == identity
    assert experiment.canonical() == text or "epochs" not in text


@given(experiments)
def test_an_experiment_is_what_its_canonical_text_says(experiment: Experiment) -> None:
    again = Experiment.parse(experiment.canonical())
    assert again == experiment
    assert again.identity == experiment.identity


@given(specs())
def test_a_field_that_is_said_at_its_default_changes_nothing(spec: dict[str, Any]) -> None:
    bare = Experiment.parse(spec)
    defaults = json.loads(json.dumps({name: facts.default for name, facts in FIELDS.items()}))
    assert Experiment.parse(defaults | spec).identity == bare.identity
    assert set(bare.changed()) <= set(spec)


@given(st.permutations(["swa", "ema", "posterior"]), st.integers(0, 3))
def test_the_order_of_averages_is_no_other_experiment(names: list[str], twice: int) -> None:
    experiment = parsed(averages=[*names, *names[:twice]])
    assert experiment.identity == parsed(averages=["ema", "posterior", "swa"]).identity


def test_all_examples_there_are_is_the_default_of_each_data_set() -> None:
    for dataset, known in DATASETS.items():
        experiment = parsed(dataset=dataset)
        assert experiment.train_examples == known.train
        assert experiment.title.count("train examples") == 0


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"momentum": 1.0}, "momentum is 1.0; allowed is a number from 0 to below 1."),
        ({"momentum": float("nan")}, "momentum is nan; allowed is a number from 0 to below 1."),
        ({"epsilon": 0.0}, "epsilon is 0.0; allowed is a number above 0 to 1."),
        ({"nesterov": 1}, "nesterov is 1; allowed is true or false."),
        ({"nesterov": True}, "nesterov is true; allowed is that only with momentum above 0."),
        ({"order_seed": -1}, "order_seed is -1; allowed is a whole number from 0 to 4294967295, "
         "or null."),
        ({"model": "vgg"}, "model is 'vgg'; allowed is one of lenet, lenet-tensorflow, lenet-1998, "
         "lenet-batchnorm, mlp."),
        ({"averages": "swa"}, "averages is 'swa'; allowed is a list of some of swa, ema, "
         "posterior."),
        ({"instruments": ["clock"]}, "instruments.0 is 'clock'; allowed is a list of some of "
         "gradient-norm, distance, sharpness, noise-scale."),
        ({"optimizer": "adam", "momentum": 0.9}, "momentum is 0.9; allowed is that only with "
         "optimizer sgd."),
        ({"beta2": 0.9}, "beta2 is 0.9; allowed is that only with optimizer adam or adamw."),
        ({"ema_decay": 0.9, "averages": ["swa"]}, "ema_decay is 0.9; allowed is that only with "
         "averages ema."),
        ({"initial_lr": 0.1}, "initial_lr is 0.1; allowed is that only with lag 1."),
        ({"dataset": "cifar-10", "train_examples": 60_000}, "train_examples is 60000; allowed is "
         "at most 50000 with cifar-10."),
    ],
)  # fmt: skip
def test_a_setting_that_cannot_be_is_refused_in_one_sentence(
    fields: dict[str, Any], sentence: str
) -> None:
    with pytest.raises(InvalidInput) as refused:
        parsed(**fields)
    assert str(refused.value) == sentence


def test_every_field_says_what_it_is() -> None:
    assert all(facts.help for facts in FIELDS.values())
    assert all(facts.type != "other" for facts in FIELDS.values())
    many = [word for facts in FIELDS.values() if facts.type == "choices" for word in facts.choices]
    assert set(NOTES) == set(many)


def test_what_a_field_needs_is_something_that_another_may_be() -> None:
    for name, (ruler, users) in USERS.items():
        assert name in FIELDS
        assert set(users) <= set(FIELDS[ruler].choices)
