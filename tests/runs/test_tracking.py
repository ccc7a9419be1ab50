"""Runs as other tools' files: TensorBoard's own reader, and MLflow's layout."""

from __future__ import annotations

import json
import zipfile
from io import BytesIO
from math import nan
from pathlib import Path

import pytest
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

from lrlab.experiment import Experiment
from lrlab.records import Evaluation, Head, Measure, Point
from lrlab.runs import Run, State, Store
from lrlab.runs.tracking import write_mlflow, write_tensorboard, zipped
from lrlab.runs.writing import Progress
from tests.submitted import submit

NAME = "a/b: ünï" + "x" * 100


@pytest.fixture
def runs(store: Store) -> list[Run]:
    """One with every kind of record, one of them not finite, and one without any."""
    submit(store, Experiment.parse({"kind": "cosine"}), "ana", NAME)
    lease = store.claim("test")
    assert lease is not None
    points = [Point(50, 50 / 235, 0.3, 2.25, 0.25), Point(100, 100 / 235, 0.3, nan, 0.5)]
    measures = [Measure(235, 1.0, "gradient-norm", 3.5)]
    evaluation = Evaluation(1, 0.875, 0.75, 0.5, 0.8125, 235)
    progress = Progress(Head(235, 1.0, 0.3, 0.5, 0.8125), [*points, evaluation, *measures],
                        {"seconds": 23.5, "device": "cpu"})  # fmt: skip
    lease.end(0, State.DIVERGED, progress, error="The loss is not finite.")
    submit(store, Experiment.parse({"kind": "constant"}))
    return [*reversed(store.list())]


def test_the_time_of_an_evaluation_is_kept(store: Store, runs: list[Run]) -> None:
    assert store.pace(1) == ([235], [23.5])
    assert store.pace(2) == ([], [])


def test_tensorboard_reads_every_figure_where_and_when_it_was(
    store: Store, runs: list[Run], tmp_path: Path
) -> None:
    write_tensorboard(store, runs, tmp_path / "logs")
    first, second = sorted((tmp_path / "logs").iterdir())
    assert (first.name, second.name) == (
        "1-a-b--ünï" + "x" * 32, "2-constant",
    )  # fmt: skip
    read = EventAccumulator(str(first))
    read.Reload()
    found = {
        name: [(each.step, each.value) for each in read.Scalars(name)]
        for name in read.Tags()["scalars"]
    }
    assert found == {
        "lr": [(50, pytest.approx(0.3)), (100, pytest.approx(0.3))],
        "train_loss": [(50, 2.25)],
        "train_acc": [(50, 0.25), (100, 0.5)],
        "test_loss": [(235, 0.875)],
        "test_acc": [(235, 0.75)],
        "gradient-norm": [(235, 3.5)],
    }
    started = runs[0].started
    assert started is not None
    times = [each.wall_time - started for each in [*read.Scalars("lr"), *read.Scalars("test_acc")]]
    assert times == pytest.approx([5, 10, 23.5])


def test_mlflow_finds_its_layout(store: Store, runs: list[Run], tmp_path: Path) -> None:
    write_mlflow(store, runs, tmp_path)
    (experiment,) = (tmp_path / "mlruns").iterdir()
    assert {path.name for path in experiment.iterdir() if path.is_file()} == {"meta.yaml"}
    metas = {}
    for path in experiment.glob("*/meta.yaml"):
        lines = path.read_text().splitlines()
        facts = {
            name: json.loads(text) for name, _, text in (line.partition(": ") for line in lines)
        }
        assert (facts["run_id"], facts["experiment_id"]) == (path.parent.name, experiment.name)
        metas[facts["run_name"]] = (facts, path.parent)
    facts, folder = metas[NAME]
    assert (facts["status"], facts["user_id"], facts["lifecycle_stage"]) == (4, "ana", "active")
    assert (folder / "params" / "schedule.kind").read_text() == "cosine"
    assert (folder / "params" / "seed").read_text() == "0"
    assert (folder / "metrics" / "train_loss").read_text().split()[1:] == ["2.25", "50"]
    at, value, step = (folder / "metrics" / "test_acc").read_text().split()
    assert (value, step) == ("0.75", "235")
    assert int(at) == facts["start_time"] + 23_500
    facts, folder = metas["constant"]
    assert (facts["status"], facts["end_time"], [*(folder / "metrics").iterdir()]) == (2, None, [])


def test_a_zip_holds_the_same_files(store: Store, runs: list[Run], tmp_path: Path) -> None:
    write_mlflow(store, runs, tmp_path)
    packed = zipfile.ZipFile(BytesIO(zipped(write_mlflow, store, runs)))
    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert {name for name in packed.namelist() if not name.endswith("/")} == {
        str(path.relative_to(tmp_path)) for path in files
    }
    assert all(packed.read(str(p.relative_to(tmp_path))) == p.read_bytes() for p in files)
