"""JavaScript: an ES module that exports `lrAt(t)`, self-contained."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import sympy as sp
from sympy.printing.jscode import JavascriptCodePrinter

from lrlab.schedules.export.plain import lag
from lrlab.schedules.export.run import Run, number
from lrlab.schedules.export.writer import Names, Values, Writer

RESERVED = """arguments await break case catch class const continue debugger default delete do else
enum eval export extends false finally for function if implements import in instanceof interface
let new null package private protected public return static super switch this throw true try
typeof undefined var void while with yield Infinity NaN Math lr_at lrAt half_cosine mod count"""

HELPERS = {
    "half_cosine": """// (1 + cos(pi u)) / 2 without cancellation near u = 1.
const half_cosine = (u) => Math.sin((Math.PI / 2) * (1 - u)) ** 2;""",
    "mod": """// The remainder with the sign of b.
const mod = (a, b) => a - b * Math.floor(a / b);""",
    "count": """// How many entries are at most x.
const count = (entries, x) => entries.filter((entry) => entry <= x).length;""",
}


class JavascriptPrinter(Names, JavascriptCodePrinter):
    """Prints an expression as JavaScript."""

    taken = frozenset(RESERVED.split())

    def __init__(self, schedules: list[str], literals: Values) -> None:
        super().__init__({"allow_unknown_functions": True})
        self.schedules = schedules
        self.literals = literals

    def doprint(self, expr: Any, assign_to: Any = None) -> str:
        return " ".join(super().doprint(expr, assign_to).split())

    def _print_Symbol(self, symbol: sp.Symbol) -> str:
        return self.symbol(symbol.name)

    def _print_Indexed(self, entry: sp.Indexed) -> str:
        return f"{entry.base.name}[{self._print(entry.indices[0])}]"

    def _print_IndexedBase(self, base: sp.IndexedBase) -> str:
        return str(base.name)

    def _print_Mod(self, call: sp.Mod) -> str:
        return f"mod({self._print(call.args[0])}, {self._print(call.args[1])})"

    def _print_Function(self, call: sp.Function) -> str:
        name = self.called(call)
        return f"{name}({self._print(call.args[0])})" if name else super()._print_Function(call)


class JavascriptWriter(Writer):
    """Writes JavaScript functions of t."""

    def printer(self, schedules: list[str], literals: Values, moving: set[str]) -> Any:
        return JavascriptPrinter(schedules, literals)

    def assign(self, name: str, value: str) -> str:
        return f"  const {name} = {value};"

    def value(self, value: Any) -> str:
        if isinstance(value, np.ndarray):
            return super().value(value)
        return "Infinity" if math.isinf(value) else number(value)

    def function(self, name: str, summary: str, lines: list[str], result: str) -> str:
        word = "export function" if name == "lr_at" else "function"
        head = [f"// {summary}", f"{word} {name}(t) {{"]
        return "\n".join([*head, *lines, f"  return {result};", "}"])


def source(run: Run) -> str:
    """Return an ES module that exports `lrAt(t)`, also as `lr_at`."""
    body = JavascriptWriter(run.T, run.unit).source(run.schedule)
    helpers = [code for name, code in HELPERS.items() if f"{name}(" in body]
    head = [f"// {lag(run)}"] if run.lag else []
    return "\n\n".join([*head, *helpers, body, "export { lr_at as lrAt };"]) + "\n"
