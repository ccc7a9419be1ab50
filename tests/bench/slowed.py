"""How much slower a run trains while many browsers' worth of clients follow it.

    python -m tests.bench.slowed [--clients 200] [--seconds 15] [--rounds 3]

Updates a second without and with the clients, in turn. The clients are in a process of their own on
the same machine, which stands for another one: the kernel gives it only what nobody else wants
(SCHED_IDLE), so that what the training loses, the web process took. `--greedy`: it competes.
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import selectors
import socket
import statistics
import tempfile
import time
from pathlib import Path

from lrlab.experiment import Experiment
from lrlab.runs import Store
from tests.bench.watchers import processor_seconds, start
from tests.e2e.conftest import _stop_workers, eventually
from tests.submitted import submit


def watch(host: str, path: str, clients: int, greedy: bool) -> None:
    """Take what comes, without a look at it, with all clients until the process is ended."""
    if not greedy:
        os.sched_setscheduler(0, os.SCHED_IDLE, os.sched_param(0))
    name, _, port = host.partition(":")
    lines = selectors.DefaultSelector()
    for _ in range(clients):
        line = socket.create_connection((name, int(port)))
        line.sendall(f"GET {path} HTTP/1.1\r\nHost: {host}\r\n\r\n".encode())
        lines.register(line, selectors.EVENT_READ)
    while True:
        for key, _ in lines.select():
            if not key.fileobj.recv(1 << 16):
                raise SystemExit("The server has ended a stream.")
        time.sleep(0.02)


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
    parser.add_argument("--greedy", action="store_true")
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
                where = f"127.0.0.1:{port}", f"/api/stream?run={run}"
                spawn = multiprocessing.get_context("spawn")
                clients = spawn.Process(
                    target=watch, args=(*where, options.clients, options.greedy)
                )
                clients.start()
                time.sleep(5)
                assert clients.is_alive()
                used = processor_seconds(process.pid)
                watched = speed(store, run, options.seconds)
                share = (processor_seconds(process.pid) - used) / options.seconds
                clients.kill()
                clients.join()
                ratios.append(watched / alone)
                print(f"alone {alone:.1f}, watched {watched:.1f} updates/s, ", end="")
                print(f"web process {100 * share:.1f} % of a core", flush=True)
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
