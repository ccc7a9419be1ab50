"""MXNet's schedulers, `mx.lr_scheduler` (read in 1.9.1), which D2L's classes follow."""

from __future__ import annotations

from itertools import pairwise

from lrlab.schedules.importing.checks import (
    Count,
    Counts,
    Number,
    Rate,
    Text,
    Whole,
)
from lrlab.schedules.importing.shapes import (
    after_warmup,
    constant,
    cosine,
    joined,
    line,
    meets,
    one_of,
    rate_at,
    warm,
    within,
)
from lrlab.schedules.importing.table import Given, Spec, reads
from lrlab.schedules.importing.values import refuse

mxnet = reads("MXNet", clock="step")
NAMES = ("max_update", "warmup_steps")


def _mode(call: str, base_lr: float, warmup: tuple[int, float, str]) -> str:
    within(call, "warmup_begin_lr", warmup[1], 0, base_lr)
    return one_of(call, "warmup_mode", warmup[2], ("linear", "constant"))


def _laid_over(call: str, base_lr: float, inner: Spec, warmup: tuple[int, float, str]) -> Spec:
    """Put the warmup over steps that are counted from the first update."""
    length, begin_lr, _ = warmup
    mode = _mode(call, base_lr, warmup)
    if length == 0:
        return inner
    if not meets(rate_at(inner, length), base_lr):
        raise refuse(
            f"has {call} with a drop inside of its warmup_steps, {length}; "
            "allowed are drops after them."
        )
    return warm(inner, length, begin_lr, shift=False, mode=mode)


@mxnet
def FactorScheduler(
    given: Given, step: Whole, factor: Number = 1.0, stop_factor_lr: Rate = 1e-8,
    base_lr: Rate = 0.01, warmup_steps: Count = 0, warmup_begin_lr: Rate = 0.0,
    warmup_mode: Text = "linear",
) -> Spec:  # fmt: skip
    within("FactorScheduler", "factor", factor, 0, 1)
    within("FactorScheduler", "stop_factor_lr", stop_factor_lr, 0, base_lr)
    given.note("MXNet drops one update after each multiple of step; so it does here.")
    steps = {
        "kind": "exponential", "base_lr": base_lr, "factor": factor, "every": step,
        "staircase": True, "min_lr": stop_factor_lr,
    }  # fmt: skip
    later = joined([constant(base_lr), steps], [1])
    warmup = (warmup_steps, warmup_begin_lr, warmup_mode)
    return _laid_over("FactorScheduler", base_lr, later, warmup)


@mxnet
def MultiFactorScheduler(
    given: Given, step: Counts, factor: Number = 1.0, base_lr: Rate = 0.01,
    warmup_steps: Count = 0, warmup_begin_lr: Rate = 0.0, warmup_mode: Text = "linear",
) -> Spec:  # fmt: skip
    within("MultiFactorScheduler", "factor", factor, 0, 1)
    if not step or step[0] < 1 or any(b <= a for a, b in pairwise(step)):
        raise refuse(f"has MultiFactorScheduler with step {list(step)[:8]}; "
                     "allowed are rising numbers from 1.")  # fmt: skip
    given.note("MXNet drops one update after each step of the list; so it does here.")
    later = {
        "kind": "multistep", "base_lr": base_lr, "factor": factor,
        "milestones": [each + 1 for each in step],
    }  # fmt: skip
    warmup = (warmup_steps, warmup_begin_lr, warmup_mode)
    return _laid_over("MultiFactorScheduler", base_lr, later, warmup)


@mxnet
def PolyScheduler(
    given: Given, max_update: Whole, base_lr: Rate = 0.01, pwr: Number = 2,
    final_lr: Rate = 0.0, warmup_steps: Count = 0, warmup_begin_lr: Rate = 0.0,
    warmup_mode: Text = "linear",
) -> Spec:  # fmt: skip
    left = after_warmup("PolyScheduler", max_update, warmup_steps, NAMES)
    mode = _mode("PolyScheduler", base_lr, (warmup_steps, warmup_begin_lr, warmup_mode))
    return warm(line(base_lr, final_lr, left, pwr), warmup_steps, warmup_begin_lr, mode=mode)


@mxnet
def CosineScheduler(
    given: Given, max_update: Whole, base_lr: Rate = 0.01, final_lr: Rate = 0.0,
    warmup_steps: Count = 0, warmup_begin_lr: Rate = 0.0, warmup_mode: Text = "linear",
) -> Spec:  # fmt: skip
    left = after_warmup("CosineScheduler", max_update, warmup_steps, NAMES)
    mode = _mode("CosineScheduler", base_lr, (warmup_steps, warmup_begin_lr, warmup_mode))
    return warm(cosine(base_lr, final_lr, left), warmup_steps, warmup_begin_lr, mode=mode)
