"""Every parameter and word of the catalogue has a label, and settings have the model's limits."""

from lrlab.experiment import Experiment
from lrlab.schedules import catalogue
from lrlab.ui.labels import labels, settings, spelled, words


def test_every_parameter_and_choice_has_a_label_in_words() -> None:
    asked = words() | {setting["name"] for setting in settings()}
    for setting in settings():
        asked |= set(setting.get("choices", ()))
    assert asked <= set(labels())
    assert not [label for label in labels().values() if "_" in label or not label[0].isupper()]


def test_a_name_without_a_label_of_its_own_is_written_out() -> None:
    assert [spelled("half_life"), spelled("top_lr")] == ["Half life", "Top rate"]


def test_two_parameters_of_one_kind_never_share_a_label() -> None:
    for entry in catalogue():
        shown = [labels()[parameter["name"]] for parameter in entry["parameters"]]
        assert len(shown) == len(set(shown)), entry["kind"]


def test_the_settings_are_the_experiments_fields() -> None:
    assert {setting["name"] for setting in settings()} <= set(Experiment.model_fields)
    limits = {s["name"]: (s["min"], s["max"]) for s in settings() if s["type"] == "integer"}
    assert limits["epochs"] == (1, 1000)
    assert limits["batch_size"] == (1, 60_000)
