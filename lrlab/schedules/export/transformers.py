"""Transformers: one of its get_… functions where that draws the curve, else a LambdaLR.

Its Trainer calls `scheduler.step()` after every update, whatever the schedule's clock.
"""

from __future__ import annotations

from lrlab.schedules.export.own import Found, Own, Parameters, find, whole
from lrlab.schedules.export.run import Run, number
from lrlab.schedules.export.writer import Writer, program

MAKE = '''def make_scheduler(optimizer):
    """Set the rate of every group; step it after every update, as the Trainer does."""
    # The rates are factors of the optimizer's own{why}.
    optimizer.defaults["lr"] = {base}
    for group in optimizer.param_groups:
        group["lr"] = group["initial_lr"] = {base}
{comment}    return {code}
'''


def _get(name: str, warmup: int, total: float | None, **others: float | str) -> str:
    steps = {"num_warmup_steps": warmup, "num_training_steps": total, **others}
    named = ", ".join(
        f'{key}="{value}"' if isinstance(value, str) else f"{key}={number(value)}"
        for key, value in steps.items()
        if value is not None
    )
    return f"transformers.get_{name}(optimizer, {named})"


def _cosine(p: Parameters, warmup: int = 0) -> str:
    total = warmup + p.length
    if p.final_lr == 0:
        return _get("cosine_schedule_with_warmup", warmup, total)
    rate = p.final_lr / p.base_lr
    return _get("cosine_with_min_lr_schedule_with_warmup", warmup, total, min_lr_rate=rate)


def _polynomial(p: Parameters, warmup: int = 0) -> str:
    total = warmup + p.length
    if p.final_lr == 0 and p.power == 1:
        return _get("linear_schedule_with_warmup", warmup, total)
    ends = {"lr_end": p.final_lr, "power": p.power}
    return _get("polynomial_decay_schedule_with_warmup", warmup, total, **ends)


def _inverse(p: Parameters, warmup: int = 0) -> str:
    return _get("inverse_sqrt_schedule", warmup, None, timescale=p.timescale)


def _constant(p: Parameters, warmup: int = 0) -> str:
    if not warmup:
        return "transformers.get_constant_schedule(optimizer)"
    return _get("constant_schedule_with_warmup", warmup, None)


def _waves(p: Parameters, warmup: int = 0) -> str:
    name = "cosine_with_hard_restarts" if p.hard else "cosine"
    return _get(f"{name}_schedule_with_warmup", warmup, warmup + p.length, num_cycles=p.cycles)


WARM = {"cosine": _cosine, "polynomial": _polynomial, "inverse_power": _inverse,
        "constant": _constant, "cosine_waves": _waves}  # fmt: skip


def _warmup_fits(p: Parameters) -> bool:
    # The total includes the warmup, which starts at 0.
    rises = p.shift and p.mode == "linear" and p.begin_lr == 0 and whole(p.length)
    return rises and p.inner.kind in WARM and p.own(p.inner) is not None


def _stable(p: Parameters) -> str:
    shape = {"linear": "linear", "cosine": "cosine", "sqrt": "1-sqrt"}[p.decay_shape]
    return _get("wsd_schedule", p.warmup, p.length, num_decay_steps=p.decay, decay_type=shape,
                min_lr_ratio=p.final_lr / p.base_lr)  # fmt: skip


def _stable_fits(p: Parameters) -> bool:
    counted = whole(p.decay, p.length) and isinstance(p.warmup, int)
    if not counted or p.warmup + p.decay > p.length or p.base_lr == 0:
        return False
    # With a warmup its first rate is not 0 but the last one.
    return p.decay_shape != "exponential" and (p.final_lr == 0 or p.warmup == 0)


def _waves_fit(p: Parameters) -> bool:
    # Both climb again past the end; with cycles that are no power of 2 a restart can be missed.
    exact = not p.hard or p.cycles in (1, 2, 4, 8)
    return p.final_lr == 0 and whole(p.length) and p.length >= p.ticks and exact


OWN = (
    Own("constant", lambda p: True, _constant, flat=True),
    # It climbs again past the end.
    Own("cosine", lambda p: whole(p.length) and p.exponent == 1 and p.length >= p.ticks
                            and 0 <= p.final_lr <= p.base_lr and p.base_lr > 0, _cosine),
    Own("cosine_waves", _waves_fit, _waves),
    Own("polynomial", lambda p: whole(p.length) and p.final_lr < p.base_lr and p.power > 0,
        _polynomial),
    Own("inverse_power", lambda p: p.power == 0.5, _inverse),
    Own("wsd", _stable_fits, _stable),
    Own("warmup", _warmup_fits,
        lambda p: WARM[p.inner.kind](p.counted(p.inner), p.length),
        base=lambda p: p.inner.base_lr),
)  # fmt: skip


def source(run: Run) -> str:
    """Return source for Transformers: `lr_at(t)` and `make_scheduler(optimizer)`."""
    found = find(OWN, run, updates=True)
    rate = run.rate("step", updates=True)
    made = found or Found(f"LambdaLR(optimizer, lambda step: {rate})", 1.0)
    imports = ["import transformers" if found else "from torch.optim.lr_scheduler import LambdaLR"]
    make = MAKE.format(
        why="" if found else ", so that is 1",
        base=number(made.base),
        comment=run.comment(),
        code=made.code,
    )
    return program(imports, Writer(run.T, run.unit).source(run.schedule), make)
