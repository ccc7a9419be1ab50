"""The table of known calls: one small function for each, its signature the library's own.

The names, order and defaults of a function's arguments are those of the library;
their annotations say what may stand there. The body returns lrlab's JSON spec.
"""

from __future__ import annotations

import difflib
import inspect
import reprlib
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from lrlab.errors import InvalidInput, shown
from lrlab.schedules.base import Schedule
from lrlab.schedules.importing.checks import CHECKS, allowed
from lrlab.schedules.importing.values import Unread, refuse

Spec = dict[str, Any]
DEFAULT_LR = 0.1


@dataclass
class Given:
    """What the code's other lines say, and what is learned on the way.

    `base_lr` is the rate that schedulers multiply: the one asked for, the optimizer's,
    or 0.1; reading it marks it as needed.
    """

    asked_lr: float | None = None
    named_lr: float | None = None
    needed: bool = False
    clock: str | None = None
    notes: dict[str, None] = field(default_factory=dict)

    @property
    def base_lr(self) -> float:
        """The rate that the schedule multiplies."""
        self.needed = True
        rates = (self.asked_lr, self.named_lr, DEFAULT_LR)
        return next(rate for rate in rates if rate is not None)

    def note(self, sentence: str) -> None:
        """Add a sentence for the reader, once."""
        self.notes[sentence] = None


class Call(NamedTuple):
    """A call in the code, its arguments already values."""

    name: str
    positional: list[Any]
    keywords: dict[str, Any]
    text: str


@dataclass(frozen=True)
class Found:
    """A call that was read: its spec, and how to read it again with another base rate."""

    call: Call
    spec: Spec

    def at_base(self, base_lr: float, given: Given) -> Spec:
        """Return the spec that the same call gives where the optimizer's rate is `base_lr`."""
        again = Given(asked_lr=base_lr, notes=given.notes)
        found = convert(self.call, again)
        return found.spec if found else self.spec


class Entry(NamedTuple):
    """A known callable: its library, its clock if that is known, its function."""

    library: str
    clock: str | None
    build: Callable[..., Spec]

    def arguments(self) -> dict[str, inspect.Parameter]:
        """Return the library's arguments in their order; the first of ours is `given`."""
        return dict(list(inspect.signature(self.build).parameters.items())[1:])


ENTRIES: dict[str, Entry] = {}


def reads(library: str, clock: str | None = None) -> Callable[..., Any]:
    """Enter a function into the table, under its own name."""

    def enter(build: Callable[..., Spec]) -> Callable[..., Spec]:
        ENTRIES[build.__name__] = Entry(library, clock, build)
        return build

    return enter


def known(name: str) -> str:
    """Say what is allowed in place of an unknown name, with the nearest known one."""
    close = difflib.get_close_matches(name[:60], ENTRIES, n=1)
    near = f"perhaps {close[0]}" if close else "such as CosineAnnealingLR(opt, T_max=20)"
    libraries = list(dict.fromkeys(entry.library for entry in ENTRIES.values()))
    return f"a scheduler of {', '.join(libraries[:-1])} or {libraries[-1]}, {near}"


def convert(call: Call, given: Given) -> Found | None:
    """Return what a known call describes, None for an unknown one; refuse what cannot be."""
    entry = ENTRIES.get(call.name)
    if entry is None:
        return None
    spec = entry.build(given, **bound(call, entry))
    given.clock = given.clock or entry.clock
    try:
        Schedule.parse(spec)
    except InvalidInput as error:
        raise refuse(f"has {call.name}, where {error}") from None
    return Found(call, spec)


def bound(call: Call, entry: Entry) -> dict[str, Any]:
    """Return the call's arguments by name, checked, defaults filled in."""
    parameters = entry.arguments()
    given = dict(zip(parameters, call.positional, strict=False)) | call.keywords
    twice = set(list(parameters)[: len(call.positional)]) & call.keywords.keys()
    unknown = [name for name in call.keywords if name not in parameters] + sorted(twice)
    if unknown or len(call.positional) > len(parameters):
        extra = f"an argument {unknown[0]}" if unknown else f"{len(call.positional)} arguments"
        if unknown and unknown[0] in twice:
            extra += " twice"
        raise refuse(f"has {call.name} with {extra}; allowed are {', '.join(parameters)}.")
    return {name: _argument(call.name, each, given) for name, each in parameters.items()}


def _shown(value: Any) -> str:
    if isinstance(value, Found):
        return value.call.text
    return reprlib.repr(value) if isinstance(value, (list, dict)) else shown(value)


def _argument(call: str, parameter: inspect.Parameter, given: dict[str, Any]) -> Any:
    if parameter.name not in given:
        if parameter.default is parameter.empty:
            if parameter.annotation == "Ignored":
                return None
            raise refuse(
                f"has {call} without {parameter.name}; "
                f"allowed is {allowed(parameter.annotation)} there."
            )
        return parameter.default
    value, annotation = given[parameter.name], parameter.annotation
    if CHECKS[annotation.removesuffix(" | None")](value):
        return value
    if value is None and annotation.endswith(" | None"):
        return None
    what = _shown(value)
    if isinstance(value, Unread):
        what = f"{shown(value.text)}, whose value is not in the code"
    raise refuse(f"has {call} with {parameter.name} {what}; allowed is {allowed(annotation)}.")
