"""How much slower a run trains while many browsers' worth of clients follow it.

    python -m tests.bench.slowed [--clients 200] [--seconds 15] [--rounds 3]

Updates a second without and with the clients, in turn. The clients are in a process of their own
on the same machine, so what they take for themselves is in the figure too.
"""

from __future__ import annotations

import argparse
import asyncio
import multiprocessing
import os
import socket
import statistics
import tempfile
import time
from pathlib import Path

from lrlab.experiment import Experiment
from lrlab.runs import Store
from tests.bench.watchers import follow, start
from tests.e2e.conftest import _stop_workers, eventually
from tests.submitted import submit


async def _follow(address: str, clients: int) -> None:
    await asyncio.gather(*(follow(address, []) for _ in range(clients)))


def watch(address: str, clients: int) -> None:
    """Follow with all clients until the process is ended."""
    asyncio.run(_follow(address, clients))


def speed(store: Store, run: int, seconds: float) -> float:
    """Return the run's updates a second over the next moments."""
    before, began = store.run(run).last_update, time.monotonic()
    time.sleep(seconds)
    return (store.run(run).last_update - before) / (time.monotonic() - began)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--clients", type=int, default=200)
    parser.add_argument("--seconds", type=float, default=15)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with tempfile.TemporaryDirectory() as folder:
        process = start(Path(folder), port)
        store = Store(f"sqlite:///{folder}/lrlab.db")
        run = submit(store, Experiment.parse({"schedule": {"kind": "constant"}, "epochs": 1000}))
        try:
            eventually(lambda: store.run(run).last_update > 200, "a run at its speed", 60)
            ratios = []
            for _ in range(options.rounds):
                alone = speed(store, run, options.seconds)
                address = f"http://127.0.0.1:{port}/api/stream?run={run}"
                spawn = multiprocessing.get_context("spawn")
                clients = spawn.Process(target=watch, args=(address, options.clients))
                clients.start()
                time.sleep(5)
                watched = speed(store, run, options.seconds)
                clients.kill()
                clients.join()
                ratios.append(watched / alone)
                print(f"alone {alone:.1f}, watched {watched:.1f} updates/s", flush=True)
            store.cancel(run)
        finally:
            process.terminate()
            process.wait(20)
            _stop_workers(Path(folder))
    print(
        f"{options.clients} clients, {os.cpu_count()} cores: median {statistics.median(ratios):.3f}"
    )


if __name__ == "__main__":
    main()
