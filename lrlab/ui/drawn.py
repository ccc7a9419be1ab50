"""A metric drawn by hand, one value an epoch: short in a link, checked when it is read."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from lrlab.errors import InvalidInput, shown
from lrlab.schedules.decisions import MOST_EPOCHS
from lrlab.sentence import Sentence

KINDS = ("loss", "accuracy")
HIGHEST = 1000.0
ALLOWED = Sentence(
    "allowed is loss or accuracy, a colon and up to {most} numbers from 0 to {highest:g}.",
    most=MOST_EPOCHS,
    highest=HIGHEST,
)


@dataclass(frozen=True, slots=True)
class Drawn:
    """What a hand drew, a loss or an accuracy; values have three significant digits."""

    kind: str
    values: tuple[float, ...]

    @staticmethod
    def read(text: str) -> Drawn:
        """Return what `write` wrote. Raises InvalidInput with one sentence."""
        kind, _, numbers = text.partition(":")
        try:
            return _checked(kind, [float(number) for number in numbers.split(",")])
        except ValueError:
            raise InvalidInput(
                "drawn", "is {value}; {allowed}", value=shown(text), allowed=ALLOWED
            ) from None

    @staticmethod
    def parse(data: Any) -> Drawn | None:
        """Return what the browser reports: {kind, values}, or null where nothing was drawn.

        Raises InvalidInput with one sentence.
        """
        if data is None:
            return None
        try:
            return _checked(data["kind"], [float(value) for value in data["values"]])
        except (KeyError, TypeError, ValueError):
            raise InvalidInput(
                "drawn", "is {value}; {allowed}", value=shown(data), allowed=ALLOWED
            ) from None

    def write(self) -> str:
        """Return the curve as a link holds it."""
        return f"{self.kind}:" + ",".join(f"{value:.3g}" for value in self.values)

    def dump(self) -> dict[str, Any]:
        """Return the curve as the browser reads it."""
        return {"kind": self.kind, "values": list(self.values)}


def _checked(kind: str, values: list[float]) -> Drawn:
    if kind not in KINDS or len(values) > MOST_EPOCHS:
        raise ValueError
    if not all(0 <= value <= HIGHEST for value in values):
        raise ValueError
    return Drawn(kind, tuple(float(f"{value:.3g}") for value in values))
