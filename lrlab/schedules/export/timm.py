"""timm: a Scheduler that sets the rate for the epoch or update that comes next.

timm's loop calls `step(epoch + 1)` after each epoch and `step_update(updates)` after each
update; one of the two does nothing, by `t_in_epochs`.
"""

from __future__ import annotations

from lrlab.schedules.export.own import Found, Own, Parameters, find, whole
from lrlab.schedules.export.run import Run, number
from lrlab.schedules.export.torch import RESET
from lrlab.schedules.export.writer import Writer, program

GENERIC = '''class Rates(timm.scheduler.scheduler.Scheduler):
    """The rate of each {tick}, the same for every group."""

    def __init__(self, optimizer):
        super().__init__(optimizer, "lr", t_in_epochs={epochs})

    def _get_lr(self, t):
{comment}        return [{rate} for _ in self.base_values]
'''

MAKE = '''def make_scheduler(optimizer):
    """Set the rate of every group; after each {tick} call scheduler.{call}."""
{reset}    scheduler = {code}
    scheduler.{first}  # timm's loop leaves the first rate to the optimizer
    return scheduler
'''


def _call(name: str, p: Parameters, arguments: str) -> str:
    return f"timm.scheduler.{name}(optimizer, {arguments}, t_in_epochs={p.epochs})"


def _restarts(p: Parameters) -> str:
    # Without a limit it would stop after one cycle.
    limit = p.limit or p.ticks // p.period + 1
    return _call("CosineLRScheduler", p, f"t_initial={p.period}, lr_min={number(p.final_lr)}, "
                 f"cycle_decay={number(p.peak_factor)}, cycle_limit={limit}")  # fmt: skip


def _warmup_fits(p: Parameters) -> bool:
    kinds = ("cosine", "polynomial", "exponential")
    straight = p.shift and p.mode == "linear" and whole(p.length) and p.inner.kind in kinds
    return straight and p.own(p.inner) is not None


def _warmup(p: Parameters) -> str:
    code = p.own(p.inner).code
    warm = f"warmup_t={p.length}, warmup_lr_init={number(p.begin_lr)}, warmup_prefix=True"
    return code.replace("t_in_epochs", f"{warm}, t_in_epochs")


OWN = (
    Own("exponential", lambda p: p.staircase and p.min_lr == 0 and whole(p.every),
        lambda p: _call("StepLRScheduler", p, f"{p.every}, {number(p.factor)}")),
    # It drops one early, when t + 1 reaches the milestone.
    Own("multistep", lambda p: whole(*p.milestones),
        lambda p: _call("MultiStepLRScheduler", p, f"{[m + 1 for m in p.milestones]}, "
                        f"{number(p.factor)}")),
    Own("cosine", lambda p: whole(p.length) and p.exponent == 1,
        lambda p: _call("CosineLRScheduler", p, f"{p.length}, lr_min={number(p.final_lr)}")),
    Own("cosine_restarts", lambda p: whole(p.period) and p.period_factor == 1, _restarts),
    Own("polynomial", lambda p: whole(p.length) and p.power > 0,
        lambda p: _call("PolyLRScheduler", p, f"{p.length}, power={number(p.power)}, "
                        f"lr_min={number(p.final_lr)}")),
    # Past its end it would fall to lr_min, which the tangent does not reach.
    Own("tanh", lambda p: whole(p.length) and p.length >= p.ticks and p.lower < p.upper,
        lambda p: _call("TanhLRScheduler", p, f"{p.length}, lb={number(p.lower)}, "
                        f"ub={number(p.upper)}, lr_min={number(p.final_lr)}")),
    Own("warmup", _warmup_fits, _warmup, base=lambda p: p.own(p.inner).base),
)  # fmt: skip


def source(run: Run) -> str:
    """Return source for timm: `lr_at(t)` and `make_scheduler(optimizer)`."""
    epochs = run.clock == "epoch"
    found = find(OWN, run, updates=False)
    made = found or Found("Rates(optimizer)", run.first)
    generic = GENERIC.format(
        tick=run.tick,
        epochs=epochs,
        comment=f"    {run.comment()}" if run.lag else "",
        rate=run.rate("t", updates=False),
    )
    make = MAKE.format(
        tick=run.tick,
        call="step(epochs done)" if epochs else "step_update(updates done)",
        first="step(0)" if epochs else "step_update(0)",
        reset=RESET.format(base=number(made.base)),
        code=made.code,
    )
    written = Writer(run.T, run.unit).source(run.schedule)
    return program(["import timm.scheduler"], written, *([] if found else [generic]), make)
