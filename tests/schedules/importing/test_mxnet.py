"""MXNet's schedulers, read from their calls, against its own source."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from tests.schedules.export.drivers import mxnet_schedulers
from tests.schedules.importing.oracles import (
    EXAMPLES,
    agree,
    factors,
    lengths,
    rates,
    read,
    run_function,
    warmups,
)

NAMES = vars(mxnet_schedulers())
modes = st.sampled_from(["linear", "constant"])


def check(text: str) -> None:
    imported = read(text)
    agree(imported, run_function(text, NAMES))
    assert imported.clock == "step"


def warmup(steps: int, lr: float, part: float, mode: str) -> str:
    return f"warmup_steps={steps}, warmup_begin_lr={lr * part}, warmup_mode={mode!r}"


@EXAMPLES
@given(rates, lengths, factors, st.floats(0, 1e-4), st.data(), st.floats(0, 1), modes)
def test_factor(
    lr: float, step: int, factor: float, stop: float, data: st.DataObject, part: float, mode: str
) -> None:
    steps = data.draw(st.integers(0, min(step, 12)))
    check(
        f"FactorScheduler({step}, {factor}, {stop}, base_lr={lr}, {warmup(steps, lr, part, mode)})"
    )


@EXAMPLES
@given(rates, st.lists(st.integers(1, 35), min_size=1, max_size=4, unique=True).map(sorted),
       factors, st.data(), st.floats(0, 1), modes)  # fmt: skip
def test_multi_factor(
    lr: float, at: list[int], factor: float, data: st.DataObject, part: float, mode: str
) -> None:
    steps = data.draw(st.integers(0, at[0]))
    check(
        f"MultiFactorScheduler({at}, factor={factor}, base_lr={lr}, "
        f"{warmup(steps, lr, part, mode)})"
    )


@EXAMPLES
@given(rates, lengths, st.floats(0.3, 3), st.floats(0, 0.1), warmups, st.floats(0, 1), modes)
def test_poly_and_cosine(
    lr: float, left: int, power: float, end: float, steps: int, part: float, mode: str
) -> None:
    more = warmup(steps, lr, part, mode)
    check(f"PolyScheduler({steps + left}, {lr}, pwr={power}, final_lr={end}, {more})")
    check(f"CosineScheduler(max_update={steps + left}, base_lr={lr}, final_lr={end}, {more})")
