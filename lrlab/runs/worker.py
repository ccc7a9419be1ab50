"""The process that makes one attempt at the runs of a claim. Loads torch only when it works.

It ends with its runs, and its memory with it.
"""

from __future__ import annotations

import logging
import signal
from collections.abc import Iterator, Sequence
from multiprocessing.connection import Connection
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import URL

from lrlab import reasons
from lrlab.errors import DeviceFault, InvalidInput, OutOfMemory
from lrlab.experiment import Experiment
from lrlab.paths import home
from lrlab.runs.attempt import Attempt
from lrlab.runs.checkpoints import candidates
from lrlab.runs.claims import Claim, Claimed, Place
from lrlab.runs.database import Database, NewerStoreError, StoreError
from lrlab.runs.guard import Guard
from lrlab.runs.lease import Fenced, Lease
from lrlab.runs.states import State
from lrlab.runs.writing import Progress

if TYPE_CHECKING:
    from lrlab.training import Training

NEWER = 3  # the status of a process that is older than its store

log = logging.getLogger(__name__)


def work(claimed: Claimed, url: URL, device: str) -> None:
    """Train claimed runs to their end, or to the first thing that stops them."""
    start_log()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the supervisor's to handle
    try:
        lease = Lease(Database(url), claimed)
    except NewerStoreError as error:
        log.warning("%s", error)
        raise SystemExit(NEWER) from error
    guard = Guard(lease)
    signal.signal(signal.SIGTERM, lambda *_: setattr(guard, "stopping", True))
    guard.start()
    try:
        _train(lease, guard, device)
    except Fenced as error:
        log.warning("%s", error)
    except DeviceFault as error:  # another attempt, perhaps elsewhere, may succeed
        log.warning("%s", error)
        _give_back(lease, guard, str(error))
    except StoreError as error:  # nothing can be told; the lease runs out and the run is queued
        raise SystemExit(str(error)) from error
    except Exception as error:
        log.exception("training failed")
        if len(lease.held) > 1:  # one of them may be why: if it happens again, each goes on alone
            _give_back(lease, guard, _sentence(error))
            return
        guard.close()
        for member in list(lease.held):
            lease.end(member, State.FAILED, Progress(), error=_sentence(error))


def _give_back(lease: Lease, guard: Guard, sentence: str) -> None:
    """Return the runs to the queue after an attempt that ended so."""
    guard.close()
    lease.release(reasons.within(sentence))


def _train(lease: Lease, guard: Guard, device: str) -> None:
    """Train what fits into the memory; the rest waits on, to be trained after it."""
    while lease.held:
        try:
            return Attempt(lease, guard, training(lease, device)).run()
        except OutOfMemory:
            if len(lease.held) == 1:
                raise
            log.warning("%d runs are too many for the memory", len(lease.held))
            if lease.begun:
                lease.dissolve()  # what has begun cannot change its pack and keep its curve
            else:
                lease.shrink(len(lease.claimed.experiments) // 2)


def training(lease: Lease, device: str) -> Training:
    """Return the training where its last sound checkpoint left it, without one at its start."""
    from lrlab.training import Training
    from lrlab.training.device import choose, prepare_threads
    from lrlab.training.memory import most_members

    prepare_threads()
    claims = lease.claimed.claims
    if lease.claimed.pack is None:
        return _alone(claims[0], device)
    if not lease.begun:
        most = most_members(Experiment.parse(claims[0].experiment), choose(device))
        if most < len(lease.claimed.experiments):
            lease.shrink(most)
    experiments = [Experiment.parse(each) for each in lease.claimed.experiments]
    for path, content in _contents([each.checkpoint for each in claims]):
        try:
            return Training(experiments, device, content)
        except InvalidInput as error:
            log.warning("%s: %s", path.name, error)
    return Training(experiments, device)


def _alone(claim: Claim, device: str) -> Training:
    """Return the training of one run: its own, or what its pack or its parent left it."""
    from lrlab.training import Origin, Training, branch

    experiment = Experiment.parse(claim.experiment)
    member = claim.checkpoint.member if claim.checkpoint else 0
    for path, content in _contents([claim.checkpoint]):
        try:
            return Training([experiment], device, content)
        except InvalidInput as own:
            try:  # what a pack left it
                return branch([experiment], [Origin(content, member)], device)
            except InvalidInput:
                log.warning("%s: %s", path.name, own)
    if claim.parent is None:
        return Training([experiment], device)
    for _, content in _contents([claim.origin], only=True):
        assert claim.origin is not None
        return branch([experiment], [Origin(content, claim.origin.member)], device)
    raise InvalidInput("parent", reasons.ORIGIN_GONE, run=claim.parent)


def _contents(
    places: Sequence[Place | None], *, only: bool = False
) -> Iterator[tuple[Path, bytes]]:
    """Yield the checkpoints that may be gone on from, each file once; `only` these themselves."""
    names = dict.fromkeys(place.path for place in places if place)
    for name in names:
        for path in [home() / name] if only else candidates(name):
            try:
                yield path, path.read_bytes()
            except OSError as error:
                log.warning("%s: %s", path.name, error)


def ready(device: str, reply: Connection) -> None:
    """Reply with the kind of `device`, "cpu" or "cuda", and how many there are of it here.

    Leaves with why this machine lacks it.
    """
    from lrlab.training.device import choose, count

    try:
        kind = choose(device)
        reply.send((kind, count(kind)))
    except InvalidInput as error:
        raise SystemExit(str(error)) from error


def start_log() -> None:
    """Write what happens to stderr, one line each."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")


def _sentence(error: Exception) -> str:
    """Return what failed in one sentence for the run's owner."""
    text = str(error).strip().split("\n")[0]
    if isinstance(error, InvalidInput | OSError):
        return text
    return reasons.FAILED.format(kind=type(error).__name__, text=text)
