"""Averages of weights and of predictions, against torch.optim.swa_utils and plain sums."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch import Tensor, nn
from torch.nn.functional import nll_loss
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

from lrlab.datasets import DATASETS
from lrlab.experiment import Experiment
from lrlab.records import Evaluation, Measure
from lrlab.training import Training, train
from lrlab.training.checkpoint import unpack
from lrlab.training.models import build
from tests.training.few import few_test_images  # noqa: F401
from tests.training.plain import experiment, pictures

STEPS = 4  # updates of an epoch
SMALL = {"epochs": 4, "train_examples": 56, "batch_size": 16}
DECAY, LAST_PART = 0.8, (3, 4)  # epochs
AVERAGES = {"averages": ["ema", "swa", "posterior"], "ema_decay": DECAY, "average_from": 0.5}
CASES: dict[str, dict[str, Any]] = {
    "weights alone": {"model": "mlp"},
    "buffers too": {"model": "lenet-batchnorm"},
    "an optimizer with a result of its own": {"model": "mlp", "optimizer": "schedule-free-sgd"},
}


def network_of(settings: Experiment) -> nn.Sequential:
    return build(settings.model, DATASETS[settings.dataset], init="default", seed=0)


def fill(network: nn.Sequential, row: Tensor, buffers: dict[str, Tensor]) -> None:
    nn.utils.vector_to_parameters(row, network.parameters())
    for name, buffer in network.named_buffers():
        if buffer.is_floating_point():
            buffer.copy_(buffers[name])


@torch.no_grad()
def probabilities(network: nn.Module) -> Tensor:
    images, _ = pictures(train=False)
    predicted = network.eval()(images[:500]).double().softmax(1)
    network.train()
    return predicted


def scores(predicted: Tensor) -> tuple[float, float]:
    labels = pictures(train=False)[1][:500]
    right = (predicted.argmax(1) == labels).double().mean()
    return nll_loss(predicted.log(), labels).item(), right.item()


class Oracle:
    """Follows one member with PyTorch's own averages, and evaluates them."""

    def __init__(self, settings: Experiment, member: int) -> None:
        self.network, self._member = network_of(settings), member
        rule = get_ema_multi_avg_fn(DECAY)
        self._sum = AveragedModel(self.network, multi_avg_fn=rule, use_buffers=True)
        self.averages = {name: network_of(settings) for name in ("ema", "swa")}
        self._swa = AveragedModel(self.network, use_buffers=True)
        self._predicted: list[Tensor] = []
        self.expected: dict[tuple[int, str], tuple[float, float]] = {}

    def see(self, tensors: dict[str, Tensor], update: int) -> None:
        own = {name: tensor[self._member] for name, tensor in tensors.items() if tensor.dim() > 1}
        # What is averaged before the first update has no part in it: it begins with nothing.
        begun = 1.0 if update else 0.0
        buffers = {name.removeprefix("weights."): begun * each for name, each in own.items()}
        row = own.get("optimizer.x", own["weights.parameters"])
        fill(self.network, begun * row, buffers)
        self._sum.update_parameters(self.network)
        epoch, step = divmod(update, STEPS)
        if update and step == 0:
            self._close(epoch)

    def _close(self, epoch: int) -> None:
        _copy(self._sum.module, self.averages["ema"], 1 / (1 - DECAY ** (epoch * STEPS)))
        self.expected[epoch, "ema"] = scores(probabilities(self.averages["ema"]))
        if epoch in LAST_PART:
            self._swa.update_parameters(self.network)
            _copy(self._swa.module, self.averages["swa"], 1.0)
            self._predicted.append(probabilities(self.network))
            self.expected[epoch, "swa"] = scores(probabilities(self.averages["swa"]))
            self.expected[epoch, "posterior"] = scores(torch.stack(self._predicted).mean(0))


def _copy(source: nn.Sequential, network: nn.Sequential, factor: float) -> None:
    row = nn.utils.parameters_to_vector(source.parameters()).detach()
    buffers = {name: factor * buffer for name, buffer in source.named_buffers()}
    fill(network, factor * row, buffers)


class Followed:
    """A pack that trained, followed by its oracles update by update."""

    def __init__(self, fields: dict[str, Any]) -> None:
        members = [experiment(0.1, seed=n, **SMALL, **AVERAGES, **fields) for n in (0, 1)]
        training = Training(members, "cpu")
        self._settings = members[0]
        self.oracles = [Oracle(each, number) for number, each in enumerate(members)]
        self.measures: list[Measure] = []
        seen = -1
        while not training.done:
            if training.update > seen:
                self.tensors, seen = unpack(training.checkpoint())[0], training.update
                for oracle in self.oracles:
                    oracle.see(self.tensors, seen)
            self.measures += [r for r in training.advance() if isinstance(r, Measure)]

    def average(self, name: str, member: int) -> nn.Sequential:
        """Return our average of a member as a network."""
        network, prefix = network_of(self._settings), f"average.{name}."
        own = {
            key.removeprefix(prefix): tensor[member]
            for key, tensor in self.tensors.items()
            if key.startswith(prefix) and tensor.dim() > 1
        }
        fill(network, own["parameters"], own)
        return network


@pytest.fixture(scope="module", params=CASES)
def followed(request, shared_home, few_test_images):  # noqa: F811
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LRLAB_HOME", str(shared_home))
        yield Followed(CASES[request.param])


@pytest.mark.parametrize("name", ["ema", "swa"])
def test_averaged_weights_and_buffers_are_pytorchs(followed, name):
    for member, oracle in enumerate(followed.oracles):
        ours = followed.average(name, member).state_dict()
        theirs, plain = oracle.averages[name].state_dict(), oracle.network.state_dict()
        keys = [key for key, tensor in ours.items() if tensor.is_floating_point()]
        for key in keys:
            torch.testing.assert_close(ours[key], theirs[key], rtol=1e-5, atol=1e-6)
        assert any(not torch.allclose(ours[key], plain[key], atol=1e-4) for key in keys)


def test_each_average_is_recorded_from_where_it_begins_with_the_figures_of_those_weights(followed):
    found = {(each.member, each.epoch, each.name): each.value for each in followed.measures}
    expected = {
        (member, epoch, f"{name}_test_{figure}"): value
        for member, oracle in enumerate(followed.oracles)
        for (epoch, name), values in oracle.expected.items()
        for figure, value in zip(("loss", "acc"), values, strict=True)
    }
    assert found == pytest.approx(expected, abs=2e-5)
    assert len(found) == 2 * 2 * (4 + 2 + 2)


def test_averages_may_begin_with_the_first_epoch():
    fields = {"averages": ["swa", "posterior"], "average_from": 0.0, "train_examples": 16}
    records = list(train(experiment(epochs=2, model="mlp", batch_size=16, **fields), "cpu"))
    measures = [record for record in records if isinstance(record, Measure)]
    assert [each.epoch for each in measures] == [1, 1, 1, 1, 2, 2, 2, 2]
    first = next(record for record in records if isinstance(record, Evaluation))
    for each in measures[:4]:  # the average of one is that one
        assert each.value == pytest.approx(getattr(first, each.name.split("_", 1)[1]), abs=1e-6)


def test_averages_change_nothing_of_the_run():
    plain, averaged = (
        [r for r in train(experiment(**SMALL, **fields), "cpu") if isinstance(r, Evaluation)]
        for fields in ({}, AVERAGES)
    )
    assert plain == averaged
