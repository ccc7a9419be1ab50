"""Real workers for the tests: started, found in /proc, and ended whatever happens."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

T = TypeVar("T")


def wait_for(condition: Callable[[], T], what: str, seconds: float = 30.0) -> T:
    """Return the condition's first true value; fail the test after the deadline."""
    until = time.monotonic() + seconds
    while not (value := condition()):
        assert time.monotonic() < until, f"waited {seconds} s in vain for {what}"
        time.sleep(0.005)
    return value


class Worker:
    """`python -m lrlab worker` for a home, in a session of its own.

    code: a Python program that is run instead, such as one with other deadlines.
    """

    def __init__(
        self, home: Path, *options: str, url: str | None = None, code: str | None = None
    ) -> None:
        self.log = home / "test.log"
        environment = os.environ | {"LRLAB_HOME": str(home)}
        if url:
            environment["LRLAB_DATABASE_URL"] = url
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, *(["-c", code] if code else ["-m", "lrlab", "worker", *options])],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env=environment,
                start_new_session=True,
            )
        self.pid = self.process.pid

    def until_ready(self) -> Worker:
        wait_for(lambda: "worker ready" in self.said(), f"a ready worker, not {self.said()}", 60)
        return self

    def said(self) -> str:
        return self.log.read_text()

    def all_processes(self) -> list[int]:
        """Every process of the worker's session that lives."""
        return [pid for pid, (_, session) in _table().items() if session == self.pid]

    def training(self) -> int | None:
        """The process that trains a run now: a child of the fork server."""
        table = _table()
        for pid, (parent, session) in table.items():
            if session == self.pid and table.get(parent, (0, 0))[0] == self.pid:
                return pid
        return None

    def kill_training(self) -> None:
        os.kill(wait_for(self.training, "a training process"), signal.SIGKILL)

    def signal_all(self, number: signal.Signals) -> None:
        os.killpg(self.pid, number)

    def end(self) -> None:
        for pid in self.all_processes():
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                continue
        self.process.wait()


def _table() -> dict[int, tuple[int, int]]:
    """Return each living process's parent and session."""
    table = {}
    for entry in Path("/proc").iterdir():
        try:
            state, parent, _, session = (
                (entry / "stat").read_text().rpartition(")")[2].split()[:4]
                if entry.name.isdigit()
                else ("Z", 0, 0, 0)
            )
        except (FileNotFoundError, ProcessLookupError):
            continue
        if state != "Z":
            table[int(entry.name)] = (int(parent), int(session))
    return table
