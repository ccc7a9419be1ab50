"""Keeping house: which runs, checkpoints and files are to go.

    plan = look(database)         what is to go; nothing goes yet
    done = sweep(database, plan)  lets it go (clearing.py)

What a run that has not ended needs stays, whoever it belongs to: the file that it goes on from,
the checkpoint that it branched from, the runs beside which its pack is computed.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from math import inf
from typing import Any

from sqlalchemy import Connection, Row, false, select

from lrlab.runs.database import Database, now
from lrlab.runs.lab import Lab, Retention, in_force
from lrlab.runs.needs import File, Needed, orphaned, read_needed, stored_files
from lrlab.runs.states import FINAL
from lrlab.runs.tables import checkpoint, run

DAY, MEGABYTE = 86_400.0, 1_000_000


@dataclass(frozen=True, slots=True)
class Dropped:
    """A checkpoint that goes while its run stays."""

    run: int
    update: int
    bytes: int


@dataclass(frozen=True, slots=True)
class Plan:
    """What goes: runs, the newest first, checkpoints of runs that stay, and files."""

    runs: tuple[int, ...] = ()
    checkpoints: tuple[Dropped, ...] = ()
    files: tuple[File, ...] = ()

    def as_json(self) -> dict[str, Any]:
        """Return the plan, JSON-ready; `bytes` are those of its files."""
        return asdict(self) | {"bytes": sum(each.bytes for each in self.files)}


def look(database: Database) -> Plan:
    """Return what is to go now. Raises StoreError, and InvalidInput for what `lab.toml` says."""
    rules = in_force()
    files = {each.path: (each, age) for each, age in stored_files()}  # before the rows, see below
    with database.read() as connection:
        needed = read_needed(connection)
        runs = _runs_to_go(connection, rules.retention, needed)
        rows = _read_checkpoints(connection)
    sizes = {path: each.bytes for path, (each, _) in files.items()}
    dropped = _to_drop([row for row in rows if row.run not in {*runs}], needed, rules, sizes)
    gone = {(each.run, each.update) for each in dropped}
    stays = {row.path for row in rows if row.run not in {*runs} and key(row) not in gone}
    leaves = {row.path for row in rows} - stays - needed.paths
    # A file that was there before the rows were read, and is old, has its row or gets none.
    orphans = {path for path, (_, age) in files.items() if orphaned(path, age, stays, needed)}
    return Plan(
        tuple(runs), tuple(dropped),
        tuple(files[path][0] for path in sorted((leaves & files.keys()) | orphans)),
    )  # fmt: skip


def key(row: Row[Any]) -> tuple[int, int]:
    """Return what names a checkpoint."""
    return (row.run, row.update)


def _runs_to_go(connection: Connection, rule: Retention, needed: Needed) -> list[int]:
    """Return the runs past their time or number, children before those they branched from."""
    ended = select(run.c.id).where(run.c.state.in_(FINAL), run.c.starred == false())
    past: set[int] = set()
    if rule.days is not None:
        past |= {*connection.scalars(ended.where(run.c.finished < now() - rule.days * DAY))}
    if rule.runs is not None:
        newest = select(run.c.id).where(run.c.state.in_(FINAL))
        newest = newest.order_by(run.c.finished.desc(), run.c.id.desc()).limit(rule.runs)
        past |= {*connection.scalars(ended.where(run.c.id.not_in(newest)))}
    if not past:
        return []
    links = select(run.c.id, run.c.parent).where(run.c.parent.is_not(None))
    children = defaultdict(set)
    for row in connection.execute(links):
        children[row.parent].add(row.id)
    gone: set[int] = set()
    for number in sorted(past - needed.beside, reverse=True):  # a branch is younger than its trunk
        if children[number] <= gone:
            gone.add(number)
    return sorted(gone, reverse=True)


def _read_checkpoints(connection: Connection) -> list[Row[Any]]:
    """Return every checkpoint that a branch can start from, the oldest runs' first."""
    columns = checkpoint.c.run, checkpoint.c.update, checkpoint.c.path, checkpoint.c.bytes
    query = select(*columns, run.c.owner, run.c.starred).join(run, run.c.id == checkpoint.c.run)
    return list(connection.execute(query.order_by(checkpoint.c.run, checkpoint.c.update)))


def _to_drop(
    rows: Sequence[Row[Any]], needed: Needed, rules: Lab, sizes: dict[str, int]
) -> list[Dropped]:
    """Return the checkpoints past their owner's bytes, then those past the lab's."""
    gone = _past_owners(rows, needed, rules)
    most = rules.retention.megabytes
    if most is not None:
        rest = [row for row in rows if key(row) not in gone]
        gone |= _past_lab(rest, needed, most * MEGABYTE, sizes)
    return [Dropped(row.run, row.update, row.bytes) for row in rows if key(row) in gone]


def _past_owners(rows: Sequence[Row[Any]], needed: Needed, rules: Lab) -> set[tuple[int, int]]:
    of_owner = defaultdict(list)
    for row in rows:
        of_owner[row.owner].append(row)
    gone = set()
    for owner, theirs in of_owner.items():
        most = rules.limits_of(owner).megabytes
        over = sum(row.bytes for row in theirs) - (inf if most is None else most * MEGABYTE)
        for row in theirs:
            if over > 0 and may_go(row, needed):
                gone.add(key(row))
                over -= row.bytes
    return gone


def _past_lab(
    rows: Sequence[Row[Any]], needed: Needed, most: int, sizes: dict[str, int]
) -> set[tuple[int, int]]:
    """Return the checkpoints of the oldest files past so many bytes on the disk.

    A file of a pack goes once the last of its runs may lose it: only then is there room.
    """
    of_file = defaultdict(list)
    for row in rows:
        of_file[row.path].append(row)
    size = {path: sizes.get(path, sum(row.bytes for row in its)) for path, its in of_file.items()}
    over = sum(size.values()) - most
    gone: set[tuple[int, int]] = set()
    for path in sorted(of_file, key=lambda path: key(of_file[path][-1])):
        if over > 0 and all(may_go(row, needed) for row in of_file[path]):
            gone |= {key(row) for row in of_file[path]}
            over -= size[path]
    return gone


def may_go(row: Row[Any], needed: Needed) -> bool:
    return not (row.starred or row.path in needed.paths or key(row) in needed.origins)
