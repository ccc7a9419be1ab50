"""The processes of Ray on this machine: all of one session, which nothing else belongs to."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from time import monotonic, sleep

LOOK_SECONDS = 0.05
KILL_SECONDS = 10.0  # the kernel may hold one that waits for a disk


@dataclass(frozen=True, slots=True)
class Process:
    """A living process. `began`: ticks since the machine started; with the number its identity."""

    pid: int
    parent: int
    began: int


def members(session: int) -> list[Process]:
    """Return the processes of a session that live."""
    found = []
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        try:
            fields = (entry / "stat").read_text().rpartition(")")[2].split()
        except (FileNotFoundError, ProcessLookupError):
            continue
        if fields[0] != "Z" and int(fields[3]) == session:
            found.append(Process(int(entry.name), int(fields[1]), int(fields[19])))
    return found


def end(find: Callable[[], list[Process]], *, seconds: float) -> None:
    """End processes: ask those that nobody of them started, and kill what is left after a time.

    The others follow theirs, each in its own way: a worker gives its runs back.
    """
    found = find()
    numbers = {each.pid for each in found}
    for each in found:
        if each.parent not in numbers:
            _signal(each, signal.SIGTERM)
    until = monotonic() + seconds
    while find() and monotonic() < until:
        sleep(LOOK_SECONDS)
    until = monotonic() + KILL_SECONDS
    while (left := find()) and monotonic() < until:
        for each in left:
            _signal(each, signal.SIGKILL)
        sleep(LOOK_SECONDS)


def _signal(process: Process, number: signal.Signals) -> None:
    try:
        os.kill(process.pid, number)
    except ProcessLookupError:
        return
