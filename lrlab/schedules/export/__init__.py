"""A schedule as source code for somebody's own training loop, in eight libraries.

The code is printed from the same expression as everything else and needs nothing but the
library it is for. It defines `lr_at(t)`, t in the clock's unit, and that library's form of a
scheduler: its own where that draws the same curve, else one around `lr_at`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any

from lrlab.errors import InvalidInput, shown
from lrlab.schedules.base import Schedule
from lrlab.schedules.export import (
    javascript,
    keras,
    mxnet,
    optax,
    plain,
    timm,
    torch,
    transformers,
)
from lrlab.schedules.export.plain import python
from lrlab.schedules.export.run import Run

__all__ = ["EXPORTERS", "LIBRARIES", "Library", "export", "python", "to_torch"]


@dataclass(frozen=True)
class Library:
    """What code can be written for: its title, the code's language, what writes it."""

    title: str
    source: Callable[[Run], str]
    language: str = "python"

    @property
    def comment(self) -> str:
        """What begins a comment in its language."""
        return "//" if self.language == "javascript" else "#"


LIBRARIES = {
    "torch": Library("PyTorch", torch.source),
    "keras": Library("Keras", keras.source),
    "optax": Library("optax (JAX)", optax.source),
    "timm": Library("timm", timm.source),
    "transformers": Library("Transformers", transformers.source),
    "mxnet": Library("MXNet", mxnet.source),
    "python": Library("Python", plain.source),
    "javascript": Library("JavaScript", javascript.source, "javascript"),
}


def export(schedule: Schedule, library: str, **settings: Any) -> str:
    """Return source code of the schedule for a library.

    settings: epochs, steps_per_epoch, clock, lag, initial_lr, as for `Schedule.rates`.
    Raises InvalidInput for a library that is not known, and for schedules that look at the run.
    """
    if library not in LIBRARIES:
        known = ", ".join(LIBRARIES)
        raise InvalidInput(
            "to", "is {value}; allowed is one of {known}.", value=shown(library), known=known
        )
    if library == "torch" and schedule.kind == "plateau":
        return torch.plateau(schedule)
    for part in _parts(schedule):
        if getattr(type(part), "adaptive", False):
            raise InvalidInput(
                "schedule",
                "has {kind}, which looks at the run; allowed is a function of t (or, for "
                "torch, a plateau alone).",
                kind=shown(part.kind),
            )
    return LIBRARIES[library].source(Run(schedule, **settings))


def _parts(schedule: Schedule) -> Iterator[Schedule]:
    yield schedule
    for child in schedule.children():
        yield from _parts(child)


EXPORTERS: dict[str, Callable[..., str]] = {
    name: partial(export, library=name) for name in LIBRARIES
}
to_torch = EXPORTERS["torch"]
