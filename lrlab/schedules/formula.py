"""A person's own formula: text in, expression out, through a whitelist of syntax nodes.

Python's `ast` only reads the text; nothing of it is ever run. SymPy's automatic
evaluation is off and every number in the text becomes a symbol, so that a tower
such as 9**9**9 is never computed while it is read: at evaluation it is a float
that overflows, and is refused with its place.
"""

from __future__ import annotations

import ast
import keyword
import math
import warnings
from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache, reduce
from types import SimpleNamespace
from typing import Annotated, Any, Literal

import numpy as np
import sympy as sp
from pydantic import Field, model_validator

from lrlab.errors import InvalidInput, shown
from lrlab.schedules import calls
from lrlab.schedules.base import Example, Schedule, first
from lrlab.schedules.parameters import Number, rate, special
from lrlab.sentence import Sentence

MAX_CHARACTERS = 2000
MAX_TERMS = 400
MAX_NESTING = 40
VARIABLES = ("t", "T", "base_lr", "pi")


def _times(left: sp.Expr, right: sp.Expr) -> sp.Expr:
    return sp.Mul(left, right, evaluate=False)


# name: (how many arguments, at most; the expression)
FUNCTIONS: dict[str, tuple[int, int, Callable[..., sp.Expr]]] = {
    "sqrt": (1, 1, calls.sqrt),
    "exp": (1, 1, calls.exp),
    "log": (1, 1, calls.log),
    "sin": (1, 1, calls.sin),
    "cos": (1, 1, calls.cos),
    "tan": (1, 1, calls.tan),
    "tanh": (1, 1, calls.tanh),
    "abs": (1, 1, calls.absolute),
    "min": (2, 9, calls.least),
    "max": (2, 9, calls.most),
    "floor": (1, 1, calls.floor),
    "ceil": (1, 1, calls.ceiling),
    "mod": (2, 2, calls.modulo),
    "where": (3, 3, calls.where),
}

OPERATORS: dict[type[ast.operator], Callable[[sp.Expr, sp.Expr], sp.Expr]] = {
    ast.Add: lambda a, b: sp.Add(a, b, evaluate=False),
    ast.Sub: lambda a, b: sp.Add(a, _times(sp.S.NegativeOne, b), evaluate=False),
    ast.Mult: _times,
    ast.Div: lambda a, b: _times(a, sp.Pow(b, sp.S.NegativeOne, evaluate=False)),
    ast.Mod: calls.modulo,
    ast.Pow: calls.power,
}

COMPARISONS: dict[type[ast.cmpop], Callable[[sp.Expr, sp.Expr], sp.Expr]] = {
    ast.Lt: calls.less,
    ast.LtE: calls.less_or_equal,
    ast.Gt: calls.greater,
    ast.GtE: calls.greater_or_equal,
    ast.Eq: calls.equal,
    ast.NotEq: calls.unequal,
}
ALLOWED = Sentence(
    "numbers, t, T, base_lr, pi, named constants, + - * / % **, comparisons and {functions}",
    functions=", ".join(FUNCTIONS),
)


def _refuse(text: str, reason: str, /, **values: object) -> InvalidInput:
    return InvalidInput(
        "expression",
        "is {value}: {reason}; allowed are {allowed}.",
        value=shown(text),
        reason=Sentence(reason, **values),
        allowed=ALLOWED,
    )


class _Reader:
    """Turns one text's syntax tree into an expression, collecting its numbers as symbols."""

    def __init__(self, text: str, names: tuple[str, ...]) -> None:
        self.text = text
        self.names = names
        self.numbers: dict[str, float] = {}

    def read(self) -> sp.Expr:
        tree = self._tree()
        expression = self._value(tree.body)
        return expression

    def _tree(self) -> ast.Expression:
        if len(self.text) > MAX_CHARACTERS:
            raise _refuse(self.text, "it has {count} characters, more than {most}",
                          count=len(self.text), most=MAX_CHARACTERS)  # fmt: skip
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # such as "invalid decimal literal" in 1if
                tree = ast.parse(self.text.strip(), mode="eval")
        except SyntaxError as error:
            raise _refuse(
                self.text, "it cannot be read at character {place}", place=error.offset or 1
            ) from None
        except (ValueError, RecursionError, MemoryError):
            raise _refuse(self.text, "it cannot be read") from None
        self._check_size(tree)
        return tree

    def _check_size(self, tree: ast.AST) -> None:
        for number, depth in enumerate(_depths(tree)):
            if number > MAX_TERMS:
                raise _refuse(self.text, "it has more than {most} terms", most=MAX_TERMS)
            if depth > MAX_NESTING:
                raise _refuse(self.text, "it nests deeper than {most}", most=MAX_NESTING)

    def _value(self, node: ast.expr) -> sp.Expr:
        if isinstance(node, ast.Constant):
            return self._number(node.value)
        if isinstance(node, ast.Name):
            return self._name(node.id)
        if isinstance(node, ast.BinOp) and type(node.op) in OPERATORS:
            return OPERATORS[type(node.op)](self._value(node.left), self._value(node.right))
        if isinstance(node, ast.UnaryOp) and isinstance(node.op, (ast.USub, ast.UAdd)):
            value = self._value(node.operand)
            return value if isinstance(node.op, ast.UAdd) else _times(sp.S.NegativeOne, value)
        if isinstance(node, ast.Call):
            return self._call(node)
        raise _refuse(self.text, "{part} is not a number's expression", part=self._source(node))

    def _number(self, value: object) -> sp.Expr:
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            raise _refuse(self.text, "{value} is no number", value=shown(value))
        try:
            number = float(value)
        except OverflowError:
            number = float("inf")
        if number == float("inf"):
            raise _refuse(self.text, "{value} is too large", value=shown(value))
        name = f"number_{len(self.numbers)}"
        self.numbers[name] = number
        return sp.Symbol(name)

    def _name(self, name: str) -> sp.Expr:
        if name == "pi":
            return self._number(math.pi)
        if name in VARIABLES:
            return sp.Symbol(name)
        if name in self.names:
            return sp.Symbol(f"constant_{name}")
        raise _refuse(self.text, "{name} is not known", name=shown(name))

    def _call(self, node: ast.Call) -> sp.Expr:
        name = node.func.id if isinstance(node.func, ast.Name) else None
        if name not in FUNCTIONS or node.keywords:
            raise _refuse(self.text, "{part} is no known function's call", part=self._source(node))
        fewest, most, build = FUNCTIONS[name]
        if not fewest <= len(node.args) <= most or any(
            isinstance(a, ast.Starred) for a in node.args
        ):
            raise _refuse(
                self.text,
                "{name} takes {fewest} to {most} arguments",
                name=name,
                fewest=fewest,
                most=most,
            )
        if name == "where":
            condition, *values = node.args
            return build(self._condition(condition), *map(self._value, values))
        return build(*map(self._value, node.args))

    def _condition(self, node: ast.expr) -> sp.Expr:
        if isinstance(node, ast.BoolOp):
            join = calls.both if isinstance(node.op, ast.And) else calls.either
            return reduce(join, map(self._condition, node.values))
        if not isinstance(node, ast.Compare) or any(type(op) not in COMPARISONS for op in node.ops):
            raise _refuse(self.text, "{part} is no comparison", part=self._source(node))
        terms = [self._value(term) for term in (node.left, *node.comparators)]
        parts = [
            COMPARISONS[type(op)](left, right)
            for op, left, right in zip(node.ops, terms, terms[1:], strict=False)
        ]
        return reduce(calls.both, parts)

    def _source(self, node: ast.expr) -> str:
        return shown(ast.get_source_segment(self.text.strip(), node) or type(node).__name__)


def _depths(tree: ast.AST) -> Iterator[int]:
    stack = [(tree, 0)]
    while stack:
        node, depth = stack.pop()
        yield depth
        stack += [(child, depth + 1) for child in ast.iter_child_nodes(node)]


@lru_cache(maxsize=256)
def read(text: str, names: tuple[str, ...] = ()) -> tuple[sp.Expr, Mapping[str, float]]:
    """Return the text's expression and the values of the symbols that stand for its numbers."""
    reader = _Reader(text, names)
    return reader.read(), reader.numbers


def _check_name(name: str) -> None:
    taken = name in VARIABLES or name in FUNCTIONS
    if taken or not name.isidentifier() or not name.isascii() or keyword.iskeyword(name):
        raise InvalidInput(
            f"constants.{name[:40]}",
            "is no name for a constant; allowed are letters, digits and _, "
            "and no name that formulas already use.",
        )


class Formula(Schedule):
    """Any expression in t, T, base_lr and constants of your own."""

    kind: Literal["formula"] = "formula"
    title, group = "Formula", "Custom"
    known_as = "torch LambdaLR"
    origin = "Your own."
    handles = (first(),)
    example = Example({"expression": "base_lr * (1 + 0.5 * sin(t)) / (1 + 0.2 * t)"})
    expression: Annotated[str, Field(strict=True)] = special(
        "text", "base_lr * (1 + cos(pi * t / T)) / 2", f"The rate at t: {ALLOWED}."
    )
    constants: dict[str, Number] = special("constants", {}, "Names used in the formula.")
    base_lr: Number = rate(0.3, "The value of base_lr in the formula.")

    @model_validator(mode="after")
    def _readable(self) -> Formula:
        if len(self.constants) > 20:
            raise InvalidInput(
                "constants", "has {count} names; allowed are 20.", count=len(self.constants)
            )
        for name in self.constants:
            _check_name(name)
        read(self.expression, self._constant_names())
        return self

    def __hash__(self) -> int:
        return hash((self.expression, tuple(self.constants.items()), self.base_lr))

    def _constant_names(self) -> tuple[str, ...]:
        return tuple(sorted(self.constants))

    def extra_options(self) -> list[tuple[str, Any]]:
        return [("constant_names", self._constant_names())]

    def extra_arguments(self) -> dict[str, np.float64]:
        # NumPy's floats overflow to infinity, where Python's raise.
        constants = {f"constant_{name}": value for name, value in self.constants.items()}
        numbers = read(self.expression, self._constant_names())[1]
        return {name: np.float64(value) for name, value in {**constants, **numbers}.items()}

    @classmethod
    def formula(cls, t: sp.Expr, T: sp.Expr, p: SimpleNamespace) -> sp.Expr:
        return read(p.expression, p.constant_names)[0]
