"""gc, check and vacuum from the command line."""

from __future__ import annotations

import json
import os
from pathlib import Path

from lrlab.experiment import Experiment
from lrlab.runs import Store
from tests.cli.shell import Shell
from tests.cli.test_cli import COSINE, home, lab
from tests.submitted import submit

__all__ = ["home", "lab"]  # fixtures


def lose(home: Path, name: str) -> Path:
    """Write an old file that belongs to no run."""
    path = home / "kept" / name
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(b"12345")
    os.utime(path, (0, 0))
    return path


def test_gc_removes_just_what_a_dry_run_says(lab: Shell, home: Path) -> None:
    path = lose(home, "99-1-5.safetensors")
    (home / "lab.toml").write_text("[retention]\nruns = 1\n")
    store = Store(f"sqlite:///{home / 'lrlab.db'}")
    for _ in range(2):
        number = submit(store, Experiment.parse(COSINE))
        store.cancel(number)
    planned = lab.json("gc", "--dry-run")
    assert planned == {
        "runs": [number - 1],
        "checkpoints": [],
        "files": [{"path": "kept/99-1-5.safetensors", "bytes": 5}],
        "bytes": 5,
        "dry_run": True,
    }
    assert path.exists()
    assert len(store.list()) == 2
    assert lab.run("gc", "--dry-run").stdout.splitlines() == [
        f"run {number - 1}", "file kept/99-1-5.safetensors, 5 bytes",
    ]  # fmt: skip
    assert lab.json("gc") == planned | {"dry_run": False}
    assert not path.exists()
    assert [each.id for each in store.list()] == [number]


def test_check_exits_with_1_where_it_finds_something(lab: Shell, home: Path) -> None:
    assert lab.run("check").stdout == "all is well\n"
    lose(home, "99-1-5.safetensors")
    done = lab.run("check", "--json")
    assert done.returncode == 1
    sentence = "File kept/99-1-5.safetensors belongs to no run; gc removes it."
    (finding,) = json.loads(done.stdout)["findings"]
    assert (finding["sentence"], finding["path"]) == (sentence, "kept/99-1-5.safetensors")


def test_vacuum_says_bytes_before_and_after(lab: Shell) -> None:
    lab.json("submit", COSINE)
    done = lab.json("vacuum")
    assert done["before"] >= done["after"] > 0


def test_what_lab_toml_may_not_say_is_one_line(lab: Shell, home: Path) -> None:
    (home / "lab.toml").write_text("[retention]\ndays = -1\n")
    done = lab.run("gc")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == (
        "lrlab: lab.toml.retention.days is -1; allowed is a whole number from 1 on.\n"
    )
