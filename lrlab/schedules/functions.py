"""The few mathematical functions that SymPy lacks, each with every way to print it.

They exist where the textbook's form loses digits (`half_cosine`), meets a
boundary in floating point (`whole`) or needs a list (`count`). A printer asks the
function itself how it looks, so that an expression prints alike everywhere.
"""

from __future__ import annotations

from typing import Any

import sympy as sp


class half_cosine(sp.Function):
    """(1 + cos πu)/2, from 1 at u = 0 to 0 at u = 1.

    Computed as sin²(π(1−u)/2): near u = 1 the printed form cancels, and two
    languages whose cosines differ in the last bit would part in the tenth digit.
    """

    nargs = 1

    def _numpycode(self, printer: Any) -> str:
        return f"(numpy.sin(numpy.pi/2*(1 - {_operand(printer, self.args[0])}))**2)"

    def _pythoncode(self, printer: Any) -> str:
        return f"(math.sin(math.pi/2*(1 - {_operand(printer, self.args[0])}))**2)"

    def _javascript(self, printer: Any) -> str:
        return f"half_cosine({printer._print(self.args[0])})"

    def _latex(self, printer: Any, exp: str | None = None) -> str:
        body = rf"\frac{{1 + \cos\left(\pi\, {_factor(printer, self.args[0])}\right)}}{{2}}"
        return body if exp is None else rf"\left({body}\right)^{{{exp}}}"


class falling_tanh(sp.Function):
    """(1 − tanh x)/2, from 1 to 0. Computed as 1/(1 + e²ˣ): the printed form cancels."""

    nargs = 1

    def _numpycode(self, printer: Any) -> str:
        return f"(1/(1 + numpy.exp(2*({printer._print(self.args[0])}))))"

    def _pythoncode(self, printer: Any) -> str:
        return f"(1/(1 + math.exp(2*({printer._print(self.args[0])}))))"

    def _javascript(self, printer: Any) -> str:
        return f"(1/(1 + Math.exp(2*({printer._print(self.args[0])}))))"

    def _latex(self, printer: Any, exp: str | None = None) -> str:
        body = rf"\frac{{1 - \tanh\left({printer._print(self.args[0])}\right)}}{{2}}"
        return body if exp is None else rf"\left({body}\right)^{{{exp}}}"


class size(sp.Function):
    """How many entries a list has."""

    nargs = 1

    def _numpycode(self, printer: Any) -> str:
        return f"len({self.args[0].label})"

    _pythoncode = _numpycode

    def _javascript(self, printer: Any) -> str:
        return f"{printer._print(self.args[0])}.length"

    def _latex(self, printer: Any, exp: str | None = None) -> str:
        return "n" if exp is None else f"n^{{{exp}}}"


class whole(sp.Function):
    """⌊x⌋, forgiving a billionth: 0.3/0.1 is 2.9999999999999996 and means 3."""

    nargs = 1

    def _numpycode(self, printer: Any) -> str:
        return f"numpy.floor(({printer._print(self.args[0])}) + 1e-9)"

    def _pythoncode(self, printer: Any) -> str:
        return f"math.floor(({printer._print(self.args[0])}) + 1e-9)"

    def _javascript(self, printer: Any) -> str:
        return f"Math.floor(({printer._print(self.args[0])}) + 1e-9)"

    def _latex(self, printer: Any, exp: str | None = None) -> str:
        body = rf"\left\lfloor {printer._print(self.args[0])} \right\rfloor"
        return body if exp is None else rf"{body}^{{{exp}}}"


class count(sp.Function):
    """How many entries of an ascending list are at most x."""

    nargs = 2

    def _numpycode(self, printer: Any) -> str:
        entries, x = self.args
        return f"numpy.searchsorted({entries.label}, {printer._print(x)}, side='right')"

    def _pythoncode(self, printer: Any) -> str:
        entries, x = self.args
        return f"bisect.bisect_right({entries.label}, {printer._print(x)})"

    def _javascript(self, printer: Any) -> str:
        entries, x = self.args
        return f"count({printer._print(entries)}, {printer._print(x)})"

    def _latex(self, printer: Any, exp: str | None = None) -> str:
        entries, x = (printer._print(part) for part in self.args)
        return rf"\#\left\{{ i : {entries}_i \le {x} \right\}}"


def _operand(printer: Any, argument: sp.Expr) -> str:
    text = printer._print(argument)
    return f"({text})" if argument.is_Add else text


def _factor(printer: Any, argument: sp.Expr) -> str:
    text = printer._print(argument)
    return rf"\left({text}\right)" if argument.is_Add else text
