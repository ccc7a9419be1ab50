"""A thread that watches over a training: its parent, its lease and what people want of it."""

from __future__ import annotations

import logging
import os
from collections import deque
from multiprocessing import parent_process
from multiprocessing.connection import wait
from threading import Thread
from time import monotonic

from lrlab.runs.claims import LEASE_SECONDS
from lrlab.runs.commands import RATE_KINDS, Command
from lrlab.runs.database import StoreError
from lrlab.runs.lease import Fenced, Lease
from lrlab.runs.states import State
from lrlab.runs.writing import Progress

CONTROL_SECONDS = 0.05  # between two looks at what is wanted
GRACE_SECONDS = 0.1  # for the training to let go of a run by itself, with its last records
RENEW_SECONDS = LEASE_SECONDS / 5

log = logging.getLogger(__name__)


class Guard(Thread):
    """Ends this process when it must not live on, and holds the lease through long slices.

    `wanted` holds by member what a person wants a run to be, cancelled or paused; `told` the
    commands that steer a member's rate, in order; `stopping` says that the worker has to stop.

    The kernel does not tell a forkserver's child that the supervisor died: the fork server
    is its parent. The pipe that `parent_process().sentinel` names does.
    """

    def __init__(self, lease: Lease) -> None:
        super().__init__(name="guard", daemon=True)
        self.wanted: dict[int, State] = {}
        self.told: deque[tuple[int, Command]] = deque()
        self.stopping = False
        self._lease = lease
        self._closing = False
        self._deadlines: dict[int, float] = {}

    def close(self) -> None:
        """Leave the runs to the caller, who is about to let go of them all."""
        self._closing = True

    def run(self) -> None:
        """Look until the supervisor dies or the training has been closed."""
        parent = parent_process()
        assert parent is not None, "a training runs in a process of its own"
        while not wait([parent.sentinel], timeout=CONTROL_SECONDS):
            if not self._closing:
                self._look()
        log.warning("the worker is gone, ending")
        os._exit(1)

    def _look(self) -> None:
        try:
            for member, orders in self._lease.orders().items():
                steering = (each for each in orders.commands if each.kind in RATE_KINDS)
                self.told.extend((member, each) for each in steering)
                self._obey(member, orders.wanted)
            if monotonic() - self._lease.extended > RENEW_SECONDS:
                self._lease.renew()
        except StoreError as error:  # the next look may fare better, until the lease runs out
            log.warning("%s", error)
        except Fenced as error:
            if not self._closing:
                log.warning("%s", error)
                os._exit(1)

    def _obey(self, member: int, wanted: State | None) -> None:
        """Hand the wish to the training; cancel from here if that is too busy to see it."""
        if wanted is None:
            self.wanted.pop(member, None)
        elif self.wanted.get(member) is not wanted:
            self.wanted[member] = wanted
            self._deadlines[member] = monotonic() + GRACE_SECONDS
        elif wanted is State.CANCELLED and monotonic() > self._deadlines[member]:
            self._lease.end(member, State.CANCELLED, Progress())
            if not self._lease.held:
                os._exit(0)
