"""From a schedule's formula to NumPy: one compiled function for each structure.

A structure is a kind with its choices; numbers stay arguments. Nested schedules
are arguments too (functions), so a composition costs no compilation of its own.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from types import SimpleNamespace
from typing import Any

import numpy as np
import sympy as sp
from sympy.printing.numpy import NumPyPrinter

from lrlab.schedules.base import Let, Schedule

t, T = sp.symbols("t T")


@dataclass(frozen=True)
class Structure:
    """What makes a formula another formula: the kind, its options, how many nested schedules."""

    schedule: type[Schedule]
    options: tuple[tuple[str, Any], ...]
    functions: tuple[str, ...]

    def expression(self) -> Let:
        """Return the rate at t with a symbol for every number."""
        rate = self.schedule.formula(t, T, self.symbols())
        return rate if isinstance(rate, Let) else Let(sp.sympify(rate))

    def symbols(self) -> SimpleNamespace:
        """Return what a formula is written with: see `Schedule.formula`."""
        names: dict[str, Any] = dict(self.options)
        for name, parameter in self.schedule.parameters().items():
            if parameter.type in ("number", "integer"):
                names[name] = sp.Symbol(name)
            elif parameter.type == "list":
                names[name] = sp.IndexedBase(name)
            elif parameter.type == "parts":
                names["lengths"] = sp.IndexedBase("lengths")
        names["functions"] = [sp.Function(name) for name in self.functions]
        return SimpleNamespace(**names)


def structure(schedule: Schedule) -> Structure:
    """Return the structure of one schedule, not looking into the nested ones."""
    values = schedule.values_of()
    options = [
        (name, values[name])
        for name, parameter in schedule.parameters().items()
        if parameter.type in ("choice", "boolean", "text")
    ]
    names = tuple(f"schedule_{number}" for number in range(len(schedule.children())))
    return Structure(type(schedule), tuple(options + schedule.extra_options()), names)


def arguments(schedule: Schedule, T: float) -> dict[str, Any]:
    """Return the value of every number and list of one schedule, `T` for a length left out."""
    values: dict[str, Any] = {}
    for name, value in schedule.values_of().items():
        parameter = schedule.parameters()[name]
        if parameter.type == "list":
            values[name] = np.asarray(value, dtype=np.float64)
        elif parameter.type in ("number", "integer"):
            absent = T if parameter.absent == "T" else parameter.absent
            values[name] = np.float64(absent if value is None else value)
        elif parameter.type == "parts":
            values["lengths"] = np.array([part.length or 0.0 for part in value])
    return values | schedule.extra_arguments()


@lru_cache(maxsize=1024)
def compiled(structure: Structure, names: tuple[str, ...]) -> Callable[..., Any]:
    """Return the formula as a NumPy function of t, T, `names` and the nested schedules."""
    symbols = [t, T, *map(sp.Symbol, names), *map(sp.Symbol, structure.functions)]
    printer = NumPyPrinter({"fully_qualified_modules": False, "allow_unknown_functions": True})
    value, where, _ = structure.expression()
    return sp.lambdify(
        symbols, value, modules="numpy", printer=printer, cse=lambda whole: (where, whole)
    )


def evaluate(schedule: Schedule, times: Any, length: float, memo: dict | None = None) -> Any:
    """Return the rates at `times` without a check; scalars asked for twice are computed once."""
    memo = {} if memo is None else memo
    key = (id(schedule), float(times)) if np.ndim(times) == 0 else None
    if key in memo:
        return memo[key]
    values = arguments(schedule, length)
    function = compiled(structure(schedule), tuple(values))
    nested = [_nested(child, length, memo) for child in schedule.children()]
    rates = function(times, np.float64(length), *values.values(), *nested)
    if key is not None:
        memo[key] = rates
    return rates


def _nested(child: Schedule, length: float, memo: dict) -> Callable[[Any], Any]:
    return lambda times: evaluate(child, np.float64(times) if np.ndim(times) == 0 else times,
                                  length, memo)  # fmt: skip
