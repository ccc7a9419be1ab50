"""Families that come back: waves, restarts and triangles."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Literal

import sympy as sp

from lrlab.schedules.base import Example, Handle, Let, Reference, Schedule, first
from lrlab.schedules.families.decays import LAST, Cosine
from lrlab.schedules.functions import half_cosine, whole
from lrlab.schedules.parameters import (
    Number,
    Switch,
    Whole,
    choice,
    duration,
    integer,
    number,
    rate,
    run_length,
    switch,
)

EQUAL_PERIODS = 1 + 1e-6  # a period factor below this is 1: its powers would lose their digits


class Cycle:
    """Cycles of lengths period, period·factor, period·factor², …: which one t is in, and where.

    `index` counts from 0, `start` is its first time, `part` how much of it has passed.
    `where` defines them for a `Let`, `note` says in LaTeX what they are.
    """

    note = r"i\ \text{cycles and}\ s\ \text{of time before this one}"

    def __init__(self, t: sp.Expr, period: sp.Expr, factor: sp.Expr) -> None:
        self.index, self.start = index, start = sp.symbols("cycle start")
        self.part = (t - start) / (period * factor**index)
        equal = factor < EQUAL_PERIODS
        grown = sp.log(1 + t * (factor - 1) / period) / sp.log(factor)
        self.where = (
            (index, sp.Piecewise((whole(t / period), equal), (whole(grown), True))),
            (start, sp.Piecewise((index * period, equal),
                                 (period * (factor**index - 1) / (factor - 1), True))),
        )  # fmt: skip


class CosineWaves(Schedule):
    """Whole cosine waves, or half waves that jump back up to the first rate."""

    kind: Literal["cosine_waves"] = "cosine_waves"
    title, group = "Cosine waves", "Cycles"
    known_as = "Transformers cosine (num_cycles) and cosine_with_hard_restarts"
    example = Example({"cycles": 2.5}, clock="progress")
    references = Cosine.references
    handles = (first(), Handle(lambda p: p.length, "length", "final_lr"))
    base_lr: Number = rate(0.3, "The highest rate, at t = 0.")
    final_lr: Number = rate(0.0, "The lowest rate.", LAST)
    length: Number | None = run_length(None, "How long all the waves take together.")
    cycles: Number = number(2.0, "How many waves there are; half a soft one is the cosine decay.",
                            "c", 0, 1000, above=True, slider=(0.5, 10))  # fmt: skip
    hard: Switch = switch(False, "Fall only, and jump back up at each restart.")

    @classmethod
    def formula(cls, t: sp.Expr, T: sp.Expr, p: SimpleNamespace) -> sp.Expr:
        turned = p.cycles * sp.Min(t, p.length) / p.length
        if not p.hard:
            return p.final_lr + (p.base_lr - p.final_lr) * half_cosine(2 * turned)
        wave = half_cosine(turned - whole(turned))
        falling = p.final_lr + (p.base_lr - p.final_lr) * wave
        return sp.Piecewise((p.final_lr, t >= p.length), (falling, True))


class CosineRestarts(Schedule):
    """Cosine decays one after the other, each as long as the last or longer: warm restarts."""

    kind: Literal["cosine_restarts"] = "cosine_restarts"
    title, group = "Cosine restarts", "Cycles"
    known_as = "torch CosineAnnealingWarmRestarts, Keras CosineDecayRestarts, timm cosine cycles"
    example = Example({"period": 5, "period_factor": 2}, epochs=35)
    references = Cosine.references
    handles = (first(), Handle(lambda p: p.period, "period", "final_lr", before=True))
    base_lr: Number = rate(0.3, "The rate at t = 0.")
    final_lr: Number = rate(0.0, "The rate at the end of each cycle.", LAST)
    period: Number = duration(10, "How long the first cycle takes.", "P")
    period_factor: Number = number(1.0, "Each cycle takes so many times as long as the last.",
                                   "f", 1, 100, slider=(1, 4))  # fmt: skip
    peak_factor: Number = number(1.0, "Each cycle starts at so many times the last one's peak.",
                                 r"\gamma", 0, 10, slider=(0.1, 1))  # fmt: skip
    limit: Whole | None = integer(None, "After so many cycles the last rate is held.", "n", 1,
                                  1_000_000, slider=(1, 10))  # fmt: skip

    @classmethod
    def formula(cls, t: sp.Expr, T: sp.Expr, p: SimpleNamespace) -> Let:
        cycle = Cycle(t, p.period, p.period_factor)
        peak = p.base_lr * p.peak_factor**cycle.index
        wave = p.final_lr + (peak - p.final_lr) * half_cosine(cycle.part)
        limited = sp.Piecewise((p.final_lr, cycle.index >= p.limit), (wave, True))
        return Let(limited, cycle.where, cycle.note)


class Cyclic(Schedule):
    """Up and down in triangles, which may shrink from cycle to cycle."""

    kind: Literal["cyclic"] = "cyclic"
    title, group = "Cyclic", "Cycles"
    known_as = "torch CyclicLR, Paddle CyclicLR, MXNet's cyclical schedules"
    example = Example({"mode": "triangular2"})
    references = (
        Reference("Smith", 2017, "Cyclical learning rates for training neural networks",
                  "https://arxiv.org/abs/1506.01186"),
    )  # fmt: skip
    handles = (
        first("min_lr"),
        Handle(lambda p: p.up, "up", "max_lr"),
        Handle(lambda p: p.up + p.down, "down", "min_lr"),
    )
    min_lr: Number = rate(0.01, "The rate at the bottom.", r"\eta_{\min}")
    max_lr: Number = rate(0.3, "The rate at the first top.", r"\eta_{\max}")
    up: Number = duration(5, "How long the way up takes.", "a")
    down: Number = duration(5, "How long the way down takes.", "b")
    mode: Literal["triangular", "triangular2", "exp_range"] = choice(
        "triangular", ("triangular", "triangular2", "exp_range"),
        "How the tops shrink: not at all, by half each cycle, or by gamma at every t.",
    )  # fmt: skip
    gamma: Number = number(1.0, "The factor of exp_range for each unit of t.", r"\gamma", 0, 1,
                           above=True, slider=(0.9, 1))  # fmt: skip

    @classmethod
    def formula(cls, t: sp.Expr, T: sp.Expr, p: SimpleNamespace) -> Let:
        cycle, passed = sp.symbols("cycle passed")
        where = (
            (cycle, whole(t / (p.up + p.down))),
            (passed, t - cycle * (p.up + p.down)),
        )
        falling = 1 - (passed - p.up) / p.down
        triangle = sp.Piecewise((passed / p.up, passed < p.up), (falling, True))
        scale = {
            "triangular": sp.S.One,
            "triangular2": sp.Integer(2) ** -cycle,
            "exp_range": p.gamma**t,
        }[p.mode]
        return Let(p.min_lr + (p.max_lr - p.min_lr) * sp.Max(0, triangle) * scale, where)
