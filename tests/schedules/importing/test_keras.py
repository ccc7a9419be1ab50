"""Keras' schedules, read from their calls, against the library's own in double precision."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.schedules.importing.oracles import (
    EXAMPLES,
    TICKS,
    agree,
    factors,
    lengths,
    rates,
    read,
    run_function,
    warmups,
)

keras = pytest.importorskip("keras")
NAMES = vars(keras.optimizers.schedules)


@pytest.fixture(autouse=True, scope="module")
def _doubles() -> Iterator[None]:
    before = keras.config.floatx()
    keras.config.set_floatx("float64")
    yield
    keras.config.set_floatx(before)


def check(text: str, skip: tuple[int, ...] = ()) -> None:
    imported = read(text)
    agree(imported, run_function(text, NAMES), skip=skip)
    assert imported.clock == "step"


@EXAMPLES
@given(rates, lengths, factors, st.booleans())
def test_exponential_decay(lr: float, steps: int, rate: float, stairs: bool) -> None:
    check(f"ExponentialDecay({lr}, decay_steps={steps}, decay_rate={rate}, staircase={stairs})")


@EXAMPLES
@given(st.lists(st.integers(0, 35), min_size=1, max_size=4, unique=True).map(sorted), st.data())
def test_piecewise_constant_decay(at: list[int], data: st.DataObject) -> None:
    values = data.draw(st.lists(rates, min_size=len(at) + 1, max_size=len(at) + 1))
    check(f"PiecewiseConstantDecay({at}, {values})")


@EXAMPLES
@given(rates, lengths, st.floats(0, 0.1), st.floats(0.3, 3))
def test_polynomial_decay(lr: float, steps: int, end: float, power: float) -> None:
    check(f"PolynomialDecay({lr}, {steps}, {end}, power={power})")


@EXAMPLES
@given(rates, lengths, st.just(0.0) | st.floats(1e-6, 5))
def test_inverse_time_decay(lr: float, steps: int, rate: float) -> None:
    check(f"InverseTimeDecay({lr}, {steps}, {rate})")


@EXAMPLES
@given(rates, lengths, st.floats(0, 1), st.none() | rates, warmups)
def test_cosine_decay(lr: float, steps: int, alpha: float, top: float | None, warmup: int) -> None:
    check(f"CosineDecay({lr}, {steps}, alpha={alpha}, warmup_target={top}, warmup_steps={warmup})")


@EXAMPLES
@given(rates, lengths, st.sampled_from([1.0, 1.5, 2.0, 3.0]), factors, st.floats(0, 0.5),
       st.booleans())  # fmt: skip
def test_cosine_decay_restarts(
    lr: float, first: int, by: float, lower: float, alpha: float, floor: bool
) -> None:
    lower, alpha = (1.0, alpha) if floor else (lower, 0.0)
    # At a restart Keras' logarithm may fall a hair short: the end of one cycle for a tick.
    starts = [first * (by**n - 1) / (by - 1) if by > 1 else first * n for n in range(TICKS)]
    skip = tuple(round(s) for s in starts[1:] if by > 1 and s < TICKS and s == round(s))
    check(
        f"CosineDecayRestarts({lr}, {first}, t_mul={by}, m_mul={lower}, alpha={alpha})", skip
    )  # fmt: skip


def test_a_whole_first_rate_makes_keras_compute_in_whole_numbers_and_a_note_says_so() -> None:
    text = "ExponentialDecay(1, 10, 0.5)"
    assert run_function(text, NAMES)[5] in (0, 1)
    assert "whole numbers" in read(text).notes[0]
    assert read("ExponentialDecay(1.0, 10, 0.5)").notes == ()
