"""One worker for a home, however many ask for it, and none when nobody needs it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from lrlab.runs import State, Store, ensure_worker, hold_app_lock, worker_alive
from tests.runs.conftest import Homes, Workers, experiment, until
from tests.runs.processes import wait_for
from tests.submitted import submit

IDLE = "from lrlab.runs.supervisor import Supervisor; Supervisor(idle_seconds=0.3).run()"


def workers(home: Path) -> list[int]:
    """Return the workers that serve this home: those whose environment names it."""
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            command = (entry / "cmdline").read_bytes().split(b"\0")
            named = f"LRLAB_HOME={home}".encode() in (entry / "environ").read_bytes().split(b"\0")
        except (FileNotFoundError, ProcessLookupError, PermissionError):
            continue
        if named and b"worker" in command:
            found.append(int(entry.name))
    return found


@pytest.fixture
def ending(home: Path) -> Iterator[None]:
    """End, after the test, the workers that it let start."""
    yield
    for pid in workers(home):
        os.kill(pid, signal.SIGTERM)
    wait_for(lambda: not worker_alive(), "the worker to end")


@pytest.mark.usefixtures("ending")
def test_many_who_ask_for_a_worker_at_once_get_one(home: Path) -> None:
    code = "from lrlab.runs import ensure_worker; ensure_worker()"
    asking = [subprocess.Popen([sys.executable, "-c", code]) for _ in range(4)]
    ensure_worker()
    ensure_worker()
    assert [process.wait(60) for process in asking] == [0] * 4
    log = home / "worker.log"
    wait_for(lambda: "worker ready" in log.read_text(), "a ready worker", 60)
    ensure_worker()
    assert len(workers(home)) == 1
    assert "Another worker" not in log.read_text()
    assert os.getsid(workers(home)[0]) != os.getsid(0), "it does not end with our terminal"


def test_a_second_worker_for_the_same_device_leaves_with_a_sentence(
    new_home: Homes, start: Workers
) -> None:
    home = new_home("twice")
    both = [start(home), start(home)]
    wait_for(lambda: any(w.process.poll() is not None for w in both), "one of two to leave")
    left, stays = sorted(both, key=lambda w: w.process.poll() is None)
    assert left.process.returncode == 1
    stays.until_ready()
    assert stays.process.poll() is None
    assert f"Another worker serves device auto of {home} already." in stays.said()


def test_an_idle_worker_stays_for_an_open_app_and_ends_with_the_last_one(
    home: Path, store: Store
) -> None:
    with hold_app_lock():
        worker = subprocess.Popen([sys.executable, "-c", IDLE], start_new_session=True)
        wait_for(worker_alive, "the worker")
        # Its training takes longer than the worker would stay on alone.
        for seed in range(2):
            until(store, submit(store, experiment(seed=seed)), State.FINISHED)
        assert worker.poll() is None
    assert worker.wait(30) == 0
    assert not worker_alive()


def test_an_unknown_device_is_refused_in_one_sentence(home: Path) -> None:
    command = [sys.executable, "-m", "lrlab", "worker", "--device", "tpu"]
    refused = subprocess.run(command, capture_output=True, text=True, check=False)
    assert refused.returncode == 2
    assert "tpu" in refused.stderr
    assert "Traceback" not in refused.stderr
