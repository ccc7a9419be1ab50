"""Families in phases: up, along and down again."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, Literal

import sympy as sp
from pydantic import model_validator

from lrlab.errors import InvalidInput
from lrlab.schedules.base import Example, Handle, Let, Reference, Schedule, first
from lrlab.schedules.families.decays import HELD, LAST
from lrlab.schedules.parameters import (
    Number,
    Switch,
    choice,
    duration,
    number,
    rate,
    run_length,
    switch,
)
from lrlab.schedules.shapes import ANNEALINGS, annealed, check_annealing


class OneCycle(Schedule):
    """Up to the highest rate and down again to a far lower one than the first."""

    kind: Literal["one_cycle"] = "one_cycle"
    title, group = "One cycle", "Phases"
    known_as = "torch OneCycleLR, optax onecycle schedules, fastai fit_one_cycle"
    references = (
        Reference("Smith and Topin", 2018, "Super-convergence: very fast training of neural "
                  "networks using large learning rates", "https://arxiv.org/abs/1708.07120"),
    )  # fmt: skip
    handles = (
        first("div_factor"),
        Handle(lambda p: p.pct_start * p.length, "pct_start", "max_lr"),
        Handle(lambda p: p.length, "length", "final_div_factor"),
    )
    max_lr: Number = rate(0.3, "The rate at the top.", r"\eta_{\max}")
    length: Number | None = run_length(None, "How long the whole cycle takes.")
    pct_start: Number = number(0.3, "The part of the cycle in which the rate rises.", "p", 0, 1)
    div_factor: Number = number(25.0, "The first rate is the highest divided by this.", "d", 0,
                                1e9, above=True, slider=(1, 100))  # fmt: skip
    final_div_factor: Number = number(1e4, "The last rate is the first divided by this.", "f", 0,
                                      1e12, above=True, slider=(1, 1e5))  # fmt: skip
    shape: Literal["cosine", "linear"] = choice("cosine", ("cosine", "linear"), "The way it goes.")
    three_phase: Switch = switch(False, "Down to the first rate as fast as up, then to the last.")

    @model_validator(mode="after")
    def _fits(self) -> OneCycle:
        if self.three_phase and self.pct_start > 0.5:
            raise InvalidInput(
                "pct_start",
                "is {pct_start:g}; allowed with three_phase is a number from 0 to 0.5.",
                pct_start=self.pct_start,
            )
        return self

    @classmethod
    def formula(cls, t: sp.Expr, T: sp.Expr, p: SimpleNamespace) -> Let:
        first, last, top = sp.symbols("first last top")
        where = (
            (first, p.max_lr / p.div_factor),
            (last, first / p.final_div_factor),
            (top, p.pct_start * p.length),
        )
        down: tuple[tuple[sp.Expr, Any], ...]
        up = annealed(first, p.max_lr, t / top, p.shape)
        if p.three_phase:
            back = annealed(p.max_lr, first, (t - top) / top, p.shape)
            out = annealed(first, last, (t - 2 * top) / (p.length - 2 * top), p.shape)
            down = ((back, t < 2 * top), (out, True))
        else:
            down = ((annealed(p.max_lr, last, (t - top) / (p.length - top), p.shape), True),)
        return Let(sp.Piecewise((last, t >= p.length), (up, t < top), *down), where)


class WarmupStableDecay(Schedule):
    """Warms up, holds, and decays in the last phase: one run can be stopped at any length."""

    kind: Literal["wsd"] = "wsd"
    title, group = "Warmup, stable, decay", "Phases"
    known_as = "Transformers warmup_stable_decay, timm WSD, tri-stage, knee, fastai flat-cosine"
    example = Example({"warmup": 3}, clock="progress")
    references = (
        Reference("Hu et al.", 2024, "MiniCPM: unveiling the potential of small language models",
                  "https://arxiv.org/abs/2404.06395"),
        Reference("Hägele et al.", 2024, "Scaling laws and compute-optimal training beyond fixed "
                  "training durations", "https://arxiv.org/abs/2405.18392"),
    )  # fmt: skip
    handles = (
        Handle(lambda p: p.warmup, "warmup", "base_lr"),
        Handle(lambda p: p.length - p.decay, "decay", "base_lr"),
        Handle(lambda p: p.length, "length", "final_lr"),
    )
    base_lr: Number = rate(0.3, "The rate that is held.")
    final_lr: Number = rate(0.0, HELD, LAST)
    length: Number | None = run_length(None, "How long the three phases take together.")
    warmup: Number = duration(0, "How long the rate rises from 0.", "w", zero=True)
    decay: Number = duration(10, "How long the last phase takes.", "d")
    decay_shape: Literal["linear", "cosine", "sqrt", "exponential"] = choice(
        "linear", ANNEALINGS, "The way it falls."
    )

    @model_validator(mode="after")
    def _fits(self) -> WarmupStableDecay:
        check_annealing(self.decay_shape, "final_lr", self.final_lr)
        if self.length is not None and self.warmup + self.decay > self.length:
            raise InvalidInput(
                "decay",
                "is {decay:g} beside a warmup of {warmup:g}; allowed are both together up to "
                "length, {length:g}.",
                decay=self.decay,
                warmup=self.warmup,
                length=self.length,
            )
        return self

    @classmethod
    def formula(cls, t: sp.Expr, T: sp.Expr, p: SimpleNamespace) -> Let:
        knee = sp.Symbol("knee")
        part = (t - knee) / (p.length - knee)
        return Let(
            sp.Piecewise(
                (p.final_lr, t >= p.length),
                (p.base_lr * t / p.warmup, t < p.warmup),
                (p.base_lr, t < knee),
                (annealed(p.base_lr, p.final_lr, part, p.decay_shape), True),
            ),
            # A run shorter than the phases loses of the last one.
            ((knee, sp.Max(p.warmup, p.length - p.decay)),),
        )


class Sweep(Schedule):
    """Rises through every rate that could do: the range test."""

    kind: Literal["sweep"] = "sweep"
    title, group = "Sweep", "Phases"
    known_as = "fastai lr_find, the learning rate range test"
    references = (
        Reference("Smith", 2017, "Cyclical learning rates for training neural networks",
                  "https://arxiv.org/abs/1506.01186"),
    )  # fmt: skip
    handles = (first("start_lr"), Handle(lambda p: p.length, "length", "end_lr"))
    start_lr: Number = rate(1e-5, "The rate at t = 0.")
    end_lr: Number = rate(10.0, HELD, LAST)
    length: Number | None = run_length(None, "How long the sweep takes.")
    shape: Literal["exponential", "linear"] = choice(
        "exponential", ("exponential", "linear"), "Each step by the same factor, or summand."
    )

    @model_validator(mode="after")
    def _fits(self) -> Sweep:
        for name in ("start_lr", "end_lr"):
            check_annealing(self.shape, name, getattr(self, name))
        return self

    @classmethod
    def formula(cls, t: sp.Expr, T: sp.Expr, p: SimpleNamespace) -> sp.Expr:
        return annealed(p.start_lr, p.end_lr, sp.Min(t, p.length) / p.length, p.shape)
