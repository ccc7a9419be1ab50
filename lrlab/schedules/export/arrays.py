"""Writes a schedule's formula over arrays: no branch and no loop depends on t.

What depends on t is printed with an array library's functions, so that it can be traced and
compiled; what does not stays plain Python, in double precision.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

import sympy as sp

from lrlab.schedules.base import Schedule
from lrlab.schedules.calls import Call
from lrlab.schedules.export.writer import PythonPrinter, Values, Writer

# SymPy's name: the array libraries'
FUNCTIONS = {"exp": "exp", "log": "log", "sin": "sin", "cos": "cos", "tan": "tan",
             "tanh": "tanh", "floor": "floor", "ceiling": "ceil", "Abs": "abs"}  # fmt: skip
PAIRS = {"Min": "minimum", "Max": "maximum", "And": "logical_and", "Or": "logical_or"}


class ArrayPrinter(PythonPrinter):
    """Prints with the functions of `library` (jnp or ops) what depends on a name in `moving`."""

    printmethod = "_arraycode"  # functions that print their own Python are printed here

    def __init__(
        self, schedules: list[str], literals: Values, moving: set[str], writer: ArrayWriter
    ) -> None:
        super().__init__(schedules, literals)
        self.still = PythonPrinter(schedules, literals)
        self.moving = moving
        self.writer = writer

    def _print(self, expr: Any, **options: Any) -> str:
        if isinstance(expr, sp.Basic) and not self._moves(expr):
            return self.still._print(expr, **options)
        return super()._print(expr, **options)

    def _moves(self, expr: sp.Basic) -> bool:
        symbols = {symbol.name for symbol in expr.free_symbols}
        nested = any(self.called(call) for call in expr.atoms(sp.core.function.AppliedUndef))
        return bool(symbols & self.moving) or nested

    def _call(self, name: str, *arguments: str) -> str:
        return f"{self.writer.called(name)}({', '.join(arguments)})"

    def _print_Function(self, call: sp.Function) -> str:
        if isinstance(call, Call):  # a formula's: the array libraries' names are NumPy's
            code = call._numpycode(self)
            function, bracket, rest = code.partition("(")
            package, _, own = function.partition(".")
            return self.writer.called(own) + bracket + rest if package == "numpy" else code
        name, argument = self.called(call), self._print(call.args[0])
        if not self._moves(call.args[0]):
            argument = self.writer.array(argument)
        return f"{name}({argument})"

    def _print_Pow(self, power: sp.Pow, rational: bool = False) -> str:
        return self._hprint_Pow(power, rational=rational, sqrt=self.writer.called("sqrt"))

    def _print_Piecewise(self, piecewise: sp.Piecewise) -> str:
        *branches, (last, _) = piecewise.args
        code = self._print(last)
        for value, condition in reversed(branches):
            code = self._call("where", self._print(condition), self._print(value), code)
        return code

    def _print_Indexed(self, entry: sp.Indexed) -> str:
        return self.writer.entry(entry.base.name, self._print(entry.indices[0]))

    def _print_half_cosine(self, call: sp.Function) -> str:
        turned = f"math.pi/2*(1 - {self.parenthesize(call.args[0], 50)})"
        return f"({self._call('sin', turned)}**2)"

    def _print_falling_tanh(self, call: sp.Function) -> str:
        return f"(1/(1 + {self._call('exp', f'2*({self._print(call.args[0])})')}))"

    def _print_whole(self, call: sp.Function) -> str:
        return self._call("floor", f"({self._print(call.args[0])}) + 1e-9")

    def _print_count(self, call: sp.Function) -> str:
        entries, t = call.args
        return self._call("searchsorted", entries.name, self._print(t), 'side="right"')


def _known(name: str) -> Callable[[ArrayPrinter, sp.Expr], str]:
    return lambda self, call: self._call(name, *map(self._print, call.args))


def _pairwise(name: str) -> Callable[[ArrayPrinter, sp.Expr], str]:
    def print_pairs(self: ArrayPrinter, call: sp.Expr) -> str:
        code, *others = map(self._print, call.args)
        for other in others:
            code = self._call(name, code, other)
        return code

    return print_pairs


for _sympy, _array in FUNCTIONS.items():
    setattr(ArrayPrinter, f"_print_{_sympy}", _known(_array))
for _sympy, _array in PAIRS.items():
    setattr(ArrayPrinter, f"_print_{_sympy}", _pairwise(_array))


class ArrayWriter(Writer):
    """Writes functions of an array t; `lr_at` takes numbers too."""

    library: str
    helpers: Mapping[str, str] = {}  # functions of the source's own, in place of the library's

    def printer(self, schedules: list[str], literals: Values, moving: set[str]) -> ArrayPrinter:
        return ArrayPrinter(schedules, literals, moving, self)

    def source(self, schedule: Schedule) -> str:
        functions = super().source(schedule)
        words = set(re.findall(r"\w+(?=\()", functions))
        used = [code for name, code in self.helpers.items() if name in words]
        return "\n\n\n".join([*used, functions])

    def called(self, name: str) -> str:
        """Return the source of an array function's name."""
        return name if name in self.helpers else f"{self.library}.{name}"

    def array(self, code: str) -> str:
        """Return the source of an array with one number or a list."""
        raise NotImplementedError

    def entry(self, entries: str, index: str) -> str:
        """Return the source of a list's entry at an index that depends on t."""
        return f"{entries}[{index}]"

    def value(self, value: Any) -> str:
        code = super().value(value)
        return self.array(code) if code.startswith("[") else code

    def function(self, name: str, summary: str, lines: list[str], result: str) -> str:
        first = [f"    t = {self.array('t')}"] if name == "lr_at" else []
        return super().function(name, summary, [*first, *lines], result)
