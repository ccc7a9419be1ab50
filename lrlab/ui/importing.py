"""Code pasted from elsewhere becomes the screen's schedule: a button, and what there is to know."""

from __future__ import annotations

import streamlit as st

from lrlab.errors import InvalidInput
from lrlab.experiment import Experiment
from lrlab.schedules.importing import Imported, read_code
from lrlab.schedules.importing.reader import MAX_CHARACTERS
from lrlab.ui.explore import Explore
from lrlab.ui.refusals import refused
from lrlab.ui.text import _, plain, translated

CODE, USE, SAID = "import-code", "import-use", "imported"
EXAMPLE = """\
opt = SGD(model.parameters(), lr=0.3)
CosineAnnealingLR(opt, T_max=20, eta_min=0.01)"""


def paste(state: Explore) -> None:
    """Offer to take the schedule of a pasted scheduler's call; a fault leaves the screen as it is.

    Nothing of the text is executed. What was read of it, or why nothing was, is said below.
    """
    with st.popover(_("Paste code"), key="import"):
        st.text_area(
            _("A scheduler of PyTorch, Transformers, Keras, optax, timm or MXNet"),
            key=CODE,
            height=150,
            max_chars=MAX_CHARACTERS,
            placeholder=EXAMPLE,
        )
        st.button(_("Use this schedule"), key=USE, type="primary", on_click=_use, args=(state,))
        _answer()


def _use(state: Explore) -> None:
    session = st.session_state.to_dict()  # indexing gives way to a waiting rerun
    state.edit()  # the button's callback comes before the component's
    try:
        found = read_code(session.get(CODE) or "")
        experiment = _experiment(state.screen.experiment, found)
    except InvalidInput as error:
        st.session_state[SAID] = error
        return
    st.session_state[SAID] = found
    state.take(experiment)


def _experiment(experiment: Experiment, found: Imported) -> Experiment:
    """Return the experiment with the schedule that was read, on its clock if that is known."""
    fields = experiment.model_dump(mode="json") | {"schedule": found.schedule.spec()}
    return Experiment.parse(fields | ({"clock": found.clock} if found.clock else {}))


def _answer() -> None:
    said = st.session_state.get(SAID)
    if isinstance(said, InvalidInput):
        refused(said)
    elif isinstance(said, Imported):
        st.success(_("In use: {}.").format(plain(said.schedule.describe())))
        for note in _notes(said):
            st.caption(plain(note))


def _notes(found: Imported) -> list[str]:
    clock = {
        "step": _("Its lengths are in updates, so the clock is now the update."),
        "epoch": _("Its lengths are in epochs, so the clock is now the epoch."),
    }.get(found.clock or "")
    return [*map(translated, found.notes), *([clock] if clock else [])]
