"""The commands that move a store, as a person uses them."""

from __future__ import annotations

import json
from pathlib import Path

from lrlab.runs import Store
from tests.cli.shell import Done, Shell
from tests.runs.conftest import experiment


def lrlab(home: Path, *words: str) -> Done:
    return Shell(home).run(*words)


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


def test_runs_are_found_by_what_they_bear_and_written_as_files(tmp_path: Path) -> None:
    store = Store(f"sqlite:///{tmp_path / 'lrlab.db'}")
    for name in ("a", "b"):
        store.submit(experiment(), name=name, anew=True)
    store.label(1, tags=["lecture"], starred=True)
    first = ["--sort", "run", "--limit", "1"]
    for words in (["--tag", "lecture"], ["--starred"], ["--text", "A"], first):
        found = lrlab(tmp_path, "runs", "--json", *words)
        assert [run["run"] for run in json.loads(found.stdout)] == [1], found.stderr
    assert lrlab(tmp_path, "runs", "--state", "failed").stdout == "no run fits\n"
    done = lrlab(tmp_path, "export-runs", "2", "1", "--to", "mlflow", "--out", str(tmp_path / "x"))
    assert done.stdout == f"2 runs are in {tmp_path / 'x'}\n", done.stderr
    assert len([*(tmp_path / "x" / "mlruns").glob("*/*/meta.yaml")]) == 2
    said = lrlab(tmp_path, "export-runs", "1", "--out", str(tmp_path / "y.csv"), "--json")
    assert json.loads(said.stdout) == {"runs": [1], "path": str(tmp_path / "y.csv")}
    for words, sentence in (
        (["1", "--to", "excel"], "to is 'excel'; allowed is one of csv, parquet, tensorboard"),
        (["9"], "run is 9; allowed is the number of a stored run."),
        (["1", "--out", str(tmp_path)], f"out {tmp_path} cannot be written: Is a directory."),
    ):
        refused = lrlab(tmp_path, "export-runs", *words)
        assert (refused.returncode, refused.stdout) == (2, "")
        assert refused.stderr.startswith(f"lrlab: {sentence}")
