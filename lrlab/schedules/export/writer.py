"""Writes a schedule's formula as functions of t, one for each nested schedule.

Everything is printed from the expression that is evaluated elsewhere. `Writer` writes
plain Python; other languages and array libraries change the printer and the few words
around it.
"""

from __future__ import annotations

import keyword
import math
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import numpy as np
import sympy as sp
from sympy.printing.pycode import PythonCodePrinter

from lrlab.schedules.base import Let, Schedule
from lrlab.schedules.compile import Structure, arguments, structure
from lrlab.schedules.export.run import number

Values = Mapping[str, Any]
OURS = ("math", "bisect", "len", "lr_at", "jnp", "ops", "minimum", "maximum")
TAKEN = frozenset([*keyword.kwlist, *OURS])


class Names:
    """How a printer calls symbols: a formula's numbers by value, no word that is taken."""

    taken: frozenset[str] = TAKEN
    schedules: list[str]
    literals: Values

    def symbol(self, name: str) -> str:
        """Return the source of a symbol."""
        if name in self.literals:
            return number(self.literals[name])
        own = name.removeprefix("constant_")
        return f"{own}_" if own in self.taken else own

    def called(self, call: sp.Function) -> str | None:
        """Return which nested schedule a function is, if it is one."""
        prefix, _, place = type(call).__name__.partition("_")
        return self.schedules[int(place)] if prefix == "schedule" else None


class PythonPrinter(Names, PythonCodePrinter):
    """Prints an expression as plain Python."""

    def __init__(self, schedules: list[str], literals: Values) -> None:
        super().__init__({"allow_unknown_functions": True, "order": "none"})
        self.schedules = schedules
        self.literals = literals

    def _print_Symbol(self, symbol: sp.Symbol) -> str:
        return self.symbol(symbol.name)

    def _print_Function(self, call: sp.Function) -> str:
        name = self.called(call)
        return f"{name}({self._print(call.args[0])})" if name else super()._print_Function(call)


class Writer:
    """Writes plain Python that defines `lr_at(t)` for a run of length `T`, t in `unit`."""

    def __init__(self, T: float, unit: str) -> None:
        self.T = T
        self.unit = unit
        self.functions: list[str] = []

    def source(self, schedule: Schedule) -> str:
        """Return the functions, `lr_at` last."""
        self._define(schedule, "lr_at")
        return "\n\n\n".join(self.functions)

    def _define(self, schedule: Schedule, name: str) -> None:
        names = []
        for child in schedule.children():
            names.append(f"{child.kind}_{len(self.functions) + 1}")
            self._define(child, names[-1])
        values = {"T": self.T, **arguments(schedule, self.T)}
        literals = {key: float(v) for key, v in values.items() if key.startswith("number_")}
        value, where, _ = decided(structure(schedule), values)
        printer = self.printer(names, literals, _moving(where))
        used = _used([value, *(part for _, part in where)])
        lines = [
            self.assign(printer.symbol(key), self.value(entry))
            for key, entry in values.items()
            if key in used and key not in literals
        ]
        lines += [self.assign(symbol.name, printer.doprint(part)) for symbol, part in where]
        summary = f"{schedule.title}: the learning rate after t {self.unit}."
        self.functions.append(self.function(name, summary, lines, printer.doprint(value)))

    def printer(self, schedules: list[str], literals: Values, moving: set[str]) -> Any:
        """Return what prints one function; `moving` are the names that depend on t."""
        return PythonPrinter(schedules, literals)

    def assign(self, name: str, value: str) -> str:
        """Return the line that gives a name its value."""
        return f"    {name} = {value}"

    def value(self, value: Any) -> str:
        """Return the source of a number or list."""
        if isinstance(value, np.ndarray):
            return "[" + ", ".join(number(entry) for entry in value) + "]"
        return "math.inf" if math.isinf(value) else number(value)

    def function(self, name: str, summary: str, lines: list[str], result: str) -> str:
        """Return one function's source."""
        head = [f"def {name}(t):", f'    """{summary}"""']
        return "\n".join([*head, *lines, f"    return {result}"])


def program(imports: list[str], *blocks: str) -> str:
    """Return a module: the standard imports that the blocks need, `imports`, the blocks."""
    body = "\n\n\n".join(block.rstrip("\n") for block in blocks)
    standard = [f"import {name}" for name in ("bisect", "math") if f"{name}." in body]
    groups = ["\n".join(group) for group in (standard, imports) if group]
    head = "\n\n".join(groups)
    return f"{head}\n\n\n{body}\n" if head else f"{body}\n"


@lru_cache(maxsize=512)
def _written(structure: Structure) -> Let:
    with sp.evaluate(False):  # as the formula is written, not as SymPy would sort it
        return structure.expression()


def decided(structure: Structure, values: Values) -> Let:
    """Return the expression without the branches that the values rule out."""
    value, where, _ = _written(structure)
    known = {sp.Symbol(k): float(v) for k, v in values.items() if np.ndim(v) == 0}
    with sp.evaluate(False):
        return Let(_decide(value, known), tuple((name, _decide(e, known)) for name, e in where))


def _decide(expression: sp.Expr, known: dict[sp.Symbol, float]) -> sp.Expr:
    if not isinstance(expression, sp.Piecewise):
        return expression
    branches = []
    for value, condition in expression.args:
        sure = condition.free_symbols <= known.keys()
        if sure and not _holds(condition, known):
            continue
        branches.append((_decide(value, known), sp.true if sure else condition))
        if sure:
            break
    return branches[0][0] if branches[0][1] == sp.true else sp.Piecewise(*branches, evaluate=False)


def _holds(condition: Any, known: dict[sp.Symbol, float]) -> bool:
    with sp.evaluate(True):
        return bool(condition.subs(known))


def _used(expressions: list[sp.Expr]) -> set[str]:
    return {symbol.name for part in expressions for symbol in part.free_symbols}


def _moving(where: tuple[tuple[sp.Symbol, sp.Expr], ...]) -> set[str]:
    moving = {"t"}
    for name, part in where:
        if _used([part]) & moving:
            moving.add(name.name)
    return moving
