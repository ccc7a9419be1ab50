"""The schedules in JavaScript: the same expressions, printed for the browser.

`module()` is the source of an ES module that evaluates any schedule from its JSON
object, so that a curve can be redrawn while a slider moves without asking the
server. Formulas of a person's own are printed one by one (`formulas`).
"""

from __future__ import annotations

import json
from functools import lru_cache
from importlib import resources
from itertools import product
from typing import Any

import sympy as sp
from sympy.printing.jscode import JavascriptCodePrinter

from lrlab.schedules.base import Schedule
from lrlab.schedules.combinators import Part, Sequence
from lrlab.schedules.compile import Structure, structure
from lrlab.schedules.families import Constant
from lrlab.schedules.formula import Formula, read

MOST_PARTS = 8


class _Printer(JavascriptCodePrinter):
    """Prints an expression over `p` (the parameters) and `s` (the nested schedules)."""

    def __init__(self, literals: dict[str, float], own: set[str]) -> None:
        super().__init__({"allow_unknown_functions": True})
        self.literals = literals
        self.own = {"t", "T"} | own

    def _print_Symbol(self, symbol: sp.Symbol) -> str:
        name = symbol.name
        if name in self.literals:
            return repr(self.literals[name])
        return name if name in self.own else f"p.{name}"

    def _print_Indexed(self, entry: sp.Indexed) -> str:
        return f"p.{entry.base.label}[{self._print(entry.indices[0])}]"

    def _print_IndexedBase(self, base: sp.IndexedBase) -> str:
        return f"p.{base.label}"

    def _print_Function(self, call: sp.Function) -> str:
        name = type(call).__name__
        if name.startswith("schedule_"):
            return f"s[{name.removeprefix('schedule_')}]({self._print(call.args[0])})"
        return super()._print_Function(call)

    def _print_Mod(self, call: sp.Mod) -> str:
        return f"mod({self._print(call.args[0])}, {self._print(call.args[1])})"


def body(structure: Structure, literals: dict[str, float] | None = None) -> str:
    """Return what follows `(t, T, p, s) =>`: a structure's expression, or a block that has it."""
    value, where = structure.expression()
    printer = _Printer(literals or {}, {symbol.name for symbol, _ in where})
    lines = [f"const {symbol.name} = {_line(printer, part)};" for symbol, part in where]
    result = _line(printer, value)
    return " ".join(["{", *lines, f"return {result};", "}"]) if lines else result


def _line(printer: _Printer, expression: sp.Expr) -> str:
    return " ".join(printer.doprint(expression).split())


def formulas(schedule: Schedule) -> dict[str, str]:
    """Return what `module()` cannot hold of a schedule: its formulas' bodies, by their text."""
    found: dict[str, str] = {}
    for child in schedule.children():
        found |= formulas(child)
    own = structure(schedule)
    if isinstance(schedule, Formula):
        literals = dict(read(schedule.expression, dict(own.options)["constant_names"])[1])
        found[schedule.expression] = body(own, literals)
    elif len(own.functions) > MOST_PARTS:
        found[f"{schedule.kind}|{len(own.functions)}"] = body(own)
    return found


@lru_cache(maxsize=1)
def module() -> str:
    """Return the ES module's source; it exports `compile` and `rates`."""
    kinds = Schedule.kinds.items()
    tables = {
        "defaults": {kind: _defaults(cls) for kind, cls in kinds},
        "choices": {kind: _choices(cls) for kind, cls in kinds},
    }
    constants = "".join(f"const {name} = {json.dumps(v)};\n" for name, v in tables.items())
    printed = "".join(
        f"  {json.dumps(key)}: (t, T, p, s) => {expression},\n"
        for kind, cls in kinds
        for key, expression in _bodies(kind, cls)
    )
    runtime = resources.files(__package__).joinpath("runtime.js").read_text(encoding="utf-8")
    return f"{constants}const bodies = {{\n{printed}}};\n{runtime}"


def _choices(cls: type[Schedule]) -> list[str]:
    return [name for name, p in cls.parameters().items() if p.type in ("choice", "boolean")]


def _defaults(cls: type[Schedule]) -> dict[str, Any]:
    values = cls.model_validate({}).spec()
    absent = {name: p.absent for name, p in cls.parameters().items()}
    return {
        name: {"value": values[name], "absent": "T" if absent[name] == "T" else None}
        for name in cls.parameters()
    }


def _bodies(kind: str, cls: type[Schedule]) -> list[tuple[str, str]]:
    if cls is Formula:
        return []
    names = _choices(cls)
    ranges = [
        (False, True) if (p := cls.parameters()[name]).type == "boolean" else p.choices
        for name in names
    ]
    found = []
    for values in product(*ranges):
        options = dict(zip(names, values, strict=True))
        for example in _examples(cls, options):
            shape = structure(example)
            words = [str(v).lower() if isinstance(v, bool) else str(v) for v in values]
            words += [str(len(shape.functions))] if cls is Sequence else []
            found.append(("|".join([kind, *words]), body(shape)))
    return found


def _examples(cls: type[Schedule], options: dict[str, Any]) -> list[Schedule]:
    if cls is Sequence:
        part = Part(schedule=Constant(), length=1.0)
        return [Sequence(parts=(part,) * size) for size in range(1, MOST_PARTS + 1)]
    return [cls.model_construct(**{**dict(cls.model_validate({})), **options})]
