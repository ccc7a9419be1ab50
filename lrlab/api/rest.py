"""/api/v1: the verbs of the command line for other programs, in JSON.

    request → is it ours? → query and body by their models → the store, in a thread → JSON

A page of another site must not drive a lab that listens on its reader's own machine: what
changes something has to be JSON, which no form can send, and must not come from elsewhere.
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from urllib.parse import urlsplit

from pydantic import BaseModel, ValidationError
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from lrlab.api.hub import Hub
from lrlab.api.openapi import PREFIX, description
from lrlab.api.operations import OPERATIONS, Call, Operation, Refusal
from lrlab.errors import InvalidInput, invalid
from lrlab.runs import StoreError
from lrlab.runs.limits import OverLimit
from lrlab.schedules.base import load_json

MOST_BODY = 1_000_000  # bytes
RETRY_SECONDS = 2
LONGEST_VALUE = 100  # characters of a value that an error repeats
LARGEST_RUN = 2**31 - 1

# Threads of their own: streams wait for none of them, however many programs ask.
_threads = ThreadPoolExecutor(4, thread_name_prefix="rest")

log = logging.getLogger(__name__)


def rest_routes(hub: Hub) -> list[Route]:
    """Return the interface's routes, and one that says of any other address that it is none."""
    paths: dict[str, dict[str, Operation]] = {}
    for each in OPERATIONS:
        paths.setdefault(each.path, {})[each.method] = each
    found = [Route(PREFIX + path, Resource(hub, its)) for path, its in paths.items()]
    return [
        Route(f"{PREFIX}/openapi.json", Fixed(description)),
        *found,
        Route(PREFIX + "/{rest:path}", Resource(hub, {})),
    ]


class Fixed:
    """An address with one answer that never changes."""

    def __init__(self, make: Callable[[], dict[str, Any]]) -> None:
        self._make = make

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        if scope["method"] in ("GET", "HEAD"):
            response = _json(200, self._make())
        else:
            response = _not_allowed(["GET"])
        await response(scope, receive, send)


class Resource:
    """An address and its operations by method."""

    def __init__(self, hub: Hub, operations: dict[str, Operation]) -> None:
        self._hub, self._operations = hub, operations

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        response = await self._answer(Request(scope, receive))
        await response(scope, receive, send)

    async def _answer(self, request: Request) -> Response:
        if not self._operations:
            return _failure(Refusal(404, "address", "is none of this interface."))
        method = "GET" if request.method == "HEAD" else request.method
        operation = self._operations.get(method)
        if operation is None:
            return _not_allowed(self._operations)
        body: Any = None
        try:
            if operation.body is not None:
                _check_source(request)
                body = _parse(await _read(request))
            call = _call(self._hub, operation, request, body)
            return await asyncio.get_running_loop().run_in_executor(_threads, _act, operation, call)
        except InvalidInput as error:
            return _failure(error, body)
        except StoreError as error:
            return _failure(Refusal(503, "store", str(error)), sentence=str(error))
        except Exception:
            log.exception("%s %s", request.method, request.url.path)
            return _failure(Refusal(500, "request", "failed here; the server's log says why."))


def _act(operation: Operation, call: Call) -> Response:
    if operation.of_run and call.store.run(call.run) is None:
        raise Refusal(404, "run", f"is {call.run}; there is no such run.")
    return _json(*operation.act(call))


def _check_source(request: Request) -> None:
    """Refuse what a page of another site may have sent. Raises Refusal."""
    origin = request.headers.get("origin")
    host = request.headers.get("host", "")
    foreign = origin is not None and _host(origin) != host.lower()
    if foreign or request.headers.get("sec-fetch-site") in ("cross-site", "same-site"):
        raise Refusal(403, "Origin", "is another site's; allowed are pages of this lab.")
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "application/json":
        raise Refusal(415, "Content-Type", f"is {kind!r}; allowed is 'application/json'.")


def _host(origin: str) -> str:
    try:
        return urlsplit(origin).netloc.lower()
    except ValueError:
        return ""


async def _read(request: Request) -> bytes:
    """Return the body, refused as soon as it is too large."""
    content = bytearray()
    async for chunk in request.stream():
        content += chunk
        if len(content) > MOST_BODY:
            raise Refusal(413, "body", f"is too large; allowed are {MOST_BODY} bytes.")
    return bytes(content)


def _parse(content: bytes) -> Any:
    """Return what a body says. Raises Refusal for what is no JSON by the letter."""
    if not content.strip():
        return {}
    try:
        data = load_json(content.decode(), "body")
        # Python also reads numbers and halves of characters that JSON does not have.
        json.dumps(data, allow_nan=False, ensure_ascii=False).encode()
    except InvalidInput as error:
        raise Refusal(400, error.field, error.fault) from None
    except (ValueError, RecursionError):
        raise Refusal(400, "body", "is no JSON; allowed are finite numbers and UTF-8.") from None
    return data


def _call(hub: Hub, operation: Operation, request: Request, body: Any) -> Call:
    query = _query(operation.query, request)
    said = operation.body and _model(operation.body, body)
    return Call(hub, _run(request.path_params.get("run")), query, said)


def _run(text: str | None) -> int:
    """Return the number in an address, 0 where it has none. Raises Refusal."""
    if text is None:
        return 0
    if not (text.isascii() and text.isdigit() and 1 <= int(text[:20]) <= LARGEST_RUN):
        raise Refusal(404, "run", f"is {text[:40]!r}; there is no such run.")
    return int(text)


def _query(model: type[BaseModel], request: Request) -> BaseModel:
    given = request.query_params
    fields = model.model_fields
    many = {name for name in given if name in fields and "list" in str(fields[name].annotation)}
    return _model(model, {name: given.getlist(name) if name in many else given[name]
                          for name in given})  # fmt: skip


def _model(model: type[BaseModel], data: Any) -> BaseModel:
    try:
        return model.model_validate(data)
    except ValidationError as error:
        known = ", ".join(model.model_fields) or "none"
        raise invalid(error, lambda location: None if location else known) from None


def _status(error: InvalidInput) -> int:
    if isinstance(error, Refusal):
        return error.status
    # A run that is there, but has ended; a wish that is sound, but too much.
    return 409 if isinstance(error, OverLimit) or error.field == "run" else 422


def _failure(error: InvalidInput, body: Any = None, sentence: str | None = None) -> Response:
    fault = {"field": error.field, "sentence": sentence or str(error)}
    value = _value(body, error.field)
    if value is not None:
        fault["value"] = value
    status = _status(error)
    headers = {"Retry-After": str(RETRY_SECONDS)} if status == 503 else {}
    return _json(status, {"error": fault}, headers)


def _value(body: Any, field: str) -> Any:
    """Return what a body says at a field, where that is short; else None."""
    for name in field.split("."):
        if not isinstance(body, dict):
            return None
        body = body.get(name)
    short = isinstance(body, str | int | float) and len(str(body)) <= LONGEST_VALUE
    return body if short else None


def _not_allowed(methods: Iterable[str]) -> Response:
    allowed = ", ".join(sorted(methods))
    fault = {"field": "method", "sentence": f"method is not allowed here; allowed is {allowed}."}
    return _json(405, {"error": fault}, {"Allow": allowed})


def _json(status: int, value: Any, headers: dict[str, str] | None = None) -> Response:
    content = json.dumps(value, allow_nan=False, separators=(",", ":"))
    said = {"Cache-Control": "no-store", **(headers or {})}
    return Response(content, status, said, media_type="application/json")
