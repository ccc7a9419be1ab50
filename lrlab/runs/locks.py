"""Locks that the kernel holds for a process and frees when it ends, however it ends.

Each is a file in the lab's home: one for a worker at work on a device or under a name, one
for a worker that was started, and one that every open app shares.
"""

from __future__ import annotations

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from lrlab.paths import home


def worker_lock(name: str) -> Path:
    """Return the file that a worker locks while it lives: by its name, else by its device."""
    return home() / f"worker-{name}.lock"


def app_lock() -> Path:
    """Return the file that open apps share."""
    return home() / "app.lock"


def take(path: Path) -> IO[bytes] | None:
    """Lock a file for this process alone; None if another has it. Held until it is closed."""
    file = path.open("ab")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        file.close()
        return None
    return file


def taken(path: Path) -> bool:
    """Return whether any process holds the lock, alone or shared."""
    if not path.exists():
        return False
    file = take(path)
    if file is None:
        return True
    file.close()
    return False


@contextmanager
def hold_app_lock() -> Iterator[None]:
    """Say, for as long as the context lasts, that an app is open in this home."""
    with app_lock().open("ab") as file:
        fcntl.flock(file, fcntl.LOCK_SH)
        yield


def worker_alive() -> bool:
    """Return whether a worker serves this home, whatever its device."""
    return any(taken(path) for path in home().glob("worker-*.lock"))
