"""Two machines of a Ray cluster, side by side on this one: real Ray, workers and PostgreSQL."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import struct
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

import pytest

from lrlab.errors import InvalidInput
from lrlab.runs import State, Store
from lrlab.runs.cluster import ClusterError, machine
from lrlab.runs.cluster.machine import Member
from lrlab.runs.cluster.places import places
from tests.postgres import server
from tests.runs.conftest import Homes, curve, experiment, until, until_update
from tests.runs.processes import wait_for
from tests.submitted import submit

ROOT = Path(__file__).parents[2]
needs_ray = pytest.mark.skipif(find_spec("ray") is None, reason="Ray is not installed")
LENGTH = {"epochs": 2}  # 200 updates
# Ends what was started in the homes once nobody holds the other end of its input any more: at
# the tests' end, after Ctrl-C, and after a SIGKILL.
GUARD = """
import os, shutil, sys
sys.stdin.read()
from lrlab.runs.cluster import machine
from lrlab.runs.cluster.processes import end
for home in sys.argv[1:]:
    os.environ["LRLAB_HOME"] = home
    if found := machine._read():
        end(found.living, seconds=0)
        shutil.rmtree(found.folder, ignore_errors=True)
"""


@dataclass
class Cluster:
    """Machines with a home each: `one`, where the cluster was started, and `two`."""

    homes: dict[str, Path]
    url: str
    store: Store
    members: dict[str, Member]

    def call(self, machine: str, *words: str) -> subprocess.CompletedProcess[str]:
        """Run `lrlab cluster` on a machine."""
        environment = {"LRLAB_HOME": str(self.homes[machine]), "LRLAB_DATABASE_URL": self.url}
        return subprocess.run(
            [sys.executable, "-m", "lrlab", "cluster", *words],
            env=os.environ | environment, capture_output=True, text=True, check=False, timeout=180,
        )  # fmt: skip

    def log(self, machine: str) -> str:
        return (self.homes[machine] / f"worker-{machine}-cpu.log").read_text()

    def trained(self, machine: str) -> set[int]:
        """The runs that a machine's worker has claimed."""
        return set(map(int, re.findall(r"run (\d+): claim", self.log(machine))))

    def worker_of(self, run: int) -> str:
        """The name of the machine that a run is trained on, once it is."""

        def there() -> str | None:
            found = self.store.run(run)
            return found and found.worker

        return str(wait_for(there, f"a worker of run {run}", 60)).removesuffix("-cpu")


@pytest.fixture(scope="module")
def cluster(new_home: Homes) -> Iterator[Cluster]:
    homes = {name: new_home(name) for name in ("one", "two", "three")}
    command = [sys.executable, "-c", GUARD, *map(str, homes.values())]
    guard = subprocess.Popen(command, stdin=subprocess.PIPE, start_new_session=True, cwd=ROOT)
    try:
        with server().database() as url, pytest.MonkeyPatch.context() as patch:
            text = url.render_as_string(hide_password=False)
            patch.setenv("LRLAB_DATABASE_URL", text)
            members = _start(homes, patch)
            store = Store(text)
            yield Cluster(homes, text, store, members)
            store.close()
            guard.communicate(timeout=60)  # before the database goes
    finally:
        guard.communicate(timeout=60)
    for each in members.values():
        assert not each.living()
        assert not Path(each.folder).exists()


def _start(homes: dict[str, Path], patch: pytest.MonkeyPatch) -> dict[str, Member]:
    patch.setenv("LRLAB_HOME", str(homes["one"]))
    first = machine.start(address="127.0.0.1", port=_free_port(), device="cpu", name="one")
    patch.setenv("LRLAB_HOME", str(homes["two"]))
    second = machine.join(
        first.address, token=Path(first.token), address=None, device="cpu", name="two"
    )
    return {"one": first, "two": second}


def _free_port() -> int:
    with socket.socket() as tried:
        tried.bind(("127.0.0.1", 0))
        return int(tried.getsockname()[1])


@needs_ray
def test_ray_listens_on_the_loopback_alone_and_the_token_is_its_owners(cluster: Cluster) -> None:
    numbers = [each.pid for member in cluster.members.values() for each in member.living()]
    found = _listening(numbers)
    assert len(found) >= 5  # the cluster's state, and two servers of each raylet
    assert set(found) == {"127.0.0.1"}
    token = Path(cluster.members["one"].token)
    assert token.stat().st_mode & 0o777 == 0o600
    assert len(token.read_text()) == 64


def _listening(numbers: list[int]) -> list[str]:
    """Return the address of each TCP socket on which one of the processes listens."""
    theirs = set()
    for number in numbers:
        with suppress(FileNotFoundError):  # it has ended since, and listens on nothing
            for entry in os.listdir(f"/proc/{number}/fd"):
                with suppress(FileNotFoundError):
                    theirs.add(os.readlink(f"/proc/{number}/fd/{entry}"))
    found = []
    for table in ("tcp", "tcp6"):
        for line in Path(f"/proc/net/{table}").read_text().splitlines()[1:]:
            fields = line.split()
            if fields[3] == "0A" and f"socket:[{fields[9]}]" in theirs:
                found.append(_address(fields[1].partition(":")[0]))
    return found


def _address(digits: str) -> str:
    words = [struct.pack("<I", int(digits[k : k + 8], 16)) for k in range(0, len(digits), 8)]
    if len(words) == 1:
        return socket.inet_ntop(socket.AF_INET, words[0])
    return socket.inet_ntop(socket.AF_INET6, b"".join(words)).removeprefix("::ffff:")


@needs_ray
def test_several_runs_are_trained_by_both_machines_at_once(cluster: Cluster) -> None:
    for name in ("one", "two"):
        wait_for(lambda name=name: "worker ready" in cluster.log(name), f"worker {name}", 60)
    # Of unlike shapes: alike ones would be one worker's pack.
    runs = [
        submit(cluster.store, experiment(batch_size=size, epochs=1)) for size in (20, 25, 32, 40)
    ]
    said = cluster.call("two", "status", "--json")
    assert said.returncode == 0, said.stderr
    workers = json.loads(said.stdout)["workers"]
    assert [(each["machine"], each["device"], each["alive"]) for each in workers] == [
        ("one", "cpu", True), ("two", "cpu", True),
    ]  # fmt: skip
    for run in runs:
        until(cluster.store, run, State.FINISHED)
    one, two = cluster.trained("one"), cluster.trained("two")
    assert one
    assert two
    assert one | two == set(runs)
    assert not one & two


@needs_ray
@pytest.mark.parametrize("text", [None, "0" * 64], ids=["no token", "another token"])
def test_a_machine_without_the_clusters_token_is_refused(
    cluster: Cluster, text: str | None, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("LRLAB_HOME", str(cluster.homes["three"]))
    token = None
    if text:
        token = tmp_path / "token"
        token.write_text(text)
    with pytest.raises((InvalidInput, ClusterError)) as refusal:
        machine.join(
            cluster.members["one"].address, token=token, address=None, device="cpu", name="three"
        )
    wanted = "The token is not the cluster's: copy " if text else "--token-file is missing; allowed"
    assert str(refusal.value).startswith(wanted)
    assert not list(cluster.homes["three"].glob("cluster*"))


@needs_ray
def test_a_second_machine_of_one_home_is_refused(
    cluster: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LRLAB_HOME", str(cluster.homes["two"]))
    first = cluster.members["one"]
    with pytest.raises(ClusterError, match=r"is in the cluster at .* already"):
        machine.join(
            first.address, token=Path(first.token), address=None, device="cpu", name="three"
        )


@needs_ray
def test_an_actor_that_is_killed_takes_its_worker_along_and_both_come_back(
    cluster: Cluster,
) -> None:
    living = {each.pid: each for each in cluster.members["two"].living()}
    worker = next(pid for pid in living if "--while-stdin-open" in _command(pid))
    os.kill(living[worker].parent, signal.SIGKILL)
    wait_for(lambda: cluster.log("two").count("worker ready") == 2, "the worker's return", 60)
    assert "worker stopped" in cluster.log("two")  # told to, not killed
    assert worker not in {each.pid for each in cluster.members["two"].living()}


@needs_ray
def test_a_placer_that_is_killed_comes_back_and_finds_the_workers(cluster: Cluster) -> None:
    before = cluster.log("one"), cluster.log("two")
    placer = _placer(cluster)
    assert placer
    os.kill(placer, signal.SIGKILL)
    wait_for(lambda: _placer(cluster) not in (None, placer), "another placer", 60)
    assert cluster.call("two", "status").stdout.count("waits for runs") == 2
    assert before == (cluster.log("one"), cluster.log("two"))  # the workers have heard nothing


def _placer(cluster: Cluster) -> int | None:
    living = (each.pid for each in cluster.members["one"].living())
    return next((pid for pid in living if _command(pid).startswith("ray::Placer")), None)


def _command(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return ""


@needs_ray
def test_a_machine_killed_in_mid_run_loses_nothing(cluster: Cluster) -> None:
    """A twin of the run, on the other machine, is the one that nobody disturbed."""
    runs = {}
    for _ in range(2):  # not both at once, or they would be one pack
        run = submit(cluster.store, experiment(**LENGTH))
        runs[cluster.worker_of(run)] = run
    assert set(runs) == {"one", "two"}
    until_update(cluster.store, runs["two"], 110)
    assert cluster.worker_of(runs["two"]) == "two"
    _kill(cluster.members["two"])
    for run in runs.values():
        until(cluster.store, run, State.FINISHED, seconds=90)
    assert runs["two"] in cluster.trained("one")
    assert curve(cluster.store, runs["two"]) == curve(cluster.store, runs["one"])


def _kill(member: Member) -> None:
    """End a machine as a power cut does: all of its processes, none of which can say goodbye."""
    for each in member.living():
        os.kill(each.pid, signal.SIGSTOP)
    while living := member.living():
        for each in living:
            os.kill(each.pid, signal.SIGKILL)


@needs_ray
def test_stop_gives_the_runs_back_and_leaves_nothing(cluster: Cluster) -> None:
    run = submit(cluster.store, experiment(epochs=40))
    until_update(cluster.store, run, 50)
    first = cluster.members["one"]
    told = cluster.call("one", "stop")
    assert told.returncode == 0, told.stderr
    assert told.stderr == ""
    assert told.stdout.startswith("1 workers have given")  # the killed machine's is forgotten
    found = cluster.store.run(run)
    assert found is not None
    assert (found.state, found.attempts) == (State.QUEUED, 0)
    assert not first.living()
    assert not Path(first.folder).exists()
    # What is left of the other machine has nobody to ask.
    lost = cluster.call("two", "status")
    assert lost.returncode == 2
    assert lost.stderr.startswith(f"lrlab: No cluster can be reached at {first.address} (")
    assert cluster.call("two", "stop").returncode == 0
    again = cluster.call("two", "status")
    assert again.returncode == 2
    assert "is in no cluster" in again.stderr


def test_each_gpu_has_a_worker_and_a_machine_without_one_has_its_cpu() -> None:
    nodes = [
        {"NodeID": "a", "NodeName": "big", "Resources": {"CPU": 1.0, "GPU": 2.0}},
        {"NodeID": "b", "NodeName": "small", "Resources": {"CPU": 1.0}},
        {"NodeID": "c", "NodeName": "small", "Resources": {"CPU": 1.0}},
    ]
    found = places(nodes)
    assert {name: (each.node, each.device) for name, each in found.items()} == {
        "big-cuda": ("a", "cuda"), "big-cuda1": ("a", "cuda"), "small-cpu": ("b", "cpu"),
    }  # fmt: skip


Refused = Callable[[], object]


def _begun(**changes: object) -> Refused:
    given = {"address": "127.0.0.1", "port": 6379, "device": "cpu", "name": "one"} | changes
    return lambda: machine.start(**given)  # type: ignore[arg-type]


def _joined(address: str, **changes: object) -> Refused:
    given = {"token": Path(__file__), "address": None, "device": "cpu", "name": "one"} | changes
    return lambda: machine.join(address, **given)  # type: ignore[arg-type]


@needs_ray
@pytest.mark.parametrize(
    ("request_", "sentence"),
    [
        (_begun(), "LRLAB_DATABASE_URL is SQLite, a file that one machine has; allowed in a "),
        (_begun(port=80), "port is 80; allowed are 1024 to 65535."),
        (_begun(address="192.0.2.77"), "address is '192.0.2.77'; allowed is an address of this "),
        (_begun(address="0.0.0.0"), "address is 0.0.0.0; allowed is the one that the others "),
        (_begun(device="tpu"), "device is 'tpu'; allowed are auto, cpu, cuda."),
        (_begun(device="cuda"), "device is 'cuda', but this machine has no GPU; allowed here "),
        (_begun(name="a/b"), "name is 'a/b'; allowed are up to 80 letters, digits, dots, "),
        (_joined("nowhere"), "ADDRESS is 'nowhere'; allowed is one like 192.168.0.1:6379 ("),
        (_joined("127.0.0.1:7000", token=Path("/nowhere")), "--token-file is '/nowhere'; allowed "),
        (_joined("127.0.0.1:7000", device="cuda"), "device is 'cuda', but this machine has no "),
    ],
    # A function's own name holds its address, which differs between processes that test.
    ids=lambda value: value if isinstance(value, str) else "request",
)  # fmt: skip
def test_what_cannot_be_is_refused_in_a_sentence(
    home: Path, request_: Refused, sentence: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(machine, "_count_gpus", lambda: 0)  # whatever this machine has
    with pytest.raises(InvalidInput) as refusal:
        request_()
    assert str(refusal.value).startswith(sentence)


def test_without_ray_the_commands_say_what_to_install(home: Path) -> None:
    code = (
        "import sys; sys.modules['ray'] = None; sys.argv = ['lrlab', 'cluster', 'start'];"
        "from lrlab.cli import main; main()"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT)
    assert done.returncode == 2
    needed = "A cluster needs Ray, which is not installed: pip install 'lrlab[ray]'."
    assert done.stderr == f"lrlab: {needed}\n"
