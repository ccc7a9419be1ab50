"""timm's schedulers, read from their calls, against the library's own."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.schedules.importing.oracles import (
    EXAMPLES,
    TICKS,
    agree,
    factors,
    lengths,
    optimizer,
    rates,
    read,
    warmups,
)

timm = pytest.importorskip("timm.scheduler")
NAMES = vars(timm)


def run(text: str, base_lr: float) -> np.ndarray:
    """Step as timm's training script does: at the end of epoch t, with t + 1."""
    opt = optimizer(base_lr)
    scheduler = eval(text, {**NAMES, "opt": opt})  # noqa: S307  (our own text)
    found = []
    for tick in range(TICKS):
        found.append(opt.param_groups[0]["lr"])
        scheduler.step(tick + 1)
    return np.array(found)


def check(text: str, base_lr: float, skip: tuple[int, ...] = ()) -> None:
    imported = read(text, base_lr)
    agree(imported, run(text, base_lr), skip=skip)
    assert imported.clock == "epoch"


@EXAMPLES
@given(rates, lengths, st.floats(0, 0.1), warmups, st.floats(0, 1e-4), st.booleans())
def test_cosine(
    lr: float, length: int, low: float, warmup: int, first: float, prefix: bool
) -> None:
    check(
        f"CosineLRScheduler(opt, {length}, lr_min={low}, warmup_t={warmup}, "
        f"warmup_lr_init={first}, warmup_prefix={prefix})",
        lr,
    )


@EXAMPLES
@given(rates, st.integers(2, 9), st.floats(0, 0.1), st.sampled_from([1.0, 2.0, 3.0]), factors,
       st.integers(2, 5), warmups)  # fmt: skip
def test_cosine_cycles(
    lr: float, first: int, low: float, by: float, lower: float, most: int, warmup: int
) -> None:
    def hair(t: int) -> bool:  # timm's logarithm falls short of a whole number at some restarts
        x = math.log(1 - t / first * (1 - by), by) if by > 1 else 0.5
        return 0 < abs(round(x) - x) < 1e-9

    skip = tuple(t + warmup for t in range(TICKS - warmup) if hair(t))
    check(
        f"CosineLRScheduler(opt, t_initial={first}, lr_min={low}, cycle_mul={by}, "
        f"cycle_decay={lower}, cycle_limit={most}, warmup_t={warmup}, warmup_prefix=True)",
        lr, skip,
    )  # fmt: skip


@EXAMPLES
@given(rates, lengths, factors, warmups)
def test_step(lr: float, every: int, factor: float, warmup: int) -> None:
    check(f"StepLRScheduler(opt, {every}, {factor}, warmup_t={warmup})", lr)


@EXAMPLES
@given(rates, st.lists(st.integers(0, 35), max_size=4).map(sorted), factors, warmups)
def test_multistep(lr: float, at: list[int], factor: float, warmup: int) -> None:
    skip = (0,) if warmup == 0 and at and at[0] <= 1 else ()
    check(f"MultiStepLRScheduler(opt, {at}, {factor}, warmup_t={warmup})", lr, skip)


@EXAMPLES
@given(rates, lengths, st.floats(-8, -1), st.floats(0, 4), st.floats(0, 0.01), warmups,
       st.booleans())  # fmt: skip
def test_tanh(
    lr: float, length: int, lower: float, upper: float, low: float, warmup: int, prefix: bool
) -> None:
    skip = () if warmup else (0,)
    check(
        f"TanhLRScheduler(opt, {length}, {lower}, {upper}, lr_min={low}, warmup_t={warmup}, "
        f"warmup_prefix={prefix})",
        lr, skip,
    )  # fmt: skip


@EXAMPLES
@given(rates, lengths, st.floats(0.3, 3), st.floats(0, 0.1), warmups, st.booleans())
def test_poly(lr: float, length: int, power: float, low: float, warmup: int, prefix: bool) -> None:
    check(
        f"PolyLRScheduler(opt, {length}, power={power}, lr_min={low}, warmup_t={warmup}, "
        f"warmup_prefix={prefix})",
        lr,
    )


def test_a_warmup_over_steps_that_have_fallen_meanwhile_is_refused() -> None:
    with pytest.raises(ValueError, match="allowed is warmup_prefix True"):
        read("StepLRScheduler(opt, 3, 0.5, warmup_t=5, warmup_prefix=False)")
