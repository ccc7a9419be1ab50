"""The places inside a schedule: every schedule in the tree, with its path and its time.

A path is the keys and indices that lead from an experiment to a value, as in
("schedule", "parts", 1, "schedule", "length").
"""

from __future__ import annotations

from collections.abc import Iterator
from math import inf
from typing import Any, NamedTuple

from lrlab.schedules.base import Schedule
from lrlab.schedules.combinators import Cooldown, Repeat, Sequence, Warmup

Path = tuple[str | int, ...]


class Place(NamedTuple):
    """One schedule inside another.

    `reach` is how long its clock runs in the run; `to_end` says whether it is on stage when
    its time is over, not cut off by a schedule around it on purpose.
    """

    path: Path
    schedule: Schedule
    reach: float
    to_end: bool = True


def places(schedule: Schedule, reach: float) -> list[Place]:
    """Return every schedule of the tree, the outermost first, in a run of length `reach`."""
    return list(_walk(Place(("schedule",), schedule, reach)))


def _walk(place: Place) -> Iterator[Place]:
    yield place
    for child in _inside(place):
        yield from _walk(child)


def _inside(place: Place) -> list[Place]:
    path, schedule, reach, to_end = place
    if isinstance(schedule, Sequence):
        return list(_parts(place, schedule))
    inner = getattr(schedule, "inner", None)
    if isinstance(schedule, Warmup) and schedule.shift:
        reach = max(0.0, reach - schedule.length)
    elif isinstance(schedule, Cooldown):
        reach, to_end = min(reach, schedule.start), False
    elif isinstance(schedule, Repeat):
        reach = schedule.period
    if inner is not None:
        return [Place((*path, "inner"), inner, reach, to_end)]
    name = "factors"
    children = enumerate(schedule.children())
    return [Place((*path, name, index), child, reach, to_end) for index, child in children]


def _parts(place: Place, sequence: Sequence) -> Iterator[Place]:
    left = place.reach
    for index, part in enumerate(sequence.parts):
        last = index == len(sequence.parts) - 1
        own = left if last else min(left, part.length or inf)
        path = (*place.path, "parts", index, "schedule")
        yield Place(path, part.schedule, own, place.to_end and last)
        left = max(0.0, left - own)


def with_value(tree: Any, path: Path, value: Any) -> Any:
    """Return a copy of JSON-like data with `value` at `path`."""
    if not path:
        return value
    key, *rest = path
    copy = list(tree) if isinstance(tree, (list, tuple)) else dict(tree)
    copy[key] = with_value(copy[key], tuple(rest), value)  # type: ignore[index]
    return copy


def value_at(tree: Any, path: Path) -> Any:
    """Return what is at `path` in JSON-like data."""
    for key in path:
        tree = tree[key]
    return tree
