"""The combinators: schedules made of schedules. They nest."""

from __future__ import annotations

from itertools import accumulate
from types import SimpleNamespace
from typing import Annotated, Literal

import numpy as np
import sympy as sp
from pydantic import BaseModel, ConfigDict, Field, model_validator

from lrlab.errors import InvalidInput
from lrlab.schedules.base import Nested, Reference, Schedule
from lrlab.schedules.families import Constant, Cosine
from lrlab.schedules.functions import half_cosine
from lrlab.schedules.parameters import (
    MAX_LENGTH,
    Number,
    Switch,
    bound,
    choice,
    length,
    rate,
    special,
    switch,
)


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
    references = (
        Reference("Goyal et al.", 2017, "Accurate, large minibatch SGD",
                  "https://arxiv.org/abs/1706.02677"),
        Reference("Gotmare et al.", 2018, "A closer look at deep learning heuristics",
                  "https://arxiv.org/abs/1810.13243"),
    )  # fmt: skip
    length: Number = length(5, "How long the warmup takes.", "w", zero=True, longest=30)
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
    parts: tuple[Part, ...] = special(
        "parts",
        (Part(schedule=Constant(), length=10.0), Part(schedule=Cosine())),
        "The schedules in their order, each with its length.",
        min_length=1,
    )

    @model_validator(mode="after")
    def _lengths(self) -> Sequence:
        for number, part in enumerate(self.parts[:-1]):
            if part.length is None:
                raise InvalidInput(
                    f"parts.{number}.length",
                    "is missing; allowed is a number above 0 for every part but the last.",
                )
        return self

    def children(self) -> list[Schedule]:
        return [part.schedule for part in self.parts]

    def extra_arguments(self) -> dict[str, np.ndarray]:
        lengths = [part.length or 0.0 for part in self.parts[:-1]]
        return {"starts": np.array([0.0, *accumulate(lengths)])}

    @classmethod
    def formula(cls, t: sp.Expr, T: sp.Expr, p: SimpleNamespace) -> sp.Expr:
        starts = sp.IndexedBase("starts")
        branches = [
            (part(t - starts[number]), t < starts[number + 1])
            for number, part in enumerate(p.functions[:-1])
        ]
        last = len(p.functions) - 1
        return sp.Piecewise(*branches, (p.functions[last](t - starts[last]), True))


class Clamp(Around):
    """Keeps the inner schedule between two bounds."""

    kind: Literal["clamp"] = "clamp"
    title, group = "Clamp", "Combinators"
    min_lr: Number = rate(0.0, "The rate never falls below this.", r"\eta_{\min}")
    max_lr: Number | None = bound("The rate never rises above this.", r"\eta_{\max}")

    @model_validator(mode="after")
    def _fits(self) -> Clamp:
        if self.max_lr is not None and self.max_lr < self.min_lr:
            raise InvalidInput(
                "max_lr", f"is {self.max_lr:g}; allowed is a number from min_lr, {self.min_lr:g}."
            )
        return self

    @classmethod
    def formula(cls, t: sp.Expr, T: sp.Expr, p: SimpleNamespace) -> sp.Expr:
        return sp.Min(p.max_lr, sp.Max(p.min_lr, p.functions[0](t)))
