"""Transformers' schedules, read from their calls, against the library's own."""

from __future__ import annotations

from hypothesis import assume, given
from hypothesis import strategies as st
from transformers import optimization

from tests.schedules.importing.oracles import (
    EXAMPLES,
    TICKS,
    agree,
    rates,
    read,
    run_torch,
    warmups,
)

NAMES = vars(optimization)
totals = st.integers(13, 30)


def check(text: str, base_lr: float, ticks: int = TICKS, skip: tuple[int, ...] = ()) -> None:
    imported = read(text, base_lr)
    agree(imported, run_torch(text, base_lr, NAMES, ticks), skip=skip)
    assert imported.clock == "step"


@EXAMPLES
@given(rates, warmups)
def test_constant(lr: float, warmup: int) -> None:
    check("get_constant_schedule(opt)", lr)
    check(f"get_constant_schedule_with_warmup(opt, {warmup})", lr)


@EXAMPLES
@given(rates, warmups, totals)
def test_linear(lr: float, warmup: int, total: int) -> None:
    check(f"get_linear_schedule_with_warmup(opt, {warmup}, {total})", lr)


@EXAMPLES
@given(rates, warmups, totals, st.sampled_from([0.5, 1, 1.5, 2.25]))
def test_cosine_up_to_its_end(lr: float, warmup: int, total: int, cycles: float) -> None:
    check(
        f"get_cosine_schedule_with_warmup(opt, {warmup}, {total}, {cycles})", lr, total + 1
    )  # fmt: skip


@EXAMPLES
@given(rates, warmups, totals, st.integers(1, 5))
def test_hard_restarts(lr: float, warmup: int, total: int, cycles: int) -> None:
    # Where a restart's quotient is a hair below a whole number, Transformers is at the end of
    # one cycle and lrlab at the start of the next.
    turned = [(t, cycles * ((t - warmup) / (total - warmup))) for t in range(warmup, total)]
    skip = tuple(t for t, part in turned if 0 < round(part) - part < 1e-9)
    check(
        f"get_cosine_with_hard_restarts_schedule_with_warmup(opt, {warmup}, {total}, {cycles})",
        lr, skip=skip,
    )  # fmt: skip


@EXAMPLES
@given(rates, warmups, totals, st.floats(0.3, 3), st.floats(0, 1e-4))
def test_polynomial(lr: float, warmup: int, total: int, power: float, end: float) -> None:
    assume(end < lr)
    check(
        f"get_polynomial_decay_schedule_with_warmup(opt, num_warmup_steps={warmup}, "
        f"num_training_steps={total}, lr_end={end}, power={power})",
        lr,
    )


@EXAMPLES
@given(rates, warmups, st.none() | st.integers(1, 50))
def test_inverse_sqrt(lr: float, warmup: int, timescale: int | None) -> None:
    check(f"get_inverse_sqrt_schedule(opt, {warmup}, timescale={timescale})", lr)


@EXAMPLES
@given(rates, warmups, totals, st.floats(0, 0.5), st.booleans())
def test_cosine_with_a_least_rate(
    lr: float, warmup: int, total: int, least: float, share: bool
) -> None:
    name = "min_lr_rate" if share else "min_lr"
    check(
        f"get_cosine_with_min_lr_schedule_with_warmup(opt, {warmup}, {total}, {name}={least})",
        lr, total + 1,
    )  # fmt: skip


@EXAMPLES
@given(
    rates,
    warmups,
    st.integers(0, 12),
    st.integers(0, 12),
    st.floats(0, 1),
    st.booleans(),
    st.sampled_from(["linear", "cosine"]),
    st.sampled_from(["linear", "cosine", "1-sqrt"]),
)
def test_warmup_stable_decay(
    lr: float, warmup: int, stable: int, decay: int, ratio: float, total: bool, up: str, down: str
) -> None:  # fmt: skip
    assume(warmup + decay + stable > 0)
    held = f"num_stable_steps={stable}"
    if total:
        held = f"num_training_steps={warmup + stable + decay}"
    check(
        f"get_wsd_schedule(opt, {warmup}, {decay}, {held}, warmup_type={up!r}, "
        f"decay_type={down!r}, min_lr_ratio={ratio})",
        lr,
    )
