"""Cosines: what they do past their end, and whether their total holds the warmup."""

from __future__ import annotations

from collections.abc import Iterator

from lrlab.schedules.combinators import Warmup
from lrlab.schedules.conventions.writing import BOOK, Variant, call, goes_on, later, variant, whole
from lrlab.schedules.families import Cosine
from lrlab.schedules.importing import shapes
from lrlab.schedules.importing.table import Found

LAG = "The book's loop asks its scheduler after the epoch: everything comes one tick late."


def cosine(one: Cosine, T: float) -> Iterator[Variant]:
    length, base, last = whole(one.length or T), one.base_lr, one.final_lr
    if one.exponent != 1:
        return
    climbs = "Past the end it climbs again: the cosine goes on."
    on = goes_on(base, last, length)
    yield variant(
        "PyTorch",
        climbs,
        lambda: call("CosineAnnealingLR", base, "opt", T_max=length, eta_min=last),
        change=lambda spec: on,
    )
    yield variant(
        "Transformers", climbs, lambda: _transformers(base, last, 0, length), change=lambda spec: on
    )
    yield variant(
        "Keras",
        "same",
        lambda: call("CosineDecay", base, base, length, alpha=last / base if base else 0.0),
    )
    yield variant(
        "optax",
        "same",
        lambda: call(
            "cosine_decay_schedule", base, base, length, alpha=last / base if base else 0.0
        ),
    )
    yield variant(
        "timm",
        "same",
        lambda: call("CosineLRScheduler", base, "opt", t_initial=length, lr_min=last),
    )
    yield variant("MXNet", "same", lambda: _mxnet(base, last, 0, 0.0, length))
    yield variant(
        BOOK,
        LAG,
        lambda: _mxnet(base, last, 0, 0.0, length),
        change=lambda spec: later(spec, base),
    )


def _transformers(base: float, last: float, warmup: float, total: float) -> Found:
    if last == 0:
        return call("get_cosine_schedule_with_warmup", base, "opt", warmup, total)
    name = "get_cosine_with_min_lr_schedule_with_warmup"
    return call(name, base, "opt", warmup, total, min_lr=last)


def _mxnet(base: float, last: float, warmup: float, first: float, total: float) -> Found:
    more = {"warmup_steps": warmup, "warmup_begin_lr": first} if warmup else {}
    return call("CosineScheduler", base, total, base, last, **more)


def warmed(one: Warmup, T: float) -> Iterator[Variant]:
    inner, warmup, first = one.inner, whole(one.length), one.begin_lr
    plain = one.mode == "linear" and one.shift and warmup > 0
    if not (isinstance(inner, Cosine) and plain and inner.exponent == 1 and inner.base_lr > 0):
        return
    base, last, left = inner.base_lr, inner.final_lr, inner.length or T
    yield from _warmed_cosine(base, last, (warmup, first), whole(warmup + left))


def _warmed_cosine(
    base: float, last: float, warmup: tuple[float, float], total: float
) -> Iterator[Variant]:
    """The same peak, total and warmup in each library's own words."""
    steps, first = warmup
    start = first / base or 1 / 3
    yield variant(
        "PyTorch",
        _torch_words(first),
        lambda: _torch_warmup(base, last, (steps, start), total),
        change=lambda spec: shapes.joined(
            [shapes.line(base * start, base, steps), goes_on(base, last, total)], [steps]
        ),
    )
    ramp = shapes.line(0.0, base, steps)
    on = goes_on(base, last, total - steps)
    yield variant(
        "Transformers",
        "The total includes the warmup, which starts at 0. Past the end the cosine climbs again.",
        lambda: _transformers(base, last, steps, total),
        change=lambda spec: shapes.joined([ramp, on], [steps]),
    )
    yield variant(
        "Keras",
        "The total excludes the warmup: the end comes that much later.",
        lambda: call(
            "CosineDecay",
            base,
            first,
            total,
            alpha=last / base,
            warmup_target=base,
            warmup_steps=steps,
        ),
    )
    yield variant(
        "optax",
        "same",
        lambda: call("warmup_cosine_decay_schedule", base, first, base, steps, total, last),
    )
    yield variant(
        "timm",
        "The warmup lies over the curve, which has fallen meanwhile: the rate jumps where it ends.",
        lambda: call(
            "CosineLRScheduler",
            base,
            "opt",
            t_initial=total,
            lr_min=last,
            warmup_t=steps,
            warmup_lr_init=first,
        ),
    )
    yield variant("MXNet", "same", lambda: _mxnet(base, last, steps, first, total))
    yield variant(
        BOOK,
        f"{LAG} The first tick runs at the optimizer's own rate.",
        lambda: _mxnet(base, last, steps, first, total),
        change=lambda spec: later(spec, base),
    )


def _torch_words(first: float) -> str:
    words = (
        "T_max counts from the join, so the end comes later by the warmup, and then the "
        "cosine climbs again."
    )
    zero = " LinearLR cannot start at 0; its default is a third."
    return words if first else words + zero


def _torch_warmup(base: float, last: float, warmup: tuple[float, float], total: float) -> Found:
    steps, start = warmup
    rise = call("LinearLR", base, "opt", start_factor=start, total_iters=steps)
    fall = call("CosineAnnealingLR", base, "opt", T_max=total, eta_min=last)
    return call("SequentialLR", base, "opt", [rise, fall], milestones=[steps])
