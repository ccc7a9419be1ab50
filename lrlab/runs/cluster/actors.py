"""The actors: one for each device, and the placer that sees to it that each device has one.

Ray restarts an actor but not the calls that were under way. So each starts its work where it
is made, and a placer made anew finds the others by their names.
"""

from __future__ import annotations

import logging
import os
from threading import RLock, Thread
from time import monotonic, sleep
from typing import Any

import ray
from ray.exceptions import ActorDiedError, RayError
from ray.util.scheduling_strategies import NodeAffinitySchedulingStrategy

from lrlab.runs.child import STOP_SECONDS, Child
from lrlab.runs.cluster.places import Place, places

LOOK_SECONDS = 0.5  # between two looks at which machines there are
ANSWER_SECONDS = 1.0  # for the devices to report

log = logging.getLogger(__name__)


def environment() -> dict[str, str]:
    """Return the environment without what Ray put in; which GPU is visible is kept."""
    return {
        name: value
        for name, value in os.environ.items()
        if not name.startswith("RAY_") and name != "OMP_NUM_THREADS"
    }


class Device:
    """The actor on a device: its worker lives as long as it does."""

    def __init__(self, name: str, device: str) -> None:
        self._child = Child(name, device, environment())

    def report(self) -> dict[str, Any]:
        """Return how its worker is."""
        return self._child.report()

    def stop(self) -> None:
        """Let the worker give its runs back and end."""
        self._child.stop()


class Placer:
    """Keeps one actor on each device of each machine that lives."""

    def __init__(self) -> None:
        self._actors: dict[Place, Any] = {}
        self._asked: dict[Place, Any] = {}
        self._reports: dict[Place, dict[str, Any]] = {}
        self._left: set[str] = set()  # machines that are about to leave
        self._closing = False
        self._lock = RLock()
        Thread(target=self._keep, daemon=True).start()

    def status(self) -> list[dict[str, Any]]:
        """Return each device with its machine, and how its worker was when it last reported."""
        with self._lock:
            return [
                {"machine": place.machine, "node": place.node, "device": place.device,
                 "worker": place.worker, **self._reports.get(place, _SILENT)}
                for place in sorted(self._actors, key=lambda place: place.worker)
            ]  # fmt: skip

    def leave(self, machine: str | None = None) -> list[str]:
        """End the workers of a machine, or all, and put none there again. Returns their names."""
        with self._lock:
            self._closing = self._closing or machine is None
            ending = [each for each in self._actors if machine in (None, each.machine)]
            self._left |= {place.node for place in ending}
            stops = [self._actors[place].stop.remote() for place in ending]
            if stops:
                ray.wait(stops, num_returns=len(stops), timeout=STOP_SECONDS + 5)
            for place in ending:
                self._forget(place)
            return [place.worker for place in ending]

    def _keep(self) -> None:
        while not self._closing:
            try:
                with self._lock:
                    self._look()
            except RayError as error:  # the cluster is in trouble, perhaps not for long
                log.warning("%s", error)
            sleep(LOOK_SECONDS)

    def _look(self) -> None:
        """Put an actor where one is missing, forget those of machines that are gone."""
        nodes = [each for each in ray.nodes() if each["Alive"] and each["NodeID"] not in self._left]
        kept = {place.node for place in self._actors}
        wanted = set(places(sorted(nodes, key=lambda node: node["NodeID"] not in kept)).values())
        for place in set(self._actors) - wanted:
            self._forget(place)
        for place in wanted - set(self._actors):
            self._actors[place] = _device(place)
        self._ask()

    def _ask(self) -> None:
        """Ask each device how it is, without waiting for one that does not answer."""
        for place, actor in self._actors.items():
            self._asked.setdefault(place, actor.report.remote())
        until = monotonic() + ANSWER_SECONDS
        for place, asked in list(self._asked.items()):
            if not ray.wait([asked], timeout=max(0.0, until - monotonic()))[0]:
                continue
            del self._asked[place]
            try:
                self._reports[place] = ray.get(asked)
            except ActorDiedError as error:  # for good; the next look makes another one
                log.warning("%s", error)
                self._forget(place)
            except RayError as error:  # it is being restarted
                self._reports[place] = _SILENT | {"said": str(error).split("\n")[0]}

    def _forget(self, place: Place) -> None:
        ray.kill(self._actors.pop(place), no_restart=True)
        self._asked.pop(place, None)
        self._reports.pop(place, None)


_SILENT: dict[str, Any] = {"alive": False, "pid": None, "starts": 0, "said": "no report yet"}


def _device(place: Place) -> Any:
    """Return the actor of a place, made unless a placer before this one has made it."""
    options = {
        "name": f"{place.worker}@{place.node}",
        "lifetime": "detached",
        "get_if_exists": True,
        "max_restarts": -1,
        "num_cpus": 0,
        "num_gpus": 1 if place.device == "cuda" else 0,
        "scheduling_strategy": NodeAffinitySchedulingStrategy(place.node, soft=False),
    }
    return ray.remote(Device).options(**options).remote(place.worker, place.device)
