"""Every field of an experiment is an option, and what is given reaches the experiment."""

from __future__ import annotations

import json
from typing import Any

import pytest
import typer
from hypothesis import given
from typer.testing import CliRunner

import lrlab.cli
from lrlab.cli.race import names, table
from lrlab.cli.settings import takes_experiment
from lrlab.experiment import FIELDS, Experiment
from lrlab.records import Finished, Measure
from tests.cli.shell import Shell
from tests.cli.test_cli import COSINE, home, lab
from tests.experiments import specs

__all__ = ["home", "lab"]  # fixtures


def said(words: list[str]) -> list[Experiment]:
    """Return the experiments that a command with these words is given."""
    found: list[Experiment] = []
    app = typer.Typer()

    @app.command()
    @takes_experiment()
    def command(experiments: list[Experiment]) -> None:
        found.extend(experiments)

    CliRunner().invoke(app, words, catch_exceptions=False, standalone_mode=False)
    return found


def printed(*words: str) -> str:
    """Return what the command line prints, here: torch takes its time to start in each process."""
    done = CliRunner().invoke(lrlab.cli.app, words, catch_exceptions=False, standalone_mode=False)
    assert done.exit_code == 0, done.output
    return done.stdout


def option(name: str, value: Any) -> list[str]:
    """Return the words that give a field this value."""
    flag = name.replace("_", "-")
    if isinstance(value, bool):
        return [f"--{'' if value else 'no-'}{flag}"]
    if isinstance(value, list):
        return [f"--{flag.removesuffix('s')}={','.join(value)}"]
    return [f"--{flag}={value}"]


@given(specs())
def test_every_option_reaches_the_experiment(spec: dict[str, Any]) -> None:
    fields = {name: value for name, value in spec.items() if name != "schedule"}
    given = {name: value for name, value in fields.items() if value is not None}
    words = [word for name, value in given.items() for word in option(name, value)]
    (found,) = said([json.dumps(spec["schedule"]), *words])
    assert found == Experiment.parse(spec)


def test_a_list_is_given_with_commas_or_word_by_word() -> None:
    words = [COSINE, "--average", "swa, ema", "--average", "posterior", "--instrument=sharpness"]
    (found,) = said(words)
    assert found.averages == ("ema", "posterior", "swa")
    assert found.instruments == ("sharpness",)


def test_options_stand_over_each_of_several_specs() -> None:
    adam = '{"schedule": {"kind": "cosine"}, "optimizer": "adam", "averages": ["swa"]}'
    first, second = said([COSINE, adam, "--seed", "3", "--average="])
    assert (first.seed, second.seed) == (3, 3)
    assert (first.optimizer, second.optimizer, second.averages) == ("sgd", "adam", ())


@pytest.mark.parametrize("command", ["train", "submit", "race"])
def test_help_names_every_field_with_its_words_and_default(lab: Shell, command: str) -> None:
    help = " ".join(lab.run(command, "--help").stdout.replace("-\n", "-").split())
    for name, facts in FIELDS.items():
        flag = name.replace("_", "-")
        assert f"--{flag.removesuffix('s') if facts.type == 'choices' else flag} " in help
        assert facts.help in help
    assert "sharpness (about a sixth of an epoch)" in help


def test_a_queued_run_has_its_optimizer_and_instruments(lab: Shell) -> None:
    words = ["--momentum", "0.9", "--nesterov", "--instrument", "distance,gradient-norm"]
    number = lab.json("submit", COSINE, *words)["run"]
    experiment = lab.json("show", str(number))["experiment"]
    assert (experiment["momentum"], experiment["nesterov"]) == (0.9, True)
    assert experiment["instruments"] == ["distance", "gradient-norm"]


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["--optimizer", "adam", "--momentum", "0.9"], "momentum is 0.9; allowed is that only "
         "with optimizer sgd."),
        (["--average", "median"], "averages.0 is 'median'; allowed is a list of some of swa,"),
        (["--weight-decay", "much"], "'--weight-decay': 'much' is not a number"),
        (["--order-seed", "1.5"], "'--order-seed': '1.5' is not a whole number"),
    ],
)  # fmt: skip
def test_a_setting_that_cannot_be_is_one_line_on_stderr(
    lab: Shell, words: list[str], sentence: str
) -> None:
    done = lab.run("train", COSINE, *words)
    assert (done.returncode, done.stdout) == (2, "")
    assert len(done.stderr.splitlines()) == 1
    assert sentence in done.stderr


def test_train_applies_its_settings_and_prints_what_it_measures() -> None:
    words = ["train", COSINE, "--epochs", "1", "--train-examples", "256", "--batch-size", "4"]
    more = ["--momentum", "0.9", "--average", "ema", "--instrument", "gradient-norm"]
    events = [
        [json.loads(line) for line in printed(*words, *each, "--device", "cpu", "--json")
         .splitlines()]
        for each in ([], more)
    ]  # fmt: skip
    plain, measured = events
    names = {event["name"] for event in measured if event["event"] == "measure"}
    assert {"gradient_norm", "ema_test_acc"} <= names
    assert "measure" not in {event["event"] for event in plain}
    assert measured[-1]["train_loss"] != plain[-1]["train_loss"]
    (norm, *_) = [e for e in measured if e.get("name") == "gradient_norm"]
    assert norm.keys() == {"event", "update", "epoch", "name", "value"}
    assert norm["value"] > 0
    said = printed(*words, *more, "--device", "cpu")
    assert f"gradient norm {norm['value']:.6g}" in said


def finished(member: int, test_acc: float) -> Finished:
    return Finished(0.5, 0.75, test_acc, 1.0, 1000.0, "cpu", member)


def test_a_races_table_has_mean_and_deviation_over_the_seeds_of_each_spec() -> None:
    specs = [Experiment.parse({"kind": "constant", "base_lr": lr}) for lr in (0.1, 9.0)]
    swa = [Measure(10, 1.0, "swa_test_acc", value, member=0) for value in (0.1, 0.9)]
    records = [finished(0, 0.80), finished(1, 0.82), *swa, finished(3, 0.1)]
    shown = table(specs, records, seeds=2).splitlines()
    firsts = [line.split("  ")[0] for line in shown[1:]]
    assert firsts == ["constant, base_lr 0.1", "", "constant, base_lr 9"]
    assert "2 of 2" in shown[1]
    assert shown[1].endswith("0.500 ± 0.000  0.750 ± 0.000  0.8100 ± 0.0141")
    assert shown[2].split() == ["swa", "0.9000"]
    assert "1 of 2" in shown[3]
    assert shown[3].endswith("0.1000")


def test_entries_of_a_race_are_named_by_what_they_do_not_share() -> None:
    common = {"schedule": {"kind": "constant"}, "epochs": 2, "averages": ["ema"]}
    adam = common | {"optimizer": "adam", "seed": 3}
    entries = [Experiment.parse(fields) for fields in (common, adam)]
    assert names(entries) == ["constant", "constant, optimizer adam"]
    assert names(entries[:1]) == ["constant"]
    assert names([entries[0], entries[0]]) == ["constant, SPEC 1", "constant, SPEC 2"]


def test_a_race_names_the_member_of_each_event() -> None:
    words = [COSINE, '{"kind": "constant", "base_lr": 1e5}', "--seeds", "2", "--epochs", "1"]
    lines = printed("race", *words, "--train-examples", "2560", "--device", "cpu", "--json")
    events = [json.loads(line) for line in lines.splitlines()]
    ends = {e["member"]: e["event"] for e in events if e["event"] in ("finished", "diverged")}
    assert ends == {0: "finished", 1: "finished", 2: "diverged", 3: "diverged"}


def test_a_race_without_json_names_seeds_and_ends_in_a_table() -> None:
    words = ["--seeds", "2", "--seed", "7", "--epochs", "1", "--train-examples", "512"]
    lines = printed("race", COSINE, *words, "--device", "cpu").splitlines()
    assert {line.split(": ")[0][-6:] for line in lines if "finished: " in line} == {
        "seed 7",
        "seed 8",
    }
    assert "2 of 2" in lines[-1]
    assert " ± " in lines[-1]
