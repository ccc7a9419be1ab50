"""The lab's server: `streamlit run app.py`. Pages by Streamlit, the run stream beside them."""

from __future__ import annotations

import streamlit as st

from lrlab.api import documents, lifespan, routes
from lrlab.ui.clicks import keep_clicks
from lrlab.ui.screens import MODULES
from lrlab.ui.store import store

keep_clicks()
app = st.App("lrlab/ui/shell.py", routes=[*documents(MODULES), *routes(store())], lifespan=lifespan)
