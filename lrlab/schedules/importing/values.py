"""The values that pasted code may hold: numbers, texts, lists, and what could not be read.

Arithmetic is done here, in floats that may not overflow, never by Python's `eval`:
9**9**9 is refused and not computed.
"""

from __future__ import annotations

import ast
import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from lrlab.errors import InvalidInput, shown

LARGEST_WHOLE = 2**53


@dataclass(frozen=True)
class Unread:
    """A part of the code whose value is not in the code, with its text."""

    text: str


@dataclass(frozen=True)
class Function:
    """A `lambda` of one argument, not yet a formula; `numbers` are the names it may use."""

    node: ast.Lambda
    numbers: dict[str, float]
    text: str


def refuse(fault: str) -> InvalidInput:
    """Return the refusal of the pasted code, in one sentence."""
    return InvalidInput("code", fault)


def quoted(node: ast.AST) -> str:
    """Return a part of the code as a short text on one line, without quotation marks."""
    try:
        text = " ".join(ast.unparse(node).split())
    except (RecursionError, ValueError):
        return "a deep expression"
    return text if len(text) <= 60 else text[:59] + "…"


def is_number(value: Any) -> bool:
    """Whether a value is a number; True and False are none."""
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def tidy(value: float, text: str) -> int | float:
    """Return a finite number, whole where it is one, or refuse it."""
    try:
        number = float(value)
    except OverflowError:
        number = math.inf
    if not math.isfinite(number):
        raise refuse(f"has {shown(text)}, which is no finite number; allowed are finite numbers.")
    return int(value) if isinstance(value, int) and abs(value) < LARGEST_WHOLE else number


def _power(left: float, right: float) -> float:
    result = float(left) ** float(right)
    if isinstance(result, complex):
        raise ValueError("the root of a negative number")
    whole = isinstance(left, int) and isinstance(right, int) and right >= 0
    return int(result) if whole and abs(result) < LARGEST_WHOLE else result


_OPERATORS: dict[type[ast.operator], Callable[[Any, Any], Any]] = {
    ast.Add: lambda a, b: a + b,
    ast.Sub: lambda a, b: a - b,
    ast.Mult: lambda a, b: a * b,
    ast.Div: lambda a, b: a / b,
    ast.FloorDiv: lambda a, b: a // b,
    ast.Mod: lambda a, b: a % b,
    ast.Pow: _power,
}
FUNCTIONS: dict[str, Callable[..., Any]] = {
    "int": int, "float": float, "round": round, "max": max, "min": min, "abs": abs,
}  # fmt: skip


def calculated(node: ast.BinOp, left: Any, right: Any) -> Any:
    """Return the value of two numbers' sum, product and so on, or refuse it."""
    operate = _OPERATORS.get(type(node.op))
    if operate is None or not (is_number(left) and is_number(right)):
        return Unread(quoted(node))
    return _safely(operate, (left, right), quoted(node))


def called(name: str, arguments: list[Any], text: str) -> Any:
    """Return what int, float, round, max, min or abs give for numbers, or refuse it."""
    if not arguments or not all(map(is_number, arguments)):
        return Unread(text)
    return _safely(FUNCTIONS[name], tuple(arguments), text)


def _safely(function: Callable[..., Any], arguments: tuple[Any, ...], text: str) -> Any:
    try:
        return tidy(function(*arguments), text)
    except (ArithmeticError, ValueError, TypeError) as error:
        if isinstance(error, InvalidInput):
            raise
        raise refuse(
            f"has {shown(text)}, which is no number; allowed is arithmetic of finite numbers."
        ) from None
