"""The chapter as a lesson: read, predict, see the runs or train one, compare with the book's."""

from __future__ import annotations

import streamlit as st

from lrlab.ui import learn, recorded, trying
from lrlab.ui.text import plain

here = learn.here(st.query_params.to_dict())
for fault in here.faults:
    st.warning(plain(fault))
learn.head(here)

words, picture = learn.columns(here.step)
with words:
    learn.read(here.step)
    here = learn.choose(here)
    answered = learn.predict(here)
    learn.exercise(here.step)
    trying.ask(here.step)
learn.keep(here)
with picture:
    recorded.show(here.step, here.place, answered=answered)
trying.train(here)
learn.way(here)
