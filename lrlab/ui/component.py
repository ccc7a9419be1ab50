"""How a component of ours is mounted: a short inline module that imports the real one.

Streamlit sends inline JavaScript with every message of a component, so what travels
is a few lines; the module itself comes once from `/lab/static/` and is a singleton
in the page, which is how components meet on its bus.
"""

from __future__ import annotations

import streamlit as st
from streamlit.components.v2.types import ComponentRenderer

_LOADER = """
const module = import(new URL("/lab/static/{module}.js", window.location.origin).href);
export default async function (component) {{
  return (await module).default(component);
}}
"""


def component(module: str) -> ComponentRenderer:
    """Return the mounting command of `/lab/static/<module>.js`, drawn in the page's own DOM."""
    return st.components.v2.component(
        f"lrlab.{module}", js=_LOADER.format(module=module), isolate_styles=False
    )
