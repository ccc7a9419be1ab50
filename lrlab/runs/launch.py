"""Starting a worker from an app or a command: a program of its own that outlives both."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import lrlab
from lrlab.paths import home
from lrlab.runs.locks import take, worker_alive

_started: list[subprocess.Popen[bytes]] = []


def ensure_worker() -> None:
    """Start a worker for this home unless one is there; safe when many call it at once.

    The worker has a session of its own and writes to `worker.log` in the home. It inherits
    the lock under which it was started and so holds it for its life: whoever calls
    meanwhile finds it taken, however early that is.
    """
    _started[:] = [process for process in _started if process.poll() is None]
    if worker_alive():
        return
    starting = take(home() / "starting.lock")
    if starting is None:
        return
    with starting, (home() / "worker.log").open("ab") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "lrlab", "worker", "--idle-exit"],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
            pass_fds=[starting.fileno()],
            env=os.environ | {"PYTHONPATH": path_of_lrlab()},
        )
    _started.append(process)


def path_of_lrlab() -> str:
    """Return a PYTHONPATH on which the worker finds this same lrlab, from any folder."""
    here = str(Path(lrlab.__file__).parent.parent)
    return os.pathsep.join(filter(None, [here, os.environ.get("PYTHONPATH")]))
