"""What Prometheus reads of a lab."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import update

import lrlab
from lrlab.api import gpus, metrics
from lrlab.runs import Store
from lrlab.runs.tables import run


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LRLAB_HOME", str(tmp_path))


def read(server: str) -> dict[str, float]:
    """Return each series and its value, as a scraper of the text format reads them."""
    answer = httpx.get(f"{server}/api/metrics")
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/plain; version=0.0.4")
    assert answer.text.endswith("\n")
    found: dict[str, float] = {}
    typed: set[str] = set()
    for line in answer.text.splitlines():
        if line.startswith("# TYPE "):
            typed.add(line.split()[2])
        elif not line.startswith("#"):
            name, value = line.rsplit(" ", 1)
            assert name.split("{")[0] in typed
            found[name] = float(value)
    return found


def test_an_empty_lab_has_figures(server: str) -> None:
    found = read(server)
    assert found['lrlab_runs{state="finished"}'] == 0
    assert found["lrlab_queue_length"] == 0
    assert found["lrlab_queue_oldest_seconds"] == 0
    assert found["lrlab_worker_up"] == 0
    assert found[f'lrlab_build_info{{version="{lrlab.__version__}"}}'] == 1
    assert not any("claim_latency" in name for name in found)


def test_figures_are_those_of_the_store(
    server: str, store: Store, writer: Callable[[], Any], submit: Callable[[], int]
) -> None:
    first, second = writer(), writer()
    first.write(updates=50)
    second.write(updates=100)
    first.end()
    store.reclaim("test")
    assert store.claim("other") is not None
    waiting = submit()
    with store.database.write() as connection:
        earlier = {"submitted": run.c.submitted - 500}
        connection.execute(update(run).where(run.c.id == waiting).values(**earlier))
        later = {"started": run.c.submitted + 7}
        connection.execute(update(run).where(run.c.id < waiting).values(**later))
    found = read(server)
    states = {name: found[f'lrlab_runs{{state="{name}"}}'] for name in
              ("queued", "running", "finished")}  # fmt: skip
    assert states == {"queued": 1, "running": 1, "finished": 1}
    assert found["lrlab_queue_length"] == 1
    assert 500 <= found["lrlab_queue_oldest_seconds"] < 600
    assert found["lrlab_updates"] == 150
    assert found["lrlab_points"] == sum(len(store.points(each.id)) for each in store.list()) > 0
    assert found["lrlab_claims_again"] == 1
    for part in ("0.5", "0.9", "0.99"):
        wait = found[f'lrlab_claim_latency_seconds{{quantile="{part}"}}']
        assert wait == pytest.approx(7, abs=0.01)


def test_many_who_ask_at_once_cost_one_read(
    server: str, submit: Callable[[], int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(metrics, "FRESH_SECONDS", 3600.0)
    assert read(server)["lrlab_queue_length"] == 0
    submit()
    assert read(server)["lrlab_queue_length"] == 0
    monkeypatch.setattr(metrics, "monotonic", lambda: float("inf"))
    assert read(server)["lrlab_queue_length"] == 1


TOLD = """0, NVIDIA H200, 87, 1024, 143771
1, NVIDIA "H200", [N/A], 0, 143771
"""


@pytest.mark.parametrize(
    ("script", "uses"),
    [
        (f"cat <<'END'\n{TOLD}END\n", {'{gpu="0",name="NVIDIA H200"}': 0.87}),
        ("echo No devices were found; exit 6\n", {}),
        ("sleep 60\n", {}),
    ],
)
def test_gpus_are_told_as_their_own_tool_tells_them(
    server: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    script: str,
    uses: dict[str, float],
) -> None:
    tool = tmp_path / "nvidia-smi"
    tool.write_text(f"#!/bin/sh\n{script}")
    tool.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    monkeypatch.setattr(gpus, "PATIENCE_SECONDS", 0.5)
    found = read(server)
    assert {f"lrlab_gpu_use{labels}": use for labels, use in uses.items()} == {
        name: value for name, value in found.items() if "gpu_use" in name
    }
    memory = [value for name, value in found.items() if "gpu_memory_bytes" in name]
    assert memory == [143771 * 2**20] * 2 * bool(uses)
    assert 'lrlab_gpu_memory_used_bytes{gpu="1",name="NVIDIA \\"H200\\""}' in found or not uses
