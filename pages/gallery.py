"""Every kind of schedule as a small picture; a click opens it in Explore."""

from __future__ import annotations

import streamlit as st

from lrlab.ui.gallery import gallery, query
from lrlab.ui.screens import EXPLORE

if kind := gallery(key="gallery"):
    st.switch_page(EXPLORE, query_params=query(kind))
