"""The command range-test, as a person runs it."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import typer
from typer.testing import CliRunner

from lrlab.cli import app
from lrlab.cli.range_test import spark, table
from lrlab.cli.training import line
from lrlab.errors import InvalidInput
from lrlab.experiment import Experiment
from lrlab.records import Finished
from lrlab.sweeping import RangeTest, Tried
from tests.cli.shell import Shell
from tests.cli.test_cli import home, lab

__all__ = ["home", "lab"]  # fixtures

SMALL = ["--train-examples", "400", "--batch-size", "8", "--device", "cpu"]


def test_it_prints_the_curve_and_its_suggestions_as_one_document(lab: Shell) -> None:
    words = ["--from", "1e-4", "--to", "1", "--updates", "12", "--seed", "3"]
    found = lab.json("range-test", *words, *SMALL)
    assert found["rates"] == pytest.approx(np.geomspace(1e-4, 1, 12))
    assert len(found["losses"]) == len(found["smoothed"]) == 12
    assert set(found["suggestions"]) == {"steepest", "minimum_over_ten", "valley"}
    unsaid = {name for name, lr in found["suggestions"].items() if lr is None}
    assert set(found["reasons"]) == unsaid
    assert found["stopped_at"] is None
    assert found["seconds"] > 0
    assert found["device"] == "cpu"


def losses(*words: str) -> list[float]:
    """Return the losses that the command prints, run in this process."""
    done = CliRunner().invoke(app, ["range-test", *words, *SMALL, "--json"], catch_exceptions=False)
    return json.loads(done.stdout)["losses"]


def test_a_spec_says_all_but_the_rates(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LRLAB_HOME", str(home))
    spec = '{"schedule": {"kind": "cosine"}, "epochs": 90, "averages": ["ema"], "seed": 1}'
    by_spec = losses(spec, "--updates", "3")
    assert by_spec == losses("--seed", "1", "--updates", "3")
    assert by_spec != losses("--updates", "3")


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["--from", "1", "--to", "0.5"], "from is 1.0; allowed is a number above 0 and below 0.5."),
        (["--from", "nan"], "from is nan; allowed is a number above 0 and below 10."),
        (["--to", "inf"], "to is inf; allowed is a number above 0 to 1e+06."),
        (["--to", "high"], "'high' is not a number."),
        (["--updates", "0"], "updates is 0; allowed is a whole number from 2 to 100000."),
        (["--epochs", "3"], "No such option"),
    ],
)
def test_a_sweep_that_cannot_be_is_refused_in_a_sentence(words: list[str], sentence: str) -> None:
    with pytest.raises((InvalidInput, typer.TyperException)) as refusal:
        app(["range-test", *words], standalone_mode=False)
    assert sentence in str(refusal.value)


def test_a_refusal_is_one_line_on_stderr(lab: Shell) -> None:
    done = lab.run("range-test", "--from", "3", "--to", "2")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == "lrlab: from is 3.0; allowed is a number above 0 and below 2.\n"


def found(losses: list[float], stopped_at: int | None = None) -> RangeTest:
    rates = np.geomspace(1e-4, 1, len(losses)).tolist()
    return RangeTest(Tried(rates, losses, losses), stopped_at, 2.0, "cpu")


def test_for_people_it_is_a_line_and_a_rate_or_a_reason_for_each_custom() -> None:
    falling = np.linspace(2.3, 0.5, 41).tolist()
    lines = table(found(falling)).splitlines()
    assert lines[0] == "█" * 3 + lines[0].strip("█▁") + "▁" * 3
    assert lines[1] == "loss 2.3 at rate 0.0001, 0.5 at 1: the end"
    assert lines[2] == "41 updates in 2.0 s on cpu"
    said = dict(line.split(maxsplit=1) for line in lines[4:])
    assert float(said["steepest"]) > 1e-4
    assert (
        said["minimum"]
        == "over ten  The loss still falls at the highest rate; let the test rise further."
    )
    assert said["highest"] == "stable    1"


def test_a_test_that_stopped_says_so_and_its_last_loss() -> None:
    lines = table(found([2.0, 1.0, math.nan], 3)).splitlines()
    assert lines[1] == "loss 2 at rate 0.0001, nan at 1: the test stopped there"


def test_a_line_of_losses_is_not_flattened_by_one_that_blew_up() -> None:
    assert spark([1.0, 0.5, 1e9, math.inf, math.nan]) == "▇▁█"
    assert spark([1.0, 1.0]) == "▁▁"
    assert spark([math.nan]) == ""


def test_a_training_without_an_evaluation_names_no_test_accuracy() -> None:
    ended = Finished(2.0, 0.25, math.nan, 1.0, 1000.0, "cpu")
    assert line(ended).startswith("finished: train loss 2.000, train acc 0.250; 1.0 s")
    assert "0.250, test acc 0.5000; 1.0 s" in line(replace(ended, test_acc=0.5))


def preview(*words: str) -> Any:
    constant = '{"kind": "constant", "base_lr": 1.0}'
    done = CliRunner().invoke(app, ["preview", constant, *words, "--json"], catch_exceptions=False)
    return json.loads(done.stdout)["advice"]


def test_a_preview_advises_on_rates_above_the_highest_stable_one() -> None:
    tried = found([2.3 - 1.8 * k / 30 if k < 30 else 0.5 + (k - 30) for k in range(41)])
    (advice,) = preview("--stable-lr", str(tried.stable_lr))
    assert advice["code"] == "above_stable"
    assert max(Experiment.parse(advice["mend"]).rates()) == pytest.approx(tried.stable_lr)
    assert preview("--stable-lr", "1") == preview() == []


@pytest.mark.parametrize("given", ["0", "nan", "inf"])
def test_a_stable_rate_that_is_none_is_refused(given: str) -> None:
    with pytest.raises(InvalidInput, match=f"stable-lr is {float(given)}; allowed is a number abo"):
        preview("--stable-lr", given)
