"""One attempt at one run, in a process of its own: train, commit, keep checkpoints.

The process ends with its run, and its memory with it. Loads torch only when it works.
"""

from __future__ import annotations

import logging
import signal
from collections import deque
from dataclasses import asdict
from time import monotonic, sleep
from typing import TYPE_CHECKING, Any

from sqlalchemy import URL

from lrlab.errors import DeviceFault, InvalidInput
from lrlab.experiment import Experiment
from lrlab.records import Diverged, Evaluation, Finished, Record
from lrlab.runs.checkpoints import Checkpoints, candidates
from lrlab.runs.claims import Claim
from lrlab.runs.database import Database, StoreError
from lrlab.runs.guard import Guard
from lrlab.runs.lease import Fenced, Lease, Progress
from lrlab.runs.states import State

if TYPE_CHECKING:
    from lrlab.training import Training

COMMIT_SECONDS = 0.1
CHECKPOINT_SECONDS = 1.0  # at least, and so long that checkpoints take this share of the time
CHECKPOINT_SHARE = 0.02
SPEED_SECONDS = 10.0  # over which examples per second are measured
RETRY_SECONDS = 1.0  # between commits to a store that cannot be written
PATIENCE_SECONDS = 60.0  # so long such a store is borne

log = logging.getLogger(__name__)


def work(claim: Claim, url: URL, device: str) -> None:
    """Train a claimed run to its end, or to the first thing that stops it."""
    start_log()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the supervisor's to handle
    lease = Lease(Database(url), claim)
    guard = Guard(lease)
    signal.signal(signal.SIGTERM, lambda *_: setattr(guard, "wanted", State.QUEUED))
    guard.start()
    try:
        Attempt(lease, guard, device=device).run()
    except Fenced as error:
        log.warning("%s", error)
    except DeviceFault as error:  # another attempt, perhaps elsewhere, may succeed
        log.warning("run %d: %s", claim.run, error)
        guard.close()
        lease.release(_within(str(error)))
    except StoreError as error:  # nothing can be told; the lease runs out and the run is queued
        raise SystemExit(str(error)) from error
    except Exception as error:
        log.exception("run %d failed", claim.run)
        guard.close()
        lease.end(State.FAILED, Progress(), error=_sentence(error))


class Attempt:
    """The training of a claimed run, and what of it is not stored yet."""

    def __init__(self, lease: Lease, guard: Guard, *, device: str) -> None:
        claim = lease.claim
        self._lease, self._guard = lease, guard
        self._experiment = Experiment.parse(claim.experiment)
        self._checkpoints = Checkpoints(claim.run, claim.token)
        self._training = _training(self._experiment, device, claim.checkpoint_path)
        self._pending: list[Record] = []
        self._speed: deque[tuple[float, int]] = deque()
        self._commit_at = monotonic()  # the first update is stored at once
        self._checkpoint_at = monotonic() + CHECKPOINT_SECONDS
        self._patience_until: float | None = None

    def run(self) -> None:
        """Train until the end, or until the guard says otherwise."""
        records: list[Record] = []
        while not self._training.done:
            records = self._training.advance()
            self._pending += records
            if self._guard.wanted is State.CANCELLED:
                return self._end(State.CANCELLED)
            if self._guard.wanted is State.QUEUED:
                return self._give_back()
            if any(isinstance(r, Evaluation) for r in records) or self._due(self._checkpoint_at):
                self._keep()
            elif self._due(self._commit_at):
                self._commit()
        self._finish(records[-1])  # not of those pending: a commit may just have stored them

    def _due(self, at: float) -> bool:
        return monotonic() >= at

    def _keep(self) -> None:
        """Write a checkpoint and store its place together with all records up to it."""
        began, update = monotonic(), self._training.update
        try:
            path = self._checkpoints.save(self._training.checkpoint(), update)
        except OSError as error:  # the last one still holds; this one is tried again later
            log.warning("run %d: no checkpoint: %s", self._lease.claim.run, error)
            self._commit()
        else:
            if self._commit(checkpoint_path=str(path), checkpoint_update=update):
                self._checkpoints.prune()
        took = monotonic() - began
        self._checkpoint_at = monotonic() + max(CHECKPOINT_SECONDS, took / CHECKPOINT_SHARE)

    def _commit(self, **columns: Any) -> bool:
        """Store what is pending; where the store cannot be written, keep it for the next time."""
        try:
            self._lease.commit(self._progress(**columns))
        except StoreError as error:
            self._bear(error)
            return False
        self._patience_until = None
        self._pending.clear()
        self._commit_at = monotonic() + COMMIT_SECONDS
        return True

    def _bear(self, error: StoreError) -> None:
        if self._patience_until is None:
            self._patience_until = monotonic() + PATIENCE_SECONDS
        elif self._due(self._patience_until):
            raise error
        log.warning("run %d: %s", self._lease.claim.run, error)
        self._commit_at = monotonic() + RETRY_SECONDS

    def _progress(self, **columns: Any) -> Progress:
        training = self._training
        columns = {"device": training.device, "seconds": training.seconds, **columns}
        speed = self._examples_per_second()
        if speed is not None:
            columns["examples_per_second"] = speed
        return Progress(training.head(), tuple(self._pending), columns)

    def _examples_per_second(self) -> float | None:
        """Return the speed over the last moments, None before there are two of them."""
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
        """Return the run to the queue, to be taken up where it stands now."""
        self._keep()
        self._guard.close()
        self._lease.release("its worker was stopped", counted=False)

    def _finish(self, last: Record) -> None:
        """End the run as its last record says."""
        if isinstance(last, Diverged):
            self._end(State.DIVERGED, error=last.reason, seconds=last.seconds)
        elif isinstance(last, Finished):
            figures = asdict(last)
            figures.pop("member")
            self._end(State.FINISHED, **figures)

    def _end(self, state: State, error: str | None = None, **columns: Any) -> None:
        """Store the last records with the final state, and remove what only a resume needs."""
        self._guard.close()
        while not self._ended(state, error, columns):
            sleep(RETRY_SECONDS)
        self._checkpoints.clear()

    def _ended(self, state: State, error: str | None, columns: dict[str, Any]) -> bool:
        try:
            self._lease.end(state, self._progress(**columns), error=error)
        except StoreError as fault:
            self._bear(fault)
            return False
        return True


def ready(device: str) -> None:
    """Leave with status 0 if this machine can train on `device`, else say why not."""
    from lrlab.training.device import choose

    try:
        choose(device)
    except InvalidInput as error:
        raise SystemExit(str(error)) from error


def start_log() -> None:
    """Write what happens to stderr, one line each."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")


def _training(experiment: Experiment, device: str, checkpoint: str | None) -> Training:
    """Return the training where its last sound checkpoint left it, without one at its start."""
    from lrlab.training import Training
    from lrlab.training.device import prepare_threads

    prepare_threads()
    for path in candidates(checkpoint):
        try:
            return Training([experiment], device, path.read_bytes())
        except (InvalidInput, OSError) as error:
            log.warning("%s: %s", path.name, error)
    return Training([experiment], device)


def _within(sentence: str) -> str:
    """Return a sentence as the end of another one."""
    return sentence[0].lower() + sentence[1:].rstrip(".")


def _sentence(error: Exception) -> str:
    """Return what failed in one sentence for the run's owner."""
    text = str(error).strip().split("\n")[0]
    if isinstance(error, InvalidInput | OSError):
        return text
    return f"Training failed: {type(error).__name__}: {text}"
