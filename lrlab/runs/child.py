"""The worker of a device beside others: an ordinary one, started, watched and started again.

It ends when its stdin is closed, and so with the process that holds this, however that ends.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from threading import Event, Thread
from typing import Any

from lrlab.paths import home

STOP_SECONDS = 20.0  # for a worker to give its runs back
LONGEST_SECONDS = 30.0  # between two starts of one that keeps ending


class Child:
    """`lrlab worker` for a device under a name, running for as long as this does.

    `environment`: all of its variables, which say what it sees of the machine.
    """

    def __init__(self, name: str, device: str, environment: Mapping[str, str]) -> None:
        self._command = [
            sys.executable, "-m", "lrlab", "worker", "--while-stdin-open",
            "--device", device, "--name", name,
        ]  # fmt: skip
        self._environment = environment
        self._log = home() / f"worker-{name}.log"
        self._stopping = Event()
        self._starts = 0
        self._process = self._start()
        Thread(target=self._watch, daemon=True).start()

    def report(self) -> dict[str, Any]:
        """Return whether it is alive, its process, its starts, and its last words if it is not."""
        alive = self._process.poll() is None
        said = "" if alive else _last_line(self._log)
        return {"alive": alive, "pid": self._process.pid, "starts": self._starts, "said": said}

    def stop(self) -> None:
        """Let the worker give its runs back and end; kill it if that takes too long."""
        self.ask_to_stop()
        process = self._process
        try:
            process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()

    def ask_to_stop(self) -> None:
        """Let the worker begin to end."""
        self._stopping.set()
        assert self._process.stdin is not None
        self._process.stdin.close()

    def _start(self) -> subprocess.Popen[bytes]:
        self._starts += 1
        with self._log.open("ab") as log:
            return subprocess.Popen(
                self._command, stdin=subprocess.PIPE, stdout=log, stderr=log, env=self._environment
            )

    def _watch(self) -> None:
        """Start the worker again whenever it has ended, later each time in a row."""
        pause = 1.0
        while not self._stopping.is_set():
            try:
                self._process.wait(LONGEST_SECONDS)
            except subprocess.TimeoutExpired:
                pause = 1.0
                continue
            if not self._stopping.wait(pause):
                self._process = self._start()
                if self._stopping.is_set():  # it was asked just then
                    self.ask_to_stop()
            pause = min(2 * pause, LONGEST_SECONDS)


def stop_all(children: Iterable[Child]) -> None:
    """Stop workers, all at the same time."""
    children = list(children)
    for child in children:
        child.ask_to_stop()
    for child in children:
        child.stop()


def _last_line(path: Path) -> str:
    lines = path.read_text(encoding="utf-8", errors="replace").strip().splitlines()
    return lines[-1] if lines else ""
