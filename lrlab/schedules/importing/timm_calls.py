"""timm's schedulers, `timm.scheduler` (read in 1.0.31). Their clock is the epoch unless told."""

from __future__ import annotations

from typing import Any

from lrlab.schedules.importing.checks import (
    Count,
    Counts,
    Ignored,
    Length,
    Number,
    Rate,
    Switch,
    Text,
    Whole,
)
from lrlab.schedules.importing.shapes import (
    constant,
    cosine,
    joined,
    line,
    meets,
    one_of,
    plateau,
    rate_at,
    warm,
)
from lrlab.schedules.importing.table import Given, Spec, reads
from lrlab.schedules.importing.values import refuse

timm = reads("timm")


def _clock(given: Given, t_in_epochs: bool, noise: Any) -> None:
    given.clock = given.clock or ("epoch" if t_in_epochs else "step")
    if noise is not None:
        given.note("timm's noise comes from torch's generator and is left out here.")


def _warmed(
    call: str, given: Given, inner: Spec, warmup: tuple[int, float, bool], laid: str = ""
) -> Spec:
    """Put timm's warmup (length, first rate, prefix) before or over the inner schedule.

    Laid over it, the ramp leads to the base rate and the rate jumps to the curve, which has
    gone on meanwhile; `laid` is the curve's formula in t.
    """
    length, begin_lr, prefix = warmup
    if length == 0 or prefix:
        return warm(inner, length, begin_lr, given.base_lr)
    if meets(rate_at(inner, length), given.base_lr):
        return warm(inner, length, begin_lr, shift=False)
    if not laid:
        raise refuse(
            f"has {call} with warmup_prefix False and a curve that has changed by warmup_t; "
            "allowed is warmup_prefix True."
        )
    given.note("timm lays the warmup over the curve, so the rate jumps where it ends; "
               "warmup_prefix=True would start the curve there.")  # fmt: skip
    ramp = "begin_lr + (base_lr - begin_lr) * t / warmup"
    return _formula(given, f"where(t < warmup, {ramp}, {laid})", warmup=length, begin_lr=begin_lr,
                    length=inner["length"], final_lr=inner["final_lr"])  # fmt: skip


def _formula(given: Given, expression: str, **constants: float) -> Spec:
    names = {"base_lr": given.base_lr, "constants": constants}
    return {"kind": "formula", "expression": expression, **names}


def _only_one(call: str, **values: tuple[float, float]) -> None:
    for name, (value, only) in values.items():
        if value != only:
            raise refuse(f"has {call} with {name} {value:g}; allowed is {only:g}.")


@timm
def CosineLRScheduler(
    given: Given, optimizer: Ignored, t_initial: Whole, lr_min: Rate = 0.0,
    cycle_mul: Number = 1.0, cycle_decay: Rate = 1.0, cycle_limit: Whole = 1,
    warmup_t: Count = 0, warmup_lr_init: Rate = 0.0, warmup_prefix: Switch = False,
    t_in_epochs: Switch = True, noise_range_t: Ignored = None, noise_pct: Ignored = 0.67,
    noise_std: Ignored = 1.0, noise_seed: Ignored = 42, k_decay: Number = 1.0,
    initialize: Ignored = True,
) -> Spec:  # fmt: skip
    _clock(given, t_in_epochs, noise_range_t)
    _only_one("CosineLRScheduler", k_decay=(k_decay, 1.0))
    warmup = (warmup_t, warmup_lr_init, warmup_prefix)
    if cycle_limit == 1:
        curve = cosine(given.base_lr, lr_min, t_initial)
        laid = "final_lr + (base_lr - final_lr) * (1 + cos(pi * min(t, length) / length)) / 2"
        return _warmed("CosineLRScheduler", given, curve, warmup, laid)
    cycles = {
        "kind": "cosine_restarts", "base_lr": given.base_lr, "final_lr": lr_min,
        "period": t_initial, "period_factor": cycle_mul, "peak_factor": cycle_decay,
        "limit": cycle_limit,
    }  # fmt: skip
    return _warmed("CosineLRScheduler", given, cycles, warmup)


@timm
def StepLRScheduler(
    given: Given, optimizer: Ignored, decay_t: Length, decay_rate: Rate = 1.0,
    warmup_t: Count = 0, warmup_lr_init: Rate = 0.0, warmup_prefix: Switch = True,
    t_in_epochs: Switch = True, noise_range_t: Ignored = None, noise_pct: Ignored = 0.67,
    noise_std: Ignored = 1.0, noise_seed: Ignored = 42, initialize: Ignored = True,
) -> Spec:  # fmt: skip
    _clock(given, t_in_epochs, noise_range_t)
    steps = {
        "kind": "exponential", "base_lr": given.base_lr, "factor": decay_rate, "every": decay_t,
        "staircase": True,
    }  # fmt: skip
    return _warmed("StepLRScheduler", given, steps, (warmup_t, warmup_lr_init, warmup_prefix))


@timm
def MultiStepLRScheduler(
    given: Given, optimizer: Ignored, decay_t: Counts, decay_rate: Rate = 1.0,
    warmup_t: Count = 0, warmup_lr_init: Rate = 0.0, warmup_prefix: Switch = True,
    t_in_epochs: Switch = True, noise_range_t: Ignored = None, noise_pct: Ignored = 0.67,
    noise_std: Ignored = 1.0, noise_seed: Ignored = 42, initialize: Ignored = True,
) -> Spec:  # fmt: skip
    _clock(given, t_in_epochs, noise_range_t)
    given.note("timm's MultiStepLRScheduler drops one tick before each of decay_t; so it does "
               "here.")  # fmt: skip
    milestones = [max(0, each - 1) for each in sorted(decay_t)]
    if 0 in milestones and warmup_t == 0:
        given.note("timm runs the first tick at the optimizer's own rate.")
    rates = {"base_lr": given.base_lr, "factor": decay_rate}
    curve = {"kind": "multistep", **rates, "milestones": milestones}
    warmup = (warmup_t, warmup_lr_init, warmup_prefix)
    return _warmed("MultiStepLRScheduler", given, curve, warmup)


@timm
def TanhLRScheduler(
    given: Given, optimizer: Ignored, t_initial: Whole, lb: Number = -7.0, ub: Number = 3.0,
    lr_min: Rate = 0.0, cycle_mul: Number = 1.0, cycle_decay: Rate = 1.0,
    cycle_limit: Whole = 1, warmup_t: Count = 0, warmup_lr_init: Rate = 0.0,
    warmup_prefix: Switch = False, t_in_epochs: Switch = True, noise_range_t: Ignored = None,
    noise_pct: Ignored = 0.67, noise_std: Ignored = 1.0, noise_seed: Ignored = 42,
    initialize: Ignored = True,
) -> Spec:  # fmt: skip
    _clock(given, t_in_epochs, noise_range_t)
    _only_one("TanhLRScheduler", cycle_limit=(cycle_limit, 1))
    if lb >= ub:
        raise refuse(f"has TanhLRScheduler with lb {lb:g}; allowed is below ub, {ub:g}.")
    fall = {
        "kind": "tanh", "base_lr": given.base_lr, "final_lr": lr_min, "length": t_initial,
        "lower": lb, "upper": ub,
    }  # fmt: skip
    curve = joined([fall, constant(lr_min)], [t_initial])
    if warmup_t == 0:
        given.note("timm runs the first tick at the optimizer's own rate.")
    if warmup_t and not warmup_prefix:
        return warm(curve, warmup_t, warmup_lr_init, shift=False)
    return warm(curve, warmup_t, warmup_lr_init, given.base_lr)


@timm
def PolyLRScheduler(
    given: Given, optimizer: Ignored, t_initial: Whole, power: Number = 0.5,
    lr_min: Rate = 0.0, cycle_mul: Number = 1.0, cycle_decay: Rate = 1.0,
    cycle_limit: Whole = 1, warmup_t: Count = 0, warmup_lr_init: Rate = 0.0,
    warmup_prefix: Switch = False, t_in_epochs: Switch = True, noise_range_t: Ignored = None,
    noise_pct: Ignored = 0.67, noise_std: Ignored = 1.0, noise_seed: Ignored = 42,
    k_decay: Number = 1.0, initialize: Ignored = True,
) -> Spec:  # fmt: skip
    _clock(given, t_in_epochs, noise_range_t)
    _only_one("PolyLRScheduler", cycle_limit=(cycle_limit, 1), k_decay=(k_decay, 1.0))
    curve = line(given.base_lr, lr_min, t_initial, power)
    laid = (
        "final_lr + (base_lr - final_lr) * (1 - min(t, length) / length) ** " + f"{float(power)!r}"
    )
    warmup = (warmup_t, warmup_lr_init, warmup_prefix)
    return _warmed("PolyLRScheduler", given, curve, warmup, laid)


@timm
def PlateauLRScheduler(
    given: Given, optimizer: Ignored, decay_rate: Number = 0.1, patience_t: Count = 10,
    threshold: Rate = 1e-4, cooldown_t: Count = 0, warmup_t: Count = 0,
    warmup_lr_init: Rate = 0.0, lr_min: Rate = 0.0, mode: Text = "max",
    noise_range_t: Ignored = None, noise_type: Ignored = "normal", noise_pct: Ignored = 0.67,
    noise_std: Ignored = 1.0, noise_seed: Ignored = None, initialize: Ignored = True,
) -> Spec:  # fmt: skip
    _clock(given, True, noise_range_t)
    _only_one("PlateauLRScheduler", warmup_t=(warmup_t, 0))
    metric = {"min": "test_loss", "max": "test_acc"}
    return plateau(
        "PlateauLRScheduler", base_lr=given.base_lr, factor=decay_rate, patience=patience_t,
        threshold=threshold, threshold_mode="rel", cooldown=cooldown_t, min_lr=lr_min,
        metric=metric[one_of("PlateauLRScheduler", "mode", mode, tuple(metric))],
    )  # fmt: skip
