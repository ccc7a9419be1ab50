"""Packs taken up again at any slice, against packs that never stopped: bit for bit."""

from __future__ import annotations

from functools import cache
from typing import Any

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from lrlab.experiment import Experiment
from lrlab.training import Training
from lrlab.training.checkpoint import unpack
from tests.training.few import few_test_images  # noqa: F401
from tests.training.test_resume import untimed

SMALL = {"epochs": 4, "train_examples": 40, "batch_size": 16}  # an epoch: 16, 16, 8
COSINE = {"kind": "cosine", "base_lr": 0.05, "final_lr": 0.001, "length": 4}
# No epoch is good enough for it: it drops after each but the first.
PLATEAU = {"kind": "plateau", "base_lr": 0.1, "factor": 0.5, "patience": 0, "threshold": 0.5}
MANUAL = {"kind": "manual"}
EVERYTHING = ["gradient-norm", "distance", "sharpness", "noise-scale"]

PACKS: dict[str, list[dict[str, Any]]] = {
    "momentum": [{"momentum": 0.9, "nesterov": True, "weight_decay": 0.01}] * 2,
    "adam": [{"optimizer": "adam"}, {"optimizer": "adam", "schedule": PLATEAU}],
    "schedule-free": [{"optimizer": "schedule-free-sgd"}] * 2,
    "sgld": [{"optimizer": "sgld", "averages": ["posterior"], "average_from": 0.4}] * 2,
    "averages": [
        {"model": "lenet-batchnorm", "averages": ["ema", "swa", "posterior"], "average_from": 0.3}
    ]
    * 2,
    "adaptive and steered": [{"schedule": PLATEAU}, {"schedule": MANUAL}, {}],
    "one that diverges": [{}, {"schedule": {"kind": "constant", "base_lr": 1e6}}],
    "instruments": [{"instruments": EVERYTHING, "model": "mlp"}] * 2,
}


def members(name: str) -> list[Experiment]:
    return [
        Experiment.parse({"schedule": COSINE, "seed": seed, **SMALL, **fields})
        for seed, fields in enumerate(PACKS[name])
    ]


def advance(training: Training, *, steered: bool) -> list[dict[str, object]]:
    """Do a slice; a steered pack's hand acts on its second member after update 4."""
    update = training.update
    records = training.advance()
    if steered and training.update == 4 and update == 3:
        training.steer(0.02, member=1)
    return [untimed(record) for record in records]


@cache
def undisturbed(name: str) -> tuple[list[dict[str, object]], dict[str, torch.Tensor]]:
    training, records = Training(members(name), "cpu"), []
    while not training.done:
        records += advance(training, steered="steered" in name)
    return records, unpack(training.checkpoint())[0]


@pytest.mark.parametrize("name", PACKS)
@settings(max_examples=6, deadline=None)
@given(data=st.data())
def test_a_pack_resumed_anywhere_gives_the_bits_of_one_never_stopped(name, data):
    stops = data.draw(st.sets(st.integers(0, 12), max_size=4), label="updates")
    within = data.draw(st.integers(0, 2), label="slices after them")
    training, records, late = Training(members(name), "cpu"), [], -1
    while not training.done:
        if training.update in stops:
            stops.discard(training.update)
            late = within
        if late == 0:
            training = Training(members(name), "cpu", training.checkpoint())
        late -= 1
        records += advance(training, steered="steered" in name)
    expected_records, expected_tensors = undisturbed(name)
    # What a member said last is said again by a pack that was taken up after it.
    told = list(dict.fromkeys(map(repr, records)))  # as text, where NaN equals NaN
    assert told == list(map(repr, expected_records))
    tensors = unpack(training.checkpoint())[0]
    assert tensors.keys() == expected_tensors.keys()
    for each in tensors:
        assert torch.equal(tensors[each].nan_to_num(7), expected_tensors[each].nan_to_num(7)), each


def test_a_diverged_member_says_so_again_after_a_resumption():
    training = Training(members("one that diverges"), "cpu")
    while training.update < 5:
        training.advance()
    (last,) = training._last
    resumed = Training(members("one that diverges"), "cpu", training.checkpoint())
    assert [repr(untimed(record)) for record in resumed.advance()] == [repr(untimed(last))]
    assert not resumed.done
