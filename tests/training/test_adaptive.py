"""A training whose schedule looks at the run, whole: the engine lets it look and keeps it."""

from __future__ import annotations

from functools import cache
from typing import Any

import pytest
import torch
from torch.optim.lr_scheduler import ReduceLROnPlateau

from lrlab import Experiment
from lrlab.records import Evaluation, Record
from lrlab.training import Training
from lrlab.training.checkpoint import unpack
from tests.training.test_resume import untimed

STEPS = 6  # updates of an epoch
EPOCHS = 3
EVALUATION = 5  # slices
# So demanding a threshold that no epoch is an improvement: it drops after each but the first.
PLATEAU = {"kind": "plateau", "base_lr": 0.1, "factor": 0.5, "patience": 0, "threshold": 0.5}
SETTINGS = Experiment.parse(
    {"schedule": PLATEAU, "epochs": EPOCHS, "train_examples": 48, "batch_size": 8}
)


def logged(training: Training, slices: int = -1) -> tuple[list[float], list[Record]]:
    """Advance and return the rate applied at each update, and the records."""
    rates: list[float] = []
    records: list[Record] = []
    while not training.done and slices != 0:
        before = training.update
        records += training.advance()
        rates += [training.head().lr] * (training.update - before)
        slices -= 1
    return rates, records


@cache
def undisturbed() -> tuple[list[float], list[Record], dict[str, torch.Tensor]]:
    training = Training([SETTINGS], "cpu")
    rates, records = logged(training)
    return rates, records, unpack(training.checkpoint())[0]


def test_a_plateau_is_torchs_scheduler_stepped_after_each_epoch() -> None:
    rates, records, _ = undisturbed()
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=0.1)
    scheduler = ReduceLROnPlateau(optimizer, factor=0.5, patience=0, threshold=0.5)
    expected: list[float] = []
    for record in records:
        if isinstance(record, Evaluation):
            expected += [optimizer.param_groups[0]["lr"]] * STEPS
            scheduler.step(record.test_loss)
    assert rates == expected
    assert set(rates) == {0.1, 0.05}
    assert set(SETTINGS.rates().tolist()) == {0.1}, "the plan is the undecided one"


# The last update of the second epoch, its evaluation's parts, the third epoch's first update.
@pytest.mark.parametrize("around", [-1, 0, 3, 5, 6])
def test_killed_and_resumed_around_an_epochs_end_it_gives_the_same_bits(around: int) -> None:
    expected_rates, expected_records, expected_tensors = undisturbed()
    first = Training([SETTINGS], "cpu")
    rates, records = logged(first, 2 * STEPS + EVALUATION + around)
    resumed = Training([SETTINGS], "cpu", first.checkpoint())
    assert resumed.head() == first.head()
    more_rates, more_records = logged(resumed)
    assert rates + more_rates == expected_rates
    found = [untimed(record) for record in records + more_records]
    assert found == [untimed(record) for record in expected_records]
    tensors = unpack(resumed.checkpoint())[0]
    assert all(torch.equal(tensors[name], expected_tensors[name]) for name in expected_tensors)


def test_a_hand_steers_a_training_and_its_checkpoint_knows() -> None:
    fields: dict[str, Any] = {**SETTINGS.model_dump(mode="json"), "schedule": {"kind": "manual"}}
    settings = Experiment.parse({**fields, "epochs": 1})
    training = Training([settings], "cpu")
    logged(training, 2)
    training.steer(0.02)
    assert training.head().lr == 0.3
    resumed = Training([settings], "cpu", training.checkpoint())
    assert resumed.head() == training.head()
    assert logged(resumed)[0] == [0.02] * 4
    assert logged(training)[0] == [0.02] * 4
