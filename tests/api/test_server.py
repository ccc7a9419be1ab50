"""What the server does while it runs: there is a worker, and it comes back."""

from __future__ import annotations

import asyncio
import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from lrlab.api import lifespan

DEADLINE = 60.0


def workers(home: Path) -> list[int]:
    """Return the processes that were started as a worker of `home`."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            command = (folder / "cmdline").read_bytes().split(b"\0")
            environment = (folder / "environ").read_bytes().split(b"\0")
        except OSError:  # another's process, or one that has just ended
            continue
        if command[1:4] == [b"-m", b"lrlab", b"worker"] and f"LRLAB_HOME={home}".encode() in (
            environment
        ):
            found.append(int(folder.name))
    return found


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.setenv("LRLAB_HOME", str(tmp_path))
    yield tmp_path
    for worker in workers(tmp_path):
        os.kill(worker, signal.SIGTERM)


async def one_worker(home: Path, *, other_than: int = 0) -> int:
    """Wait until there is just one worker, and another than this."""
    deadline = time.monotonic() + DEADLINE
    while len(found := workers(home)) != 1 or found == [other_than]:
        assert time.monotonic() < deadline, f"workers {found}"
        await asyncio.sleep(0.05)
    return found[0]


def test_a_worker_that_is_killed_comes_back_while_the_server_runs(home: Path) -> None:
    async def serve() -> None:
        async with lifespan(None):
            first = await one_worker(home)
            os.kill(first, signal.SIGKILL)
            await one_worker(home, other_than=first)

    before = signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM)
    try:
        asyncio.run(serve())
    finally:
        signal.signal(signal.SIGINT, before[0])
        signal.signal(signal.SIGTERM, before[1])
