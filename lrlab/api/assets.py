"""GET /lab/…: the JavaScript and CSS that the components load, kept by browsers.

Every file carries an entity tag and is asked for anew, so that a browser holds
a copy but never an old one. Files are compressed once, not once a request.
"""

from __future__ import annotations

import asyncio
import gzip
import hashlib
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import NamedTuple

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from lrlab.schedules import javascript

STATIC = Path(__file__).parent.parent / "ui" / "static"
TYPES = {".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml"}


class Asset(NamedTuple):
    """A file as it is served."""

    body: bytes
    compressed: bytes
    tag: str
    media_type: str


async def plotly(request: Request) -> Response:
    """Answer with the Plotly.js that comes with the plotly package."""
    return _answer(request, await asyncio.to_thread(_plotly))


async def schedules(request: Request) -> Response:
    """Answer with the module that computes every schedule's rates, printed from the formulas."""
    return _answer(request, await asyncio.to_thread(_schedules))


async def static(request: Request) -> Response:
    """Answer with one of the files beside the components; 404 for any other name."""
    path = STATIC / request.path_params["file"]
    if path.parent != STATIC or path.suffix not in TYPES or not path.is_file():
        return PlainTextResponse("There is no such file.", 404)
    asset = await asyncio.to_thread(_file, path, path.stat().st_mtime_ns)
    return _answer(request, asset)


@cache
def _plotly() -> Asset:
    source = files("plotly") / "package_data" / "plotly.min.js"
    return _asset(source.read_bytes(), ".js")


@cache
def _schedules() -> Asset:
    return _asset(javascript.module().encode(), ".js")


@cache
def _file(path: Path, changed: int) -> Asset:
    return _asset(path.read_bytes(), path.suffix)


def _asset(body: bytes, suffix: str) -> Asset:
    tag = f'W/"{hashlib.sha256(body).hexdigest()[:20]}"'
    return Asset(body, gzip.compress(body, 6, mtime=0), tag, TYPES[suffix])


def _answer(request: Request, asset: Asset) -> Response:
    headers = {"ETag": asset.tag, "Cache-Control": "no-cache", "Vary": "Accept-Encoding"}
    if asset.tag in request.headers.get("if-none-match", ""):
        return Response(status_code=304, headers=headers)
    if "gzip" not in request.headers.get("accept-encoding", ""):
        return Response(asset.body, headers=headers, media_type=asset.media_type)
    headers["Content-Encoding"] = "gzip"
    return Response(asset.compressed, headers=headers, media_type=asset.media_type)
