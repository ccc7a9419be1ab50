"""Wrong input, said in one sentence: the field, the value, what is allowed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from pydantic import ValidationError

from lrlab.sentence import Sentence

Location = tuple[int | str, ...]


class InvalidInput(ValueError):
    """Input that cannot be used; its text is one sentence for the person who gave it.

    `field` names the place (dots lead into nested schedules), `fault` says what
    is wrong with it and what is allowed: a template, with `values` for its places.
    """

    def __init__(self, field: str, fault: str, /, **values: Any) -> None:
        self.field = field
        self.fault = fault if isinstance(fault, Sentence) else Sentence(fault, **values)
        super().__init__(f"{field} {self.fault}".strip())

    def within(self, place: str) -> InvalidInput:
        """Return the same fault with its field seen from one level further out."""
        return InvalidInput(f"{place}.{self.field}" if self.field else place, self.fault)


class DeviceFault(RuntimeError):
    """A device that cannot go on with what it was given; its text is one sentence.

    Another attempt may succeed: nothing is wrong with the input.
    """


class OutOfMemory(DeviceFault):
    """A device whose memory is too small for what it was given, at least now."""


def shown(value: object, limit: int = 60) -> str:
    """Return `value` as a short quotation for an error's sentence."""
    try:
        text = repr(value)
    except (ValueError, RecursionError):  # an integer of thousands of digits, a deep nest
        return f"a huge {type(value).__name__}"
    return text if len(text) <= limit else text[: limit - 1] + "…"


def invalid(
    error: ValidationError, allowed: Callable[[Location], str | None] = lambda location: None
) -> InvalidInput:
    """Return the first fault of a pydantic error as our own.

    `allowed` maps a field's location to the sentence part that says what it may
    be; without an answer pydantic's own words are used. Faults that our own
    validators raised keep their words, with the place put in front.
    """
    fault = error.errors(include_url=False)[0]
    location, cause = fault["loc"], fault.get("ctx", {}).get("error")
    place = ".".join(str(part) for part in location)
    if isinstance(cause, InvalidInput):
        return cause.within(place) if place else cause
    if fault["type"] == "extra_forbidden":
        known = allowed(())
        return InvalidInput(
            place, "is not a known field; allowed is {known}.", known=known or "none such"
        )
    words = allowed(location) or str(fault["msg"]).removeprefix("Input should be ")
    if fault["type"] == "missing":
        return InvalidInput(place, "is missing; allowed is {words}.", words=words)
    return InvalidInput(
        place or "the input",
        "is {value}; allowed is {words}.",
        value=shown(fault["input"]),
        words=words,
    )
