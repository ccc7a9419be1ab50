"""Small problems one can see through: the schedule's path on them, and what noise does to it."""

from __future__ import annotations

import streamlit as st

from lrlab.errors import InvalidInput
from lrlab.ui import conventions, landscapes
from lrlab.ui.refusals import broken_link
from lrlab.ui.text import _, plain

address = st.query_params.to_dict()
try:
    values = landscapes.chosen(address)
except InvalidInput as error:
    values = landscapes.chosen({})
    broken_link(error)
one, broken = conventions.experiment(besides=landscapes.chosen({}))
if broken:
    broken_link(broken)

st.subheader(_("Landscapes"), anchor=False)
st.markdown(f"**{plain(one.schedule.describe())}**")
values = landscapes.landscape(one, values)
st.caption(landscapes.explained(values["problem"]))
query = landscapes.schedule_query(conventions.query(one))
st.query_params.from_dict(query | landscapes.address(values))
conventions.back_link(one)
