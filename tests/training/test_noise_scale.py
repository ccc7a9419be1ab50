"""The gradient noise scale against the gradients of single examples."""

from __future__ import annotations

import math
from typing import Any

import pytest
import torch
from torch import Tensor
from torch.func import grad, vmap

from lrlab.records import Measure
from lrlab.training import Training
from lrlab.training.data import Split
from lrlab.training.device import one_thread
from lrlab.training.noise_scale import EXAMPLES, NoiseScale
from lrlab.training.pack import Pack
from tests.training.few import few_test_images  # noqa: F401
from tests.training.plain import experiment, finish
from tests.training.tiny import loss_of, tiny  # noqa: F401

NAMES = ["noise_scale", "gradient_noise", "gradient_signal"]

pytestmark = pytest.mark.usefixtures("tiny")


def tiny_pack(count: int = 1, **fields: Any) -> Pack:
    return Pack([experiment(seed=seed, **fields) for seed in range(count)], "cpu")


def figures_of(noise_scale: NoiseScale) -> dict[str, list[float]]:
    figures: dict[str, list[float]] = {}
    assert all(figures == {} for _ in noise_scale.work(figures)), "all come with the last piece"
    return figures


def single_gradients(pack: Pack, member: int = 0) -> Tensor:
    """Return each example's gradient, float64 [examples, numbers], by PyTorch alone."""
    loss, row = loss_of(pack), pack.weights.parameters[member].double()
    examples = pack.split.images.unsqueeze(1), pack.split.labels.unsqueeze(1)  # batches of one
    with one_thread():  # what is this small only waits for a second one
        return vmap(grad(loss), in_dims=(None, 0, 0))(row, *examples)


def exact(gradients: Tensor) -> tuple[float, float]:
    """Return tr(Σ) and |G|² of all there are, both without bias."""
    noise = gradients.var(dim=0).sum()
    signal = gradients.mean(0).square().sum() - noise / len(gradients)
    return noise.item(), signal.item()


def test_batches_of_one_example_give_their_variance_and_squared_mean_exactly():
    pack = tiny_pack(5, train_examples=40, batch_size=1)  # members in two chunks
    found = figures_of(NoiseScale(pack))
    for member in range(5):
        noise, signal = exact(single_gradients(pack, member))
        assert found["gradient_noise"][member] == pytest.approx(noise, rel=1e-4)
        assert found["gradient_signal"][member] == pytest.approx(signal, rel=1e-4, abs=1e-6)


def test_the_scale_is_their_quotient_and_nan_where_the_signal_is_lost():
    found = figures_of(NoiseScale(tiny_pack(5, train_examples=40, batch_size=1)))
    signals = found["gradient_signal"]
    assert min(signals) < 0 < max(signals)
    for scale, noise, signal in zip(*map(found.get, NAMES), strict=True):
        assert scale == pytest.approx(noise / signal if signal > 0 else math.nan, nan_ok=True)


def test_larger_batches_estimate_both_without_bias():
    size, rounds = 128, 30
    whole = tiny_pack(train_examples=size * rounds, batch_size=16)
    expected = exact(single_gradients(whole))
    pack = tiny_pack(train_examples=size, batch_size=16)
    noise_scale, estimates = NoiseScale(pack), []
    for begin in range(0, size * rounds, size):  # each time eight batches not seen before
        part = slice(begin, begin + size)
        pack.split = Split(whole.split.images[part], whole.split.labels[part])
        figures = figures_of(noise_scale)
        estimates.append([figures["gradient_noise"][0], figures["gradient_signal"][0]])
    drawn = torch.tensor(estimates)
    error = 4 * drawn.std(0) / math.sqrt(rounds)
    assert ((drawn.mean(0) - torch.tensor(expected)).abs() < error).all()
    assert expected[0] / size > error[1], "the squared mean's own bias would be seen"


@pytest.mark.parametrize(
    ("examples", "batch_size", "pieces"),
    [
        (4_000, 256, 8),
        (4_000, 1_000, 8),
        (4_000, 512, 8),
        (EXAMPLES - 1, 255, 8),
        (100, 1, 100),
        (60, 32, 8),
        (5, 5, 5),
    ],
)
def test_it_looks_at_eight_batches_at_least_and_at_so_many_examples_at_most(
    examples, batch_size, pieces
):
    pack = tiny_pack(train_examples=examples, batch_size=batch_size)
    assert sum(1 for _ in NoiseScale(pack).work({})) == pieces


def test_one_example_has_no_noise_scale():
    found = figures_of(NoiseScale(tiny_pack(train_examples=1, batch_size=1)))
    assert [math.isnan(found[name][0]) for name in NAMES] == [True] * 3


def test_a_training_records_all_three_of_members_that_still_train():
    fields = {"instruments": ["noise-scale"], "train_examples": 64, "batch_size": 8}
    training = Training([experiment(0.1, seed=seed, **fields) for seed in (0, 1)], "cpu")
    training.cancel(0)
    records = [record for record in finish(training) if isinstance(record, Measure)]
    assert [(each.member, each.update, each.name) for each in records] == [
        (1, 8, name) for name in NAMES
    ]
    assert all(math.isnan(values[0]) for values in figures_of(NoiseScale(training._pack)).values())
    noise, _ = exact(single_gradients(training._pack, member=1))
    assert records[1].value == pytest.approx(noise, rel=0.5)
