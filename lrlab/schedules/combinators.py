"""The combinators: schedules made of schedules. They nest."""

from __future__ import annotations

from itertools import pairwise
from types import SimpleNamespace
from typing import Annotated, Literal

import sympy as sp
from pydantic import BaseModel, ConfigDict, Field, model_validator

from lrlab.errors import InvalidInput
from lrlab.schedules.base import Example, Handle, Let, Nested, Reference, Schedule, first
from lrlab.schedules.families import Constant, Cosine
from lrlab.schedules.families.cycles import Cycle
from lrlab.schedules.functions import half_cosine
from lrlab.schedules.parameters import (
    MAX_LENGTH,
    Number,
    Switch,
    bound,
    choice,
    duration,
    number,
    rate,
    special,
    switch,
)
from lrlab.schedules.shapes import ANNEALINGS, annealed, check_annealing


class Around(Schedule):
    """What the combinators around one inner schedule share. Not a kind itself."""

    kind: str = "around"
    inner: Nested = special("schedule", Cosine(), "The schedule inside.")

    def children(self) -> list[Schedule]:
        return [self.inner]


del Schedule.kinds["around"]


class Warmup(Around):
    """Rises to the inner schedule's rate first, then follows it."""

    kind: Literal["warmup"] = "warmup"
    title, group = "Warmup", "Combinators"
    known_as = "HF get_*_with_warmup, MXNet warmup_steps, timm warmup_t"
    example = Example({"inner": {"kind": "cosine", "length": 25}}, clock="progress")
    references = (
        Reference("Goyal et al.", 2017, "Accurate, large minibatch SGD",
                  "https://arxiv.org/abs/1706.02677"),
        Reference("Gotmare et al.", 2018, "A closer look at deep learning heuristics",
                  "https://arxiv.org/abs/1810.13243"),
    )  # fmt: skip
    handles = (first("begin_lr"), Handle(lambda p: p.length, "length"))
    length: Number = duration(5, "How long the warmup takes.", "w", zero=True, longest=30)
    mode: Literal["linear", "constant", "cosine", "exponential"] = choice(
        "linear", ("linear", "constant", "cosine", "exponential"), "The way it rises."
    )
    begin_lr: Number = rate(0.0, "The rate at t = 0.", r"\eta_{\mathrm{begin}}")
    shift: Switch = switch(True, "Start the inner schedule's clock at the join, not at 0.")

    @model_validator(mode="after")
    def _fits(self) -> Warmup:
        if self.mode == "exponential" and self.begin_lr <= 0:
            raise InvalidInput("begin_lr", "is 0; allowed with exponential is a number above 0.")
        return self

    def clock_of(self, child: int, t: float) -> float:
        if self.shift:
            return t - self.length
        return t if t > self.length else 0.0

    @classmethod
    def formula(cls, t: sp.Expr, T: sp.Expr, p: SimpleNamespace) -> sp.Expr:
        (inner,) = p.functions
        join = inner(sp.Integer(0)) if p.shift else inner(p.length)
        part = t / p.length
        rising = {
            "linear": p.begin_lr + (join - p.begin_lr) * part,
            "constant": p.begin_lr,
            "cosine": join + (p.begin_lr - join) * half_cosine(part),
            "exponential": p.begin_lr * (join / p.begin_lr) ** part,
        }[p.mode]
        after = inner(t - p.length) if p.shift else inner(t)
        return sp.Piecewise((rising, t < p.length), (after, True))


class Part(BaseModel):
    """One schedule of a sequence and how long it runs; the last one needs no length."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    schedule: Nested
    length: Annotated[Number, Field(gt=0, le=MAX_LENGTH)] | None = None


class Sequence(Schedule):
    """One schedule after the other, each on its own clock."""

    kind: Literal["sequence"] = "sequence"
    title, group = "Sequence", "Combinators"
    known_as = "torch SequentialLR, optax join_schedules"
    origin = "Folklore."
    parts: tuple[Part, ...] = special(
        "parts",
        (Part(schedule=Constant(), length=10.0), Part(schedule=Cosine())),
        "The schedules in their order, each with its length.",
        min_length=1,
    )
    handles = (Handle(lambda p: p.lengths, "parts"),)

    @model_validator(mode="after")
    def _lengths(self) -> Sequence:
        for place, part in enumerate(self.parts[:-1]):
            if part.length is None:
                raise InvalidInput(
                    f"parts.{place}.length",
                    "is missing; allowed is a number above 0 for every part but the last.",
                )
        return self

    def children(self) -> list[Schedule]:
        return [part.schedule for part in self.parts]

    def clock_of(self, child: int, t: float) -> float:
        return t - sum(part.length or 0.0 for part in self.parts[:child])

    @classmethod
    def formula(cls, t: sp.Expr, T: sp.Expr, p: SimpleNamespace) -> Let:
        starts = [sp.S.Zero, *sp.symbols(f"start_1:{len(p.functions)}")]
        where = tuple(
            (start, before + p.lengths[place] if before else p.lengths[place])
            for place, (before, start) in enumerate(pairwise(starts))
        )
        branches = [
            (part(t - start if start else t), t < end)
            for part, (start, end) in zip(p.functions, pairwise(starts), strict=False)
        ]
        return Let(sp.Piecewise(*branches, (p.functions[-1](t - starts[-1]), True)), where)


class Clamp(Around):
    """Keeps the inner schedule between two bounds."""

    kind: Literal["clamp"] = "clamp"
    title, group = "Clamp", "Combinators"
    known_as = "min_lr and the like in many schedulers"
    origin = "Folklore."
    example = Example({"min_lr": 0.05, "max_lr": 0.2, "inner": {"kind": "cosine", "length": None}})
    min_lr: Number = rate(0.0, "The rate never falls below this.", r"\eta_{\min}")
    max_lr: Number | None = bound("The rate never rises above this.", r"\eta_{\max}")

    @model_validator(mode="after")
    def _fits(self) -> Clamp:
        if self.max_lr is not None and self.max_lr < self.min_lr:
            raise InvalidInput(
                "max_lr",
                "is {max_lr:g}; allowed is a number from min_lr, {min_lr:g}.",
                max_lr=self.max_lr,
                min_lr=self.min_lr,
            )
        return self

    @classmethod
    def formula(cls, t: sp.Expr, T: sp.Expr, p: SimpleNamespace) -> sp.Expr:
        return sp.Min(p.max_lr, sp.Max(p.min_lr, p.functions[0](t)))


class Cooldown(Around):
    """Follows the inner schedule, then anneals from its rate there to a last one."""

    kind: Literal["cooldown"] = "cooldown"
    title, group = "Cooldown", "Combinators"
    known_as = "knee and trapezoid schedules, timm cooldown, the last phase of WSD"
    example = Example({"inner": {"kind": "constant"}})
    references = (
        Reference("Hägele et al.", 2024, "Scaling laws and compute-optimal training beyond fixed "
                  "training durations", "https://arxiv.org/abs/2405.18392"),
    )  # fmt: skip
    handles = (
        Handle(lambda p: p.start, "start"),
        Handle(lambda p: p.start + p.length, "length", "final_lr"),
    )
    start: Number = duration(20, "When the cooldown begins.", "s", zero=True)
    length: Number = duration(10, "How long the cooldown takes.", "d")
    final_lr: Number = rate(0.0, "The rate at the end, held from there on.", r"\eta_{\mathrm{end}}")
    shape: Literal["linear", "cosine", "sqrt", "exponential"] = choice(
        "linear", ANNEALINGS, "The way it falls."
    )

    @model_validator(mode="after")
    def _fits(self) -> Cooldown:
        check_annealing(self.shape, "final_lr", self.final_lr)
        return self

    @classmethod
    def formula(cls, t: sp.Expr, T: sp.Expr, p: SimpleNamespace) -> sp.Expr:
        (inner,) = p.functions
        falling = annealed(inner(p.start), p.final_lr, (t - p.start) / p.length, p.shape)
        return sp.Piecewise(
            (inner(t), t < p.start), (falling, t < p.start + p.length), (p.final_lr, True)
        )


class Repeat(Around):
    """Runs the inner schedule again and again, each time stretched and scaled."""

    kind: Literal["repeat"] = "repeat"
    title, group = "Repeat", "Combinators"
    known_as = "SGDR's restarts of any schedule, timm cycle_mul and cycle_decay"
    example = Example({"peak_factor": 0.6, "inner": {"kind": "cosine", "length": 10}})
    references = Cosine.references
    one_clock = False
    handles = (Handle(lambda p: p.period, "period", before=True),)
    period: Number = duration(10, "How long the first cycle takes.", "P")
    period_factor: Number = number(1.0, "Each cycle is stretched so many times over the last.",
                                   "f", 1, 100, slider=(1, 4))  # fmt: skip
    peak_factor: Number = number(1.0, "Each cycle's rates are so many times the last one's.",
                                 r"\gamma", 0, 10, slider=(0.1, 1))  # fmt: skip

    @classmethod
    def formula(cls, t: sp.Expr, T: sp.Expr, p: SimpleNamespace) -> Let:
        cycle = Cycle(t, p.period, p.period_factor)
        # Where t is a hair before its cycle, because that is forgiven, it is at its start.
        passed = p.period * sp.Max(0, cycle.part)
        return Let(p.peak_factor**cycle.index * p.functions[0](passed), cycle.where, cycle.note)


class Product(Schedule):
    """The product of schedules: the first a rate, the others factors of it."""

    kind: Literal["product"] = "product"
    title, group = "Product", "Combinators"
    known_as = "torch ChainedScheduler"
    origin = "Folklore."
    example = Example(
        {
            "factors": [
                {"kind": "cosine_waves", "cycles": 2.5},
                {"kind": "exponential", "base_lr": 1, "factor": 0.95},
            ]
        }
    )
    factors: tuple[Nested, ...] = special(
        "schedules",
        (Cosine(), Constant(base_lr=0.5)),
        "The schedules that are multiplied.",
        min_length=1,
    )

    def children(self) -> list[Schedule]:
        return list(self.factors)

    @classmethod
    def formula(cls, t: sp.Expr, T: sp.Expr, p: SimpleNamespace) -> sp.Expr:
        return sp.Mul(*(factor(t) for factor in p.functions))


class Scale(Around):
    """The inner schedule, every rate multiplied by the same number."""

    kind: Literal["scale"] = "scale"
    title, group = "Scale", "Combinators"
    known_as = "the linear scaling rule for large batches, optax scale_by_schedule"
    example = Example({"factor": 0.5, "inner": {"kind": "cosine", "length": None}})
    references = (
        Reference("Goyal et al.", 2017, "Accurate, large minibatch SGD",
                  "https://arxiv.org/abs/1706.02677"),
    )  # fmt: skip
    factor: Number = number(1.0, "What every rate is multiplied by.", r"\gamma", 0, 1e6,
                            slider=(0, 4))  # fmt: skip

    @classmethod
    def formula(cls, t: sp.Expr, T: sp.Expr, p: SimpleNamespace) -> sp.Expr:
        return p.factor * p.functions[0](t)
