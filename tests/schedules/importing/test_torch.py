"""PyTorch's schedulers, read from their calls, against PyTorch stepping them."""

from __future__ import annotations

import pytest
import torch
from hypothesis import assume, given
from hypothesis import strategies as st

from tests.schedules.importing.oracles import (
    EXAMPLES,
    TICKS,
    agree,
    factors,
    lengths,
    rates,
    read,
    run_torch,
)

NAMES = vars(torch.optim.lr_scheduler)


def check(text: str, base_lr: float, ticks: int = TICKS) -> None:
    agree(read(text, base_lr), run_torch(text, base_lr, NAMES, ticks))


milestones = st.lists(st.integers(0, 40), max_size=5)


@EXAMPLES
@given(rates, lengths, factors)
def test_step_lr(lr: float, size: int, gamma: float) -> None:
    check(f"StepLR(opt, {size}, gamma={gamma})", lr)


@EXAMPLES
@given(rates, milestones, factors)
def test_multi_step_lr(lr: float, at: list[int], gamma: float) -> None:
    check(f"MultiStepLR(opt, milestones={at}, gamma={gamma})", lr)


@EXAMPLES
@given(rates, factors, st.integers(0, 30))
def test_constant_lr(lr: float, factor: float, total: int) -> None:
    check(f"ConstantLR(opt, {factor}, {total})", lr)


@EXAMPLES
@given(rates, factors, st.floats(0, 1), st.integers(0, 30))
def test_linear_lr(lr: float, start: float, end: float, total: int) -> None:
    check(f"LinearLR(opt, {start}, {end}, total_iters={total})", lr)


@EXAMPLES
@given(rates, factors)
def test_exponential_lr(lr: float, gamma: float) -> None:
    check(f"ExponentialLR(opt, {gamma})", lr)


@EXAMPLES
@given(rates, st.integers(0, 30), st.floats(0.2, 4))
def test_polynomial_lr(lr: float, total: int, power: float) -> None:
    check(f"PolynomialLR(opt, {total}, {power})", lr)


@EXAMPLES
@given(rates, st.floats(0, 0.1), lengths)
def test_cosine_annealing_lr_up_to_t_max(lr: float, low: float, length: int) -> None:
    check(f"CosineAnnealingLR(opt, T_max={length}, eta_min={low})", lr, length + 1)


@EXAMPLES
@given(rates, st.floats(0, 0.1), lengths, st.integers(1, 3))
def test_cosine_annealing_warm_restarts(lr: float, low: float, first: int, by: int) -> None:
    check(f"CosineAnnealingWarmRestarts(opt, {first}, {by}, {low})", lr)


@EXAMPLES
@given(rates, rates, lengths, st.none() | lengths,
       st.sampled_from(["triangular", "triangular2", "exp_range"]), factors)  # fmt: skip
def test_cyclic_lr(
    low: float, high: float, up: int, down: int | None, mode: str, gamma: float
) -> None:
    check(f"CyclicLR(opt, {low}, {high}, {up}, {down}, mode={mode!r}, gamma={gamma})", 0.1)


@EXAMPLES
@given(rates, st.integers(5, 40), st.floats(0.3, 0.9), st.sampled_from(["cos", "linear"]),
       st.booleans(), st.floats(1, 50), st.floats(1, 1e5))  # fmt: skip
def test_one_cycle_lr_up_to_its_last_step(
    top: float, total: int, pct: float, shape: str, three: bool, div: float, final: float
) -> None:
    pct = pct / 2 if three else pct
    assume(pct * total > 1.001)
    text = (
        f"OneCycleLR(opt, {top}, {total}, pct_start={pct}, anneal_strategy={shape!r}, "
        f"three_phase={three}, div_factor={div}, final_div_factor={final})"
    )
    check(text, 0.1, total)


def test_one_cycle_lr_takes_epochs_and_steps() -> None:
    check("OneCycleLR(opt, max_lr=0.1, epochs=5, steps_per_epoch=7)", 0.1, 35)


@EXAMPLES
@given(rates, factors, st.floats(0, 3), st.integers(1, 20))
def test_lambda_lr_of_one_expression(lr: float, a: float, b: float, m: int) -> None:
    check(f"LambdaLR(opt, lambda e: {a} ** e if e > {m} else 1 / (1 + {b} * (e // 3)))", lr)


def test_lambda_lr_knows_the_modules_of_mathematics() -> None:
    import math

    text = "LambdaLR(opt, lr_lambda=lambda step: 0.5 * (1 + math.cos(math.pi * step / 40)))"
    agree(read(text, 0.3), run_torch(text, 0.3, {**NAMES, "math": math}))


@EXAMPLES
@given(rates, factors)
def test_multiplicative_lr_of_one_number(lr: float, factor: float) -> None:
    check(f"MultiplicativeLR(opt, lambda e: {factor})", lr)


parts = st.one_of(
    st.tuples(lengths, factors).map(lambda a: f"StepLR(opt, {a[0]}, {a[1]})"),
    st.tuples(milestones, factors).map(lambda a: f"MultiStepLR(opt, {a[0]}, {a[1]})"),
    st.tuples(factors, lengths).map(lambda a: f"ConstantLR(opt, {a[0]}, {a[1]})"),
    st.tuples(factors, factors, lengths).map(lambda a: f"LinearLR(opt, {a[0]}, {a[1]}, {a[2]})"),
    factors.map(lambda a: f"ExponentialLR(opt, {a})"),
    st.tuples(lengths, st.floats(0.5, 3)).map(lambda a: f"PolynomialLR(opt, {a[0]}, {a[1]})"),
    st.floats(0, 0.01).map(lambda a: f"CosineAnnealingLR(opt, 50, {a})"),
)
resets = st.one_of(
    st.tuples(lengths, st.integers(1, 2)).map(
        lambda a: f"CosineAnnealingWarmRestarts(opt, {a[0]}, {a[1]})"
    ),
    st.just("LambdaLR(opt, lambda e: 1 / (1 + e))"),
)


@EXAMPLES
@given(rates, st.lists(parts | resets, min_size=2, max_size=3), st.integers(1, 9))
def test_sequential_lr(lr: float, schedulers: list[str], each: int) -> None:
    at = [each * (place + 1) for place in range(len(schedulers) - 1)]
    check(f"SequentialLR(opt, [{', '.join(schedulers)}], milestones={at})", lr)


@EXAMPLES
@given(rates, parts, rates, st.integers(3, 9))
def test_sequential_lr_ends_in_one_cycle(lr: float, first: str, top: float, at: int) -> None:
    cycle = f"OneCycleLR(opt, {top}, 30, div_factor=5.0)"
    check(f"SequentialLR(opt, [{first}, {cycle}], [{at}])", lr, at + 30)


@EXAMPLES
@given(rates, parts, rates, rates, st.integers(3, 9))
def test_sequential_lr_ends_in_cyclic(
    lr: float, first: str, low: float, high: float, at: int
) -> None:
    check(f"SequentialLR(opt, [{first}, CyclicLR(opt, {low}, {high}, 4)], [{at}])", lr)


@EXAMPLES
@given(rates, st.lists(parts, min_size=1, max_size=3))
def test_chained_scheduler(lr: float, schedulers: list[str]) -> None:
    assume(not any("Cosine" in each and not each.endswith(" 0.0)") for each in schedulers))
    check(f"ChainedScheduler([{', '.join(schedulers)}])", lr)


@pytest.mark.parametrize(
    ("text", "word"),
    [("CosineAnnealingLR(opt, 20)", "climbs again"), ("OneCycleLR(opt, 0.1, 20)", "raises"),
     ("SequentialLR(opt, [LinearLR(opt), OneCycleLR(opt, 0.1, 20)], [5])", "rewrites"),
     ("ChainedScheduler([CosineAnnealingLR(opt, 20, 0.01), ExponentialLR(opt, 0.9)])",
      "rescales")],
)  # fmt: skip
def test_where_lrlab_is_not_exact_a_note_says_so(text: str, word: str) -> None:
    assert any(word in note for note in read(text).notes)
