"""What a range test suggests, on curves whose answer is known."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lrlab.schedules.range_test import FALLING, FLAT, longest_fall, stable_lr, suggestions

NAMES = ["steepest", "minimum_over_ten", "valley"]
LOGS = np.linspace(-5, 1, 241)
RATES = 10**LOGS
STEP = 10 ** (LOGS[1] - LOGS[0])  # the factor between two rates


def logistic(centre: float) -> np.ndarray:
    """Losses that fall as a logistic curve in the rate's logarithm."""
    return 2.3 - 1.8 / (1 + np.exp(-4 * (LOGS - centre)))


def bowl(lowest: float) -> np.ndarray:
    """Losses that fall to one rate and rise after it as they fell."""
    return 0.5 + np.abs(LOGS - lowest) ** 1.5


def found(losses: Sequence[float] | np.ndarray, rates: Sequence[float] | np.ndarray = RATES):
    return {name: each.lr for name, each in suggestions(rates, losses).items()}


def reasons(losses: Sequence[float] | np.ndarray, rates: Sequence[float] | np.ndarray = RATES):
    return [each.reason for each in suggestions(rates, losses).values()]


@pytest.mark.parametrize("centre", [-3.0, -2.0, -1.1])
def test_a_logistic_curve_is_steepest_at_its_centre(centre: float) -> None:
    assert found(logistic(centre))["steepest"] == pytest.approx(10**centre, rel=STEP - 1)


@pytest.mark.parametrize("lowest", [-3.0, -1.5, 0.2])
def test_the_minimum_over_ten_is_a_tenth_of_the_rate_of_the_lowest_loss(lowest: float) -> None:
    assert found(bowl(lowest))["minimum_over_ten"] == pytest.approx(10**lowest / 10, rel=STEP - 1)
    assert stable_lr(RATES, bowl(lowest)) == pytest.approx(10**lowest, rel=STEP - 1)


def test_the_valley_is_the_middle_of_the_way_down() -> None:
    down = np.interp(LOGS, [-3, -1, 0, 1], [2.3, 0.5, 0.5, 4.0])  # level, down, level, up
    middle = found(down)["valley"]
    # The mean of a tenth of the curve rounds both corners of the fall by as much.
    assert middle == pytest.approx(10**-2, rel=STEP - 1)


def test_level_stretches_of_the_way_down_do_not_count() -> None:
    down = np.interp(LOGS, [-5, -4.5, -2, -0.5, 1], [2.3, 1.7, 1.7, 0.5, 4.0])
    # With the corners rounded, 20 rates of the first fall count and 67 of the second.
    assert found(down)["valley"] == pytest.approx(10**-1.725)


def test_noise_moves_the_suggestions_by_little() -> None:
    noise = np.random.default_rng(0).normal(0, 0.1, len(LOGS))
    losses = logistic(-2) + np.maximum(0, LOGS) ** 2 * 50
    clean, noisy = found(losses), found(losses + noise)
    for name in NAMES:
        assert abs(np.log10(noisy[name] / clean[name])) < 0.5, name


@pytest.mark.parametrize("after", [[], [float("inf"), 0.0], [2.3] * 39])
def test_a_loss_that_blows_up_changes_nothing_before_it(after: list[float]) -> None:
    losses = [*bowl(-2)[:200], 1e300, *after]
    assert found(losses, RATES[: len(losses)])["minimum_over_ten"] == pytest.approx(1e-3)


def test_what_follows_the_first_loss_that_is_no_number_is_left_out() -> None:
    losses = bowl(-1)
    cut = [*losses[:210], float("nan"), *([-100.0] * 30)]
    assert found(cut) == found(losses[:210], RATES[:210])


def test_what_follows_a_rate_that_does_not_rise_is_left_out() -> None:
    held = np.minimum(RATES, 1.0)
    whole = LOGS <= 0
    assert found(bowl(-2), held) == found(bowl(-2)[whole], RATES[whole])


def test_a_curve_that_falls_to_its_end_has_no_minimum_and_is_stable_to_there() -> None:
    losses = logistic(-1.1)
    one = suggestions(RATES, losses)["minimum_over_ten"]
    assert (one.lr, one.reason) == (None, FALLING)
    assert stable_lr(RATES, losses) == RATES[-1]


@pytest.mark.parametrize(
    "losses", [np.full(241, 2.3), LOGS, 2.3 + 0.05 * np.random.default_rng(1).normal(size=241)]
)
def test_a_curve_that_does_not_fall_suggests_nothing_and_says_why(losses: np.ndarray) -> None:
    assert reasons(losses) == [FLAT] * 3
    assert stable_lr(RATES, losses) is None


@pytest.mark.parametrize("count", [0, 1, 9])
def test_a_short_curve_says_how_much_is_missing(count: int) -> None:
    sentence = f"There are {count} losses at rising rates; 10 are needed."
    assert reasons(range(count, 0, -1), RATES[:count]) == [sentence] * 3
    assert found(range(10, 0, -1), RATES[:10])["steepest"] is not None


whole = st.integers(-1000, 1000)


@given(st.lists(whole, min_size=10, max_size=80), st.integers(1, 1000), whole)
def test_the_unit_of_the_losses_does_not_matter(losses: list[int], scale: int, shift: int) -> None:
    rates = np.geomspace(1e-5, 10, len(losses))
    changed = [scale * loss + shift for loss in losses]
    assert suggestions(rates, changed) == suggestions(rates, losses)
    assert stable_lr(rates, changed) == stable_lr(rates, losses)


numbers = st.floats(allow_nan=False, allow_infinity=False)


@settings(max_examples=300)
@given(st.lists(st.tuples(numbers, numbers), max_size=60), st.booleans())
def test_any_finite_numbers_give_a_tried_rate_or_a_reason(
    curve: list[tuple[float, float]], rising: bool
) -> None:
    rates, losses = [rate for rate, _ in curve], [loss for _, loss in curve]
    rates = sorted(map(abs, rates)) if rising else rates
    for name, one in suggestions(rates, losses).items():
        if one.lr is None:
            assert one.reason.endswith(".")
        else:
            assert one.lr in [rate / (10 if name == "minimum_over_ten" else 1) for rate in rates]
    assert stable_lr(rates, losses) in [None, *rates]


def lengths_of_falls(values: list[int]) -> list[int]:
    """The longest fall that ends at each value, by the definition."""
    lengths: list[int] = []
    for value in values:
        before = [n for n, other in zip(lengths, values, strict=False) if other > value]
        lengths.append(1 + max(before, default=0))
    return lengths


@given(st.lists(st.integers(0, 20), max_size=40))
def test_the_longest_fall_is_a_fall_and_none_is_longer(values: list[int]) -> None:
    places = longest_fall(values)
    assert places == sorted(set(places))
    picked = [values[place] for place in places]
    assert picked == sorted(set(picked), reverse=True)
    assert len(places) == max(lengths_of_falls(values), default=0)
