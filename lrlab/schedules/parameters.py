"""What a schedule's parameter is: type, default, range, unit, symbol and help, in one place.

Each helper returns a pydantic field that validates, and carries the same facts
for sliders, documentation and the command line.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import AllowInfNan, Field, Strict

from lrlab.fields import RANGES, ranged
from lrlab.sentence import Sentence

Number = Annotated[float, Strict(), AllowInfNan(False)]
Whole = Annotated[int, Strict()]
Switch = Annotated[bool, Strict()]

MAX_RATE = 1e6
MAX_LENGTH = 1e9
MAX_POINTS = 10_000


@dataclass(frozen=True)
class Parameter:
    """One parameter's facts. `absent` is the value that stands in for one left out."""

    type: str
    default: Any
    help: str
    symbol: str = ""
    min: float | None = None
    max: float | None = None
    above: bool = False
    unit: str = ""
    log: bool = False
    slider_min: float | None = None
    slider_max: float | None = None
    choices: tuple[str, ...] = ()
    absent: float | str | None = None

    @property
    def optional(self) -> bool:
        """Whether the parameter may be null."""
        return self.absent is not None

    def allowed(self) -> Sentence:
        """Say in words what the parameter may be."""
        if self.type == "choice":
            return Sentence("one of {names}", names=", ".join(self.choices))
        if self.type in RANGES:
            said = ranged(self.type, self.min, self.max, above=self.above)
            return Sentence("{allowed}, or null", allowed=said) if self.optional else said
        return Sentence(ALLOWED[self.type])


ALLOWED = {
    "boolean": "true or false",
    "text": "a formula's text of at most 2000 characters",
    "constants": "names with finite numbers",
    "schedule": "a schedule",
    "schedules": "a list of schedules",
    "parts": "a list of {schedule, length}",
}


def _field(parameter: Parameter, **constraints: Any) -> Any:
    bounds: dict[str, Any] = {}
    if parameter.type in ("number", "integer"):
        bounds = {"gt" if parameter.above else "ge": parameter.min, "le": parameter.max}
    required = parameter.default is ...
    return Field(
        ... if required else parameter.default,
        description=parameter.help,
        json_schema_extra={"parameter": parameter},  # type: ignore[dict-item]
        **bounds,
        **constraints,
    )


def rate(default: float, help: str, symbol: str = r"\eta_0", low: float = 1e-5) -> Any:
    """A learning rate: zero or more, on a log slider."""
    return _field(
        Parameter("number", default, help, symbol, 0.0, MAX_RATE, log=True, slider_min=low,
                  slider_max=10.0)
    )  # fmt: skip


def duration(
    default: float, help: str, symbol: str = "L", *, zero: bool = False, longest: float = 60
) -> Any:
    """A duration in the clock's unit, above zero or, with `zero`, from it."""
    return _field(
        Parameter("number", default, help, symbol, 0.0, MAX_LENGTH, above=not zero, unit="clock",
                  slider_min=0 if zero else 1, slider_max=longest)
    )  # fmt: skip


def run_length(default: float | None, help: str) -> Any:
    """A duration that may be null, and then is the whole run's, T."""
    return _field(
        Parameter("number", default, help, "L", 0.0, MAX_LENGTH, above=True, unit="clock",
                  slider_min=1, slider_max=60, absent="T")
    )  # fmt: skip


def number(
    default: float | None,
    help: str,
    symbol: str,
    low: float,
    high: float,
    *,
    above: bool = False,
    slider: tuple[float, float] | None = None,
    unit: str = "",
    absent: float | None = None,
    alias: str | None = None,
) -> Any:
    """A plain number from `low` (or above it) to `high`; null where `absent` stands in for it."""
    shortest, longest = slider or (low, high)
    return _field(
        Parameter("number", default, help, symbol, low, high, above, unit,
                  slider_min=shortest, slider_max=longest, absent=absent),
        alias=alias,
    )  # fmt: skip


def integer(
    default: int | None,
    help: str,
    symbol: str,
    low: int,
    high: int,
    *,
    slider: tuple[int, int],
) -> Any:
    """A whole number from `low` to `high`; null, where that is the default, is no limit."""
    return _field(
        Parameter("integer", default, help, symbol, low, high, slider_min=slider[0],
                  slider_max=slider[1], absent=math.inf if default is None else None)
    )  # fmt: skip


def bound(help: str, symbol: str) -> Any:
    """An upper limit for rates; left out, there is none."""
    return _field(
        Parameter("number", None, help, symbol, 0.0, MAX_RATE, log=True, slider_min=1e-5,
                  slider_max=10.0, absent=math.inf)
    )  # fmt: skip


def numbers(default: Sequence[float], help: str, symbol: str, high: float, unit: str = "",
            log: bool = False, alias: str | None = None) -> Any:  # fmt: skip
    """A list of numbers from 0 to `high`, at most `MAX_POINTS` of them."""
    return _field(
        Parameter("list", tuple(default), help, symbol, 0.0, high, unit=unit, log=log,
                  slider_min=1e-5 if log else 0, slider_max=10 if log else 60),
        max_length=MAX_POINTS,
        alias=alias,
    )  # fmt: skip


def choice(default: str, choices: Sequence[str], help: str) -> Any:
    """One of a few words; each makes a formula of its own."""
    return _field(Parameter("choice", default, help, choices=tuple(choices)))


def switch(default: bool, help: str) -> Any:
    """True or false; each makes a formula of its own."""
    return _field(Parameter("boolean", default, help, choices=("false", "true")))


def special(type: str, default: Any, help: str, **constraints: Any) -> Any:
    """A parameter that is no number: a formula's text, its constants, a schedule, parts."""
    return _field(Parameter(type, default, help), **constraints)
