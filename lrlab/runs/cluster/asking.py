"""Asking Ray, from a process that has it not loaded and that goes on if it does not answer."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from lrlab.runs.cluster import ClusterError
from lrlab.runs.launch import path_of_lrlab

MODULE = "lrlab.runs.cluster.inside"
ANSWER_SECONDS = 60.0
REACH_SECONDS = 3.0
SETTINGS = {
    "RAY_AUTH_MODE": "token",
    "RAY_USAGE_STATS_ENABLED": "0",
    # A machine that is gone is known to be within seconds.
    "RAY_health_check_initial_delay_ms": "1000",
    "RAY_health_check_period_ms": "1000",
    "RAY_health_check_failure_threshold": "3",
    # A worker ends by itself, and then gives its runs back, when its actor is gone.
    "RAY_kill_child_processes_on_worker_exit": "0",
    # The actors are small, and what trains is not Ray's: it must not end them to find memory.
    "RAY_memory_monitor_refresh_ms": "0",
    "RAY_enable_worker_prestart": "0",
}


def require_ray() -> None:
    """Raise ClusterError unless Ray is installed."""
    if find_spec("ray") is None:
        raise ClusterError("A cluster needs Ray, which is not installed: pip install 'lrlab[ray]'.")


def environment(token: Path) -> dict[str, str]:
    """Return the environment of Ray's processes: the token's file, and no other way to one."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("RAY_")}
    return kept | SETTINGS | {"RAY_AUTH_TOKEN_PATH": str(token), "PYTHONPATH": path_of_lrlab()}


def ask(verb: str, *words: str, token: Path, address: str) -> Any:
    """Return the answer of a verb of `inside`. Raises ClusterError for none in time."""
    reach(address)
    try:
        done = subprocess.run(
            [sys.executable, "-m", MODULE, verb, address, *words], env=environment(token),
            stdin=subprocess.DEVNULL, capture_output=True, timeout=ANSWER_SECONDS, check=False,
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        raise ClusterError(f"The cluster at {address} has not answered in time.") from None
    lines = done.stdout.decode(errors="replace").strip().splitlines()
    if done.returncode or not lines:
        raise ClusterError(f"Ray failed: {last_line(done.stderr)}")
    found = json.loads(lines[-1])
    if "refusal" in found:
        raise ClusterError(f"{found['refusal'].rstrip('.')} (the cluster at {address}).")
    return found["answer"]


def reach(address: str) -> None:
    """Raise ClusterError unless something listens at the address: Ray would wait for long."""
    host, _, port = address.rpartition(":")
    try:
        socket.create_connection((host, int(port)), REACH_SECONDS).close()
    except OSError as error:
        raise ClusterError(
            f"No cluster can be reached at {address} ({error.strerror or error})."
        ) from None


def last_line(output: bytes) -> str:
    """Return the last line of a program's output."""
    lines = output.decode(errors="replace").strip().splitlines()
    return lines[-1].strip() if lines else "it said nothing"
