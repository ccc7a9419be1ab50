"""The schedules in JavaScript: the same expressions, printed for the browser.

`module()` is the source of an ES module that evaluates any schedule from its JSON
object, so that a curve can be redrawn while a slider moves without asking the
server. Formulas of a person's own are printed one by one (`formulas`).
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import lru_cache
from importlib import resources
from itertools import product
from typing import Any

import sympy as sp
from sympy.printing.jscode import JavascriptCodePrinter

from lrlab.schedules.base import Schedule
from lrlab.schedules.combinators import Part
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
    value, where, _ = structure.expression()
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
        found[_key(schedule)] = body(own)
    return found


@lru_cache(maxsize=1)
def module() -> str:
    """Return the ES module's source; its exports are in the files that it is made of."""
    tables = {"kinds": {kind: _facts(cls) for kind, cls in Schedule.kinds.items()}}
    grips = "".join(f"  {kind}: [{_grips(cls)}],\n" for kind, cls in Schedule.kinds.items())
    constants = "".join(f"const {name} = {json.dumps(v)};\n" for name, v in tables.items())
    printed = "".join(
        f"  {json.dumps(_key(example))}: (t, T, p, s) => {body(structure(example))},\n"
        for cls in Schedule.kinds.values()
        for example in _examples(cls)
    )
    written = [_read(name) for name in ("runtime.js", "adaptive.js", "handles.js")]
    texts = [f"const bodies = {{\n{printed}}};\n", f"const grips = {{\n{grips}}};\n"]
    return "".join([constants, *texts, *written])


def _grips(cls: type[Schedule]) -> str:
    """Return the handles of a kind as JavaScript's objects, their times printed."""
    printer = _Printer({}, set())
    p = structure(cls.model_validate({})).symbols()
    return ", ".join(
        f"{{ at: (p) => {_line(printer, handle.at(p))}, across: {json.dumps(handle.across)}, "
        f"up: {json.dumps(handle.up)}, before: {json.dumps(handle.before)} }}"
        for handle in cls.handles
    )


def _read(name: str) -> str:
    return resources.files(__package__).joinpath(name).read_text(encoding="utf-8")


def _key(schedule: Schedule) -> str:
    """Return the name of a structure's body: kind, choices, how many schedules."""
    own = structure(schedule)
    words = [str(v).lower() if isinstance(v, bool) else str(v) for _, v in own.options]
    many = [str(len(own.functions))] if _many(type(schedule)) else []
    return "|".join([schedule.kind, *words, *many])


def _many(cls: type[Schedule]) -> str | None:
    """Return the parameter that holds any number of schedules, if the kind has one."""
    names = [n for n, p in cls.parameters().items() if p.type in ("parts", "schedules")]
    return names[0] if names else None


def _facts(cls: type[Schedule]) -> dict[str, Any]:
    """Return what the browser must know of a kind: parameters, with defaults, types, absences."""
    values = cls.model_validate({}).spec()
    parameters = {
        name: {"value": values[name], "type": p.type, "absent": "T" if p.absent == "T" else None}
        for name, p in cls.parameters().items()
    }
    return {"parameters": parameters, "many": _many(cls)}


def _examples(cls: type[Schedule]) -> list[Schedule]:
    """Return a schedule of every structure that the module holds of a kind."""
    if cls is Formula:
        return []
    parameters = cls.parameters()
    ranges: dict[str, Sequence[Any]] = {
        name: (False, True) if p.type == "boolean" else p.choices
        for name, p in parameters.items()
        if p.type in ("boolean", "choice")
    }
    many = _many(cls)
    if many:
        ranges[many] = [_schedules(parameters[many].type, n) for n in range(1, MOST_PARTS + 1)]
    default = dict(cls.model_validate({}))
    return [
        cls.model_construct(**{**default, **dict(zip(ranges, values, strict=True))})
        for values in product(*ranges.values())
    ]


def _schedules(type: str, count: int) -> tuple[Any, ...]:
    return (Part(schedule=Constant(), length=1.0) if type == "parts" else Constant(),) * count
