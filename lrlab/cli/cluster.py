"""Commands about a cluster: start, join, status, stop. Ray is loaded by none but these."""

from __future__ import annotations

import shlex
import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from lrlab.cli import options
from lrlab.cli.options import Device, Json
from lrlab.runs import State, Store
from lrlab.runs.cluster.machine import LOOPBACK, PORT, Member, ask_of, member
from lrlab.runs.cluster.machine import join as join_cluster
from lrlab.runs.cluster.machine import start as start_cluster
from lrlab.runs.cluster.machine import stop as stop_cluster

app = typer.Typer(
    help="Train on several machines, with Ray and PostgreSQL.",
    no_args_is_help=True,
    rich_markup_mode=None,
)

Name = Annotated[
    str | None, typer.Option(help="This machine's name in the cluster; its host's if left out.")
]


@app.command()
def start(
    address: Annotated[
        str, typer.Option(help="This machine's address, at which the others reach it.")
    ] = LOOPBACK,
    port: Annotated[int, typer.Option(help="Where it listens.", parser=options.whole)] = PORT,
    device: Device = "auto",
    name: Name = None,
) -> None:
    """Start a cluster on this machine, with workers on its devices."""
    found = start_cluster(address=address, port=port, device=device, name=name)
    print(f"the cluster at {found.address} has this machine, {found.name}")
    print(f"its token is in {found.token}")
    if found.own == LOOPBACK:
        print("only this machine reaches it; --address names an address for others")
        return
    print("Ray listens at every address of this machine: let a firewall keep strangers out")
    print("on the other machines, each with the same LRLAB_DATABASE_URL and a copy of the token:")
    print(f"  lrlab cluster join {found.address} --token-file {shlex.quote(found.token)}")


@app.command()
def join(
    cluster: Annotated[str, typer.Argument(metavar="ADDRESS", help="The cluster's host:port.")],
    token_file: Annotated[
        Path | None, typer.Option(help="A copy of the cluster's token.", show_default=False)
    ] = None,
    address: Annotated[
        str | None, typer.Option(help="This machine's address; found if left out.")
    ] = None,
    device: Device = "auto",
    name: Name = None,
) -> None:
    """Add this machine, and workers on its devices, to a cluster."""
    found = join_cluster(cluster, token=token_file, address=address, device=device, name=name)
    print(f"the cluster at {found.address} has this machine, {found.name}, too")


@app.command()
def status(as_json: Json = False) -> None:
    """List the cluster's machines and devices, and what their workers train."""
    found = member()
    workers = ask_of(found, "status")
    training: dict[str | None, list[int]] = {}
    for run in Store().list(limit=100_000, states=[State.RUNNING]):
        training.setdefault(run.worker, []).append(run.id)
    for each in workers:
        each["runs"] = sorted(training.get(each["worker"], []))
    if as_json:
        options.say({"address": found.address, "machine": found.name, "workers": workers})
        return
    print(f"cluster at {found.address}; this machine is {found.name}")
    print("\n".join(map(_line, workers)) or "no device has a worker")


def _line(worker: dict[str, Any]) -> str:
    runs = ", ".join(map(str, worker["runs"]))
    doing = f"trains run {runs}" if runs else "waits for runs"
    state = f"process {worker['pid']} {doing}" if worker["alive"] else f"down: {worker['said']}"
    return f"{worker['machine']:<20} {worker['device']:<5} {state}"


@app.command()
def stop() -> None:
    """End the cluster's part on this machine; on its first machine all workers end."""
    found: Member = member()
    ended, fault = stop_cluster()
    if fault:
        print(f"lrlab: the workers could not be told and were ended: {fault}", file=sys.stderr)
    print(f"{len(ended)} workers have given their runs back; Ray has ended on {found.name}")


def add_to(app_: typer.Typer) -> None:
    """Register this file's commands."""
    app_.add_typer(app, name="cluster")
