"""What a person reads for each parameter and word of the catalogue, and for the run's settings."""

from __future__ import annotations

from typing import Any, get_args

from lrlab.experiment import Experiment
from lrlab.schedules import CLOCKS, catalogue
from lrlab.ui.text import _, spoken


@spoken
def labels() -> dict[str, str]:
    """Return name → label for parameters, settings and the words that a choice offers.

    A word of the catalogue that has no label of its own gets itself, written out.
    """
    found = {word: spelled(word) for word in words()}
    return found | _parameters() | _settings() | _choices_of_words()


def words() -> set[str]:
    """Return every name of a parameter and every word of a choice in the catalogue."""
    parameters = [parameter for entry in catalogue() for parameter in entry["parameters"]]
    chosen = {word for p in parameters if p["type"] == "choice" for word in p["choices"]}
    return chosen | {parameter["name"] for parameter in parameters}


def spelled(word: str) -> str:
    """Return a name as people write it: `half_life` is "Half life"."""
    return word.replace("_", " ").removesuffix(" lr").capitalize() + " rate" * word.endswith("_lr")


def _parameters() -> dict[str, str]:
    return {
        "base_lr": _("Base rate"),
        "final_lr": _("Final rate"),
        "min_lr": _("Lowest rate"),
        "max_lr": _("Highest rate"),
        "begin_lr": _("First rate"),
        "start_lr": _("First rate"),
        "end_lr": _("Last rate"),
        "length": _("Length"),
        "power": _("Power"),
        "timescale": _("Timescale"),
        "factor": _("Factor"),
        "every": _("Every"),
        "staircase": _("In steps"),
        "milestones": _("Milestones"),
        "times": _("Times"),
        "rates": _("Rates"),
        "interpolation": _("Between points"),
        "exponent": _("Exponent"),
        "expression": _("Formula"),
        "constants": _("Constants"),
        "mode": _("Shape"),
        "shape": _("Shape"),
        "shift": _("Clock starts at the join"),
        "period": _("Cycle length"),
        "period_factor": _("Each cycle longer by"),
        "peak_factor": _("Each peak times"),
        "limit": _("Cycles at most"),
        "cycles": _("Waves"),
        "hard": _("Jump back up"),
        "up": _("Way up"),
        "down": _("Way down"),
        "gamma": _("Shrinks by"),
        "pct_start": _("Part that rises"),
        "div_factor": _("Starts lower by"),
        "final_div_factor": _("Ends lower still by"),
        "three_phase": _("Three phases"),
        "warmup": _("Warmup"),
        "decay": _("Decay"),
        "decay_shape": _("Shape of the decay"),
        "lower": _("Tangent from"),
        "upper": _("Tangent to"),
        "scale": _("Scale"),
        "model_size": _("Model width"),
        "start": _("Begins at"),
        "factors": _("Factors"),
        "std": _("Strength"),
        "from": _("From"),
        "to": _("To"),
        "patience": _("Patience"),
        "threshold": _("Threshold"),
        "threshold_mode": _("Threshold is"),
        "cooldown": _("Cooldown"),
        "metric": _("Looks at"),
        "smooth": _("Smooth the metric"),
        "window": _("Mean over"),
        "reset": _("Begins anew after"),
    }


def _settings() -> dict[str, str]:
    return {
        "epochs": _("Epochs"),
        "clock": _("Clock"),
        "lag": _("One tick late"),
        "initial_lr": _("Rate of the first tick"),
        "batch_size": _("Batch size"),
        "init": _("Initial weights"),
        "seed": _("Seed"),
        "train_examples": _("Training examples"),
        "epoch": _("Epochs: constant through an epoch"),
        "step": _("Updates"),
        "progress": _("Epochs, moving with every update"),
        "default": _("PyTorch's own"),
        "xavier": _("Xavier (Glorot)"),
    }


def _choices_of_words() -> dict[str, str]:
    return {
        "linear": _("Linear"),
        "constant": _("Constant"),
        "cosine": _("Cosine"),
        "exponential": _("Exponential"),
        "log": _("Logarithmic"),
        "sqrt": _("Square root"),
        "triangular": _("Triangles"),
        "triangular2": _("Triangles, half as high each time"),
        "exp_range": _("Triangles that shrink all the time"),
        "rel": _("Part of the best value"),
        "abs": _("Difference from the best value"),
        "test_loss": _("Test loss"),
        "train_loss": _("Train loss"),
        "test_acc": _("Test accuracy"),
    }


@spoken
def settings() -> list[dict[str, Any]]:
    """Return the training settings in the form of catalogue parameters."""
    words = {"choices": [], "optional": False}
    return [
        _whole("epochs", _("Passes over the training data"), 1, 100),
        {"name": "clock", "type": "choice", **words, "choices": list(CLOCKS),
         "help": _("What t counts, and so the unit of every length")},
        {"name": "lag", "type": "boolean", **words,
         "help": _("Loops that ask the schedule after the epoch apply it one tick late")},
        {"name": "initial_lr", "type": "number", "optional": True, "default": 0.3,
         "min": 0, "max": 1e6, "log": True, "slider_min": 1e-5, "slider_max": 10,
         "help": _("The optimizer's own rate, which a late schedule leaves at the first tick")},
        _whole("batch_size", _("Examples an update"), 1, 1024, log=True),
        {"name": "init", "type": "choice", **words, "choices": _choices("init"),
         "help": _("How the weights are drawn before training")},
        _whole("seed", _("Of the initial weights and the order of the data"), 0, 100),
        _whole("train_examples", _("Trains on the first so many of 60,000"), 256, 60_000),
    ]  # fmt: skip


def _choices(name: str) -> list[str]:
    return list(get_args(Experiment.model_fields[name].annotation))


def _whole(name: str, help: str, low: int, high: int, *, log: bool = False) -> dict[str, Any]:
    limits = {type(limit).__name__: limit for limit in Experiment.model_fields[name].metadata}
    return {
        "name": name, "type": "integer", "help": help, "log": log, "optional": False,
        "min": limits["Ge"].ge, "max": limits["Le"].le, "slider_min": low, "slider_max": high,
    }  # fmt: skip
