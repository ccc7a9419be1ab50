"""What a field of a model is: its type, range, words and help, read from the model itself.

Options of the command line, fields of a form and the sentences of refusals are made of these
facts, so that a new field is written once, where it is declared.
"""

from __future__ import annotations

from dataclasses import dataclass
from types import NoneType
from typing import Any, Literal, get_args, get_origin

from pydantic.fields import FieldInfo

from lrlab.sentence import Sentence

TYPES = {bool: "boolean", int: "integer", float: "number"}


@dataclass(frozen=True, slots=True)
class Facts:
    """One field's facts. `above` and `below`: the limit itself is not allowed.

    type: "choice" (one word), "choices" (a list of words), "boolean", "integer", "number",
    or "other" for a field with rules of its own.
    """

    name: str
    type: str
    default: Any
    help: str
    optional: bool = False
    choices: tuple[str | int, ...] = ()
    min: float | None = None
    max: float | None = None
    above: bool = False
    below: bool = False

    def allowed(self) -> Sentence:
        """Say in words what the field may be."""
        if self.choices:
            return Sentence(
                "a list of some of {names}" if self.type == "choices" else "one of {names}",
                names=", ".join(map(str, self.choices)),
            )
        if self.type == "boolean":
            return Sentence("true or false")
        said = ranged(self.type, self.min, self.max, above=self.above, below=self.below)
        return Sentence("{allowed}, or null", allowed=said) if self.optional else said


RANGES = {
    "number": "a number {low} {high}",
    "integer": "a whole number {low} {high}",
    "list": "a list of numbers {low} {high}",
}


def ranged(
    type: str, low: float | None, high: float | None, *, above: bool = False, below: bool = False
) -> Sentence:
    """Say in words which numbers are allowed; `above` and `below` leave their bound out."""
    return Sentence(
        RANGES[type],
        low=Sentence("above {least:.10g}" if above else "from {least:.10g}", least=low),
        high=Sentence("to below {most:.10g}" if below else "to {most:.10g}", most=high),
    )


def facts(name: str, field: FieldInfo) -> Facts:
    """Return the facts of a model's field."""
    inner = [each for each in get_args(field.annotation) if each is not NoneType]
    optional = NoneType in get_args(field.annotation)
    kind = FieldInfo.from_annotation(inner[0]) if optional else field
    said = {"name": name, "default": field.default, "help": field.description or ""}
    return Facts(**said, optional=optional, **_kind(kind.annotation), **_limits(kind.metadata))


def _kind(annotation: Any) -> dict[str, Any]:
    many = get_origin(annotation) is tuple
    words = get_args(annotation)[0] if many else annotation
    if get_origin(words) is not Literal:
        return {"type": TYPES.get(annotation, "other")}
    values = get_args(words)
    kind = "choices" if many else "choice" if isinstance(values[0], str) else "integer"
    return {"type": kind, "choices": values}


def _limits(metadata: list[Any]) -> dict[str, Any]:
    limits = {
        name: getattr(each, name)
        for each in metadata
        for name in ("ge", "gt", "le", "lt")
        if hasattr(each, name)
    }
    return {
        "min": limits.get("ge", limits.get("gt")), "above": "gt" in limits,
        "max": limits.get("le", limits.get("lt")), "below": "lt" in limits,
    }  # fmt: skip
