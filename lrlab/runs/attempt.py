"""One attempt at the runs of a claim: train, obey, commit, keep checkpoints."""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Mapping
from dataclasses import asdict, replace
from time import monotonic, sleep
from typing import TYPE_CHECKING, Any

from lrlab import reasons
from lrlab.errors import InvalidInput
from lrlab.experiment import Experiment
from lrlab.records import Diverged, Evaluation, Finished, Record
from lrlab.runs.checkpoints import Checkpoints, keep
from lrlab.runs.commands import Applied, Command, Kind
from lrlab.runs.database import StoreError
from lrlab.runs.guard import Guard
from lrlab.runs.lease import Fenced, Lease
from lrlab.runs.states import State
from lrlab.runs.writing import Kept, Progress

if TYPE_CHECKING:
    from lrlab.training import Training

COMMIT_SECONDS = 0.1
CHECKPOINT_SECONDS = 0.5  # at least, and so long that checkpoints take this share of the time
CHECKPOINT_SHARE = 0.02
SPEED_SECONDS = 10.0  # over which examples per second are measured
RETRY_SECONDS = 1.0  # between commits to a store that cannot be written
PATIENCE_SECONDS = 60.0  # so long such a store is borne

log = logging.getLogger(__name__)


class Attempt:
    """The training of claimed runs, and what of it is not stored yet, by member."""

    def __init__(self, lease: Lease, guard: Guard, training: Training) -> None:
        self._lease, self._guard, self._training = lease, guard, training
        first = lease.claimed.claims[0]
        self._experiment = Experiment.parse(first.experiment)
        self._checkpoints = Checkpoints(lease.claimed.pack or str(first.run), first.token)
        self._stored = {each.member: each.last_update for each in lease.claimed.claims}
        self._pending: dict[int, list[Record]] = {member: [] for member in lease.held}
        self._applied: dict[int, list[Applied]] = {member: [] for member in lease.held}
        self._told = _to_repeat(lease, training.update)
        self._speed: deque[tuple[float, int]] = deque()
        self._commit_at = monotonic()  # the first update is stored at once
        self._checkpoint_at = monotonic() + CHECKPOINT_SECONDS
        self._patience_until: float | None = None

    def run(self) -> None:
        """Train until the end, or until nobody wants any of the runs to go on."""
        self._leave_out()
        while self._lease.held:
            if self._training.done:
                raise RuntimeError(f"no training is left for runs {self._numbers()}")
            self._steer()
            records = self._training.advance()
            for record in records:
                if record.member in self._lease.held:
                    self._pending[record.member].append(record)
            self._obey()
            if self._guard.stopping:
                return self._give_back()
            self._end_members(records)
            self._store(records)
        self._checkpoints.clear()
        return None

    def _numbers(self) -> str:
        return ", ".join(str(each.claim.run) for each in list(self._lease.held.values()))

    def _leave_out(self) -> None:
        """Let the members that nobody holds any more be computed without a word."""
        for member in range(len(self._lease.claimed.experiments)):
            if member not in self._lease.held:
                self._training.cancel(member)

    def _steer(self) -> None:
        """Let commands that steer a rate take effect, each between two updates, and only once.

        Those that did so before the worker was lost do it again at the same update; new ones
        wait until what is stored of the run has been repeated.
        """
        while self._guard.told:
            self._told.append(self._guard.told.popleft())
        if not (self._told and self._training.steerable):
            return
        later = []
        for member, command in self._told:
            at = self._stored[member] if command.applied_update is None else command.applied_update
            if at > self._training.update:
                later.append((member, command))
            elif member in self._lease.held:
                self._apply(member, command)
        self._told = later

    def _apply(self, member: int, command: Command) -> None:
        refusal = None
        try:
            if command.kind is Kind.SET_LR:
                self._training.steer(command.argument or 0.0, member)
            else:
                scaled = command.kind is Kind.HAND_BACK_SCALED
                self._training.hand_back(member, scaled=scaled)
        except InvalidInput as error:
            refusal = str(error)
        if command.applied_update is None:
            self._applied[member].append(Applied(command.seq, self._training.update, refusal))
            # With the first update at the new rate, so that the person sees it move.
            self._commit_at = monotonic()

    def _obey(self) -> None:
        """Let go of the runs that somebody wants cancelled or paused."""
        for member, wanted in list(self._guard.wanted.items()):
            if member not in self._lease.held:
                continue
            if wanted is State.CANCELLED:
                self._training.cancel(member)
                self._end(member, State.CANCELLED)
            elif wanted is State.PAUSED:
                self._pause(member)

    def _pause(self, member: int) -> None:
        """Put a run aside with a checkpoint to go on from, which nobody else's end removes."""
        columns = self._save()
        kept = columns and self._kept(columns["checkpoint_path"])
        if not (columns and kept):
            return  # there is no room for it now: it trains on, and the next look tries again
        columns["checkpoint_path"] = kept.path
        progress = replace(self._progress(member, **columns), kept=kept)
        self._until_stored(lambda: self._lease.pause(member, progress))
        if member not in self._lease.held:  # else somebody has let it go on meanwhile
            self._training.cancel(member)

    def _end_members(self, records: list[Record]) -> None:
        """End the runs whose last record has come."""
        for record in records:
            if record.member not in self._lease.held:
                continue
            if isinstance(record, Diverged):
                seconds = record.seconds
                self._end(record.member, State.DIVERGED, error=record.reason, seconds=seconds)
            elif isinstance(record, Finished):
                figures = asdict(record)
                figures.pop("member")
                self._end(record.member, State.FINISHED, **figures)

    def _end(self, member: int, state: State, error: str | None = None, **columns: Any) -> None:
        if len(self._lease.held) == 1:
            self._guard.close()
        progress = self._progress(member, **columns)
        self._until_stored(lambda: self._lease.end(member, state, progress, error=error))

    def _store(self, records: list[Record]) -> None:
        """Commit what is pending if that is due, with a checkpoint if that is."""
        if not self._lease.held:
            return
        epoch_ended = any(isinstance(record, Evaluation) for record in records)
        if epoch_ended or monotonic() >= self._checkpoint_at:
            self._keep(for_branches=epoch_ended)
        elif monotonic() >= self._commit_at:
            self._commit()

    def _keep(self, *, for_branches: bool) -> None:
        """Write a checkpoint and store its place together with all records up to it."""
        began = monotonic()
        columns = self._save()
        kept = self._kept(columns["checkpoint_path"]) if columns and for_branches else None
        if self._commit(columns, kept) and columns:
            self._checkpoints.prune()
        took = monotonic() - began
        self._checkpoint_at = monotonic() + max(CHECKPOINT_SECONDS, took / CHECKPOINT_SHARE)

    def _save(self) -> dict[str, Any] | None:
        """Write a checkpoint; None where that fails: the last one still holds."""
        update = self._training.update
        try:
            path = self._checkpoints.save(self._training.checkpoint(), update)
        except OSError as error:
            log.warning("no checkpoint of runs %s: %s", self._numbers(), error)
            return None
        return {"checkpoint_path": path, "checkpoint_update": update}

    def _kept(self, path: str) -> Kept | None:
        try:
            name, size = keep(path)
        except OSError as error:
            log.warning("%s is not kept for branches: %s", path, error)
            return None
        update = self._training.update
        members = len(self._lease.claimed.experiments)
        return Kept(update, update / self._experiment.steps_per_epoch, name, size // members)

    def _commit(self, columns: Mapping[str, Any] | None = None, kept: Kept | None = None) -> bool:
        """Store what is pending; where the store cannot be written, keep it for the next time."""
        progress = {
            member: replace(self._progress(member, **columns or {}), kept=kept)
            for member in list(self._lease.held)
        }
        try:
            self._lease.commit(progress)
        except StoreError as error:
            self._bear(error)
            return False
        self._patience_until = None
        for member in progress:
            self._pending[member].clear()
            self._applied[member].clear()
        for member in progress.keys() - self._lease.held.keys():
            self._training.cancel(member)  # it was taken from this worker
        self._commit_at = monotonic() + COMMIT_SECONDS
        return True

    def _until_stored(self, write: Any) -> None:
        """Store how a run is let go of, however often that has to be tried."""
        while True:
            try:
                return write()
            except StoreError as fault:
                self._bear(fault)
                sleep(RETRY_SECONDS)
            except Fenced:
                if not self._lease.held:
                    raise
                return None  # the others go on

    def _bear(self, error: StoreError) -> None:
        if self._patience_until is None:
            self._patience_until = monotonic() + PATIENCE_SECONDS
        elif monotonic() >= self._patience_until:
            raise error
        log.warning("%s", error)
        self._commit_at = monotonic() + RETRY_SECONDS

    def _progress(self, member: int, **columns: Any) -> Progress:
        training = self._training
        columns = {"device": training.device, "seconds": training.seconds, **columns}
        if "checkpoint_path" in columns:
            columns["member"] = member
        speed = self._examples_per_second()
        if speed is not None:
            columns.setdefault("examples_per_second", speed)
        records, applied = tuple(self._pending[member]), tuple(self._applied[member])
        return Progress(training.head(member), records, columns, applied)

    def _examples_per_second(self) -> float | None:
        """Return a run's speed over the last moments, None before there are two of them."""
        moments, training = self._speed, self._training
        moments.append((training.seconds, training.update))
        while moments[-1][0] - moments[0][0] > SPEED_SECONDS:
            moments.popleft()
        seconds, updates = (
            last - first for first, last in zip(moments[0], moments[-1], strict=True)
        )
        per_update = self._experiment.train_examples / self._experiment.steps_per_epoch
        return updates * per_update / seconds if updates else None

    def _give_back(self) -> None:
        """Return the runs to the queue, to be taken up where they stand now."""
        self._keep(for_branches=False)
        self._guard.close()
        self._lease.release(reasons.STOPPED, counted=False)


def _to_repeat(lease: Lease, update: int) -> list[tuple[int, Command]]:
    """Return the commands that the training does not know: those of later updates, and new ones."""
    return [
        (claim.member, command)
        for claim in lease.claimed.claims
        for command in claim.rates
        if command.applied_update is None or command.applied_update >= update
    ]
