"""This machine's part of a cluster: started, joined to one, and ended again.

A file in the lab's home, which machines may share, says what was started on this one, for the
commands that come later.
"""

from __future__ import annotations

import json
import os
import secrets
import shutil
import socket
import subprocess
import sys
import tempfile
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from time import monotonic, sleep
from typing import Any

from lrlab.errors import InvalidInput, shown
from lrlab.paths import home
from lrlab.runs.cluster import ClusterError
from lrlab.runs.cluster.asking import MODULE, ask, environment, last_line, require_ray
from lrlab.runs.cluster.processes import Process, end, members
from lrlab.runs.database import DRIVER, Database, database_url
from lrlab.runs.supervisor import DEVICES, check_name

PORT = 6379
PORTS = range(1024, 65536)
START_SECONDS = 90.0
END_SECONDS = 15.0  # for Ray to end when it is told to
GONE_SECONDS = 10.0  # until a machine that is gone is known to be
OBJECT_BYTES = 80_000_000  # the least that Ray takes: the actors pass nothing to each other
LOOPBACK = "127.0.0.1"
TOKEN = "cluster-token"
MOST_LETTERS = 80  # of a machine's name: its workers' names are a little longer


@dataclass(frozen=True, slots=True)
class Member:
    """What was started on this machine. `processes`: number and beginning of each, `folder`: Ray's
    own, which is gone with it."""

    name: str
    address: str  # of the cluster: host:port of its first machine
    own: str  # this machine's address
    token: str
    folder: str
    head: bool
    session: int
    processes: list[list[int]] = field(default_factory=list)

    def living(self) -> list[Process]:
        """Return Ray's processes here, none if another session has the number by now."""
        found = members(self.session)
        known = {tuple(each) for each in self.processes}
        same = not known or any((each.pid, each.began) in known for each in found)
        return found if same else []


def member() -> Member:
    """Return what was started here. Raises ClusterError for nothing."""
    found = _read()
    if found is None:
        raise ClusterError(
            f"The lab in {home()} is in no cluster; `lrlab cluster start` or `join` changes that."
        )
    return found


def start(*, address: str, port: int, device: str, name: str | None) -> Member:
    """Start a cluster with this machine as its first. Raises InvalidInput and ClusterError."""
    own = _address(address)
    if port not in PORTS:
        raise InvalidInput("port", f"is {port}; allowed are {PORTS[0]} to {PORTS[-1]}.")
    name, gpus = _prepare(device, name)
    _check_free(own, port)
    token = _token()
    found = _begin(
        ["--head", f"--port={port}", "--include-dashboard=false", "--no-monitor"],
        name=name, address=f"{own}:{port}", own=own, token=token, gpus=gpus, head=True,
    )  # fmt: skip
    return _settle(found)


def join(
    cluster: str, *, token: Path | None, address: str | None, device: str, name: str | None
) -> Member:
    """Make this machine one of a cluster's. Raises InvalidInput and ClusterError."""
    host, port = _host_and_port(cluster)
    cluster = f"{host}:{port}"
    token = _given(token)
    own = _address(address) if address else _towards(host)
    name, gpus = _prepare(device, name)
    until = monotonic() + GONE_SECONDS
    while name in ask("machines", token=token, address=cluster):
        if monotonic() > until:
            raise InvalidInput(
                "name", f"is {name!r}, a machine of the cluster; allowed is one of its own."
            )
        sleep(1)  # this machine may have been there before
    found = _begin(
        [f"--address={cluster}"],
        name=name, address=cluster, own=own, token=token, gpus=gpus, head=False,
    )  # fmt: skip
    return _settle(found)


def stop() -> tuple[list[str], str]:
    """End the workers, of all machines if this is the first one, and then Ray on this machine.

    Returns the names of the workers, and why they could not be told, if they could not.
    """
    found, fault = member(), ""
    ended: list[str] = []
    try:
        machine = [] if found.head else [found.name]
        ended = ask_of(found, "leave", *machine)
    except ClusterError as error:
        fault = str(error)
    # Where all workers have ended nothing of Ray is worth a wait; but of a machine that leaves
    # the others are to hear.
    _end(found, 0.0 if found.head and not fault else END_SECONDS)
    return ended, fault


def ask_of(found: Member, verb: str, *words: str) -> Any:
    """Return an answer of the cluster that this machine is in. Raises ClusterError."""
    return ask(verb, found.own, *words, token=Path(found.token), address=found.address)


def _prepare(device: str, name: str | None) -> tuple[str, int]:
    """Return this machine's name and how many GPUs it gives, if it can be in a cluster."""
    require_ray()
    gpus = _gpus(device)
    name = socket.gethostname() if name is None else name
    check_name(name, MOST_LETTERS)
    before = _read()
    if before is not None and before.living():
        raise ClusterError(
            f"The lab in {home()} is in the cluster at {before.address} already; "
            "`lrlab cluster stop` ends that."
        )
    if before is not None:  # its machine was switched off
        _end(before)
    _check_database()
    return name, gpus


def _gpus(device: str) -> int:
    if device not in DEVICES:
        raise InvalidInput("device", f"is {shown(device)}; allowed are {', '.join(DEVICES)}.")
    found = 0 if device == "cpu" else _count_gpus()
    if device == "cuda" and not found:
        raise InvalidInput(
            "device", "is 'cuda', but this machine has no GPU; allowed here are auto and cpu."
        )
    return found


def _count_gpus() -> int:
    """Return how many GPUs this process may use; torch, which knows, is not loaded for it."""
    program = shutil.which("nvidia-smi")
    if program is None:
        return 0
    listed = subprocess.run([program, "-L"], capture_output=True, check=False, timeout=60).stdout
    found = listed.count(b"GPU ")
    visible = os.environ.get("CUDA_VISIBLE_DEVICES")
    if visible is None:
        return found
    return min(found, len([each for each in visible.split(",") if each not in ("", "-1")]))


def _check_database() -> None:
    url = database_url()
    if url.drivername != DRIVER:
        raise InvalidInput(
            "LRLAB_DATABASE_URL",
            "is SQLite, a file that one machine has; allowed in a cluster is PostgreSQL, "
            "as postgresql://user@host/name.",
        )
    Database(url).close()


def _address(host: str) -> str:
    """Return an address of this machine as numbers."""
    try:
        found = socket.gethostbyname(host)
        with socket.socket() as tried:
            tried.bind((found, 0))
    except OSError as error:
        raise InvalidInput(
            "address",
            f"is {shown(host)}; allowed is an address of this machine ({error.strerror}).",
        ) from None
    if found == "0.0.0.0":
        raise InvalidInput("address", "is 0.0.0.0; allowed is the one that the others reach.")
    return found


def _check_free(own: str, port: int) -> None:
    with socket.socket() as tried:
        tried.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            tried.bind((own, port))
        except OSError as error:
            raise InvalidInput(
                "port", f"is {port}; allowed is one that is free ({error.strerror})."
            ) from None


def _host_and_port(text: str) -> tuple[str, int]:
    host, _, port = text.rpartition(":")
    try:
        if host and int(port) in PORTS:
            return socket.gethostbyname(host), int(port)
        reason = "no host and port"
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "no port"
    raise InvalidInput(
        "ADDRESS", f"is {shown(text)}; allowed is one like 192.168.0.1:{PORT} ({reason})."
    )


def _towards(host: str) -> str:
    """Return the address under which this machine reaches another; nothing is sent."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as tried:
        try:
            tried.connect((host, 9))
        except OSError as error:
            raise ClusterError(f"No way leads to {host} ({error.strerror}).") from None
        return str(tried.getsockname()[0])


def _token() -> Path:
    """Return the file with this lab's token, made for its owner alone if there is none."""
    path = home() / TOKEN
    if not path.exists():
        number = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with open(number, "w", encoding="ascii") as file:
            file.write(secrets.token_hex(32))
    path.chmod(0o600)
    return path


def _given(token: Path | None) -> Path:
    """Return the file with the cluster's token: the one named, else the one in a shared home."""
    path = (token or home() / TOKEN).expanduser().resolve()
    if token is None and not path.exists():
        raise InvalidInput(
            "--token-file",
            "is missing; allowed is a copy of the file that `lrlab cluster start` named.",
        )
    try:
        text = path.read_text(encoding="ascii").strip()
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "not a text"
        text = ""
    else:
        reason = "empty"
    if not text:
        raise InvalidInput(
            "--token-file", f"is {shown(str(path))}; allowed is a file with a token ({reason})."
        )
    return path


def _begin(
    options: list[str], *, name: str, address: str, own: str, token: Path, gpus: int, head: bool
) -> Member:
    """Start Ray's processes here, in a session of their own, and note them."""
    # In /tmp whatever TMPDIR says: the path of a socket must be short.
    folder = tempfile.mkdtemp(prefix="lrlab-ray-", dir="/tmp")
    words = [
        "start", *options, f"--node-ip-address={own}", f"--node-name={name}",
        f"--num-gpus={gpus}", "--num-cpus=1", f"--object-store-memory={OBJECT_BYTES}",
        f"--temp-dir={folder}", "--disable-usage-stats", "--include-log-monitor=false",
        "--min-worker-port=0", "--max-worker-port=0",
    ]  # fmt: skip
    said = Path(folder) / "start.log"
    with said.open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", MODULE, "ray", *words], env=environment(token),
            stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True,
        )  # fmt: skip
    found = Member(name, address, own, str(token), folder, head, session=process.pid)
    _write(found)
    try:
        code: int | None = process.wait(START_SECONDS)
    except subprocess.TimeoutExpired:
        code = None
    if code != 0:
        reason = last_line(said.read_bytes()) if code else "it took too long"
        process.kill()
        _end(found)
        raise ClusterError(f"Ray did not start on this machine: {reason}")
    found = replace(found, processes=[[each.pid, each.began] for each in found.living()])
    _write(found)
    return found


def _settle(found: Member) -> Member:
    """Wait for this machine's workers; without them it is as if nothing was started."""
    try:
        if not ask_of(found, "place" if found.head else "settled", found.name):
            raise ClusterError(f"The cluster at {found.address} has put no worker on this machine.")
    except ClusterError:
        _end(found)
        raise
    return found


def _end(found: Member, seconds: float = END_SECONDS) -> None:
    end(found.living, seconds=seconds)
    shutil.rmtree(found.folder, ignore_errors=True)
    _place().unlink(missing_ok=True)


def _place() -> Path:
    return home() / f"cluster-{socket.gethostname()}.json"


def _read() -> Member | None:
    try:
        return Member(**json.loads(_place().read_text(encoding="utf-8")))
    except FileNotFoundError:
        return None
    except (ValueError, TypeError):
        raise ClusterError(f"{_place()} cannot be read; remove it.") from None


def _write(found: Member) -> None:
    _place().write_text(json.dumps(asdict(found)) + "\n", encoding="utf-8")
