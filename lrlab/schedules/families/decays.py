"""Families that fall: each a function of `t` alone, one class with its formula."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Literal

import sympy as sp

from lrlab.schedules.base import Example, Handle, Reference, Schedule, first
from lrlab.schedules.functions import falling_tanh, half_cosine, whole
from lrlab.schedules.parameters import (
    MAX_LENGTH,
    Number,
    Switch,
    duration,
    number,
    rate,
    run_length,
    switch,
)

LAST = r"\eta_{\mathrm{end}}"
HELD = "The rate at the end, held from there on."


class Constant(Schedule):
    """The same rate all through the run."""

    kind: Literal["constant"] = "constant"
    title, group = "Constant", "Basic"
    known_as = "everywhere"
    origin = "Folklore: plain gradient descent."
    handles = (first(),)
    base_lr: Number = rate(0.3, "The rate of every update.")

    @classmethod
    def formula(cls, t: sp.Expr, T: sp.Expr, p: SimpleNamespace) -> sp.Expr:
        return p.base_lr


class InversePower(Schedule):
    """Falls fast at first, then ever more slowly: a power of the time, as theory likes it."""

    kind: Literal["inverse_power"] = "inverse_power"
    title, group = "Inverse power", "Decay"
    known_as = "D2L SquareRootScheduler, Keras InverseTimeDecay, fairseq inverse_sqrt, Caffe inv"
    references = (
        Reference("Robbins and Monro", 1951, "A stochastic approximation method",
                  "https://doi.org/10.1214/aoms/1177729586"),
        Reference("Welling and Teh", 2011, "Bayesian learning via SGLD",
                  "https://www.stats.ox.ac.uk/~teh/research/compstats/WelTeh2011a.pdf"),
    )  # fmt: skip
    handles = (first(), Handle(lambda p: p.timescale, "timescale", "power"))
    base_lr: Number = rate(0.1, "The rate at t = 0.")
    power: Number = number(0.5, "How fast it falls: ½ is the square root's.", "p", 0, 10,
                           slider=(0, 2))  # fmt: skip
    timescale: Number = number(1.0, "The time after which it has fallen to 2 to the minus power.",
                               r"\tau", 0, MAX_LENGTH, above=True, slider=(0.1, 60),
                               unit="clock")  # fmt: skip

    @classmethod
    def formula(cls, t: sp.Expr, T: sp.Expr, p: SimpleNamespace) -> sp.Expr:
        return p.base_lr * (1 + t / p.timescale) ** (-p.power)


class Polynomial(Schedule):
    """Falls along a power of the time that is left; power 1 is a straight line."""

    kind: Literal["polynomial"] = "polynomial"
    title, group = "Polynomial", "Decay"
    known_as = "torch LinearLR and PolynomialLR, Keras PolynomialDecay, MXNet PolyScheduler"
    origin = "Folklore; Caffe made it common under the name of poly."
    handles = (first(), Handle(lambda p: p.length, "length", "final_lr"))
    base_lr: Number = rate(0.3, "The rate at t = 0.")
    final_lr: Number = rate(0.0, HELD, LAST)
    power: Number = number(1.0, "1 is a line; above 1 it falls early, below 1 late.", "p", 0, 20,
                           slider=(0, 5))  # fmt: skip
    length: Number | None = run_length(None, "How long the decay takes.")

    @classmethod
    def formula(cls, t: sp.Expr, T: sp.Expr, p: SimpleNamespace) -> sp.Expr:
        left = 1 - sp.Min(t, p.length) / p.length
        return p.final_lr + (p.base_lr - p.final_lr) * left**p.power


class Exponential(Schedule):
    """Multiplied by the same factor again and again, smoothly or in steps, down to a floor."""

    kind: Literal["exponential"] = "exponential"
    title, group = "Exponential", "Decay"
    known_as = "D2L and MXNet FactorScheduler, torch ExponentialLR and StepLR"
    origin = "Folklore."
    handles = (first(), Handle(lambda p: p.every, "every", "factor"))
    base_lr: Number = rate(0.3, "The rate at t = 0.")
    factor: Number = number(0.9, "What the rate is multiplied by.", r"\gamma", 0, 10,
                            slider=(0.01, 1.1))  # fmt: skip
    every: Number = number(1.0, "The time after which one factor has been applied.", "s", 0,
                           MAX_LENGTH, above=True, slider=(0.5, 30), unit="clock")  # fmt: skip
    staircase: Switch = switch(False, "Apply the factor all at once, every so often.")
    min_lr: Number = rate(0.0, "The rate never falls below this.", r"\eta_{\min}")

    @classmethod
    def formula(cls, t: sp.Expr, T: sp.Expr, p: SimpleNamespace) -> sp.Expr:
        times = whole(t / p.every) if p.staircase else t / p.every
        return sp.Max(p.min_lr, p.base_lr * p.factor**times)


class Cosine(Schedule):
    """Half a cosine wave from the first rate down to the last, then flat."""

    kind: Literal["cosine"] = "cosine"
    title, group = "Cosine", "Decay"
    known_as = "D2L and MXNet CosineScheduler, torch CosineAnnealingLR up to T_max, optax, Keras"
    example = Example({"length": None})
    references = (
        Reference("Loshchilov and Hutter", 2017, "SGDR: stochastic gradient descent with restarts",
                  "https://arxiv.org/abs/1608.03983"),
    )  # fmt: skip
    handles = (first(), Handle(lambda p: p.length, "length", "final_lr"))
    base_lr: Number = rate(0.3, "The rate at t = 0.")
    final_lr: Number = rate(0.01, HELD, LAST)
    length: Number | None = run_length(20, "How long the decay takes.")
    exponent: Number = number(1.0, "Bends the curve: above 1 it falls earlier.", "p", 0, 20,
                              above=True, slider=(0.1, 5))  # fmt: skip

    @classmethod
    def formula(cls, t: sp.Expr, T: sp.Expr, p: SimpleNamespace) -> sp.Expr:
        wave = half_cosine(sp.Min(t, p.length) / p.length)
        return p.final_lr + (p.base_lr - p.final_lr) * wave**p.exponent


class Tanh(Schedule):
    """A part of a hyperbolic tangent: holds at first, then falls, then flattens out."""

    kind: Literal["tanh"] = "tanh"
    title, group = "Hyperbolic tangent", "Decay"
    known_as = "timm TanhLRScheduler"
    references = (
        Reference("Hsueh, Li and Wu", 2019, "Stochastic gradient descent with hyperbolic-tangent "
                  "decay on classification", "https://arxiv.org/abs/1806.01593"),
    )  # fmt: skip
    handles = (first(), Handle(lambda p: p.length, "length", "final_lr"))
    base_lr: Number = rate(0.3, "What the rate falls from.")
    final_lr: Number = rate(0.0, "What the rate falls towards.", LAST)
    length: Number | None = run_length(None, "How long the decay takes.")
    lower: Number = number(-7.0, "Where on the tangent it starts; lower holds longer.", "l",
                           -20, 20, slider=(-10, 0))  # fmt: skip
    upper: Number = number(3.0, "Where on the tangent it ends.", "u", -20, 20, slider=(0, 10))

    @classmethod
    def formula(cls, t: sp.Expr, T: sp.Expr, p: SimpleNamespace) -> sp.Expr:
        part = sp.Min(t, p.length) / p.length
        fallen = falling_tanh(p.lower * (1 - part) + p.upper * part)
        return p.final_lr + (p.base_lr - p.final_lr) * fallen


class Rex(Schedule):
    """Falls slowly at first and fast at the end."""

    kind: Literal["rex"] = "rex"
    title, group = "REX", "Decay"
    known_as = "the reflected exponential schedule"
    references = (
        Reference("Chen, Wolfe and Kyrillidis", 2022, "REX: revisiting budgeted training with an "
                  "improved schedule", "https://arxiv.org/abs/2107.04197"),
    )  # fmt: skip
    handles = (first(), Handle(lambda p: p.length, "length", "final_lr"))
    base_lr: Number = rate(0.3, "The rate at t = 0.")
    final_lr: Number = rate(0.0, HELD, LAST)
    length: Number | None = run_length(None, "How long the decay takes.")

    @classmethod
    def formula(cls, t: sp.Expr, T: sp.Expr, p: SimpleNamespace) -> sp.Expr:
        left = 1 - sp.Min(t, p.length) / p.length
        return p.final_lr + (p.base_lr - p.final_lr) * left / (sp.S.Half + left / 2)


class Noam(Schedule):
    """Rises along a line, then falls with the inverse square root: the Transformer's schedule."""

    kind: Literal["noam"] = "noam"
    title, group = "Noam", "Decay"
    known_as = "Paddle NoamDecay, ESPnet, tensor2tensor"
    example = Example(clock="step")
    references = (
        Reference("Vaswani et al.", 2017, "Attention is all you need",
                  "https://arxiv.org/abs/1706.03762"),
    )  # fmt: skip
    handles = (Handle(lambda p: p.warmup, "warmup", "scale"),)
    scale: Number = number(1.0, "Multiplies the whole curve.", "s", 0, 1e6, slider=(0, 10))
    model_size: Number = number(512.0, "The model's width; wider models get lower rates.", "d", 0,
                                1e9, above=True, slider=(16, 4096))  # fmt: skip
    warmup: Number = duration(4000.0, "When the rate peaks.", "w")

    @classmethod
    def formula(cls, t: sp.Expr, T: sp.Expr, p: SimpleNamespace) -> sp.Expr:
        falling, rising = (t + 1) ** -sp.S.Half, (t + 1) * p.warmup ** -sp.Rational(3, 2)
        return p.scale * p.model_size**-sp.S.Half * sp.Min(falling, rising)
