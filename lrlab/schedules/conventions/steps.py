"""Drops: at a milestone, after it or before it."""

from __future__ import annotations

from collections.abc import Iterator

from lrlab.schedules.conventions.writing import BOOK, NONE, Variant, call, variant, whole
from lrlab.schedules.families import Exponential, Multistep
from lrlab.schedules.importing import shapes


def multistep(one: Multistep, T: float) -> Iterator[Variant]:
    at, base, factor = [whole(m) for m in one.milestones], one.base_lr, one.factor
    scales = {step: factor ** at.count(step) for step in at}
    rates = [base * factor ** sum(m <= step for m in at) for step in scales]
    yield variant("PyTorch", "same", lambda: call("MultiStepLR", base, "opt", at, factor))
    yield variant(
        "Keras",
        "It drops after a milestone, when t > m: one tick late.",
        lambda: call("PiecewiseConstantDecay", base, list(scales), [base, *rates]),
    )
    yield variant("optax", "same", lambda: call("piecewise_constant_schedule", base, base, scales))
    yield variant(
        "timm",
        "It drops when t + 1 ≥ m: one tick early.",
        lambda: call("MultiStepLRScheduler", base, "opt", at, factor),
        change=lambda spec: (
            spec
            if not at or at[0] > 1
            else shapes.joined(
                [
                    shapes.constant(base),
                    {**spec, "milestones": [max(0, m - 1) for m in spec["milestones"]]},
                ],
                [1],
            )
        ),
    )
    yield variant(
        "MXNet",
        "It drops when t > m: one tick late.",
        lambda: call("MultiFactorScheduler", base, at, factor, base_lr=base),
    )
    yield variant(BOOK, "same", lambda: call("MultiStepLR", base, "opt", at, factor))
    yield Variant("Transformers", NONE)


def stairs(one: Exponential, T: float) -> Iterator[Variant]:
    if not one.staircase or one.min_lr:
        return
    base, factor, every = one.base_lr, one.factor, whole(one.every)
    yield variant("PyTorch", "same", lambda: call("StepLR", base, "opt", every, factor))
    yield variant(
        "Keras",
        "same",
        lambda: call("ExponentialDecay", base, base, every, factor, staircase=True),
    )
    yield variant(
        "optax",
        "same",
        lambda: call("exponential_decay", base, base, every, factor, staircase=True),
    )
    yield variant("timm", "same", lambda: call("StepLRScheduler", base, "opt", every, factor))
    yield variant(
        "MXNet",
        "It drops when t > m: one tick late.",
        lambda: call("FactorScheduler", base, every, factor, 0, base_lr=base),
    )
    yield Variant("Transformers", NONE)
