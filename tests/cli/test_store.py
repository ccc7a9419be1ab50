"""The commands that move a store, as a person uses them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

from lrlab.runs import Store
from tests.runs.conftest import experiment


def lrlab(home: Path, *words: str) -> subprocess.CompletedProcess[str]:
    environment = {k: v for k, v in os.environ.items() if k != "LRLAB_DATABASE_URL"}
    return subprocess.run(
        [sys.executable, "-m", "lrlab", *words],
        capture_output=True,
        text=True,
        env=environment | {"LRLAB_HOME": str(home)},
        check=False,
    )


def test_a_store_is_moved_from_one_lab_to_another(tmp_path: Path) -> None:
    here, there, file = tmp_path / "here", tmp_path / "there", str(tmp_path / "lab.zip")
    here.mkdir()
    Store(f"sqlite:///{here / 'lrlab.db'}").submit(experiment())
    told = lrlab(here, "export-store", file)
    assert told.returncode == 0, told.stderr
    assert told.stdout == "1 runs and 0 checkpoints moved\n"
    assert "run: 1\n" in told.stderr
    counted = lrlab(there, "import-store", file, "--json")
    assert counted.stderr == ""
    answer = json.loads(counted.stdout)
    assert (answer["rows"]["run"], answer["checkpoints"], answer["missing"]) == (1, 0, 0)
    assert [run.id for run in Store(f"sqlite:///{there / 'lrlab.db'}").list()] == [1]
    again = lrlab(there, "import-store", file)
    assert (again.returncode, again.stdout) == (2, "")
    assert again.stderr.startswith("lrlab: the store ")
    assert again.stderr.count("\n") == 1


def test_a_database_that_cannot_be_used_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "lab.toml").write_text('database_url = "sqlite:////nowhere/at/all.db"')
    done = lrlab(tmp_path, "runs")
    assert done.returncode == 2
    assert done.stderr == (
        "lrlab: The store /nowhere/at/all.db cannot be opened: "
        "check that its folder exists and may be written.\n"
    )
