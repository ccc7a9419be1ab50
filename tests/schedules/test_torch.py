"""PyTorch's own schedulers are the oracle: stepped as its users step them, rate by rate."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.optim import lr_scheduler as torch_schedulers

from lrlab import Schedule

rates = st.floats(1e-4, 10)
steps = st.integers(1, 40)
EXAMPLES = settings(max_examples=200, deadline=None)


def torch_rates(base_lr: float, make: Callable[[Any], Any], count: int) -> np.ndarray:
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=base_lr)
    scheduler = make(optimizer)
    found = []
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for _ in range(count):
            found.append(optimizer.param_groups[0]["lr"])
            optimizer.step()
            scheduler.step()
    return np.array(found)


def agree(spec: dict[str, Any], expected: np.ndarray) -> None:
    rates = Schedule.parse(spec).rates(epochs=len(expected))
    np.testing.assert_allclose(rates, expected, rtol=1e-9, atol=1e-14)


@EXAMPLES
@given(rates, st.integers(1, 20), st.floats(0.1, 1.1))
def test_exponential_with_a_staircase_is_step_lr(lr: float, every: int, factor: float) -> None:
    expected = torch_rates(lr, lambda o: torch_schedulers.StepLR(o, every, factor), 50)
    agree(
        {"kind": "exponential", "base_lr": lr, "every": every, "factor": factor, "staircase": True},
        expected,
    )


@EXAMPLES
@given(rates, st.floats(0.5, 1.1))
def test_exponential_is_exponential_lr(lr: float, factor: float) -> None:
    expected = torch_rates(lr, lambda o: torch_schedulers.ExponentialLR(o, factor), 50)
    agree({"kind": "exponential", "base_lr": lr, "factor": factor}, expected)


@EXAMPLES
@given(rates, st.lists(steps, min_size=1, max_size=6).map(sorted), st.floats(0.1, 1.1))
def test_multistep_is_multi_step_lr(lr: float, milestones: list[int], factor: float) -> None:
    expected = torch_rates(lr, lambda o: torch_schedulers.MultiStepLR(o, milestones, factor), 50)
    agree(
        {"kind": "multistep", "base_lr": lr, "milestones": milestones, "factor": factor}, expected
    )


@EXAMPLES
@given(rates, steps, st.floats(0.2, 4))
def test_polynomial_is_polynomial_lr(lr: float, length: int, power: float) -> None:
    expected = torch_rates(lr, lambda o: torch_schedulers.PolynomialLR(o, length, power), 50)
    agree({"kind": "polynomial", "base_lr": lr, "length": length, "power": power}, expected)


@EXAMPLES
@given(rates, st.floats(0, 1e-2), steps)
def test_cosine_is_cosine_annealing_lr_up_to_t_max(lr: float, last: float, length: int) -> None:
    expected = torch_rates(
        lr, lambda o: torch_schedulers.CosineAnnealingLR(o, length, last), length + 1
    )
    agree({"kind": "cosine", "base_lr": lr, "final_lr": last, "length": length}, expected)


@EXAMPLES
@given(rates, st.floats(0.01, 1), st.floats(0, 1), steps)
def test_polynomial_of_power_1_is_linear_lr(
    lr: float, start: float, end: float, length: int
) -> None:
    expected = torch_rates(lr, lambda o: torch_schedulers.LinearLR(o, start, end, length), 50)
    spec = {"kind": "polynomial", "base_lr": lr * start, "final_lr": lr * end, "length": length}
    agree(spec, expected)


@EXAMPLES
@given(rates, steps, st.floats(0.2, 1), st.floats(0.6, 1))
def test_sequence_of_linear_and_exponential_is_sequential_lr(
    lr: float, length: int, start: float, factor: float
) -> None:
    def make(optimizer: Any) -> Any:
        first = torch_schedulers.LinearLR(optimizer, start, 1.0, length)
        second = torch_schedulers.ExponentialLR(optimizer, factor)
        return torch_schedulers.SequentialLR(optimizer, [first, second], [length])

    ramp = {"kind": "polynomial", "base_lr": lr * start, "final_lr": lr, "length": length}
    decay = {"kind": "exponential", "base_lr": lr, "factor": factor}
    parts = [{"schedule": ramp, "length": length}, {"schedule": decay}]
    agree({"kind": "sequence", "parts": parts}, torch_rates(lr, make, 50))


@EXAMPLES
@given(rates, st.integers(1, 20), st.integers(1, 20), st.floats(0.01, 0.9))
def test_warmup_around_cosine_is_linear_then_cosine(
    lr: float, warmup: int, length: int, start: float
) -> None:
    def make(optimizer: Any) -> Any:
        first = torch_schedulers.LinearLR(optimizer, start, 1.0, warmup)
        second = torch_schedulers.CosineAnnealingLR(optimizer, length)
        return torch_schedulers.SequentialLR(optimizer, [first, second], [warmup])

    inner = {"kind": "cosine", "base_lr": lr, "final_lr": 0, "length": length}
    spec = {"kind": "warmup", "length": warmup, "begin_lr": lr * start, "inner": inner}
    agree(spec, torch_rates(lr, make, warmup + length + 1))


@pytest.mark.parametrize("t", [14, 15, 16])
def test_a_drop_comes_at_its_milestone_not_after_it(t: int) -> None:
    rates = Schedule.parse({"kind": "multistep", "milestones": [15], "base_lr": 0.5}).at([t], 30)
    assert rates[0] == (0.5 if t < 15 else 0.25)


@EXAMPLES
@given(rates, st.integers(1, 15), st.integers(1, 3), st.floats(0, 1e-2))
def test_cosine_restarts_is_cosine_annealing_warm_restarts(
    lr: float, period: int, factor: int, last: float
) -> None:
    expected = torch_rates(
        lr,
        lambda o: torch_schedulers.CosineAnnealingWarmRestarts(o, period, factor, eta_min=last),
        120,
    )
    spec = {"kind": "cosine_restarts", "base_lr": lr, "final_lr": last, "period": period}
    agree({**spec, "period_factor": factor}, expected)


@EXAMPLES
@given(
    rates,
    st.floats(0, 1),
    st.integers(1, 12),
    st.integers(1, 12),
    st.sampled_from(["triangular", "triangular2", "exp_range"]),
    st.floats(0.8, 1),
)
def test_cyclic_is_cyclic_lr(
    top: float, low: float, up: int, down: int, mode: str, gamma: float
) -> None:
    bottom = top * low
    expected = torch_rates(
        bottom,
        lambda o: torch_schedulers.CyclicLR(
            o, bottom, top, up, down, mode, gamma, cycle_momentum=False
        ),
        80,
    )
    spec = {"kind": "cyclic", "min_lr": bottom, "max_lr": top, "up": up, "down": down}
    rates = Schedule.parse({**spec, "mode": mode, "gamma": gamma}).rates(epochs=80)
    # torch computes the cycle's place as 1 + t/total − cycle, which loses digits.
    np.testing.assert_allclose(rates, expected, rtol=1e-6, atol=1e-12 * top)


@EXAMPLES
@given(
    rates,
    st.integers(10, 60),
    st.floats(0.1, 0.5),
    st.floats(2, 50),
    st.floats(10, 1e5),
    st.sampled_from([("cosine", "cos"), ("linear", "linear")]),
    st.booleans(),
)
def test_one_cycle_is_one_cycle_lr_whose_steps_count_from_0(
    top: float, steps: int, start: float, div: float, final: float, shape: tuple, three: bool
) -> None:
    expected = torch_rates(
        top,
        lambda o: torch_schedulers.OneCycleLR(
            o, top, total_steps=steps + 1, pct_start=start, anneal_strategy=shape[1],
            cycle_momentum=False, div_factor=div, final_div_factor=final, three_phase=three,
        ),
        steps,
    )  # fmt: skip
    # torch's phases end at pct·N − 1 and N − 1 steps, lrlab's at pct·length and length.
    spec = {"kind": "one_cycle", "max_lr": top, "length": steps, "div_factor": div}
    spec |= {"final_div_factor": final, "shape": shape[0], "three_phase": three}
    agree({**spec, "pct_start": (start * (steps + 1) - 1) / steps}, expected)


@EXAMPLES
@given(rates, st.floats(0, 1e-2), st.integers(1, 12), st.floats(1, 3), st.floats(0.3, 1))
def test_cosine_restarts_to_zero_is_a_repeated_cosine(
    lr: float, scale: float, period: int, factor: float, peak: float
) -> None:
    restarts = {"kind": "cosine_restarts", "base_lr": lr, "period": period}
    growth = {"period_factor": factor, "peak_factor": peak}
    inner = {"kind": "cosine", "base_lr": lr, "final_lr": 0, "length": period}
    repeated = Schedule.parse({"kind": "repeat", "inner": inner, "period": period, **growth})
    agree({**restarts, **growth}, repeated.rates(epochs=60))
