"""A worker without a process: a lease, and the records that its training would yield.

It does what an attempt does: it starts from its pack's checkpoint, repeats what is stored,
commits what came since its last commit, and applies a command once.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from lrlab.records import Evaluation, Head, Measure, Point, Record
from lrlab.runs.claims import Claim
from lrlab.runs.commands import RATE_KINDS, Applied, Command
from lrlab.runs.lease import Lease
from lrlab.runs.writing import Kept, Progress
from tests.runs.model import PER_EPOCH, PER_POINT


class Hand:
    """The training of one lease at update `at`, which all its members share."""

    def __init__(self, lease: Lease) -> None:
        claims = lease.claimed.claims
        self.lease = lease
        self.tokens = {each.member: (each.run, each.token) for each in claims}
        self.at = _start(claims)
        self.seen = {each.member: each.command_seq for each in claims}
        self.wanted: dict[int, str] = {}
        self._stored = {each.member: each.last_update for each in claims}
        self._pending: list[Record] = []
        self._late: list[Record] = []
        self._told = [(c.member, each) for c in claims for each in c.rates if _open(each)]
        self._applied: dict[int, list[Applied]] = {each.member: [] for each in claims}

    @property
    def evaluated(self) -> int:
        """The update up to which there is nothing that is still to be evaluated."""
        return self.at - 1 if self._late else self.at

    def train(self, updates: int, *, most: int, late: bool = False) -> None:
        """Do so many updates, to update `most` at most; `late`: its test comes with the next."""
        self._pending += self._late
        self._late = []
        last = min(self.at + updates, most)
        for update in range(self.at + 1, last + 1):
            for member, (run, _) in self.tokens.items():
                now, after = _records(update, member, run)
                self._pending += now
                wait = late and update == last
                (self._late if wait else self._pending).extend(after)
        self.at = max(self.at, last)
        for member, command in list(self._told):
            if self.at >= self._stored[member]:
                self._told.remove((member, command))
                self._applied[member].append(Applied(command.seq, self.at))

    def hear(self, member: int, commands: list[Command]) -> None:
        """Take commands in, to be applied before a later update."""
        self.seen[member] = max([self.seen[member], *(each.seq for each in commands)])
        self._told += [(member, each) for each in commands if each.kind in RATE_KINDS]

    def progress(self, member: int, *, save: bool = False, keep: bool = False) -> Progress:
        """Return what is to be stored of a member; `keep` a checkpoint for branches too."""
        records = tuple(each for each in self._pending if each.member == member)
        head = Head(self.at, self.at / PER_EPOCH, 0.1, 1.0, 0.5) if self.at else None
        done = Progress(head, records, applied=tuple(self._applied[member]))
        if save:
            place = {"checkpoint_path": self.path(), "checkpoint_update": self.at}
            done = replace(done, columns=place | {"member": member})
        if keep:
            done = replace(done, kept=Kept(self.at, self.at / PER_EPOCH, self.path("kept"), 1))
        return done

    def path(self, folder: str = "checkpoints") -> str:
        claimed = self.lease.claimed
        first = claimed.claims[0]
        return f"{folder}/{claimed.pack or first.run}-{first.token}-{self.at}.safetensors"

    def applied(self, member: int) -> list[Applied]:
        return self._applied[member]

    def stored(self) -> None:
        """Take for stored what a commit of all members was given."""
        self._pending = []
        self._applied = {member: [] for member in self._applied}


def _start(claims: tuple[Claim, ...]) -> int:
    """Return the update at which a worker starts: that of the first checkpoint that it finds."""
    paths: list[Any] = [each.checkpoint.path for each in claims if each.checkpoint]
    paths += [each.origin.path for each in claims if each.origin]
    return int(paths[0].removesuffix(".safetensors").rsplit("-", 1)[1]) if paths else 0


def _records(update: int, member: int, run: int) -> tuple[list[Record], list[Record]]:
    """Return what a run has to say after an update, and what only its test then says."""
    epoch, value = update / PER_EPOCH, float(run)
    point = Point(update, epoch, 0.1, value, 0.5, member)
    now: list[Record] = [point] if update % PER_POINT == 0 else []
    if update % PER_EPOCH:
        return now, []
    return [*now, Measure(update, epoch, "norm", value, member)], [
        Evaluation(int(epoch), value, 0.5, value, 0.5, update, member),
        Measure(update, epoch, "test", value, member),
    ]


def _open(command: Command) -> bool:
    return command.applied_update is None
