"""What may stand for an argument: a check and its words for each annotation in the table."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from lrlab.schedules.importing.values import Function, is_number

# The annotations of the table's functions. Their names are looked up below.
Ignored = Any  # an optimizer, a name
Number = float
Rate = float  # of 0 or more
Length = float  # above 0
Duration = float  # of 0 or more
Whole = int  # above 0
Count = int  # of 0 or more
Start = int
Text = str
Switch = bool
Counts = list
Rates = list
Scales = dict
One = Any  # a schedule
Several = list  # schedules
Settings = list  # of dictionaries
Lambda = Function
Nothing = object

MOST_NUMBERS = 1000


def _whole(value: Any) -> bool:
    return is_number(value) and value == int(value)


def _list(value: Any, check: Callable[[Any], bool]) -> bool:
    return isinstance(value, list) and len(value) <= MOST_NUMBERS and all(map(check, value))


def _rate(value: Any) -> bool:
    return is_number(value) and value >= 0


def _scales(value: Any) -> bool:
    return (
        isinstance(value, dict)
        and _list(list(value), lambda key: _whole(key) and key >= 0)
        and _list(list(value.values()), _rate)
    )


def _found(value: Any) -> bool:
    return hasattr(value, "spec")


CHECKS: dict[str, Callable[[Any], bool]] = {
    "Ignored": lambda value: True,
    "Number": is_number,
    "Rate": _rate,
    "Length": lambda value: is_number(value) and value > 0,
    "Duration": _rate,
    "Whole": lambda value: _whole(value) and value > 0,
    "Count": lambda value: _whole(value) and value >= 0,
    "Start": lambda value: is_number(value) and value == -1,
    "Text": lambda value: isinstance(value, str),
    "Switch": lambda value: isinstance(value, bool),
    "Counts": lambda value: _list(value, lambda each: _whole(each) and each >= 0),
    "Rates": lambda value: _list(value, _rate),
    "Scales": _scales,
    "One": _found,
    "Several": lambda value: isinstance(value, list) and len(value) > 0 and _list(value, _found),
    "Settings": lambda value: len(value) > 0 and _list(value, lambda each: isinstance(each, dict))
    if isinstance(value, list) else False,
    "Lambda": lambda value: isinstance(value, Function),
    "Nothing": lambda value: value is None,
}  # fmt: skip

WORDS = {
    "Ignored": "anything",
    "Number": "a number",
    "Rate": "a number of 0 or more",
    "Length": "a number above 0",
    "Duration": "a number of 0 or more",
    "Whole": "a whole number above 0",
    "Count": "a whole number of 0 or more",
    "Start": "-1, a run's first step",
    "Text": "a text",
    "Switch": "True or False",
    "Counts": "a list of whole numbers of 0 or more",
    "Rates": "a list of numbers of 0 or more",
    "Scales": "a dictionary of steps and factors of 0 or more",
    "One": "a scheduler's call",
    "Several": "a list of schedulers' calls",
    "Settings": "a list of dictionaries",
    "Lambda": "a lambda of t that is one expression; other functions become a formula by hand",
    "Nothing": "None",
}


def allowed(annotation: str) -> str:
    """Say what may stand where a function has this annotation."""
    words = WORDS[annotation.removesuffix(" | None")]
    return f"{words}, or None" if annotation.endswith(" | None") else words
