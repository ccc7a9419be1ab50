"""What runs that have not ended need of the store and of the files below the lab's home."""

from __future__ import annotations

from collections.abc import Collection
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from time import time

from sqlalchemy import Connection, select

from lrlab.paths import home
from lrlab.runs.checkpoints import FOLDER, KEPT
from lrlab.runs.states import State
from lrlab.runs.tables import pack, run

YOUNG_SECONDS = 600.0  # a file so young may belong to a commit that is under way
UNFINISHED = ".unfinished"
OPEN = [state for state in State if not state.final]


@dataclass(frozen=True, slots=True)
class File:
    """A checkpoint's file. Its path begins at the lab's home."""

    path: str
    bytes: int


@dataclass(frozen=True, slots=True)
class Needed:
    """What runs that have not ended need.

    `names` are those that begin their files' names, `paths` the files that they go on from,
    `origins` the run and update that they branched from, `beside` the runs of their packs.
    """

    names: frozenset[str]
    paths: frozenset[str]
    origins: frozenset[tuple[int, int]]
    beside: frozenset[int]


def stored_files() -> list[tuple[File, float]]:
    """Return the checkpoint files below the home, finished or not, with their ages in seconds."""
    found = []
    for folder in (FOLDER, KEPT):
        for path in (home() / folder).glob("*"):
            if path.suffix not in (".safetensors", UNFINISHED):
                continue
            try:
                status = path.stat()
            except FileNotFoundError:  # a worker was faster
                continue
            name = f"{folder}/{path.name}"
            found.append((File(name, status.st_size), time() - status.st_mtime))
    return found


def read_needed(connection: Connection) -> Needed:
    """Return what runs that have not ended need."""
    opened = run.c.state.in_(OPEN)
    columns = run.c.id, run.c.pack, run.c.checkpoint_path, run.c.parent, run.c.parent_update
    rows = connection.execute(select(*columns).where(opened)).all()
    packs = select(run.c.pack).where(opened, run.c.pack.is_not(None))
    beside = connection.scalars(select(pack.c.run).where(pack.c.name.in_(packs)))
    paths = frozenset(below_home(row.checkpoint_path) for row in rows if row.checkpoint_path)
    names = {str(row.id) for row in rows} | {row.pack for row in rows if row.pack}
    return Needed(
        names=frozenset(names | {_whose(path) for path in paths}),
        paths=paths,
        origins=frozenset((row.parent, row.parent_update) for row in rows if row.parent),
        beside=frozenset(beside),
    )


def below_home(path: str) -> str:
    """Return a checkpoint's name below the home; old stores hold whole paths."""
    with suppress(ValueError):
        return Path(path).relative_to(home()).as_posix()
    return path


def orphaned(path: str, age: float, referred: Collection[str], needed: Needed) -> bool:
    """Return whether a file is old and neither a row nor a run that has not ended needs it."""
    if age < YOUNG_SECONDS or path in needed.paths or path in referred:
        return False
    # Beside the file that a run goes on from lie older ones, for the case that it is torn.
    in_use = path.startswith(FOLDER) and _whose(path) in needed.names
    return path.endswith(UNFINISHED) or not in_use


def _whose(path: str) -> str:
    """Return the run or pack that a checkpoint's name begins with."""
    return Path(path).stem.rsplit("-", 2)[0]
