"""What a variant is, and how a rule writes a library's call for it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from lrlab.errors import InvalidInput
from lrlab.schedules.base import Schedule
from lrlab.schedules.importing import shapes
from lrlab.schedules.importing.table import Call, Found, Given, Spec, convert

BOOK = "D2L"
NONE = "It has no such schedule."


@dataclass(frozen=True)
class Variant:
    """What one library makes of the words. `schedule` is None where it has nothing like it.

    `words` say its convention, "same" where it is this lab's; `ends`: from this t on it has no
    rate at all.
    """

    library: str
    words: str
    call: str = ""
    schedule: Schedule | None = None
    ends: float | None = None

    def at(self, t: np.ndarray, T: float) -> np.ndarray:
        """Return the rates at `t`, NaN where the library gives none."""
        if self.schedule is None:
            return np.full(t.shape, np.nan)
        rates = self.schedule.at(t, T)
        return rates if self.ends is None else np.where(t < self.ends, rates, np.nan)


def call(name: str, rate: float, /, *positional: Any, **keywords: Any) -> Found:
    """Return a library's call, read as if it were pasted beside an optimizer of this rate."""
    shown = [_text(value) for value in positional]
    shown += [f"{key}={_text(value)}" for key, value in keywords.items()]
    one = Call(name, list(positional), keywords, f"{name}({', '.join(shown)})")
    found = convert(one, Given(asked_lr=rate))
    assert found, name
    return found


def whole(length: float) -> float:
    """Return a whole length as an integer, as steps are written."""
    return int(length) if length == int(length) else length


def _text(value: Any) -> str:
    if isinstance(value, Found):
        return value.call.text
    if isinstance(value, list):
        return f"[{', '.join(map(_text, value))}]"
    if isinstance(value, dict):
        return f"{{{', '.join(f'{_text(k)}: {_text(v)}' for k, v in value.items())}}}"
    if isinstance(value, bool) or value == "opt":
        return str(value)
    if isinstance(value, str):
        return repr(value)
    if isinstance(value, int):
        return str(value)
    text = f"{value:.7g}"
    # Keras computes in whole numbers where it is given one: a rate of 1 is written 1.0.
    return text if "." in text or "e" in text else f"{text}.0"


def variant(
    library: str,
    words: str,
    write: Callable[[], Found],
    *,
    change: Callable[[Spec], Spec] = lambda spec: spec,
    ends: float | None = None,
) -> Variant:
    """Return the variant of a call; where the library refuses these numbers, that it does."""
    try:
        found = write()
        schedule = Schedule.parse(change(found.spec))
    except InvalidInput as error:
        fault = error.fault.replace("has ", "", 1)
        return Variant(library, f"It cannot be written so: {fault}")
    return Variant(library, words, found.call.text, schedule, ends)


def later(spec: Spec, first: float) -> Spec:
    """One tick late, the first tick at the optimizer's own rate."""
    return shapes.joined([shapes.constant(first), spec], [1])


def goes_on(base_lr: float, final_lr: float, length: float) -> Spec:
    """A cosine that climbs again after its end, and so on for ever."""
    wave = "final_lr + (base_lr - final_lr) * (1 + cos(pi * t / length)) / 2"
    constants = {"final_lr": final_lr, "length": length}
    return {"kind": "formula", "expression": wave, "base_lr": base_lr, "constants": constants}
