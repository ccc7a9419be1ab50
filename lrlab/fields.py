"""What a field of a model is: its type, range, words and help, read from the model itself.

Options of the command line, fields of a form and the sentences of refusals are made of these
facts, so that a new field is written once, where it is declared.
"""

from __future__ import annotations

from dataclasses import dataclass
from types import NoneType
from typing import Any, Literal, get_args, get_origin

from pydantic.fields import FieldInfo

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

    def allowed(self) -> str:
        """Say in words what the field may be."""
        if self.choices:
            many = "a list of some of " if self.type == "choices" else "one of "
            return many + ", ".join(map(str, self.choices))
        if self.type == "boolean":
            return "true or false"
        noun = "a whole number" if self.type == "integer" else "a number"
        low = f"{'above' if self.above else 'from'} {self.min:.10g}"
        high = f"to {'below ' if self.below else ''}{self.max:.10g}"
        return f"{noun} {low} {high}" + (", or null" if self.optional else "")


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
