"""What is done with Ray loaded: `python -m lrlab.runs.cluster.inside VERB WORDS…`.

Prints one JSON object: {"answer": …}, or {"refusal": a sentence}. It is a process of its own
because Ray waits long for what does not answer and may end the process that it is loaded in.
`ray WORDS…` is Ray's own command line.
"""

from __future__ import annotations

import json
import sys
from time import monotonic, sleep
from typing import Any

import ray
from ray._private import services
from ray._raylet import GcsClient  # type: ignore[attr-defined, unused-ignore]
from ray.exceptions import AuthenticationError, RayError
from ray.util.scheduling_strategies import NodeAffinitySchedulingStrategy

from lrlab.runs.cluster import NAMESPACE, PLACER

ANSWER_SECONDS = 30.0
LEAVE_SECONDS = 40.0
BAD_TOKEN = "The token is not the cluster's: copy the file that `lrlab cluster start` named"


def keep_loopback() -> None:
    """Let 127.0.0.1 mean what it says.

    Ray 2.60 replaces it by an address that other machines reach, and then listens on all; told
    127.0.0.1 itself it listens there alone.
    """
    services.resolve_ip_for_localhost = lambda host: host


def machines(address: str) -> list[str]:
    """Return the names of the cluster's machines that live. Raises RayError."""
    nodes = GcsClient(address=address).get_all_node_info(timeout=ANSWER_SECONDS)
    return [node.node_name for node in nodes.values() if node.state == 0]  # 0: alive


def place(address: str, own: str, machine: str) -> list[dict[str, Any]]:
    """Put the placer on this machine, the cluster's first, and do as `settled` does."""
    _connect(address, own)
    from lrlab.runs.cluster.actors import Placer

    node = ray.get_runtime_context().get_node_id()
    placer = ray.remote(Placer).options(
        name=PLACER, lifetime="detached", get_if_exists=True, max_restarts=-1, num_cpus=0,
        scheduling_strategy=NodeAffinitySchedulingStrategy(node, soft=False),
    ).remote()  # fmt: skip
    return _until_settled(placer, machine)


def settled(address: str, own: str, machine: str) -> list[dict[str, Any]]:
    """Wait until a machine's workers are started, and return how they are."""
    return _until_settled(_placer(address, own), machine)


def status(address: str, own: str) -> list[dict[str, Any]]:
    """Return how the workers of all machines are."""
    return ray.get(_placer(address, own).status.remote(), timeout=ANSWER_SECONDS)


def leave(address: str, own: str, machine: str = "") -> list[str]:
    """End the workers of a machine, or of all, and return their names."""
    placer = _placer(address, own)
    return ray.get(placer.leave.remote(machine or None), timeout=LEAVE_SECONDS)


def _until_settled(placer: Any, machine: str) -> list[dict[str, Any]]:
    until = monotonic() + ANSWER_SECONDS
    while True:
        found = ray.get(placer.status.remote(), timeout=ANSWER_SECONDS)
        here = [each for each in found if each["machine"] == machine]
        if (here and all(each["pid"] for each in here)) or monotonic() > until:
            return here
        sleep(0.1)


def _placer(address: str, own: str) -> Any:
    _connect(address, own)
    return ray.get_actor(PLACER)


def _connect(address: str, own: str) -> None:
    keep_loopback()
    ray.init(
        address=address, namespace=NAMESPACE, _node_ip_address=own,
        log_to_driver=False, configure_logging=False,
    )  # fmt: skip


VERBS = {each.__name__: each for each in (machines, place, settled, status, leave)}


def _answer(verb: str, words: list[str]) -> dict[str, Any]:
    try:
        return {"answer": VERBS[verb](*words)}
    except AuthenticationError:
        return {"refusal": BAD_TOKEN}
    except (RayError, ConnectionError, RuntimeError, ValueError) as error:
        said = str(error).strip() or type(error).__name__
        return {"refusal": f"Ray says: {said.splitlines()[0]}"}


def main() -> None:
    """Do what the command line says."""
    verb, *words = sys.argv[1:]
    if verb == "ray":
        from ray.scripts.scripts import cli

        keep_loopback()
        cli(words, prog_name="ray")
    print(json.dumps(_answer(verb, words)), flush=True)


if __name__ == "__main__":
    main()
