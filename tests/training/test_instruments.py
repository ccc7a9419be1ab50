"""Instruments look and do not touch, and see the same after a resumption."""

from __future__ import annotations

import pytest
import torch
import torch.nn.functional as F

from lrlab.experiment import Experiment
from lrlab.records import Measure, Record
from lrlab.training import Training
from lrlab.training.checkpoint import unpack
from lrlab.training.instruments import Instruments
from lrlab.training.pack import Pack
from tests.training.few import few_test_images  # noqa: F401
from tests.training.plain import chapter_net, epoch_order, experiment, finish, pictures
from tests.training.test_resume import untimed
from tests.training.tiny import tiny  # noqa: F401

EVERYTHING = ["gradient-norm", "distance", "noise-scale", "sharpness"]


def members(**fields: object) -> list[Experiment]:
    small = {"train_examples": 10, "batch_size": 4, "epochs": 2, "model": "lenet-batchnorm"}
    return [experiment(0.1, seed=seed, **{**small, **fields}) for seed in (0, 1)]


def told(records: list[Record]) -> list[str]:
    return [repr(untimed(record)) for record in records]  # as text, where NaN equals NaN


@pytest.mark.parametrize("optimizer", ["schedule-free-sgd", "sgld"])
def test_a_training_with_instruments_gives_the_bits_of_one_without(optimizer, tiny):  # noqa: F811
    fields = {"optimizer": optimizer, "train_examples": 200, "averages": ["ema"]}
    without = Training(members(**fields), "cpu")
    with_all = Training(members(**fields, instruments=EVERYTHING), "cpu")
    expected, found = finish(without), finish(with_all)
    names = {record.name.partition("/")[0] for record in found if isinstance(record, Measure)}
    assert names >= {"gradient_norm", "distance", "noise_scale", "sharpness"}
    ema = [r for r in found if not isinstance(r, Measure) or r.name.startswith("ema")]
    assert told(ema) == told(expected)
    tensors = [unpack(training.checkpoint())[0] for training in (with_all, without)]
    assert all(torch.equal(tensors[0][name], tensors[1][name]) for name in tensors[1])


def test_a_training_resumed_at_slices_of_an_epochs_end_measures_the_same(tiny):  # noqa: F811
    experiments = members(instruments=EVERYTHING)
    training, records, checkpoints = Training(experiments, "cpu"), [], []
    while not training.done:
        before = len(records), training.checkpoint()
        records += training.advance()
        if 3 <= training.update <= 4:
            checkpoints.append(before)
    expected, last = told(records), unpack(training.checkpoint())[0]
    assert len(checkpoints) > 30, "updates, an evaluation, eight batches, two members' searches"
    for count, checkpoint in checkpoints[::4]:
        resumed = Training(experiments, "cpu", checkpoint)
        assert told(records[:count] + finish(resumed)) == expected
        tensors = unpack(resumed.checkpoint())[0]
        assert all(torch.equal(tensors[name], last[name]) for name in last)


def test_instruments_that_nobody_asked_for_cost_nothing():
    instruments = Instruments(Pack(members(model="lenet"), "cpu"))
    figures: dict[str, list[float]] = {}
    assert list(instruments.at_epoch(figures)) == []
    assert (instruments.at_point(), figures, instruments.state()) == ({}, {}, {})


def test_the_gradient_norm_is_that_of_the_updates_own_batch():
    fields = {"train_examples": 400, "batch_size": 8, "weight_decay": 0.1, "momentum": 0.9}
    settings = experiment(0.05, instruments=["gradient-norm"], **fields)
    training, records = Training([settings], "cpu"), []
    while training.update < 49:
        records += training.advance()
    net, (images, labels) = chapter_net(), pictures(train=True)
    weights = map(torch.from_numpy, training.weights().values())
    net.load_state_dict(dict(zip(net.state_dict(), weights, strict=True)))
    batch = epoch_order(settings.seed, 0, 400).split(8)[49]
    loss = F.cross_entropy(net(images[batch]), labels[batch])
    parts = [part.flatten() for part in torch.autograd.grad(loss, list(net.parameters()))]
    measure = training.advance()[-1]
    assert isinstance(measure, Measure)
    assert (measure.name, measure.update, measure.epoch) == ("gradient_norm", 50, 1.0)
    assert measure.value == pytest.approx(torch.cat(parts).norm().item(), rel=1e-4)
    assert not any(isinstance(record, Measure) for record in records)


def test_distances_are_each_layers_way_from_where_it_began():
    fields = {"train_examples": 400, "batch_size": 8, "instruments": ["distance"]}
    training = Training([experiment(0.05, seed=seed, **fields) for seed in (0, 1)], "cpu")
    starts = [training.weights(member) for member in (0, 1)]
    while training.update < 49:
        training.advance()
    measures = [record for record in training.advance() if isinstance(record, Measure)]
    assert len(measures) == 2 * 5
    for measure in measures:
        layer = measure.name.removeprefix("distance/")
        start, now = starts[measure.member], training.weights(measure.member)
        moved = [(now[f"{layer}.{part}"] - start[f"{layer}.{part}"]) for part in ("weight", "bias")]
        squares = sum(float((each.astype(float) ** 2).sum()) for each in moved)
        assert measure.value == pytest.approx(squares**0.5, rel=1e-5)
        assert measure.value > 0
