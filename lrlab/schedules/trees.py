"""A schedule as a tree: where its adaptive part sits, which clock it runs on, how to replace it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from pydantic import BaseModel

from lrlab.errors import InvalidInput
from lrlab.schedules.base import Schedule

HOLDING = ("schedule", "schedules", "parts")  # types of parameters that hold schedules

Path = tuple[int, ...]  # the place of a child in each level's `children()`


def adaptive_path(tree: Schedule) -> Path | None:
    """Return the way to the one schedule in `tree` that looks at the run; None if none does.

    Raises InvalidInput for a second one, and for one that would run again and again.
    """
    found = [path for path, schedule in _walk(tree, ()) if schedule.adaptive]
    if len(found) > 1:
        names = " and ".join(descend(tree, path)[-1].kind for path in found[:2])
        raise InvalidInput(
            "schedule", "holds {names}; allowed is one adaptive schedule.", names=names
        )
    if not found:
        return None
    *around, leaf = descend(tree, found[0])
    if wrong := [each.kind for each in around if not each.one_clock]:
        raise InvalidInput(
            "schedule",
            "has {kind} inside {wrong}; allowed is it outside of {wrong}.",
            kind=leaf.kind,
            wrong=wrong[0],
        )
    return found[0]


def descend(tree: Schedule, path: Path) -> list[Schedule]:
    """Return the schedules along `path`, from the whole tree to the one it leads to."""
    passed = [tree]
    for place in path:
        passed.append(passed[-1].children()[place])
    return passed


def local_clock(tree: Schedule, path: Path, t: float) -> float:
    """Return the clock at the end of `path` when the tree's is `t`; 0 or less before its turn."""
    for schedule, place in zip(descend(tree, path), path, strict=False):
        t = schedule.clock_of(place, t)
    return t


def replaced(tree: Schedule, path: Path, leaf: Schedule) -> Schedule:
    """Return the tree with `leaf` at the end of `path`."""
    if not path:
        return leaf
    children = tree.children()
    children[path[0]] = replaced(children[path[0]], path[1:], leaf)
    return with_children(tree, children)


def with_children(schedule: Schedule, children: Sequence[Schedule]) -> Schedule:
    """Return the schedule around others: one for each of its `children()`, in their order."""
    left = iter(children)
    types = [parameter.type for parameter in schedule.parameters().values()]
    fields = [name for name in type(schedule).model_fields if name != "kind"]
    held = [name for name, type in zip(fields, types, strict=True) if type in HOLDING]
    return schedule.model_copy(
        update={name: _refilled(getattr(schedule, name), left) for name in held}
    )


def _refilled(value: Any, left: Iterator[Schedule]) -> Any:
    if isinstance(value, Schedule):
        return next(left)
    if isinstance(value, BaseModel):  # a part of a sequence
        return value.model_copy(update={"schedule": next(left)})
    return tuple(_refilled(each, left) for each in value)


def _walk(tree: Schedule, path: Path) -> Iterator[tuple[Path, Schedule]]:
    yield path, tree
    for place, child in enumerate(tree.children()):
        yield from _walk(child, (*path, place))
