"""The command line, run as a person runs it, keeps the contract to the letter."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from lrlab import Experiment, Schedule
from tests.cli.shell import Shell

COSINE = '{"kind": "cosine"}'


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path


@pytest.fixture
def lab(home: Path) -> Shell:
    return Shell(home)


def test_schedules_lists_the_catalogue(lab: Shell) -> None:
    entries = lab.json("schedules")
    assert {entry["kind"] for entry in entries} == set(Schedule.kinds)
    keys = {"kind", "title", "group", "formula", "parameters", "references"}
    parameter_keys = {"name", "type", "default", "min", "max", "unit", "help"}
    for entry in entries:
        assert keys <= entry.keys()
        assert all(parameter_keys <= parameter.keys() for parameter in entry["parameters"])


def test_preview_gives_one_value_an_epoch(lab: Shell) -> None:
    found = lab.json("preview", COSINE, "--epochs", "25")
    assert found["t"] == list(range(25))
    assert found["lr"] == Schedule.parse(COSINE).rates(epochs=25).tolist()


def test_preview_gives_one_value_an_update_on_other_clocks(lab: Shell) -> None:
    words = ["preview", COSINE, "--epochs", "2", "--steps-per-epoch", "3", "--clock"]
    assert lab.json(*words, "step")["t"] == [0, 1, 2, 3, 4, 5]
    assert lab.json(*words, "progress")["t"] == pytest.approx([0, 1 / 3, 2 / 3, 1, 4 / 3, 5 / 3])


def test_preview_at_asks_the_schedule_at_just_those_times(lab: Shell) -> None:
    found = lab.json("preview", COSINE, "--at", "0,1,2.5")
    assert found["t"] == [0, 1, 2.5]
    assert found["lr"] == Schedule.parse(COSINE).at([0, 1, 2.5], 30).tolist()


PLATEAU = '{"kind": "plateau", "base_lr": 1, "factor": 0.5, "patience": 0}'


def test_preview_of_an_adaptive_schedule_is_its_first_rate(lab: Shell) -> None:
    found = lab.json("preview", PLATEAU, "--epochs", "3")
    assert found["lr"] == [1, 1, 1]
    assert "replay" not in found


def test_preview_replays_an_adaptive_schedule_over_a_metric(lab: Shell, tmp_path: Path) -> None:
    words = ["preview", PLATEAU, "--epochs", "4", "--metric"]
    found = lab.json(*words, "[0.9, 0.9, null]")
    assert (found["lr"], found["replay"]) == ([1, 1, 0.5, 0.25], True)
    file = tmp_path / "losses.json"
    file.write_text("[0.9, 0.8, 0.8]", encoding="utf-8")
    assert lab.json(*words, str(file))["lr"] == [1, 1, 1, 0.5]


def test_preview_with_lag_starts_at_the_initial_rate(lab: Shell) -> None:
    found = lab.json("preview", COSINE, "--lag", "1", "--initial-lr", "0.7")
    assert found["lr"][:2] == [0.7, 0.3]


def test_preview_sums_up_and_advises(lab: Shell) -> None:
    words = ["preview", COSINE, "--steps-per-epoch", "10"]
    found = lab.json(*words)
    names = {"peak", "mean", "first", "final", "sum", "sum_of_squares", "robbins_monro"}
    assert names | {"above_half", "final_over_peak"} <= found["summary"].keys()
    assert found["summary"]["sum"] == pytest.approx(10 * sum(found["lr"]))
    assert found["summary"]["robbins_monro"]["sum_of_squares"] == "diverges"
    (advice,) = found["advice"]
    assert {"code", "place", "sentence", "reason", "mend"} <= advice.keys()
    assert lab.json("preview", json.dumps(advice["mend"]))["advice"] == []
    assert advice["sentence"] in lab.run(*words).stdout


def test_a_spec_comes_from_a_file_or_stdin(lab: Shell, home: Path) -> None:
    file = home / "spec.json"
    file.write_text(COSINE, encoding="utf-8")
    assert lab.json("preview", str(file)) == lab.json("preview", "-", text=COSINE)


def test_export_prints_code_that_defines_lr_at_and_make_scheduler(lab: Shell) -> None:
    code = lab.run("export", COSINE, "--to", "torch").stdout
    namespace: dict[str, Any] = {}
    exec(compile(code, "exported.py", "exec"), namespace)  # noqa: S102 - as its reader would
    assert namespace["lr_at"](10) == pytest.approx(Schedule.parse(COSINE).at(10, 30))
    assert callable(namespace["make_scheduler"])


def test_train_prints_its_events(lab: Shell) -> None:
    words = ["train", COSINE, "--epochs", "2", "--batch-size", "40", "--train-examples", "4400"]
    done = lab.run(*words, "--device", "cpu", "--json")
    assert done.returncode == 0, done.stderr
    events = [json.loads(line) for line in done.stdout.splitlines()]
    kinds = [event["event"] for event in events]
    assert kinds == ["point", "point", "evaluation", "point", "point", "evaluation", "finished"]
    assert [e["update"] for e in events if e["event"] == "point"] == [50, 100, 160, 210]
    assert {"update", "epoch", "lr", "train_loss", "train_acc"} <= events[0].keys()
    assert {"epoch", "test_loss", "test_acc"} <= events[2].keys()
    last = {"train_loss", "train_acc", "test_acc", "seconds", "examples_per_second", "device"}
    assert last <= events[-1].keys()


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["preview", COSINE, "--epochs", "2"], 0, "0.3"),
        (["preview", "{"], 2, "allowed is a JSON object"),
    ],
)
def test_a_process_of_its_own_says_and_ends_the_same(
    lab: Shell, words: list[str], code: int, said: str
) -> None:
    done = lab.process(*words)
    assert done == lab.run(*words)
    assert done.returncode == code
    assert said in done.stdout + done.stderr


def test_a_training_that_diverges_says_where(lab: Shell) -> None:
    words = ["train", '{"kind": "constant", "base_lr": 1e5}', "--epochs", "1"]
    done = lab.run(*words, "--train-examples", "2560", "--json")
    last = json.loads(done.stdout.splitlines()[-1])
    assert last["event"] == "diverged"
    assert last["update"] >= 1
    assert last["train_loss"] is None


def test_submit_queues_show_shows_and_cancel_ends(lab: Shell) -> None:
    number = lab.json("submit", COSINE, "--epochs", "3", "--name", "mine")["run"]
    (listed,) = lab.json("runs")
    assert (listed["run"], listed["state"], listed["name"]) == (number, "queued", "mine")
    shown = lab.json("show", str(number))
    assert shown["experiment"]["epochs"] == 3
    assert (shown["points"], shown["evaluations"], shown["commands"]) == ([], [], [])
    told = {"run": number, "state": "cancelled", "command": "cancel"}
    assert lab.json("cancel", str(number)) == told
    assert lab.json("show", str(number))["state"] == "cancelled"


def test_a_run_is_submitted_once_and_paused_steered_labelled_and_repeated(lab: Shell) -> None:
    first = lab.json("submit", COSINE, "--epochs", "3")
    again = lab.json("submit", COSINE, "--epochs", "3", "--owner", "somebody else")
    assert (first["stored"], again) == (False, {"run": first["run"], "stored": True})
    assert lab.json("submit", COSINE, "--epochs", "3", "--anew")["run"] != first["run"]
    number = str(first["run"])
    assert lab.json("pause", number)["state"] == "paused"
    assert lab.json("set-lr", number, "0.05")["state"] == "paused"
    assert lab.json("hand-back", number, "--scaled")["command"] == "hand-back"
    assert lab.json("resume", number)["state"] == "queued"
    kinds = [command["kind"] for command in lab.json("show", number)["commands"]]
    assert kinds == ["pause", "set-lr", "hand-back-scaled", "resume"]
    said = ["--name", "mine", "--tag", "a", "--tag", "b", "--star", "--priority", "3"]
    labelled = lab.json("label", number, *said)
    assert (labelled["name"], labelled["tags"], labelled["starred"]) == ("mine", ["a", "b"], True)
    replayed = lab.json("replay", number)
    assert Experiment.parse(replayed).rates().tolist() == experiment_rates(lab, number)
    for words, sentence in (
        (["branch", number], f"run is {number}, which has no checkpoint; "),
        (["set-lr", number, "fast"], "'fast' is not a number"),
        (["set-lr", "99", "0.1"], "run is 99; allowed is the number of a run."),
    ):
        done = lab.run(*words)
        assert (done.returncode, sentence in done.stderr) == (2, True), done.stderr


def experiment_rates(lab: Shell, number: str) -> list[float]:
    return Experiment.parse(lab.json("show", number)["experiment"]).rates().tolist()


BAD = [
    (["preview", '{"kind": "cosine", "base_lr": -1}'], "base_lr is -1; allowed is a number from 0"),
    (["preview", COSINE, "--epochs", "0"], "epochs is 0; allowed is a whole number from 1"),
    (["preview", COSINE, "--epochs", "many"], "'--epochs': 'many' is not a whole number"),
    (["preview", COSINE, "--clock", "hour"], "clock is 'hour'; allowed is one of epoch"),
    (["preview", COSINE, "--at", "0,x"], "at is '0,x'; allowed are numbers"),
    (["preview", COSINE, "--lag", "1", "--initial-lr", "nan"], "initial_lr is nan; allowed is"),
    (["preview", COSINE, "--steps-per-epoch", "0"], "steps-per-epoch is 0; allowed is"),
    (["preview", COSINE, "--metric", "[1]"], "metric is given with cosine; allowed is it only"),
    (["preview", COSINE, "--metric", '["x"]'], "metric is ['x']; allowed is a list of up to 1000"),
    (["preview", COSINE, "--metric", "none.json"], "metric is 'none.json'; allowed is a JSON text"),
    (["preview", "no-such-file.json"], "SPEC is 'no-such-file.json'; allowed is a JSON text"),
    (["preview", "{"], "allowed is a JSON object"),
    (["preview", '{"kind": "formula", "expression": "9**9**9"}'], "gives the rate inf at t = 0"),
    (["preview", '{"kind": "formula", "expression": "__import__(1)"}'], "expression is"),
    (["export", COSINE, "--to", "caffe"], "to is 'caffe'; allowed is one of torch"),
    (["train", COSINE, "--device", "tpu"], "device is 'tpu'"),
    (
        ["train", COSINE, "--dataset", "mnist"],
        "idx3-ubyte is missing; put train-images-idx3-ubyte.gz",
    ),
    (["train", COSINE, "--model", "vgg"], "model is 'vgg'; allowed is one of lenet"),
    (["show", "99"], "run is 99; allowed is the number of a"),
    (["cancel", "99"], "run is 99; allowed is the number of a"),
    (["dance"], "No such command 'dance'"),
]


@pytest.mark.parametrize(("words", "sentence"), BAD)
def test_bad_input_is_one_line_on_stderr_and_exit_2(
    lab: Shell, words: list[str], sentence: str
) -> None:
    done = lab.run(*words)
    assert done.returncode == 2
    assert done.stdout == ""
    assert len(done.stderr.splitlines()) == 1
    assert sentence in done.stderr


def test_a_reader_that_leaves_gets_no_traceback(lab: Shell) -> None:
    words = [sys.executable, "-m", "lrlab", "preview", COSINE, "--clock", "step"]
    with subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        assert process.stderr.read() == b""
