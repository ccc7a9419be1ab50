"""SGLD on losses whose posterior is known, each number of a member a chain of its own."""

from __future__ import annotations

import math
from typing import Any

import pytest
import torch
from torch import Tensor

from lrlab.training.optimizers import SGLD
from tests.training.plain import experiment

EXAMPLES, CHAINS = 500, 4_000
CURVATURE, CENTRE = 2.0, 3.0  # of the quadratic that each example's loss is
SEEDS = [0, 1, 2, 2**32 - 1]


def langevin(fields: list[dict[str, Any]], start: Tensor) -> SGLD:
    common = {"optimizer": "sgld", "train_examples": EXAMPLES, "batch_size": 100}
    return SGLD([experiment(**common, **each) for each in fields], start)


def chains(rate: float, decay: float) -> Tensor:
    """Return the chains of members after they have forgotten where they began."""
    at = torch.zeros(len(SEEDS), CHAINS)
    optimizer = langevin([{"seed": seed, "weight_decay": decay} for seed in SEEDS], at)
    rates = torch.full((len(SEEDS), 1), rate)
    for update in range(int(12 / (rate * CURVATURE))):
        optimizer.step(CURVATURE * (at - CENTRE), rates, torch.tensor(update))
    return at.double().flatten()


@pytest.mark.parametrize("decay", [0.0, 1.0])
@pytest.mark.parametrize("rate", [0.01, 0.1])
def test_weights_are_distributed_as_the_posterior(rate, decay):
    drawn = chains(rate, decay)
    precision = EXAMPLES * (CURVATURE + decay)  # of the likelihood and of the prior
    # A step of finite length widens a Gaussian by this and leaves its mean.
    variance = 1 / precision / (1 - rate * (CURVATURE + decay) / 2)
    mean = CENTRE * CURVATURE / (CURVATURE + decay)
    assert abs(drawn.mean().item() - mean) < 4 * math.sqrt(variance / len(drawn))
    assert drawn.var().item() == pytest.approx(variance, rel=4 * math.sqrt(2 / len(drawn)))


def shaken(seed: int, update: int, start: float) -> Tensor:
    """Return what an update adds to weights whose gradient is zero."""
    at = torch.full((1, 10), start)
    optimizer = langevin([{"seed": seed}], at)
    optimizer.step(torch.zeros_like(at), torch.tensor([[0.1]]), torch.tensor(update))
    return at[0] - start


def test_noise_is_a_function_of_seed_and_update_alone():
    first = shaken(3, 7, start=0.0)
    assert torch.equal(shaken(3, 7, start=0.0), first)
    torch.testing.assert_close(shaken(3, 7, start=1.0), first, rtol=0, atol=1e-6)
    for other in (shaken(4, 7, start=0.0), shaken(3, 8, start=0.0)):
        assert not torch.isclose(other, first, rtol=0, atol=1e-5).any()


def test_members_of_a_pack_are_shaken_as_alone_each_by_its_own_rate():
    at, rates = torch.zeros(3, 10), torch.tensor([[0.1], [0.4], [0.0]])
    langevin([{"seed": seed} for seed in (3, 3, 5)], at).step(
        torch.zeros_like(at), rates, torch.tensor(7)
    )
    assert torch.equal(at[0], shaken(3, 7, start=0.0))
    torch.testing.assert_close(at[1], 2 * at[0])
    assert not at[2].any()
