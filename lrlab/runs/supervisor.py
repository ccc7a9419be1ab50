"""The worker's supervisor: claims runs for one device and trains each in a process of its own.

Runs outside the web process and without torch; a fork server that has torch loaded starts
the processes. One supervisor serves a device of a home; nothing of it outlives it.
"""

from __future__ import annotations

import hashlib
import logging
import os
import signal
import socket
import stat
import sys
from multiprocessing import get_context
from multiprocessing.connection import wait
from multiprocessing.context import ForkServerProcess
from time import monotonic, sleep
from types import FrameType

from lrlab.errors import InvalidInput, shown
from lrlab.paths import home
from lrlab.runs.database import StoreError
from lrlab.runs.lease import Lease
from lrlab.runs.locks import app_lock, take, taken, worker_lock
from lrlab.runs.store import Store
from lrlab.runs.worker import ready, start_log, work

DEVICES = ("auto", "cpu", "cuda")
POLL_SECONDS = 0.04  # between two looks at the queue
WATCH_SECONDS = 0.1  # between two looks at a training process
CHECK_SECONDS = 1.0  # between two looks at its lease, and at a store that cannot be read
STOP_SECONDS = 10.0  # for a process to write its checkpoint when the worker is stopped
IDLE_SECONDS = 600.0
LOG_BYTES = 1_000_000

log = logging.getLogger(__name__)


def main(*, idle_exit: bool = False, device: str = "auto") -> None:
    """Serve this home's queue until told to stop, by Ctrl-C or SIGTERM.

    With `idle_exit`, also stop when no app was open and no run waited for ten minutes.
    Raises InvalidInput for an unknown device, and SystemExit with a sentence if another
    worker serves the device already or the device cannot be used.
    """
    if device not in DEVICES:
        raise InvalidInput("device", f"is {shown(device)}; allowed are {', '.join(DEVICES)}.")
    start_log()
    Supervisor(device=device, idle_seconds=IDLE_SECONDS if idle_exit else None).run()


class Supervisor:
    """One device's worker. `idle_seconds`: ends when idle for so long, None: never."""

    def __init__(self, *, device: str = "auto", idle_seconds: float | None = None) -> None:
        self._device = device
        self._idle_seconds = idle_seconds
        self._idle_since = monotonic()
        self._stopping = False
        self._context = get_context("forkserver")
        self._context.set_forkserver_preload(["lrlab.runs.preload"])

    def run(self) -> None:
        """Serve until told to stop. Raises SystemExit if this device cannot be served."""
        lock = take(worker_lock(self._device))
        if lock is None:
            raise SystemExit(f"Another worker serves device {self._device} of {home()} already.")
        with lock:
            for number in (signal.SIGTERM, signal.SIGINT):
                signal.signal(number, self._stop)
            self._prepare()
            self._serve()
            log.info("worker stopped")

    def _stop(self, number: int, frame: FrameType | None) -> None:
        self._stopping = True

    def _prepare(self) -> None:
        """Load torch in the fork server, and take back what a killed predecessor held."""
        self._store = Store()
        self._name = _name(self._device)
        first = self._context.Process(target=ready, args=(self._device,))
        first.start()
        first.join()
        if first.exitcode and not self._stopping:
            raise SystemExit(f"The worker cannot train on device {self._device}.")
        self._store.reclaim(self._name)
        log.info("worker ready on device %s of %s", self._device, home())

    def _serve(self) -> None:
        while not self._stopping and not self._idle_long():
            try:
                lease = self._store.claim(self._name)
            except StoreError as error:
                log.warning("%s", error)
                self._pause(CHECK_SECONDS)
                continue
            if lease is None:
                self._pause(POLL_SECONDS)
            else:
                self._train(lease)

    def _pause(self, seconds: float) -> None:
        """Wait, in steps short enough that a signal to stop is soon obeyed."""
        until = monotonic() + seconds
        while not self._stopping and (left := until - monotonic()) > 0:
            sleep(min(left, POLL_SECONDS))

    def _train(self, lease: Lease) -> None:
        """Train a claimed run in a process of its own, and see to what becomes of it."""
        _bound_log()
        number = lease.claim.run
        log.info(
            "run %d: claim %d at update %d", number, lease.claim.token, lease.claim.last_update
        )
        process = self._context.Process(
            target=work, args=(lease.claim, self._store.database.url, self._device), daemon=True
        )
        process.start()
        self._watch(process, lease)
        log.info("run %d: %s", number, _ending(process.exitcode))
        try:
            lease.release(_ending(process.exitcode))  # touches nothing if the run was ended
        except StoreError as error:
            log.warning("%s", error)  # its lease will run out

    def _watch(self, process: ForkServerProcess, lease: Lease) -> None:
        """Wait until the process has ended; end one that is stopped or has lost its lease."""
        check_at = monotonic() + CHECK_SECONDS
        while not wait([process.sentinel], timeout=WATCH_SECONDS):
            if self._stopping:
                process.terminate()
                process.join(STOP_SECONDS)
                break
            if monotonic() > check_at:
                check_at = monotonic() + CHECK_SECONDS
                if self._lost(lease):
                    process.join(CHECK_SECONDS)  # one that has just been woken leaves by itself
                    break
        if process.is_alive():
            process.kill()
        process.join()

    def _lost(self, lease: Lease) -> bool:
        try:
            return not lease.held()
        except StoreError as error:
            log.warning("%s", error)
            return False

    def _idle_long(self) -> bool:
        """Return whether no app was open and no run waited for as long as was asked."""
        if self._idle_seconds is None:
            return False
        if taken(app_lock()) or self._busy():
            self._idle_since = monotonic()
        return monotonic() - self._idle_since > self._idle_seconds

    def _busy(self) -> bool:
        try:
            return self._store.busy()
        except StoreError:
            return True


def _name(device: str) -> str:
    """Return this worker's name, the same for the one that takes its place on this machine."""
    place = hashlib.sha256(str(home()).encode()).hexdigest()[:8]
    return f"{socket.gethostname()}/{device}/{place}"


def _ending(exitcode: int | None) -> str:
    if exitcode is not None and exitcode < 0:
        return f"its process was ended by {signal.Signals(-exitcode).name}"
    return f"its process ended with status {exitcode}"


def _bound_log() -> None:
    """Start the log anew when it is a file that has grown large."""
    sys.stderr.flush()
    status = os.fstat(2)
    if stat.S_ISREG(status.st_mode) and status.st_size > LOG_BYTES:
        os.ftruncate(2, 0)
