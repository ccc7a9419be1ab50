"""Numbers drawn by their place: SplitMix64's own, fair orders and normal noise."""

from __future__ import annotations

import math
from itertools import permutations

import pytest
import torch
from torch import Tensor

from lrlab.training import random

SEEDS = torch.arange(5_000)
UNIT = 2**64


def mixed(state: int) -> int:
    state = ((state ^ (state >> 30)) * 0xBF58476D1CE4E5B9) % UNIT
    state = ((state ^ (state >> 27)) * 0x94D049BB133111EB) % UNIT
    return state ^ (state >> 31)


def splitmix64(state: int, count: int) -> list[int]:
    return [mixed((state + n * random.GOLDEN) % UNIT) for n in range(1, count + 1)]


def noise(seed: int, counter: int, count: int) -> Tensor:
    return random.normal(torch.tensor([seed]), torch.tensor(counter), count)[0]


def assert_fair(counts: Tensor, free: int) -> None:
    """Pearson's chi-square of counts that should be equal, four standard deviations wide."""
    expected = counts.sum() / counts.numel()
    found = ((counts - expected) ** 2 / expected).sum().item()
    assert abs(found - free) < 4 * math.sqrt(2 * free)


def test_the_oracle_is_splitmix64_as_published():
    published = [6457827717110365317, 3203168211198807973, 9817491932198370423]
    assert splitmix64(1234567, 3) == published


@pytest.mark.parametrize("seed", [0, 1, 2**32 - 1])
def test_bits_are_a_splitmix64_sequence_whose_state_is_mixed_of_seed_purpose_and_counter(seed):
    state = mixed((mixed((seed * random.GOLDEN + random.ORDER) % UNIT) + 41) % UNIT)
    found = random.bits(torch.tensor([5, seed]), random.ORDER, 41, 6)[1]
    assert [each % UNIT for each in found.tolist()] == splitmix64(state, 6)


# Another generator would give every stored experiment other curves: raise ENGINE if it must be.
def test_the_first_numbers_are_these():
    seeds = torch.tensor([0, 7])
    expected_orders = [[2, 7, 3, 4, 6, 5, 1, 0], [6, 3, 0, 2, 1, 7, 5, 4]]
    assert random.order(seeds, 2, 8).tolist() == expected_orders
    expected = [[0.41047156, 0.94819766, 0.90182948], [-0.57922137, 1.27355552, -0.56345475]]
    found = random.normal(seeds, torch.tensor(3), 3)
    torch.testing.assert_close(found, torch.tensor(expected), rtol=0, atol=1e-7)


def test_an_order_visits_each_example_once():
    for row in random.order(torch.tensor([0, 1, 2**32 - 1]), 3, 60_000):
        assert torch.equal(row.sort().values, torch.arange(60_000))


@pytest.mark.parametrize("epoch", [0, 1])
def test_every_example_is_as_likely_at_every_place(epoch):
    places = random.order(SEEDS, epoch, 10)
    counts = torch.stack([column.bincount(minlength=10) for column in places.T])
    assert_fair(counts, free=9 * 9)


def test_every_order_is_as_likely_over_seeds_and_over_epochs():
    names = {order: number for number, order in enumerate(permutations(range(4)))}
    by_seed = random.order(SEEDS, 0, 4).tolist()
    by_epoch = [random.order(torch.tensor([0]), epoch, 4)[0].tolist() for epoch in range(3_000)]
    for drawn in (by_seed, by_epoch):
        counts = torch.tensor([names[tuple(order)] for order in drawn]).bincount(minlength=24)
        assert_fair(counts, free=23)


def test_orders_of_other_seeds_and_epochs_agree_at_no_more_places_than_chance_has_it():
    drawn = [random.order(torch.tensor([seed]), e, 10_000)[0] for seed in (0, 1) for e in (0, 1)]
    for one, other in [(0, 1), (0, 2), (0, 3), (1, 2)]:
        assert int((drawn[one] == drawn[other]).sum()) <= 8  # expected: 1


def test_noise_has_the_moments_of_a_standard_normal():
    drawn = noise(3, 5, 1_000_000).double()
    for power, moment, variance in [(1, 0, 1), (2, 1, 2), (3, 0, 15), (4, 3, 96)]:
        found = (drawn**power).mean().item()
        assert abs(found - moment) < 4 * math.sqrt(variance / len(drawn))


def test_noise_is_distributed_as_a_standard_normal():
    drawn = noise(4, 9, 200_001).double().sort().values
    normal = (1 + torch.erf(drawn / math.sqrt(2))) / 2
    steps = torch.arange(len(drawn) + 1).double() / len(drawn)
    distance = torch.maximum(normal - steps[:-1], steps[1:] - normal).max().item()
    assert math.sqrt(len(drawn)) * distance < 1.95  # Kolmogorov and Smirnov, one in a thousand


def test_noise_of_neighbouring_seeds_counters_and_places_is_uncorrelated():
    count = 100_000
    first = noise(0, 0, count)
    others = [noise(1, 0, count), noise(0, 1, count), noise(0, -1, count), first.roll(1)]
    others.append(first.roll(count // 2))  # the cosine and the sine of one angle
    for other in others:
        assert abs((first * other).mean().item()) < 4 / math.sqrt(count)


def test_a_seeds_numbers_do_not_depend_on_who_else_draws():
    alone = random.normal(torch.tensor([9]), torch.tensor(2), 101)[0]
    among = random.normal(torch.tensor([1, 9, 4]), torch.tensor(2), 101)[1]
    assert torch.equal(alone, among)
    assert torch.equal(random.order(torch.tensor([9]), 2, 50)[0], random.order(SEEDS, 2, 50)[9])


def test_noise_is_finite_where_the_bits_are_at_their_ends(monkeypatch):
    ends = torch.tensor([[0, -1, 2**63 - 1, -(2**63)]])
    monkeypatch.setattr(random, "bits", lambda *_: ends)
    drawn = random.normal(torch.tensor([0]), torch.tensor(0), 8)
    assert drawn.isfinite().all()
    assert drawn.abs().max() < 7
