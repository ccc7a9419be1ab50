"""Every parameter and word of the catalogue has a label, and settings have the model's limits."""

from lrlab.experiment import Experiment
from lrlab.schedules import catalogue
from lrlab.ui.labels import labels, settings

SHOWN = ("number", "integer", "list", "choice", "boolean", "text", "constants")


def test_every_parameter_and_choice_has_a_label() -> None:
    parameters = [p for entry in catalogue() for p in entry["parameters"] if p["type"] in SHOWN]
    words = {p["name"] for p in parameters + settings()}
    for parameter in parameters + settings():
        if parameter["type"] == "choice":
            words |= set(parameter["choices"])
    assert words - set(labels()) == set()


def test_the_settings_are_the_experiments_fields() -> None:
    assert {setting["name"] for setting in settings()} <= set(Experiment.model_fields)
    limits = {s["name"]: (s["min"], s["max"]) for s in settings() if s["type"] == "integer"}
    assert limits["epochs"] == (1, 1000)
    assert limits["batch_size"] == (1, 60_000)
