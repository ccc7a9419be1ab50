"""MXNet: an LRScheduler, its own where that draws the curve, else one over `lr_at`.

An optimizer counts its update before it asks, so the first one asks for num_update 1. For
that reason MXNet's drop when num_update passes a step, > and not ≥, comes just in time.
"""

from __future__ import annotations

from itertools import pairwise

from lrlab.schedules.export.own import Own, Parameters, find, whole
from lrlab.schedules.export.run import Run, number
from lrlab.schedules.export.writer import Writer, program

GENERIC = '''class Rates(lr_scheduler.LRScheduler):
    """The rate of each update; the first one has num_update 1, as MXNet's optimizers count."""

    def __call__(self, num_update):
        done = max(num_update - 1, 0)
{comment}        return {rate}
'''

MAKE = '''def make_scheduler():
    """Return the rates for an optimizer, as lr_scheduler=make_scheduler()."""
{why}    return {code}
'''
LATE = "    # The constant step makes up for num_update 1 being the first.\n"


def _factor(p: Parameters) -> str:
    return (
        f"lr_scheduler.FactorScheduler({p.every}, {number(p.factor)}, "
        f"stop_factor_lr={number(p.min_lr)}, base_lr={number(p.base_lr)})"
    )


def _late(name: str, p: Parameters, others: str = "") -> str:
    return (
        f"lr_scheduler.{name}({p.length + 1}, {number(p.base_lr)}, "
        f"final_lr={number(p.final_lr)}{others}, warmup_steps=1, "
        f'warmup_begin_lr={number(p.base_lr)}, warmup_mode="constant")'
    )


def _rises(p: Parameters) -> bool:
    return all(first < second for first, second in pairwise(p.milestones))


OWN = (
    Own("exponential",
        lambda p: p.staircase and whole(p.every) and p.factor <= 1 and p.min_lr <= p.base_lr,
        _factor, flat=True),
    Own("multistep",
        lambda p: p.milestones and whole(*p.milestones) and p.factor <= 1 and _rises(p),
        lambda p: f"lr_scheduler.MultiFactorScheduler({p.milestones}, {number(p.factor)}, "
                  f"base_lr={number(p.base_lr)})", flat=True),
    Own("cosine", lambda p: whole(p.length) and p.exponent == 1,
        lambda p: _late("CosineScheduler", p)),
    Own("polynomial", lambda p: whole(p.length),
        lambda p: _late("PolyScheduler", p, f", pwr={number(p.power)}")),
)  # fmt: skip


def source(run: Run) -> str:
    """Return source for MXNet: `lr_at(t)` and `make_scheduler()`."""
    found = find(OWN, run, updates=True)
    comment = f"    {run.comment()}" if run.lag else ""
    generic = GENERIC.format(comment=comment, rate=run.rate("done", updates=True))
    code = found.code if found else f"Rates(base_lr={number(run.first)})"
    why = LATE if "warmup_steps=1" in code else ""
    return program(
        ["from mxnet import lr_scheduler"],
        Writer(run.T, run.unit).source(run.schedule),
        *([] if found else [generic]),
        MAKE.format(code=code, why=why),
    )
