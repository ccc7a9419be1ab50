"""What the queue promises, in plain Python: the model that the real store is checked against.

Knows no SQL and no clock: a lease runs out and a back-off passes when the test says so. Where a
run's latest start counts, it is the time that the store gave it.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field

ATTEMPTS, DISSOLVE, BACKS_OFF = 5, 2, (2, 3, 4)
FINAL = ("finished", "cancelled", "failed", "diverged")
PER_EPOCH, PER_POINT = 10, 5  # updates
EXAMPLES = 320  # in an epoch


@dataclass
class Told:
    """A command, and the update at which it took effect."""

    kind: str
    applied: int | None = None


@dataclass
class Row:
    """A run. Its records reach to update `reached`, evaluations to that of `evaluated`."""

    id: int
    owner: str
    epochs: int  # runs of one length are of one shape
    seed: int
    priority: int = 0
    parent: tuple[int, int] | None = None
    state: str = "queued"
    wanted: str | None = None
    token: int = 0
    attempts: int = 0
    worker: str | None = None
    expired: bool = False
    backs_off: bool = False
    started: float | None = None
    reached: int = 0
    evaluated: int = 0
    pack: str | None = None
    member: int = 0
    checkpoint: tuple[str, int] | None = None
    kept: dict[int, str] = field(default_factory=dict)
    told: list[Told] = field(default_factory=list)
    shares: set[str] = field(default_factory=set)
    error: str | None = None

    def __post_init__(self) -> None:
        if self.parent:
            self.reached = self.evaluated = self.parent[1]

    @property
    def updates(self) -> int:
        return self.epochs * PER_EPOCH

    @property
    def origin(self) -> int:
        return self.parent[1] if self.parent else 0

    @property
    def steered(self) -> bool:
        return any(each.kind in ("set-lr", "hand-back") for each in self.told)

    @property
    def untouched(self) -> bool:
        """Whether it may share a new pack: one that kept failing goes on alone."""
        begun = self.reached or self.checkpoint or self.pack or self.parent
        return not begun and self.attempts < DISSOLVE

    def between(self, step: int, last: int) -> list[int]:
        """Return the multiples of `step` past its origin, up to `last`."""
        return [each for each in range(self.origin + 1, last + 1) if each % step == 0]

    def tell(self, kind: str) -> None:
        self.told.append(Told(kind))

    def answer(self, *kinds: str) -> None:
        for each in self.told:
            if each.applied is None and (not kinds or each.kind in kinds):
                each.applied = self.reached

    def leave(self, state: str) -> None:
        self.state, self.wanted, self.worker, self.expired = state, None, None, False

    def end(self, state: str, error: str | None = None) -> None:
        self.leave(state)
        self.error = error
        self.answer()

    def stand(self) -> None:
        """Wait for a person; it goes on alone, as its pack goes on without it."""
        self.leave("paused")
        self.pack = None
        self.answer("pause", "resume")

    def lost(self, reason: str, *, counted: bool = True) -> None:
        """Go back to the queue, or to where somebody wants it."""
        if self.wanted == "cancelled":
            self.end("cancelled")
        elif self.wanted == "paused":
            self.stand()
        elif counted and self.attempts >= ATTEMPTS:
            words = f"Training ended {ATTEMPTS} times without progress, the last time because"
            self.end("failed", f"{words} {reason}.")
        else:
            self.leave("queued")
            self.backs_off = counted and self.attempts in BACKS_OFF
            self.attempts -= not counted and self.attempts > 0


class Model:
    """A lab's queue: its runs by number, and the members of its packs by name."""

    def __init__(self) -> None:
        self.rows: dict[int, Row] = {}
        self.packs: dict[str, list[int]] = {}

    def of(self, *states: str) -> list[Row]:
        return [row for row in self.rows.values() if row.state in states]

    def answer(
        self, epochs: int, seed: int, parent: tuple[int, int] | None, engine: Collection[int]
    ) -> int | None:
        """Return the run that answers such a wish; `engine`: those that this engine began."""
        same = [
            row
            for row in self.of("finished", "queued", "running")
            if (row.epochs, row.seed, row.parent) == (epochs, seed, parent)
            and not (row.steered or row.wanted == "cancelled")
            and (row.state != "finished" or row.id in engine)
        ]
        return max(((r.state == "finished", r.id) for r in same), default=(False, None))[1]

    def order(self) -> Iterator[Row]:
        """Yield who waits, the next one first.

        In each priority those that were interrupted; then always the next run of the owner who
        has had the fewest, those at work counted, and of several whose last start is longest ago.
        """
        had = Counter(row.owner for row in self.of("running"))
        last: dict[str, float] = defaultdict(float)
        groups: dict[int, list[Row]] = defaultdict(list)
        for row in self.rows.values():
            last[row.owner] = max(last[row.owner], row.started or 0.0)
            if row.state == "queued":
                groups[row.priority].append(row)
        for _, group in sorted(groups.items(), reverse=True):
            yield from (row for row in group if row.started is not None)
            lines: dict[str, list[Row]] = defaultdict(list)
            for row in reversed(group):
                if row.started is None:
                    lines[row.owner].append(row)
            while lines:
                owner = min(lines, key=lambda who: (had[who], last[who], lines[who][-1].id))
                yield lines[owner].pop()
                had[owner] += 1
                if not lines[owner]:
                    del lines[owner]

    def claim(self, worker: str, *, most: int = 1, most_work: float | None = None) -> list[Row]:
        """Give a worker what is next, in the order of its members."""
        for row in self.of("running"):
            if row.expired:
                row.lost("its worker was lost")
        taken = self._next(most, most_work)
        resumed = bool(taken) and taken[0].pack is not None
        name = f"{taken[0].id}.{taken[0].token + 1}" if len(taken) > 1 else None
        if name and not resumed:
            taken.sort(key=lambda row: (row.seed, row.id))
            self.packs[name] = [row.id for row in taken]
        for place, row in enumerate(taken):
            row.state, row.worker, row.expired = "running", worker, False
            row.token += 1
            row.attempts += 1
            if name and not resumed:
                row.pack, row.member = name, place
        return taken

    def _next(self, most: int, most_work: float | None) -> list[Row]:
        def may(row: Row) -> bool:
            work = row.epochs * EXAMPLES * (1 - row.reached / row.updates)
            small = most_work is None or (row.started is None and work <= most_work)
            return small and not row.backs_off

        order = (row for row in self.order() if may(row))
        first = next(order, None)
        if first is None:
            return []
        if first.pack is not None:
            pack = [row for row in self.of("queued") if row.pack == first.pack]
            if first.attempts < DISSOLVE:
                return sorted(pack, key=lambda row: row.member)
            for row in pack:
                row.pack = None
            return [first]
        if not first.untouched:
            return [first]
        taken = [first]
        while len(taken) < most and (row := next(order, None)) is not None:
            if row.untouched and row.epochs == first.epochs:
                taken.append(row)
        return taken

    def leave_pack(self, name: str | None, rows: list[Row]) -> None:
        """Let these go from a pack that was too large."""
        for row in rows:
            row.pack = None
            row.lost("its pack was too large", counted=False)
            if name:
                self.packs[name].remove(row.id)

    # What people say.

    def cancel(self, row: Row) -> None:
        if row.state in FINAL:
            return
        row.tell("cancel")
        if row.state == "running" and not row.expired:
            row.wanted = "cancelled"
        else:
            row.end("cancelled")

    def pause(self, row: Row) -> None:
        if row.state == "paused" or row.wanted:
            return
        row.tell("pause")
        if row.state == "running" and not row.expired:
            row.wanted = "paused"
        else:
            row.stand()

    def resume(self, row: Row) -> None:
        if row.state != "paused" and row.wanted != "paused":
            return
        row.tell("resume")
        row.wanted = None
        if row.state == "paused":
            row.state, row.backs_off = "queued", False
        row.answer("pause", "resume")
