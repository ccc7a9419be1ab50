"""What an hour of a live run costs who watches it, in Chromium: memory, and bytes a second.

    python -m tests.bench.hour --minutes 60

The worker's part is played by a writer: a moving head ten times a second, and over the hour the
records of 1000 epochs of 235 updates, which is the longest run there may be. With fewer `minutes`
it hurries, so that as many records come in less time; bytes a second are then more.
"""

from __future__ import annotations

import argparse
import tempfile
import threading
import time
from itertools import count
from pathlib import Path

from playwright.sync_api import CDPSession, sync_playwright

from lrlab.experiment import Experiment
from lrlab.records import Evaluation, Head, Point
from lrlab.runs import Store
from lrlab.runs.lease import Lease
from lrlab.runs.writing import Progress
from tests.conftest import FLAGS, SYSTEM
from tests.e2e.apps import started
from tests.e2e.conftest import _stop_workers
from tests.submitted import submit

EPOCHS, UPDATES, EVERY = 1000, 235, 50


class Writer(threading.Thread):
    """Commits what a run's worker would, ten times a second, until its epochs are over."""

    def __init__(self, lease: Lease, seconds: float) -> None:
        super().__init__(daemon=True)
        self._lease, self._seconds = lease, seconds
        self.stop = threading.Event()

    def run(self) -> None:
        """Write until `stop` is set."""
        began, last = time.monotonic(), 0
        while last < EPOCHS * UPDATES and not self.stop.wait(0.1):
            part = (time.monotonic() - began) / self._seconds
            update = min(EPOCHS * UPDATES, max(last, int(part * EPOCHS * UPDATES)))
            news = [record for each in range(last + 1, update + 1) for record in records(each)]
            head = Head(update, update / UPDATES, 0.1, 0.5, 0.8)
            self._lease.commit({0: Progress(head, news)})
            last = update


def records(update: int) -> list[Point | Evaluation]:
    """Return what is stored of an update."""
    epoch, loss = update / UPDATES, 0.3 + 1 / (1 + update / 5000)
    found: list[Point | Evaluation] = []
    if (update - 1) % UPDATES % EVERY == EVERY - 1 or update % UPDATES == 0:
        found.append(Point(update, epoch, 0.1, loss, 1 - loss / 2))
    if update % UPDATES == 0:
        found.append(Evaluation(int(epoch), loss, 1 - loss / 2, loss, 1 - loss / 2, update))
    return found


class Watched:
    """A tab's memory, and what it was sent."""

    def __init__(self, session: CDPSession) -> None:
        self._session = session
        self.received = 0
        for domain in ("Network", "Performance", "HeapProfiler"):
            session.send(f"{domain}.enable")
        session.on("Network.eventSourceMessageReceived",
                   lambda event: self._count(event["data"]))  # fmt: skip
        session.on("Network.webSocketFrameReceived",
                   lambda event: self._count(event["response"]["payloadData"]))  # fmt: skip

    def _count(self, text: str) -> None:
        self.received += len(text.encode())

    def megabytes(self) -> float:
        """Return the JavaScript heap after a collection."""
        self._session.send("HeapProfiler.collectGarbage")
        metrics = self._session.send("Performance.getMetrics")["metrics"]
        return next(each["value"] for each in metrics if each["name"] == "JSHeapUsedSize") / 1e6


def resident(profile: Path) -> float:
    """Return the megabytes that a browser's processes hold, shared ones counted once."""
    parents, own = {}, set()
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            parents[folder.name] = (folder / "stat").read_text().rpartition(")")[2].split()[1]
            if f"--user-data-dir={profile}" in (folder / "cmdline").read_text():
                own.add(folder.name)
        except OSError:  # it has just ended
            continue
    while more := {each for each, parent in parents.items() if parent in own} - own:
        own |= more
    return sum(map(kilobytes, own)) / 1000


def kilobytes(process: str) -> int:
    try:
        lines = Path(f"/proc/{process}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) for line in lines if line.startswith("Pss:")), 0)


def main() -> None:
    """Measure once and print a line every tenth of the time."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=60)
    options = parser.parse_args()
    seconds = 60 * options.minutes
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        store = Store(f"sqlite:///{home / 'lrlab.db'}")
        submit(store, Experiment.parse({"schedule": {"kind": "cosine"}, "epochs": EPOCHS}))
        lease = store.claim("bench")
        assert lease is not None
        writer = Writer(lease, seconds)
        writer.start()
        with started(home) as server, sync_playwright() as playwright:
            browser = playwright.chromium.launch_persistent_context(
                home / "profile", executable_path=SYSTEM, args=FLAGS
            )
            page = browser.new_page()
            watched = Watched(browser.new_cdp_session(page))
            page.goto(f"{server.url}/train?run=1")
            page.wait_for_selector('[data-testid="live-loss"] .js-line', state="attached")
            page.wait_for_timeout(20_000)
            began, first = time.monotonic(), (watched.megabytes(), resident(home / "profile"))
            sent = watched.received
            for tenth in count(1):
                page.wait_for_timeout(100 * seconds)
                passed = time.monotonic() - began
                heap, whole = watched.megabytes(), resident(home / "profile")
                rate = (watched.received - sent) / passed / 1000
                print(f"{passed / 60:.0f} min: heap {first[0]:.1f} -> {heap:.1f} MB, browser "
                      f"{first[1]:.0f} -> {whole:.0f} MB, {rate:.2f} kB/s", flush=True)  # fmt: skip
                if tenth == 10 or not writer.is_alive():
                    break
            writer.stop.set()
            writer.join()
            browser.close()
        store.close()
        _stop_workers(home)


if __name__ == "__main__":
    main()
