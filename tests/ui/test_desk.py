"""What a hand asks of runs is done once, and what cannot be done is answered in a sentence."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import streamlit as st

from lrlab.experiment import Experiment
from lrlab.runs import State, Store
from lrlab.runs.commands import Kind
from lrlab.ui import desk as desks
from lrlab.ui.desk import Desk
from tests.submitted import submit


@pytest.fixture
def store(tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[Store]:
    kept = Store(f"sqlite:///{tmp_path / 'lrlab.db'}")
    monkeypatch.setattr(desks, "store", lambda: kept)
    yield kept
    kept.close()


def ask(desk: Desk, *wishes: tuple[int, str, Any], token: str | None = None, run: int = 1) -> None:
    """Put wishes (number, kind, value) where the browser puts them, and have them granted."""
    sent = [
        {"token": token or desk.token, "number": number, "run": run, "kind": kind, "value": value}
        for number, kind, value in wishes
    ]
    st.session_state[desk.key] = {"wishes": sent}
    desk.grant()


def told(store: Store) -> list[tuple[Kind, float | None]]:
    return [(each.kind, each.argument) for each in store.commands(1)]


def test_each_wish_is_granted_once_however_often_it_comes(store: Store) -> None:
    submit(store, Experiment.parse({"kind": "constant"}))
    desk = Desk("live")
    ask(desk, (1, "set-lr", 0.1))
    ask(desk, (1, "set-lr", 0.1), (2, "set-lr", 0.2), (3, "hand-back", None))
    desk.grant()
    assert told(store) == [(Kind.SET_LR, 0.1), (Kind.SET_LR, 0.2), (Kind.HAND_BACK, None)]


def test_what_a_browser_brings_from_a_session_before_is_not_done_again(store: Store) -> None:
    submit(store, Experiment.parse({"kind": "constant"}))
    ask(Desk("live"), (1, "cancel", None), token="another")
    run = store.run(1)
    assert run is not None
    assert run.state is State.QUEUED


@pytest.mark.parametrize(
    ("kind", "value", "sentence"),
    [
        ("set-lr", -1, "lr is -1; allowed is a number from 0 to 1e+06."),
        ("set-lr", float("nan"), "lr is nan; allowed is a number from 0 to 1e+06."),
        ("set-lr", "0.1", "lr is '0.1'; allowed is a number."),
        ("erase", None, "kind is 'erase'; allowed are pause, resume, "),
    ],
)
def test_a_wish_that_cannot_be_granted_changes_nothing_and_says_why(
    store: Store, kind: str, value: Any, sentence: str
) -> None:
    submit(store, Experiment.parse({"kind": "constant"}))
    desk = Desk("live")
    ask(desk, (1, kind, value))
    number, said = desk.dump()["faults"]["1"]
    assert number == 1
    assert said.startswith(sentence)
    assert told(store) == []
    ask(desk, (2, "pause", None))
    assert desk.dump()["faults"] == {}


def test_a_run_that_has_ended_is_steered_no_more(store: Store) -> None:
    submit(store, Experiment.parse({"kind": "constant"}))
    store.cancel(1)
    desk = Desk("live")
    ask(desk, (1, "set-lr", 0.1))
    assert "which has cancelled" in desk.faults["1"][1]
