"""A thread that watches over a training: its parent, its lease and what people want of it."""

from __future__ import annotations

import logging
import os
from multiprocessing import parent_process
from multiprocessing.connection import wait
from threading import Thread
from time import monotonic

from lrlab.runs.claims import LEASE_SECONDS
from lrlab.runs.database import StoreError
from lrlab.runs.lease import Fenced, Lease, Progress
from lrlab.runs.states import State

CONTROL_SECONDS = 0.05  # between two looks at what is wanted
GRACE_SECONDS = 0.1  # for the training to end by itself, with its last records
RENEW_SECONDS = LEASE_SECONDS / 5

log = logging.getLogger(__name__)


class Guard(Thread):
    """Ends this process when it must not live on, and holds the lease through long slices.

    The kernel does not tell a forkserver's child that the supervisor died: the fork server
    is its parent. The pipe that `parent_process().sentinel` names does.
    """

    def __init__(self, lease: Lease) -> None:
        super().__init__(name="guard", daemon=True)
        self.wanted: State | None = None  # what the training should become: cancelled, or queued
        self._lease = lease
        self._closing = False
        self._deadline = float("inf")

    def close(self) -> None:
        """Leave the run to the caller, who is about to end it in the store."""
        self._closing = True

    def run(self) -> None:
        """Look until the supervisor dies or the training has been closed."""
        parent = parent_process()
        assert parent is not None, "a training runs in a process of its own"
        while not wait([parent.sentinel], timeout=CONTROL_SECONDS):
            if not self._closing:
                self._look()
        log.warning("run %d: the worker is gone, ending", self._lease.claim.run)
        os._exit(1)

    def _look(self) -> None:
        try:
            self._obey(self._lease.wanted())
            if monotonic() - self._lease.extended > RENEW_SECONDS:
                self._lease.renew()
        except StoreError as error:  # the next look may fare better, until the lease runs out
            log.warning("run %d: %s", self._lease.claim.run, error)
        except Fenced as error:
            if not self._closing:
                log.warning("%s", error)
                os._exit(1)

    def _obey(self, wanted: State | None) -> None:
        """Hand the order to the training; end it from here if it is too busy to see it."""
        if wanted is not State.CANCELLED:
            return
        if self.wanted is not wanted:
            self.wanted, self._deadline = wanted, monotonic() + GRACE_SECONDS
        elif monotonic() > self._deadline and not self._closing:
            self._lease.end(State.CANCELLED, Progress())
            os._exit(0)
