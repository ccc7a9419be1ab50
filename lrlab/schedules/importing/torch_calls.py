"""PyTorch's schedulers, `torch.optim.lr_scheduler` (read in 2.14's source)."""

from __future__ import annotations

from lrlab.schedules.importing.checks import (
    Count,
    Counts,
    Ignored,
    Lambda,
    Length,
    Nothing,
    Number,
    Rate,
    Start,
    Switch,
    Text,
    Whole,
)
from lrlab.schedules.importing.lambdas import expression
from lrlab.schedules.importing.shapes import (
    constant,
    cosine,
    line,
    one_of,
    plateau,
    points,
    within,
)
from lrlab.schedules.importing.table import Given, Spec, reads
from lrlab.schedules.importing.values import refuse
from lrlab.sentence import Sentence

torch = reads("PyTorch")
by_step = reads("PyTorch", clock="step")


@torch
def LambdaLR(given: Given, optimizer: Ignored, lr_lambda: Lambda, last_epoch: Start = -1) -> Spec:
    return {
        "kind": "formula",
        "expression": f"base_lr * ({expression('LambdaLR', lr_lambda)})",
        "base_lr": given.base_lr,
    }


@torch
def MultiplicativeLR(
    given: Given, optimizer: Ignored, lr_lambda: Lambda, last_epoch: Start = -1
) -> Spec:
    try:
        factor = float(expression("MultiplicativeLR", lr_lambda))
    except ValueError:
        raise refuse(
            "has MultiplicativeLR with a factor that changes; allowed is a lambda of one number."
        ) from None
    return {"kind": "exponential", "base_lr": given.base_lr, "factor": factor}


@torch
def StepLR(
    given: Given, optimizer: Ignored, step_size: Whole, gamma: Number = 0.1,
    last_epoch: Start = -1, verbose: Ignored = False,
) -> Spec:  # fmt: skip
    return {
        "kind": "exponential", "base_lr": given.base_lr, "factor": gamma, "every": step_size,
        "staircase": True,
    }  # fmt: skip


@torch
def MultiStepLR(
    given: Given, optimizer: Ignored, milestones: Counts, gamma: Number = 0.1,
    last_epoch: Start = -1, verbose: Ignored = False,
) -> Spec:  # fmt: skip
    rates = {"base_lr": given.base_lr, "factor": gamma}
    return {"kind": "multistep", **rates, "milestones": sorted(milestones)}


@torch
def ConstantLR(
    given: Given, optimizer: Ignored, factor: Number = 1 / 3, total_iters: Count = 5,
    last_epoch: Start = -1, verbose: Ignored = False,
) -> Spec:  # fmt: skip
    if factor == 0:
        raise refuse("has ConstantLR with factor 0, by which torch divides; allowed is above 0.")
    first = given.base_lr * within("ConstantLR", "factor", factor, 0, 1)
    if total_iters == 0:
        return constant(first)
    return points([0, total_iters], [first, given.base_lr], "constant")


@torch
def LinearLR(
    given: Given, optimizer: Ignored, start_factor: Length = 1 / 3, end_factor: Number = 1.0,
    total_iters: Count = 5, last_epoch: Start = -1, verbose: Ignored = False,
) -> Spec:  # fmt: skip
    first = given.base_lr * within("LinearLR", "start_factor", start_factor, 0, 1)
    last = given.base_lr * within("LinearLR", "end_factor", end_factor, 0, 1)
    return line(first, last, total_iters)


@torch
def ExponentialLR(
    given: Given, optimizer: Ignored, gamma: Number, last_epoch: Start = -1,
    verbose: Ignored = False,
) -> Spec:  # fmt: skip
    return {"kind": "exponential", "base_lr": given.base_lr, "factor": gamma}


@torch
def PolynomialLR(
    given: Given, optimizer: Ignored, total_iters: Count = 5, power: Number = 1.0,
    last_epoch: Start = -1, verbose: Ignored = False,
) -> Spec:  # fmt: skip
    return line(given.base_lr, 0.0, total_iters, power)


@torch
def CosineAnnealingLR(
    given: Given, optimizer: Ignored, T_max: Whole, eta_min: Rate = 0.0, last_epoch: Start = -1,
    verbose: Ignored = False,
) -> Spec:  # fmt: skip
    given.note(
        Sentence(
            "torch's CosineAnnealingLR climbs again after T_max, {T_max}; here the rate stays.",
            T_max=T_max,
        )
    )
    return cosine(given.base_lr, eta_min, T_max)


@torch
def CosineAnnealingWarmRestarts(
    given: Given, optimizer: Ignored, T_0: Whole, T_mult: Whole = 1, eta_min: Rate = 0.0,
    last_epoch: Start = -1, verbose: Ignored = False,
) -> Spec:  # fmt: skip
    return {
        "kind": "cosine_restarts", "base_lr": given.base_lr, "final_lr": eta_min, "period": T_0,
        "period_factor": T_mult,
    }  # fmt: skip


@by_step
def CyclicLR(
    given: Given, optimizer: Ignored, base_lr: Rate, max_lr: Rate, step_size_up: Length = 2000,
    step_size_down: Length | None = None, mode: Text = "triangular", gamma: Number = 1.0,
    scale_fn: Nothing = None, scale_mode: Ignored = "cycle", cycle_momentum: Ignored = True,
    base_momentum: Ignored = 0.8, max_momentum: Ignored = 0.9, last_epoch: Start = -1,
    verbose: Ignored = False,
) -> Spec:  # fmt: skip
    modes = ("triangular", "triangular2", "exp_range")
    return {
        "kind": "cyclic", "min_lr": base_lr, "max_lr": max_lr, "up": step_size_up,
        "down": step_size_up if step_size_down is None else step_size_down,
        "mode": one_of("CyclicLR", "mode", mode, modes), "gamma": gamma,
    }  # fmt: skip


@by_step
def OneCycleLR(
    given: Given, optimizer: Ignored, max_lr: Rate, total_steps: Whole | None = None,
    epochs: Whole | None = None, steps_per_epoch: Whole | None = None, pct_start: Number = 0.3,
    anneal_strategy: Text = "cos", cycle_momentum: Ignored = True,
    base_momentum: Ignored = 0.85, max_momentum: Ignored = 0.95, div_factor: Length = 25.0,
    final_div_factor: Length = 1e4, three_phase: Switch = False, last_epoch: Start = -1,
    verbose: Ignored = False,
) -> Spec:  # fmt: skip
    if total_steps is None and (epochs is None or steps_per_epoch is None):
        raise refuse("has OneCycleLR without total_steps; allowed are also epochs and "
                     "steps_per_epoch.")  # fmt: skip
    total = total_steps or (epochs or 0) * (steps_per_epoch or 0)
    given.note(
        Sentence(
            "torch's OneCycleLR of {total} steps reaches its last rate at t = {last} and "
            "raises an error when it is stepped past {total}; here the rate stays.",
            total=total,
            last=total - 1,
        )
    )
    shape = one_of("OneCycleLR", "anneal_strategy", anneal_strategy, ("cos", "linear"))
    return {
        "kind": "one_cycle", "max_lr": max_lr, "length": total - 1,
        "pct_start": _rising(total, within("OneCycleLR", "pct_start", pct_start, 0, 1)),
        "div_factor": div_factor, "final_div_factor": final_div_factor,
        "shape": "cosine" if shape == "cos" else "linear", "three_phase": three_phase,
    }  # fmt: skip


def _rising(total: int, pct_start: float) -> float:
    """Return lrlab's pct_start: torch counts the steps of the rise, lrlab the way between them."""
    if pct_start * total <= 1:
        raise refuse(
            f"has OneCycleLR with pct_start {pct_start:g} of {total} steps; "
            "allowed is a rise of more than 1 step."
        )
    return (pct_start * total - 1) / (total - 1)


@torch
def ReduceLROnPlateau(
    given: Given, optimizer: Ignored, mode: Text = "min", factor: Number = 0.1,
    patience: Count = 10, threshold: Rate = 1e-4, threshold_mode: Text = "rel",
    cooldown: Count = 0, min_lr: Rate = 0.0, eps: Ignored = 1e-8, verbose: Ignored = False,
) -> Spec:  # fmt: skip
    metric = {"min": "test_loss", "max": "test_acc"}
    one_of("ReduceLROnPlateau", "mode", mode, tuple(metric))
    one_of("ReduceLROnPlateau", "threshold_mode", threshold_mode, ("rel", "abs"))
    given.clock = "epoch"
    return plateau(
        "ReduceLROnPlateau", base_lr=given.base_lr, factor=factor, patience=patience,
        threshold=threshold, threshold_mode=threshold_mode, cooldown=cooldown, min_lr=min_lr,
        metric=metric[mode],
    )  # fmt: skip
