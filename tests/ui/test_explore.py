"""Who decides what the explore page shows: an opened link, then the hand, not a late address."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from streamlit.testing.v1 import AppTest

from lrlab.experiment import Experiment
from lrlab.ui import link
from lrlab.ui.explore import Explore


def page() -> None:
    import streamlit as st

    from lrlab.ui.explore import explore

    state = explore()
    st.button("log", on_click=lambda: setattr(state, "screen", type(state.screen)(
        state.screen.experiment, log=not state.screen.log)))  # fmt: skip
    st.text(f"epochs {state.screen.experiment.epochs} log {state.screen.log}")
    st.text(str(state.link_error))
    state.write_link()


def shown(app: AppTest) -> str:
    return str(app.text[0].value)


def opened(**query: str) -> AppTest:
    app = AppTest.from_function(page, default_timeout=60)
    for name, value in query.items():
        app.query_params[name] = value
    return app.run()


def test_an_opened_link_decides() -> None:
    assert shown(opened(epochs="7", axis="log")) == "epochs 7 log True"


def test_a_broken_link_gives_the_first_screen_and_its_fault_and_stays_in_the_address() -> None:
    app = opened(epochs="0")
    assert shown(app) == "epochs 30 log False"
    assert "epochs is 0; allowed is" in app.text[1].value
    assert app.query_params["epochs"] == "0"


def test_a_rerun_that_still_brings_the_last_address_changes_nothing() -> None:
    app = opened(epochs="7")
    app.button[0].click().run()
    assert shown(app) == "epochs 7 log True"
    del app.query_params["axis"]
    assert shown(app.run()) == "epochs 7 log True"


def test_runs_that_are_gone_are_said_until_the_schedule_changes() -> None:
    def told(change: Callable[[Explore], object]) -> tuple[int, ...]:
        state = Explore(replace(link.initial(), runs=(3, 4)), {})
        state.take(Experiment.parse({"schedule": {"kind": "rex"}}))
        state.forget([3])
        assert state.screen.runs == (4,)
        change(state)
        state.forget([])
        return state.gone

    assert told(lambda state: state.switch(True)) == (3,)
    assert told(lambda state: state.take(link.initial().experiment)) == ()
    assert told(lambda state: state.take(state.screen.experiment)) == (3,)
    assert told(lambda state: state.undo()) == ()
    assert told(lambda state: state.open(link.write(state.screen))) == ()
