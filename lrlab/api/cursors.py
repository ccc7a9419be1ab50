"""Cursors: how far a watcher has read each run, as text that fits an address.

`3:250:1:8,5:0:0:0` says: of run 3 the points up to update 250, the evaluations
up to epoch 1 and the first eight measures are known, of run 5 nothing. Without
its last part, as an older page may hold it, a cursor knows no measure.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from lrlab.errors import InvalidInput, shown
from lrlab.runs import Position

MOST_RUNS = 64
LARGEST = 2**63 - 1

_NUMBER = re.compile(r"[0-9]{1,19}")


Cursors = dict[int, Position]


def parse(runs: Iterable[str], text: str = "") -> Cursors:
    """Return where each of `runs` is read from: at its part of `text`, else at its start.

    Raises InvalidInput for a run or cursor that is not whole numbers, a cursor
    of a run that is not asked for, no run at all or more than `MOST_RUNS`.
    """
    cursors = {_number("run", run, 1): Position() for run in runs}
    if not 1 <= len(cursors) <= MOST_RUNS:
        raise InvalidInput("run", f"names {len(cursors)} runs; allowed are 1 to {MOST_RUNS}.")
    for part in filter(None, text.split(",")):
        run, position = _part(part)
        if run not in cursors:
            raise InvalidInput("cursor", f"names run {run}; allowed are the runs asked for.")
        cursors[run] = position
    return cursors


def text(cursors: Cursors) -> str:
    """Return the cursors as `parse` reads them."""
    return ",".join(":".join(map(str, (run, *at))) for run, at in cursors.items())


def _part(part: str) -> tuple[int, Position]:
    fields = part.split(":")
    if len(fields) not in (3, 4):
        raise InvalidInput("cursor", f"has {shown(part)}; allowed is run:update:epoch:measure.")
    run, *position = (_number("cursor", field, 0) for field in fields)
    return run, Position(*position)


def _number(field: str, value: str, least: int) -> int:
    if not _NUMBER.fullmatch(value) or not least <= int(value) <= LARGEST:
        raise InvalidInput(field, f"is {shown(value)}; allowed is a whole number from {least} up.")
    return int(value)
