"""A scheduler's call from elsewhere, pasted as code, as a schedule of this lab."""

from __future__ import annotations

from dataclasses import dataclass

from lrlab.errors import InvalidInput, shown
from lrlab.schedules.base import Schedule
from lrlab.schedules.importing import (  # noqa: F401  (each fills the table)
    keras_calls,
    mxnet_calls,
    optax_calls,
    timm_calls,
    torch_calls,
    torch_joins,
    transformers_calls,
)
from lrlab.schedules.importing.reader import Reader, parsed
from lrlab.schedules.importing.table import DEFAULT_LR, Given, known
from lrlab.schedules.importing.values import refuse
from lrlab.schedules.parameters import MAX_RATE
from lrlab.sentence import Sentence

__all__ = ["Imported", "read_code"]


@dataclass(frozen=True)
class Imported:
    """What the code describes. `clock` is None where the code does not tell it."""

    schedule: Schedule
    clock: str | None
    notes: tuple[str, ...]


def read_code(text: str, *, base_lr: float | None = None) -> Imported:
    """Return the schedule of a torch, Transformers, Keras, optax, timm or MXNet call.

    `base_lr` is the optimizer's rate; left out, it is read from the optimizer's line, and is
    0.1 where there is none. The text is read by `ast` and never executed. Raises
    InvalidInput (field `code`) with one sentence.

    >>> read_code("StepLR(opt, 10, gamma=0.5)", base_lr=0.3).schedule.rates(epochs=21)[-1]
    0.075
    """
    _check(text, base_lr)
    given = Given(asked_lr=base_lr)
    reader = Reader(given)
    try:
        reader.read(parsed(text))
    except RecursionError:
        raise refuse("nests too deep; allowed is one scheduler's call.") from None
    if not reader.found:
        raise refuse(f"has no scheduler's call; allowed is {known('')}.")
    found = reader.found[-1]
    _explain(given, base_lr)
    return Imported(Schedule.parse(found.spec), given.clock, tuple(given.notes))


def _check(text: str, base_lr: float | None) -> None:
    if not isinstance(text, str):
        raise refuse(f"is {shown(text)}; allowed is a text.")
    if base_lr is not None and not 0 < base_lr <= MAX_RATE:
        raise InvalidInput(
            "base_lr",
            "is {base_lr:g}; allowed is a number above 0 to {most:g}.",
            base_lr=base_lr,
            most=MAX_RATE,
        )


def _explain(given: Given, base_lr: float | None) -> None:
    if given.needed and base_lr is None and given.named_lr is None:
        given.note(
            Sentence(
                "The code names no rate; {default_lr:g} is taken for the optimizer's.",
                default_lr=DEFAULT_LR,
            )
        )
    if not given.needed and base_lr is not None:
        given.note("The code names its own rates, so base_lr is not used.")
