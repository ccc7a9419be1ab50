"""The functions of a person's formula. SymPy only carries and prints them.

Its own ones think about what they are given (a piecewise function's conditions, the sign of
a tower of powers) and can take seconds over, or stumble on, a text of a hundred characters.
"""

from __future__ import annotations

from functools import reduce
from typing import Any

import sympy as sp


class Call(sp.Function):
    """A function that is a template in each language; `{0}` is its first argument's text."""

    numpy: str
    python: str
    javascript: str
    latex: str

    def _filled(self, template: str, printer: Any) -> str:
        return template.format(*map(printer._print, self.args))

    def _numpycode(self, printer: Any) -> str:
        return self._filled(self.numpy, printer)

    def _pythoncode(self, printer: Any) -> str:
        return self._filled(self.python, printer)

    def _javascript(self, printer: Any) -> str:
        return self._filled(self.javascript, printer)

    def _latex(self, printer: Any, exp: str | None = None) -> str:
        body = self._filled(self.latex, printer)
        return body if exp is None else rf"\left({body}\right)^{{{exp}}}"


class power(Call):
    """x to the y; operands that are not a name or number stand in brackets."""

    nargs = 2
    numpy = python = "{0}**{1}"
    javascript = "Math.pow({0}, {1})"
    latex = "{{{0}}}^{{{1}}}"

    def _filled(self, template: str, printer: Any) -> str:
        base, exponent = map(printer._print, self.args)
        if template == self.javascript:
            return template.format(base, exponent)
        if not self.args[0].is_Symbol:
            base = rf"\left({base}\right)" if template == self.latex else f"({base})"
        if template != self.latex and not self.args[1].is_Symbol:
            exponent = f"({exponent})"
        return template.format(base, exponent)


def _call(name: str, count: int, numpy: str, python: str, javascript: str, latex: str) -> type:
    templates = {"numpy": numpy, "python": python, "javascript": javascript, "latex": latex}
    return type(name, (Call,), {"nargs": count, "__module__": __name__, **templates})


def _named(name: str, latex: str, numpy: str = "", python: str = "", javascript: str = "") -> type:
    """A function of one number that most languages call alike."""
    return _call(name, 1, f"numpy.{numpy or name}({{0}})", f"{python or 'math.' + name}({{0}})",
                 f"Math.{javascript or name}({{0}})", latex)  # fmt: skip


def _compared(name: str, code: str, latex: str) -> type:
    text = f"({{0}} {code} {{1}})"
    same = {"==": "===", "!=": "!=="}.get(code, code)
    return _call(name, 2, text, text, f"({{0}} {same} {{1}})", f"{{0}} {latex} {{1}}")


sqrt = _named("sqrt", r"\sqrt{{{0}}}")
exp = _named("exp", r"e^{{{0}}}")
log = _named("log", r"\log\left({0}\right)")
sin = _named("sin", r"\sin\left({0}\right)")
cos = _named("cos", r"\cos\left({0}\right)")
tan = _named("tan", r"\tan\left({0}\right)")
tanh = _named("tanh", r"\tanh\left({0}\right)")
absolute = _named("abs", r"\left|{0}\right|", python="abs")
floor = _named("floor", r"\left\lfloor {0} \right\rfloor")
ceiling = _named("ceil", r"\left\lceil {0} \right\rceil")
modulo = _call("mod", 2, "numpy.mod({0}, {1})", "(({0}) % ({1}))", "mod({0}, {1})",
               r"\left({0} \bmod {1}\right)")  # fmt: skip
_least = _call("min", 2, "numpy.minimum({0}, {1})", "min({0}, {1})", "Math.min({0}, {1})",
               r"\min\left({0}, {1}\right)")  # fmt: skip
_most = _call("max", 2, "numpy.maximum({0}, {1})", "max({0}, {1})", "Math.max({0}, {1})",
              r"\max\left({0}, {1}\right)")  # fmt: skip
less = _compared("less", "<", "<")
less_or_equal = _compared("less_or_equal", "<=", r"\le")
greater = _compared("greater", ">", ">")
greater_or_equal = _compared("greater_or_equal", ">=", r"\ge")
equal = _compared("equal", "==", "=")
unequal = _compared("unequal", "!=", r"\ne")
both = _call("both", 2, "numpy.logical_and({0}, {1})", "({0} and {1})", "({0} && {1})",
             r"{0} \wedge {1}")  # fmt: skip
either = _call("either", 2, "numpy.logical_or({0}, {1})", "({0} or {1})", "({0} || {1})",
               r"\left({0} \vee {1}\right)")  # fmt: skip
where = _call("where", 3, "numpy.where({0}, {1}, {2})", "({1} if {0} else {2})",
              "({0} ? {1} : {2})",
              r"\begin{{cases}} {1} & \text{{for}}\ {0} \\ {2} & \text{{otherwise}} \end{{cases}}"
              )  # fmt: skip


def least(*arguments: sp.Expr) -> sp.Expr:
    """The smallest of any number of arguments."""
    return reduce(_least, arguments)


def most(*arguments: sp.Expr) -> sp.Expr:
    """The largest of any number of arguments."""
    return reduce(_most, arguments)
