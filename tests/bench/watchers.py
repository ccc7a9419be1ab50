"""How dear is watching: 40 clients follow one live run through the app's own server.

Prints the share of a core that the web process takes, and the time from a record's
commit to its event at a client. The worker's part is played by a writer that commits
as a worker does, ten times a second, so that training does not share the figures.

    python -m tests.bench.watchers --clients 40 --seconds 20
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import platform
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

import httpx

from lrlab.experiment import Experiment
from lrlab.records import Head, Point
from lrlab.runs import State, Store
from lrlab.runs.lease import Lease
from lrlab.runs.writing import Progress
from tests.e2e.conftest import _stop_workers
from tests.submitted import submit

ROOT = Path(__file__).parents[2]
TICK = os.sysconf("SC_CLK_TCK")


def start(home: Path, port: int) -> subprocess.Popen[bytes]:
    """Start the app and return once it answers."""
    options = [f"--server.port={port}", "--server.headless=true"]
    process = subprocess.Popen(
        [sys.executable, "-m", "streamlit", "run", "app.py", *options],
        cwd=ROOT,
        env=os.environ | {"LRLAB_HOME": str(home)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        try:
            if httpx.get(f"http://127.0.0.1:{port}/api/health").status_code == 200:
                return process
        except httpx.TransportError:
            time.sleep(0.1)
    raise SystemExit("The app did not answer within 60 s.")


class Writer(threading.Thread):
    """Commits a head ten times a second, with a point each time; notes when each was stored."""

    def __init__(self, lease: Lease) -> None:
        super().__init__()
        self._lease = lease
        self.stored: dict[int, float] = {}
        self.stop = threading.Event()

    def run(self) -> None:
        """Write until `stop` is set."""
        update = 0
        while not self.stop.wait(0.1):
            update += 1
            epoch = update / 235
            point = Point(update, epoch, 0.3, 1.0, 0.5)
            self._lease.commit({0: Progress(Head(update, epoch, 0.3, 1.0, 0.5), [point])})
            self.stored[update] = time.monotonic()
        self._lease.end(0, State.FINISHED, Progress())


async def follow(address: str, seen: list[tuple[int, float]]) -> None:
    """Read the stream to its end and note when each update came."""
    async with (
        httpx.AsyncClient(timeout=60) as client,
        client.stream("GET", address) as response,
    ):
        async for line in response.aiter_lines():
            if line.startswith('data: {"runs'):
                now = time.monotonic()
                for run in json.loads(line[6:])["runs"].values():
                    seen += [(update, now) for update in run.get("points", {}).get("update", [])]


def processor_seconds(pid: int) -> float:
    """Return the processor time of a process so far."""
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(") ", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / TICK


async def measure(pid: int, address: str, writer: Writer, options: argparse.Namespace) -> dict:
    """Follow with all clients; return the share of a core and every delay in milliseconds."""
    seen: list[list[tuple[int, float]]] = [[] for _ in range(options.clients)]
    tasks = [asyncio.create_task(follow(address, each)) for each in seen]
    while not all(seen):
        await asyncio.sleep(0.05)
    began, used = time.monotonic(), processor_seconds(pid)
    await asyncio.sleep(options.seconds)
    ended = time.monotonic()
    share = (processor_seconds(pid) - used) / (ended - began)
    writer.stop.set()
    await asyncio.gather(*tasks)
    whole = all([update for update, _ in each] == sorted(writer.stored) for each in seen)
    delays = [
        1000 * (at - writer.stored[update])
        for each in seen
        for update, at in each
        if began <= writer.stored[update] <= ended
    ]
    return {"share": share, "delays": sorted(delays), "whole": whole}


def report(options: argparse.Namespace, result: dict) -> None:
    """Print the figures and how they were won."""
    delays = result["delays"]
    at_95 = delays[int(0.95 * len(delays))]
    load = os.getloadavg()[0]
    print(
        f"{options.clients} clients, {options.seconds:.0f} s, Python {platform.python_version()},"
    )
    print(f"  {os.cpu_count()} cores with a load of {load:.1f}")
    print(f"  web process: {100 * result['share']:.1f} % of a core")
    print(
        f"  commit to event, n = {len(delays)}: median {statistics.median(delays):.0f} ms,", end=""
    )
    print(f" p95 {at_95:.0f} ms, most {delays[-1]:.0f} ms")
    print(f"  every client got every point once, in order: {'yes' if result['whole'] else 'NO'}")


def main() -> None:
    """Measure once and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--clients", type=int, default=40)
    parser.add_argument("--seconds", type=float, default=20)
    options = parser.parse_args()
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with tempfile.TemporaryDirectory() as folder:
        store = Store(f"sqlite:///{folder}/lrlab.db")
        submit(store, Experiment.parse({"schedule": {"kind": "constant"}, "epochs": 1000}))
        lease = store.claim("bench")
        assert lease is not None
        writer = Writer(lease)
        writer.start()  # before the app's own worker could take the run
        process = start(Path(folder), port)
        try:
            address = f"http://127.0.0.1:{port}/api/stream?run=1"
            report(options, asyncio.run(measure(process.pid, address, writer, options)))
        finally:
            writer.stop.set()
            process.terminate()
            process.wait(20)
            _stop_workers(Path(folder))


if __name__ == "__main__":
    main()
