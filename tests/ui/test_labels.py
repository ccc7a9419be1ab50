"""Every parameter and word of the catalogue has a label, and settings have the model's limits."""

from lrlab.experiment import FIELDS
from lrlab.schedules import catalogue
from lrlab.ui.labels import labels, spelled, words
from lrlab.ui.settings import ELSEWHERE, LOGARITHMIC, SLIDERS, SUGGESTED, settings


def fields() -> dict[str, dict]:
    """Return the form's settings by name."""
    return {field["name"]: field for group in settings() for field in group["fields"]}


def test_every_parameter_and_choice_has_a_label_in_words() -> None:
    asked = words() | set(FIELDS)
    for field in fields().values():
        asked |= {word for word in field["choices"] if isinstance(word, str)}
    assert asked <= set(labels())
    assert not [label for label in labels().values() if "_" in label or not label[0].isupper()]


def test_a_name_without_a_label_of_its_own_is_written_out() -> None:
    assert [spelled("half_life"), spelled("top_lr")] == ["Half life", "Top rate"]


def test_two_parameters_of_one_kind_never_share_a_label() -> None:
    for entry in catalogue():
        shown = [labels()[parameter["name"]] for parameter in entry["parameters"]]
        assert len(shown) == len(set(shown)), entry["kind"]


def test_every_field_of_an_experiment_has_its_place_in_the_form() -> None:
    assert sorted(fields()) == sorted(set(FIELDS) - ELSEWHERE)
    placed = [field["name"] for group in settings() for field in group["fields"]]
    assert len(placed) == len(set(placed))
    assert SLIDERS.keys() | LOGARITHMIC | SUGGESTED.keys() <= fields().keys()


def test_a_form_allows_what_the_experiment_allows() -> None:
    limits = {name: (field["min"], field["max"]) for name, field in fields().items()}
    assert limits["epochs"] == (1, 1000)
    assert limits["batch_size"] == (1, 60_000)
    assert (limits["momentum"], fields()["momentum"]["below"]) == ((0, 1), True)
    assert fields()["train_examples"]["most"]["of"]["cifar-10"] == 50_000
    assert fields()["beta2"]["needs"] == {"field": "optimizer", "words": ("adam", "adamw")}


def test_a_slider_reaches_only_what_is_allowed_and_holds_the_default() -> None:
    for name, field in fields().items():
        if field["type"] not in ("number", "integer"):
            continue
        first = field["default"] if field["suggested"] is None else field["suggested"]
        low = 0 if field["log"] and field["min"] == 0 else field["slider_min"]
        assert low <= first <= field["slider_max"], name
        assert field["min"] <= field["slider_min"] < field["slider_max"] <= field["max"], name
