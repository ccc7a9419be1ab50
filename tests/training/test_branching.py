"""Branches against the trainings that they go on from, and against some made by hand."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from lrlab.errors import InvalidInput
from lrlab.experiment import Experiment, check_branch
from lrlab.records import Finished, Record
from lrlab.training import Origin, Training, branch
from lrlab.training.checkpoint import pack, unpack
from tests.training.few import few_test_images  # noqa: F401
from tests.training.plain import finish
from tests.training.test_resume import untimed

SMALL = {"model": "mlp", "epochs": 4, "train_examples": 40, "batch_size": 16}  # 16, 16, 8
COSINE = {"kind": "cosine", "base_lr": 0.05, "final_lr": 0.001, "length": 4}
PLATEAU = {"kind": "plateau", "base_lr": 0.1, "factor": 0.5, "patience": 0, "threshold": 0.5}
LATER = {"kind": "constant", "base_lr": 0.02}
FAMILIES: dict[str, dict[str, Any]] = {
    "momentum": {"momentum": 0.9, "nesterov": True, "weight_decay": 0.01},
    "adam": {"optimizer": "adam", "schedule": {**PLATEAU, "base_lr": 0.01}},
    "schedule-free": {"optimizer": "schedule-free-sgd"},
    "sgld": {"optimizer": "sgld", "averages": ["posterior"], "average_from": 0.4},
    "averages": {
        "model": "lenet-batchnorm", "averages": ["ema", "swa", "posterior"], "average_from": 0.3,
        "epochs": 3,
    },
    "adaptive": {"schedule": PLATEAU},
    "manual": {"schedule": {"kind": "manual"}},
    "instruments": {"instruments": ["gradient-norm", "distance", "sharpness"], "epochs": 2},
}  # fmt: skip


def experiment(**fields: Any) -> Experiment:
    return Experiment.parse({"schedule": COSINE, **SMALL, **fields})


def advanced(experiments: list[Experiment], slices: int) -> Training:
    """A training after so many slices, steered before one of them."""
    training = Training(experiments, "cpu")
    for number in range(slices):
        if number == 2:
            training.steer(0.03)
        training.advance()
    return training


def until(training: Training, update: int) -> Training:
    while training.update < update:
        training.advance()
    return training


def told(records: list[Record]) -> list[str]:
    return [repr(untimed(record)) for record in records]


def assert_same(one: Training, other: Training) -> None:
    left, right = (unpack(each.checkpoint())[0] for each in (one, other))
    assert left.keys() == right.keys()
    for name in left:
        assert torch.equal(left[name].nan_to_num(7), right[name].nan_to_num(7)), name


@pytest.mark.parametrize("name", FAMILIES)
@settings(max_examples=2, deadline=None)
@given(slices=st.integers(0, 14))
def test_with_nothing_changed_a_branch_goes_on_to_the_bit(name, slices):
    run = experiment(**FAMILIES[name])
    parent = advanced([run], slices)
    assert parent.update < run.updates
    twig = branch([run], [Origin(parent.checkpoint())], "cpu")
    assert repr(twig.head()) == repr(parent.head())
    assert twig.seconds == 0
    assert told(finish(twig)) == told(finish(parent))
    assert_same(twig, parent)


def test_a_whole_pack_goes_on_to_the_bit():
    members = [experiment(seed=seed, momentum=0.3 * seed) for seed in range(3)]
    parent = advanced(members, 5)
    content = parent.checkpoint()
    twigs = branch(members, [Origin(content, number) for number in range(3)], "cpu")
    assert told(finish(twigs)) == told(finish(parent))
    assert_same(twigs, parent)


@pytest.mark.parametrize("name", ["momentum", "adam", "manual"])
def test_a_member_leaves_its_pack_and_goes_on_alone(name):
    members = [experiment(seed=seed, **FAMILIES[name]) for seed in range(3)]
    parent = advanced(members, 5)
    alone = branch([members[0]], [Origin(parent.checkpoint(), 0)], "cpu")
    assert alone.head() == parent.head(0)
    finish(alone), finish(parent)
    together, own = parent.weights(0), alone.weights()
    for part in own:
        np.testing.assert_allclose(own[part], together[part], rtol=1e-3, atol=1e-4)
    assert alone.head().lr == parent.head(0).lr


@settings(max_examples=6, deadline=None)
@given(slices=st.integers(0, 14), clock=st.sampled_from(["epoch", "step", "progress"]))
def test_another_schedule_is_a_training_whose_rates_change_there(slices, clock):
    """By hand: the parent's own rates up to the place, then the new schedule's, in steps."""
    parent = Training([experiment()], "cpu")
    for _ in range(slices):
        parent.advance()
    child = experiment(schedule={**COSINE, "base_lr": 0.2}, clock=clock)
    at = parent.update
    rates = [*experiment().rates()[:at].tolist(), *child.rates()[at:].tolist()]
    steps = {"kind": "piecewise", "times": [*range(len(rates))], "rates": rates}
    by_hand = until(Training([experiment(schedule=steps, clock="step")], "cpu"), at)
    twig = branch([child], [Origin(parent.checkpoint())], "cpu")
    assert twig.head().lr == by_hand.head().lr
    finish(by_hand), finish(twig)
    assert_same(twig, by_hand)


def test_a_new_schedule_leaves_the_hand_and_the_decisions_behind():
    parent = until(Training([experiment(schedule=PLATEAU)], "cpu"), 10)
    parent.steer(0.07)
    other = {**PLATEAU, "base_lr": 0.3}
    twig = branch([experiment(schedule=other)], [Origin(parent.checkpoint())], "cpu")
    assert twig.head().lr == parent.head().lr < 0.1
    twig.advance()
    assert twig.head().lr == 0.3


@pytest.mark.parametrize("where", [0, 2, 3, 4, 7])
def test_a_branch_is_resumed_as_any_training(where):
    parent = advanced([experiment(seed=0, instruments=["distance"])], 5)
    child = experiment(schedule=LATER, seed=1, momentum=0.9, epochs=6, instruments=["distance"])
    twig = branch([child], [Origin(parent.checkpoint())], "cpu")
    early = [record for _ in range(where) for record in twig.advance()]
    resumed = Training([child], "cpu", twig.checkpoint())
    late = told(finish(resumed))
    assert told(early) + late == told(early) + told(finish(twig))
    assert_same(resumed, twig)


def test_a_finished_training_is_gone_on_with_for_more_epochs():
    parent = Training([experiment()], "cpu")
    finish(parent)
    parent.seconds = 1000.0
    twig = branch([experiment(epochs=6)], [Origin(parent.checkpoint())], "cpu")
    last = finish(twig)[-1]
    assert isinstance(last, Finished)
    assert last.examples_per_second * last.seconds == pytest.approx(2 * 40)


@pytest.mark.parametrize("before", [[0.0], [0.0, 0.5]], ids=["alone", "beside momentum"])
def test_momentum_that_a_branch_begins_with_begins_from_nothing(before):
    members = [experiment(schedule=LATER, momentum=each) for each in before]
    content = until(Training(members, "cpu"), 2).checkpoint()
    twig = branch([experiment(schedule=LATER, momentum=0.9)], [Origin(content)], "cpu")
    assert not unpack(twig.checkpoint())[0]["optimizer.velocity"].any()
    plain = branch([experiment(schedule=LATER)], [Origin(content)], "cpu")
    twig.advance(), plain.advance()
    for part, weights in plain.weights().items():
        assert np.array_equal(twig.weights()[part], weights), "a first step is the gradient's"


def test_other_decays_of_adam_leave_its_step_as_long_as_it_was():
    run = experiment(optimizer="adam", schedule={"kind": "constant", "base_lr": 1e-3})
    parent = until(Training([run], "cpu"), 2)
    changed = run.model_copy(update={"beta1": 0.99, "beta2": 0.9})
    twig = branch([changed], [Origin(parent.checkpoint())], "cpu")
    for name, before, after in (("mean", 0.9, 0.99), ("square", 0.999, 0.9)):
        old, new = (unpack(e.checkpoint())[0][f"optimizer.{name}"] for e in (parent, twig))
        torch.testing.assert_close(new / (1 - after**2), old / (1 - before**2))


def test_averages_begin_where_the_branchs_own_last_part_does():
    fields = {"averages": ["swa", "posterior"], "average_from": 0.5}
    parent = until(Training([experiment(**fields)], "cpu"), 11)  # its third epoch is averaged
    for epochs, taken in ((4, 1), (8, 0)):
        twig = branch([experiment(epochs=epochs, **fields)], [Origin(parent.checkpoint())], "cpu")
        kept = unpack(twig.checkpoint())[0]
        assert [int(kept[name]) for name in ("average.swa.taken", "posterior.taken")] == [taken] * 2
        assert bool(kept["posterior.sum"].any()) is bool(taken)


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"model": "lenet"}, "model is 'lenet'; allowed in a branch is its origin's, 'mlp'."),
        ({"batch_size": 8}, "batch_size is 8; allowed in a branch is its origin's, 16."),
        ({"optimizer": "adam"}, "optimizer is 'adam'; allowed in a branch is its origin's, 'sgd'."),
        ({"averages": ["ema"]}, "averages is ('ema',); allowed in a branch is its origin's, ()."),
        (
            {"epochs": 2},
            "epochs is 2, 6 updates; allowed in a branch after update 6 is at least 3.",
        ),
    ],
)
def test_what_a_branch_may_not_change_is_refused(fields, words):
    content = until(Training([experiment()], "cpu"), 6).checkpoint()
    child = experiment(**fields)
    with pytest.raises(InvalidInput) as fault:
        branch([child], [Origin(content)], "cpu")
    assert str(fault.value) == words
    with pytest.raises(InvalidInput):
        check_branch(experiment(), child, 6)


def test_origins_that_no_branch_can_begin_from_are_refused():
    run = experiment(model="lenet")
    broken = experiment(model="lenet", schedule={"kind": "constant", "base_lr": 1e6})
    two = until(Training([run, broken], "cpu"), 2)
    one = until(Training([run], "cpu"), 3)
    ended = until(Training([run, broken], "cpu"), 4)
    ended.cancel(0)
    refused = [
        ([Origin(two.checkpoint(), 2)], "member is 2; allowed is one from 0 to 1."),
        ([Origin(ended.checkpoint(), 0)], "member is 0, which had ended"),
        ([Origin(ended.checkpoint(), 1)], "member is 1, which had ended"),
        ([Origin(one.checkpoint()), Origin(two.checkpoint())], "origins stand after 3 updates, 0"),
        ([Origin(one.checkpoint()[:-1])], "checkpoint is damaged"),
    ]
    for origins, words in refused:
        with pytest.raises(InvalidInput, match=words):
            branch([run] * len(origins), origins, "cpu")
    with pytest.raises(InvalidInput, match="origins are 0; allowed are 1, one an experiment"):
        branch([run], [], "cpu")


def test_a_checkpoint_of_an_older_engine_is_refused_by_name(monkeypatch):
    monkeypatch.setattr("lrlab.training.checkpoint.FORMAT", "lrlab checkpoint 2")
    content = pack({"weight": torch.zeros(1)}, {})
    monkeypatch.undo()
    with pytest.raises(InvalidInput, match="'lrlab checkpoint 2'; allowed is 'lrlab checkpoint 3'"):
        unpack(content)
