"""GET / and the other screens' paths: Streamlit's own page, told what it would learn only later.

By itself it tries where its server is, at a screen's path first at a wrong place, and it asks for
what a screen is made of when that screen's script has run. Here the page knows its server, and the
browser fetches a screen's modules while Streamlit starts.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache
from importlib.resources import files
from pathlib import Path

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from lrlab.api.assets import STATIC

# Streamlit's files are named relative to the page, so its server is where the page is.
SERVER = "<script>window.__streamlit = {BACKEND_BASE_URL: new URL('./', location).href}</script>"
TITLE = "lrlab"

_IMPORTED = re.compile(r'(?:from|import) "(\.{1,2}/[\w./-]+\.js)"')


def documents(screens: Mapping[str, Sequence[str]]) -> list[Route]:
    """Return a route for each screen, by its path; its modules are those below `/lab/static/`."""

    def route(path: str, modules: Sequence[str]) -> Route:
        async def document(request: Request) -> Response:
            page = await asyncio.to_thread(_document, tuple(modules))
            return HTMLResponse(page, headers={"Cache-Control": "no-cache"})

        return Route(f"/{path}", document)

    return [route(path, modules) for path, modules in screens.items()]


@cache
def _document(modules: tuple[str, ...]) -> str:
    page = (files("streamlit") / "static" / "index.html").read_text(encoding="utf-8")
    hints = "\n".join(_hints(modules))
    page = re.sub("<title>.*?</title>", f"<title>{TITLE}</title>", page, count=1)
    return page.replace("<script", f"{SERVER}\n<script", 1).replace("</head>", f"{hints}\n</head>")


def _hints(modules: Sequence[str]) -> Iterator[str]:
    """Return the links that have these modules, and all that they import, fetched early."""
    found = _with_imports(STATIC / f"{name}.js" for name in modules)
    for path in found:
        below = "static/" if path.parent == STATIC else ""
        yield f'<link rel="modulepreload" href="/lab/{below}{path.name}">'
    if STATIC / "plotly.js" in found:
        yield '<link rel="preload" as="script" href="/lab/plotly.min.js">'


def _with_imports(paths: Iterable[Path]) -> list[Path]:
    """Return modules and, each once, what they import."""
    waiting, found = list(paths), dict[Path, None]()
    while waiting:
        path = waiting.pop()
        if path in found:
            continue
        found[path] = None
        if path.exists():  # else it is made by the server, and imports nothing
            text = path.read_text(encoding="utf-8")
            waiting += [(path.parent / name).resolve() for name in _IMPORTED.findall(text)]
    return list(found)
