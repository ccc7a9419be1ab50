"""Where a cluster has workers: on each GPU that a machine gives, else on its CPU."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Place:
    """A device of a machine that lives. `node`: Ray's number of the machine, new at each start."""

    node: str
    machine: str
    device: str
    number: int

    @property
    def worker(self) -> str:
        """The name of the worker there, the same after the machine was started again."""
        return f"{self.machine}-{self.device}" + (str(self.number) if self.number else "")


def places(nodes: list[dict[str, Any]]) -> dict[str, Place]:
    """Return the places of the machines that live by the names of their workers.

    A machine without a GPU that it gives has its CPU. Of two machines of one name the first
    counts: a worker takes back what another one of its name held.
    """
    found: dict[str, Place] = {}
    for node in nodes:
        gpus = int(node["Resources"].get("GPU", 0))
        for number in range(gpus or 1):
            device = "cuda" if gpus else "cpu"
            place = Place(node["NodeID"], node["NodeName"], device, number)
            found.setdefault(place.worker, place)
    return found
