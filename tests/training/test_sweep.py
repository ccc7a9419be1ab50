"""The range test: its losses against a plain loop's, its end, and the training it leaves alone."""

from __future__ import annotations

import json
import math
from typing import Any

import numpy as np
import pytest
import torch

from lrlab.errors import InvalidInput
from lrlab.experiment import Experiment
from lrlab.records import Head
from lrlab.schedules.range_test import suggestions
from lrlab.sweeping import swept
from lrlab.training import Training, range_test
from lrlab.training.checkpoint import unpack
from tests.training.plain import experiment, plain_run

SMALL = {"train_examples": 160, "batch_size": 8, "model": "mlp"}  # twenty updates an epoch
SHORT: dict[str, Any] = {"device": "cpu", "start_lr": 1e-3, "end_lr": 0.5, "updates": 15}


def advanced(*experiments: Experiment, updates: int) -> Training:
    training = Training(experiments, "cpu")
    for _ in range(updates):
        training.advance()
    return training


def batch_loss(before: Head, after: Head) -> float:
    """The loss of the batch between two updates of one epoch, from its means."""
    return after.train_loss * after.update - before.train_loss * before.update


def next_loss(training: Training) -> float:
    before = training.head()
    training.advance()
    return batch_loss(before, training.head())


def test_its_losses_are_those_of_a_plain_loop_at_the_rates_of_the_sweep():
    settings = experiment(train_examples=400, batch_size=8)
    found = range_test(settings, **SHORT)
    test = swept(settings, start_lr=1e-3, end_lr=0.5, updates=15)
    assert found.tried.rates == test.rates()[:15].tolist()
    np.testing.assert_allclose(found.tried.losses, plain_run(test, 15).losses, rtol=0, atol=1e-4)


def test_it_ends_after_its_updates_within_an_epoch_or_beyond_one():
    for updates in (12, 25):
        found = range_test(experiment(**SMALL), **SHORT | {"updates": updates})
        assert [len(each) for each in found.tried] == [updates] * 3
        assert found.stopped_at is None
        assert found.seconds > 0


def test_it_stops_where_the_smoothed_loss_is_four_times_its_best():
    found = range_test(experiment(**SMALL), **SHORT | {"end_lr": 1e5, "updates": 100})
    assert found.stopped_at == len(found.tried.losses) < 100
    *before, last = found.tried.smoothed
    assert not last <= 4 * min(before)  # a NaN, too
    assert all(mean <= 4 * min(before[: n + 1]) for n, mean in enumerate(before))


def test_it_suggests_from_its_losses_and_travels_as_json():
    found = range_test(experiment(**SMALL), **SHORT | {"end_lr": 1e5, "updates": 60})
    whole = json.loads(json.dumps(found.as_json(), allow_nan=False))
    rates, losses, _ = found.tried
    expected = suggestions(rates, losses)
    assert whole["suggestions"] == {name: each.lr for name, each in expected.items()}
    assert set(whole["reasons"]) == {name for name, each in expected.items() if each.lr is None}
    assert whole["losses"] == [loss if math.isfinite(loss) else None for loss in losses]
    assert (whole["stopped_at"], whole["device"]) == (found.stopped_at, "cpu")


TRAINED = {
    "sgd": {"momentum": 0.9},
    "adam": {"optimizer": "adam", "base_lr": 1e-3},
    "schedule-free": {"optimizer": "schedule-free-sgd"},
    "averaged": {"averages": ["ema"], "instruments": ["distance"], "model": "lenet-batchnorm"},
}


@pytest.mark.parametrize("fields", TRAINED.values(), ids=TRAINED)
def test_a_training_goes_on_to_the_bit_as_if_no_test_had_begun_from_it(fields):
    settings = experiment(**{"base_lr": 0.1} | SMALL | fields)
    undisturbed, tested = (advanced(settings, updates=8) for _ in range(2))
    checkpoint = tested.checkpoint()
    kept = bytes(bytearray(checkpoint))
    assert len(range_test(settings, **SHORT, checkpoint=checkpoint).tried.losses) == 15
    assert checkpoint == kept
    for _ in range(5):
        undisturbed.advance()
        tested.advance()
    left, right = (unpack(each.checkpoint())[0] for each in (undisturbed, tested))
    assert left.keys() == right.keys()
    assert all(torch.equal(left[name], right[name]) for name in left)


@pytest.mark.parametrize("fields", [{}, {"optimizer": "adam"}], ids=["sgd", "adam"])
def test_a_test_from_a_checkpoint_sees_what_the_training_would_see_next(fields):
    """At the training's own rates, nearly, the losses are its own."""
    settings = experiment(0.01, **fields, **SMALL)
    training = advanced(settings, updates=8)
    checkpoint = training.checkpoint()
    losses = [next_loss(training) for _ in range(10)]
    still = SHORT | {"start_lr": 0.01, "end_lr": 0.01 * (1 + 1e-9), "updates": 10}
    found = range_test(settings, **still, checkpoint=checkpoint)
    np.testing.assert_allclose(found.tried.losses, losses, rtol=0, atol=1e-5)


def test_a_member_of_a_pack_is_found_by_its_experiment():
    members = [experiment(lr, **SMALL) for lr in (0.01, 0.1)]
    pack = advanced(*members, updates=15)
    checkpoint = pack.checkpoint()
    before = [pack.head(number) for number in range(2)]
    pack.advance()
    for number, member in enumerate(members):
        test = range_test(member, **SHORT, checkpoint=checkpoint)
        expected = batch_loss(before[number], pack.head(number))
        assert test.tried.losses[0] == pytest.approx(expected, abs=1e-5)


def test_the_checkpoint_of_another_experiment_is_refused():
    checkpoint = Training([experiment(**SMALL)], "cpu").checkpoint()
    with pytest.raises(InvalidInput, match="checkpoint belongs to another experiment"):
        range_test(experiment(seed=1, **SMALL), **SHORT, checkpoint=checkpoint)
