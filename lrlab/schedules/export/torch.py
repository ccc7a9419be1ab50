"""PyTorch: the scheduler of its own that draws the curve, else a LambdaLR over `lr_at`.

Its schedulers count the calls of `step`: one an epoch with clock epoch, else one an update.
"""

from __future__ import annotations

from lrlab.errors import InvalidInput
from lrlab.schedules.base import Schedule
from lrlab.schedules.export.own import Found, Own, Parameters, find, whole
from lrlab.schedules.export.run import Run, number
from lrlab.schedules.export.writer import Writer, program

IMPORT = "from torch.optim import lr_scheduler"

RESET = """    for group in optimizer.param_groups:
        group["lr"] = group["initial_lr"] = {base}
"""

PLATEAU = '''def make_scheduler(optimizer):
    """Lower the rate when {metric} stops getting better."""
{reset}    # After each epoch's evaluation: scheduler.step({metric})
    return lr_scheduler.ReduceLROnPlateau(
        optimizer,
        mode="{mode}",
        factor={factor},
        patience={patience},
        threshold={threshold},
        threshold_mode="{threshold_mode}",
        cooldown={cooldown},
        min_lr={min_lr},
    )
'''


def _restarts(p: Parameters) -> bool:
    stretched = whole(p.period) and float(p.period_factor).is_integer()
    return stretched and p.peak_factor == 1 and p.limit is None


def _cycle_fits(p: Parameters) -> bool:
    # It raises past its end, so the run must fit, and divides by the length of each phase.
    last = 0.5 if p.three_phase else 1
    return whole(p.length) and p.length >= p.ticks and 1e-6 < p.pct_start < last - 1e-6


def _one_cycle(p: Parameters) -> str:
    # Its phases end a step early (pct · total − 1 and total − 1), so it is told of one more.
    total = p.length + 1
    return (
        f"lr_scheduler.OneCycleLR(optimizer, {number(p.max_lr)}, total_steps={total}, "
        f"pct_start={(p.pct_start * p.length + 1) / total}, "
        f'anneal_strategy="{p.shape[:3]}", div_factor={number(p.div_factor)}, '
        f"final_div_factor={number(p.final_div_factor)}, three_phase={p.three_phase}, "
        "cycle_momentum=False)"
    ).replace('"lin"', '"linear"')


def _cyclic(p: Parameters) -> str:
    gamma = f", gamma={p.gamma ** (1 / p.per_unit)}" if p.mode == "exp_range" else ""
    return (
        f"lr_scheduler.CyclicLR(optimizer, {number(p.min_lr)}, {number(p.max_lr)}, "
        f'step_size_up={p.up}, step_size_down={p.down}, mode="{p.mode}"{gamma}, '
        "cycle_momentum=False)"
    )


def _warmup_fits(p: Parameters) -> bool:
    kinds = ("cosine", "polynomial", "exponential")
    if not (p.shift and p.mode == "linear" and whole(p.length) and p.inner.kind in kinds):
        return False
    inner = p.own(p.inner)
    return inner is not None and 0 < p.begin_lr <= inner.base


def _warmup(p: Parameters) -> str:
    inner: Found = p.own(p.inner)
    rise = f"lr_scheduler.LinearLR(optimizer, {p.begin_lr / inner.base}, total_iters={p.length})"
    return f"lr_scheduler.SequentialLR(optimizer, [{rise}, {inner.code}], [{p.length}])"


OWN = (
    Own("constant", lambda p: True,
        lambda p: "lr_scheduler.ConstantLR(optimizer, factor=1)"),
    Own("exponential", lambda p: p.staircase and p.min_lr == 0 and whole(p.every),
        lambda p: f"lr_scheduler.StepLR(optimizer, {p.every}, gamma={number(p.factor)})"),
    Own("exponential", lambda p: not p.staircase and p.min_lr == 0,
        lambda p: f"lr_scheduler.ExponentialLR(optimizer, {number(p.factor ** (1 / p.every))})"),
    Own("multistep", lambda p: whole(*p.milestones),
        lambda p: f"lr_scheduler.MultiStepLR(optimizer, {p.milestones}, "
                  f"gamma={number(p.factor)})"),
    Own("polynomial", lambda p: whole(p.length) and p.final_lr == 0,
        lambda p: f"lr_scheduler.PolynomialLR(optimizer, {p.length}, power={number(p.power)})"),
    Own("polynomial", lambda p: whole(p.length) and p.power == 1 and p.base_lr >= p.final_lr > 0,
        lambda p: f"lr_scheduler.LinearLR(optimizer, 1, {p.final_lr / p.base_lr}, "
                  f"total_iters={p.length})"),
    # It climbs again past T_max, so it must last as long as the run.
    Own("cosine", lambda p: whole(p.length) and p.exponent == 1 and p.length >= p.ticks,
        lambda p: f"lr_scheduler.CosineAnnealingLR(optimizer, {p.length}, "
                  f"eta_min={number(p.final_lr)})"),
    Own("cosine_restarts", _restarts,
        lambda p: f"lr_scheduler.CosineAnnealingWarmRestarts(optimizer, {p.period}, "
                  f"T_mult={int(p.period_factor)}, eta_min={number(p.final_lr)})"),
    Own("cyclic", lambda p: whole(p.up, p.down) and p.max_lr >= p.min_lr, _cyclic,
        base=lambda p: p.min_lr),
    Own("one_cycle", _cycle_fits, _one_cycle, base=lambda p: p.max_lr / p.div_factor),
    Own("warmup", _warmup_fits, _warmup, base=lambda p: p.own(p.inner).base),
)  # fmt: skip


def source(run: Run) -> str:
    """Return PyTorch source: `lr_at(t)` and `make_scheduler(optimizer)`."""
    return program([IMPORT], Writer(run.T, run.unit).source(run.schedule), maker(run))


def maker(run: Run) -> str:
    """Return `make_scheduler(optimizer)`."""
    found = find(OWN, run, updates=False)
    rate = run.rate("tick", updates=False)
    # LambdaLR multiplies the optimizer's own rate, so that is set to 1.
    made = found or Found(f"lr_scheduler.LambdaLR(optimizer, lambda tick: {rate})", 1.0)
    why = "" if found else "    # LambdaLR multiplies the optimizer's own rate, so that is 1.\n"
    return (
        "def make_scheduler(optimizer):\n"
        f'    """Set the rate of every group; call scheduler.step() after each {run.tick}."""\n'
        f"{why}{RESET.format(base=number(made.base))}{run.comment()}    return {made.code}\n"
    )


def plateau(schedule: Schedule) -> str:
    """Return a ReduceLROnPlateau for a plateau schedule."""
    values = schedule.values_of()
    if values["factor"] >= 1:
        raise InvalidInput("factor", "is 1; allowed by ReduceLROnPlateau is a number below 1.")
    mode = "max" if values["metric"].endswith("acc") else "min"
    reset = RESET.format(base=number(values["base_lr"]))
    return program([IMPORT], PLATEAU.format(mode=mode, reset=reset, **values))
