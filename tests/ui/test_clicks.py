"""What a click was to do is done, though another rerun is asked for just after it."""

from __future__ import annotations

from typing import Any

import pytest
from streamlit.runtime.scriptrunner import RerunData
from streamlit.runtime.scriptrunner_utils.script_run_context import get_script_run_ctx
from streamlit.runtime.state.safe_session_state import SafeSessionState
from streamlit.testing.v1 import AppTest
from streamlit.testing.v1.local_script_runner import LocalScriptRunner

from lrlab.ui import clicks


def screen() -> None:
    """Count what was done; a second request comes while the callback is at work."""
    import streamlit as st

    from tests.ui.test_clicks import another_rerun

    def act() -> None:
        another_rerun()
        st.session_state["begun"] += 1
        st.query_params["done"] = "1"
        st.session_state["done"] += 1

    st.session_state.setdefault("begun", 0)
    st.session_state.setdefault("done", 0)
    st.button("Act", key="act", on_click=act)


def another_rerun() -> None:
    context = get_script_run_ctx()
    assert context is not None
    assert context.script_requests is not None
    context.script_requests.request_rerun(RerunData())


@pytest.fixture
def overtaken(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have another rerun asked for as soon as one was taken, before its callbacks."""
    begin = LocalScriptRunner.start

    def start(self: LocalScriptRunner) -> None:
        asked: list[Any] = []

        def listen(sender: Any, event: Any, **_: Any) -> None:
            if event.name == "SCRIPT_STARTED" and not asked:
                asked.append(self.request_rerun(RerunData()))

        self.on_event.connect(listen, weak=False)
        begin(self)

    monkeypatch.setattr(LocalScriptRunner, "start", start)


@pytest.mark.usefixtures("overtaken")
def test_a_click_is_done_once_though_reruns_are_asked_for_before_and_while_it_is(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(SafeSessionState, "on_script_will_rerun", clicks._given_way)
    clicks.keep_clicks()
    app = AppTest.from_function(screen, default_timeout=30).run()
    app.button(key="act").click().run()
    assert (app.session_state["begun"], app.session_state["done"]) == (1, 1)
    app.run()
    assert (app.session_state["begun"], app.session_state["done"]) == (1, 1)
