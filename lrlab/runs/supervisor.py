"""The worker's supervisor: claims runs for one device and trains each in a process of its own.

Runs outside the web process and without torch; a fork server that has torch loaded starts
the processes. One supervisor serves a device of a home; nothing of it outlives it. The one
that nobody gave a name has another beside it on each further GPU of the machine.
"""

from __future__ import annotations

import hashlib
import logging
import os
import re
import signal
import socket
import stat
import sys
from multiprocessing import get_context
from multiprocessing.connection import wait
from multiprocessing.context import ForkServerProcess
from threading import Thread
from time import monotonic, sleep
from types import FrameType

from lrlab import reasons
from lrlab.errors import InvalidInput, shown
from lrlab.paths import home
from lrlab.runs.child import Child, stop_all
from lrlab.runs.clearing import Housekeeper
from lrlab.runs.database import StoreError
from lrlab.runs.lease import Lease
from lrlab.runs.locks import app_lock, take, taken, worker_lock
from lrlab.runs.queue import MOST
from lrlab.runs.store import Store
from lrlab.runs.worker import NEWER, ready, start_log, work

DEVICES = ("auto", "cpu", "cuda")
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
MOST_LETTERS = 100
POLL_SECONDS = 0.04  # between two looks at the queue
WATCH_SECONDS = 0.1  # between two looks at a training process
CHECK_SECONDS = 1.0  # between two looks at its lease, and at a store that cannot be read
STOP_SECONDS = 10.0  # for a process to write its checkpoint when the worker is stopped
IDLE_SECONDS = 600.0
LOG_BYTES = 1_000_000
# A pack gives way to a run that nobody has begun and that takes at most so long, if there is
# so many times as much left of the pack; not before it has had its own turn.
SHORT_SECONDS = 60.0
TIMES_LONGER = 4.0
TURN_SECONDS = 30.0

log = logging.getLogger(__name__)


def main(
    *,
    idle_exit: bool = False,
    device: str = "auto",
    name: str | None = None,
    while_stdin_open: bool = False,
) -> None:
    """Serve this home's queue until told to stop, by Ctrl-C or SIGTERM.

    With `idle_exit`, also stop when no app was open and no run waited for ten minutes; with
    `while_stdin_open`, also when nobody holds the other end of stdin any more. `name` tells
    workers for one device of one home apart, as those for several GPUs.
    Raises InvalidInput for an unknown device or what is no name, and SystemExit with a sentence
    if another worker serves the device already or the device cannot be used.
    """
    if device not in DEVICES:
        raise InvalidInput("device", f"is {shown(device)}; allowed are {', '.join(DEVICES)}.")
    if name is not None:
        check_name(name)
    start_log()
    seconds = IDLE_SECONDS if idle_exit else None
    supervisor = Supervisor(device=device, name=name, idle_seconds=seconds)
    if while_stdin_open:
        Thread(target=supervisor.stop_with_stdin, daemon=True).start()
    supervisor.run()


def check_name(name: str, most: int = MOST_LETTERS) -> None:
    """Raise InvalidInput unless a machine or a worker can have that name: it names a file too."""
    if not NAME.fullmatch(name) or len(name) > most:
        raise InvalidInput(
            "name",
            f"is {shown(name)}; allowed are up to {most} letters, digits, dots, dashes and "
            "underscores, a letter or digit first.",
        )


class Supervisor:
    """One device's worker. `idle_seconds`: ends when idle for so long, None: never."""

    def __init__(
        self, *, device: str = "auto", name: str | None = None, idle_seconds: float | None = None
    ) -> None:
        self._device = device
        self._named = name
        self._idle_seconds = idle_seconds
        self._idle_since = monotonic()
        self._stopping = False
        self._beside: list[Child] = []
        self._context = get_context("forkserver")
        self._context.set_forkserver_preload(["lrlab.runs.preload"])

    def run(self) -> None:
        """Serve until told to stop. Raises SystemExit if this device cannot be served."""
        lock = take(worker_lock(self._named or self._device))
        if lock is None:
            what = f"as {self._named}" if self._named else f"device {self._device}"
            raise SystemExit(f"Another worker serves {what} of {home()} already.")
        with lock:
            for number in (signal.SIGTERM, signal.SIGINT):
                signal.signal(number, self._stop)
            try:
                self._prepare()
                self._serve()
            finally:
                stop_all(self._beside)
            log.info("worker stopped")

    def stop_with_stdin(self) -> None:
        """Wait until stdin ends, as it does with whoever holds its other end; then stop."""
        while os.read(0, 4096):
            pass
        self._stopping = True

    def _stop(self, number: int, frame: FrameType | None) -> None:
        self._stopping = True

    def _prepare(self) -> None:
        """Load torch in the fork server, and take back what a killed predecessor held."""
        self._store = Store()
        self._housekeeper = Housekeeper(self._store.database)
        self._name = self._named or _name(self._device)
        kind, devices = self._device_found()
        self._most = MOST[kind]
        self._store.reclaim(self._name)
        if self._named is None and not self._stopping:
            self._beside = [self._worker_beside(number) for number in range(1, devices)]
        log.info("worker ready on device %s of %s", self._device, home())

    def _device_found(self) -> tuple[str, int]:
        """Return this device's kind, "cpu" or "cuda", and how many there are of it."""
        heard, reply = self._context.Pipe(duplex=False)
        first = self._context.Process(target=ready, args=(self._device, reply))
        first.start()
        reply.close()
        first.join()
        if first.exitcode and not self._stopping:
            raise SystemExit(f"The worker cannot train on device {self._device}.")
        return heard.recv() if heard.poll() else ("cpu", 1)

    def _worker_beside(self, number: int) -> Child:
        """Start the worker of a further GPU, which sees that one alone."""
        seen = os.environ.get("CUDA_VISIBLE_DEVICES", "").split(",")
        visible = seen[number].strip() if len(seen) > number else str(number)
        name = f"{self._name.replace('/', '-')}-gpu{number}"
        return Child(name, self._device, os.environ | {"CUDA_VISIBLE_DEVICES": visible})

    def _serve(self) -> None:
        lease: Lease | None = None
        while not self._stopping and not self._idle_long():
            lease = lease or self._claim()
            if lease is not None:
                lease = self._train(lease)
                self._housekeeper.turn()

    def _claim(self, most_work: float | None = None) -> Lease | None:
        """Return the lease of what is next; after a wait, None where nothing is."""
        try:
            lease = self._store.claim(self._name, most=self._most, most_work=most_work)
        except StoreError as error:
            log.warning("%s", error)
            self._pause(CHECK_SECONDS)
            return None
        if lease is None and most_work is None:
            self._pause(POLL_SECONDS)
        return lease

    def _pause(self, seconds: float) -> None:
        """Wait, in steps short enough that a signal to stop is soon obeyed."""
        until = monotonic() + seconds
        while not self._stopping and (left := until - monotonic()) > 0:
            sleep(min(left, POLL_SECONDS))

    def _train(self, lease: Lease) -> Lease | None:
        """Train claimed runs in a process of their own, and see to what becomes of it.

        Returns the lease of what they gave way to, if they did.
        """
        _bound_log()
        words = ", ".join(
            f"run {each.run}: claim {each.token} at update {each.last_update}"
            for each in lease.claimed.claims
        )
        log.info("%s", words)
        process = self._context.Process(
            target=work, args=(lease.claimed, self._store.database.url, self._device), daemon=True
        )
        process.start()
        shorter = self._watch(process, lease)
        log.info("%s: %s", words.split(":")[0], _ending(process.exitcode))
        try:
            # Touches nothing where the runs were ended or given back.
            lease.release(_ending(process.exitcode), counted=process.exitcode != NEWER)
        except StoreError as error:
            log.warning("%s", error)  # the lease will run out
        if process.exitcode == NEWER:
            log.warning("this worker is older than its store and ends")
            self._stopping = True
        return shorter

    def _watch(self, process: ForkServerProcess, lease: Lease) -> Lease | None:
        """Wait until the process has ended; end one that is stopped or has lost its lease.

        Returns the lease of shorter runs for which it was stopped, else None.
        """
        shorter: Lease | None = None
        began = monotonic()
        check_at = began + CHECK_SECONDS
        while not wait([process.sentinel], timeout=WATCH_SECONDS):
            if self._stopping or shorter:
                process.terminate()
                process.join(STOP_SECONDS)
                break
            if monotonic() > check_at:
                check_at = monotonic() + CHECK_SECONDS
                if self._lost(lease):
                    process.join(CHECK_SECONDS)  # one that has just been woken leaves by itself
                    break
                if monotonic() - began > TURN_SECONDS:
                    shorter = self._shorter(lease)
        if process.is_alive():
            process.kill()
        process.join()
        return shorter

    def _shorter(self, lease: Lease) -> Lease | None:
        """Claim runs that are done long before these would be, if any wait."""
        try:
            most = self._store.short_work(
                [claim.run for claim in lease.claimed.claims],
                seconds=SHORT_SECONDS, times=TIMES_LONGER,
            )  # fmt: skip
        except StoreError:
            return None
        return self._claim(most) if most else None

    def _lost(self, lease: Lease) -> bool:
        try:
            return not lease.valid()
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
        return reasons.KILLED.format(signal=signal.Signals(-exitcode).name)
    return reasons.STATUS.format(status=exitcode)


def _bound_log() -> None:
    """Start the log anew when it is a file that has grown large."""
    sys.stderr.flush()
    status = os.fstat(2)
    if stat.S_ISREG(status.st_mode) and status.st_size > LOG_BYTES:
        os.ftruncate(2, 0)
