"""The schedules as LaTeX: the same expressions, written for reading."""

from __future__ import annotations

from math import pi
from typing import Any

import sympy as sp
from sympy.printing.latex import LatexPrinter

from lrlab.schedules.base import Schedule
from lrlab.schedules.compile import structure
from lrlab.schedules.formula import Formula, read

# The symbols of parts that formulas name.
PARTS = {
    "reached": "k", "here": "i", "there": "j", "lengths": "L", "cycle": "i", "start": "s",
    "passed": "v", "first": r"\eta_{\mathrm{first}}", "last": r"\eta_{\mathrm{last}}",
    "top": "a", "knee": "k", "noise": r"\xi",
}  # fmt: skip


def latex(schedule: Schedule) -> str:
    r"""Return the schedule's formula, its parameters as symbols.

    Nested schedules are functions η₁(t), η₂(t), … with a line each.

    >>> latex(Schedule.parse({"kind": "constant"}))
    '\\eta(t) = \\eta_0'
    """
    lines: list[str] = []
    _write(schedule, r"\eta", lines)
    if len(lines) == 1:
        return lines[0]
    aligned = r" \\ ".join(line.replace(" = ", " &= ", 1) for line in lines)
    return rf"\begin{{aligned}} {aligned} \end{{aligned}}"


def _write(schedule: Schedule, name: str, lines: list[str]) -> None:
    position = len(lines)
    lines.append("")
    names = []
    for child in schedule.children():
        names.append(rf"\eta_{{{len(lines)}}}")
        _write(child, names[-1], lines)
    printer = _Printer(_symbols(schedule), names)
    with sp.evaluate(False):  # as the formula is written, not as SymPy would sort it
        value, where, note = structure(schedule).expression()
        text = f"{name}(t) = {schedule.law or printer.doprint(value)}"
        named = [f"{printer.doprint(s)} = {printer.doprint(part)}" for s, part in where]
    lines[position] = r",\quad ".join([text, *([note] if note else named)])


def _symbols(schedule: Schedule) -> dict[sp.Symbol, str]:
    symbols = PARTS | {name: p.symbol for name, p in schedule.parameters().items() if p.symbol}
    symbols |= {f"start_{n}": f"s_{{{n}}}" for n in range(1, len(schedule.children()))}
    if isinstance(schedule, Formula):
        names = tuple(sorted(schedule.constants))
        symbols |= {f"constant_{name}": rf"\mathrm{{{_plain(name)}}}" for name in names}
        numbers = read(schedule.expression, names)[1]
        symbols |= {
            name: r"\pi" if value == pi else f"{value:.10g}" for name, value in numbers.items()
        }
    return {sp.Symbol(name): symbol for name, symbol in symbols.items()}


def _plain(name: str) -> str:
    return name.replace("_", r"\_")


class _Printer(LatexPrinter):
    def __init__(self, symbols: dict[sp.Symbol, str], schedules: list[str]) -> None:
        super().__init__({"symbol_names": symbols, "mul_symbol": r"\,", "order": "none"})
        self.schedules = schedules

    def _print_IndexedBase(self, base: sp.IndexedBase) -> str:
        return self._print(base.label)

    def _print_Function(self, call: sp.Function, exp: Any = None) -> str:
        name = type(call).__name__
        if not name.startswith("schedule_"):
            return super()._print_Function(call, exp)
        schedule = self.schedules[int(name.removeprefix("schedule_"))]
        return rf"{schedule}\left({self._print(call.args[0])}\right)"
