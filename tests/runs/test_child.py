"""A worker that another process holds: beside a cluster's actor, or beside the first GPU's worker.

There is no GPU here: the first worker is told of several, and each trains on the CPU.
"""

from __future__ import annotations

import os
import signal
from pathlib import Path

from lrlab.runs import State, Store
from lrlab.runs.child import Child
from tests.runs.conftest import Workers, curve, experiment, until, until_update
from tests.runs.processes import Worker, wait_for
from tests.submitted import submit

MANY = """
from lrlab.runs.supervisor import Supervisor
from lrlab.runs.worker import start_log
class Many(Supervisor):
    def _device_found(self):
        kind, _ = super()._device_found()
        return kind, {number}
start_log()
Many().run()
"""


def test_a_worker_ends_with_whoever_started_it_and_gives_its_run_back(
    home: Path, store: Store, start: Workers
) -> None:
    code = """
import os, time
from lrlab.runs.child import Child
child = Child("here-cpu", "cpu", os.environ)
print(child.report(), flush=True)
time.sleep(600)
"""
    run = submit(store, experiment(epochs=40))
    holder = start(home, code=code)
    until_update(store, run, 50)
    assert [found.worker for found in store.list(states=[State.RUNNING])] == ["here-cpu"]
    holder.process.kill()
    wait_for(lambda: not holder.all_processes(), "all its processes to end")
    found = store.run(run)
    assert found is not None
    assert (found.state, found.attempts) == (State.QUEUED, 0)
    assert "worker stopped" in (home / "worker-here-cpu.log").read_text()


def test_a_worker_that_is_killed_is_started_again(home: Path) -> None:
    child = Child("here-cpu", "cpu", os.environ)
    try:
        first = child.report()
        assert first["alive"]
        os.kill(first["pid"], signal.SIGKILL)
        wait_for(lambda: child.report()["starts"] == 2 and child.report()["alive"], "a second one")
    finally:
        child.stop()
    assert not child.report()["alive"]


def beside(home: Path, number: int) -> Path:
    """The log of the worker of a further GPU, once it is ready."""
    log = wait_for(lambda: next(home.glob(f"worker-*-gpu{number}.log"), None), "its log", 60)
    wait_for(lambda: "worker ready" in log.read_text(), f"worker {number}", 60)
    return log


def seen(worker: Worker) -> list[str]:
    """Which GPUs the workers of a session are told to see, in order."""
    found = set()
    for pid in worker.all_processes():
        command = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
        if b"--while-stdin-open" in command:
            named = Path(f"/proc/{pid}/environ").read_bytes().split(b"\0")
            found |= {each for each in named if each.startswith(b"CUDA_VISIBLE_DEVICES=")}
    return sorted(each.decode().partition("=")[2] for each in found)


def test_each_gpu_of_a_machine_has_a_worker_that_ends_with_the_first(
    home: Path, store: Store, start: Workers
) -> None:
    first = start(home, code=MANY.format(number=2)).until_ready()
    log = beside(home, 1)
    assert seen(first) == ["1"]
    runs = [submit(store, experiment(epochs=20 + number), str(number)) for number in range(2)]
    for run in runs:
        until_update(store, run, 20)
    at_work = store.list(states=[State.RUNNING])
    assert len({found.worker for found in at_work}) == 2
    store.cancel(runs[1])
    until(store, runs[1], State.CANCELLED)
    first.process.kill()
    wait_for(lambda: not first.all_processes(), "all their processes to end")
    assert "worker stopped" in log.read_text()
    start(home).until_ready()
    until(store, runs[0], State.FINISHED)
    points, evaluations = curve(store, runs[0])
    assert [point.update for point in points] == [*range(50, 2001, 50)]
    assert len(evaluations) == 20


def test_the_gpus_that_are_visible_are_those_that_have_workers(home: Path, start: Workers) -> None:
    code = "import os; os.environ['CUDA_VISIBLE_DEVICES'] = '5,3,0'" + MANY.format(number=3)
    first = start(home, code=code)
    wait_for(lambda: seen(first) == ["0", "3"], "a worker on each further GPU", 60)
    os.kill(first.pid, signal.SIGTERM)
    wait_for(lambda: not first.all_processes(), "all their processes to end")
