"""The interface's OpenAPI 3.1 description, made of the table of operations."""

from __future__ import annotations

from functools import cache
from http import HTTPStatus
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from lrlab import __version__
from lrlab.api import models
from lrlab.api.operations import OPERATIONS, Operation

PREFIX = "/api/v1"
REFERENCE = "#/components/schemas/{model}"
RUN = {
    "name": "run",
    "in": "path",
    "required": True,
    "description": "A run's number.",
    "schema": {"type": "integer", "minimum": 1, "maximum": 2**31 - 1},
}
Models = dict[int, type[BaseModel]]

# The refusals that a request may meet: always, with a body, with a run in its address.
REFUSALS, OF_BODY, OF_RUN = {422, 503}, {400, 403, 409, 413, 415}, {404}


@cache
def description() -> dict[str, Any]:
    """Return the description, JSON-ready."""
    paths: dict[str, dict[str, Any]] = {}
    for operation in OPERATIONS:
        paths.setdefault(PREFIX + operation.path, {})[operation.method.lower()] = _of(operation)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "lrlab",
            "version": __version__,
            "summary": "Learning-rate schedules: preview, queue, follow and steer trainings.",
        },
        "paths": paths,
        "components": {"schemas": _schemas()},
    }


def refusals(operation: Operation) -> set[int]:
    """Return the statuses with which an operation may refuse a request."""
    of_body = OF_BODY if operation.body else set()
    return REFUSALS | of_body | (OF_RUN if operation.of_run else set())


def _of(operation: Operation) -> dict[str, Any]:
    refused: Models = dict.fromkeys(refusals(operation), models.Failure)
    answers = {**refused, **operation.answers}
    found: dict[str, Any] = {
        "operationId": operation.name,
        "summary": operation.summary,
        "parameters": ([RUN] if operation.of_run else []) + _parameters(operation.query),
        "responses": {str(each): _response(each, answers[each]) for each in sorted(answers)},
    }
    if operation.body is not None:
        optional = not any(field.is_required() for field in operation.body.model_fields.values())
        content = _content(operation.body)
        found["requestBody"] = {"required": not optional, "content": content}
    return found


def _parameters(query: type[BaseModel]) -> list[dict[str, Any]]:
    schema = query.model_json_schema(ref_template=REFERENCE)
    return [
        {"name": name, "in": "query", "required": False, "schema": _without_null(each),
         "description": each.get("description", "")}
        for name, each in schema.get("properties", {}).items()
    ]  # fmt: skip


def _without_null(schema: dict[str, Any]) -> dict[str, Any]:
    """Return what a parameter may be: one that is left out is none, but cannot be said."""
    options = [each for each in schema.get("anyOf", []) if each.get("type") != "null"]
    return options[0] if options else {k: v for k, v in schema.items() if k != "title"}


def _response(status: int, model: type[BaseModel]) -> dict[str, Any]:
    words = HTTPStatus(status).phrase
    headers = {"Retry-After": {"schema": {"type": "integer"}}} if status == 503 else {}
    return {"description": words, "content": _content(model)} | (
        {"headers": headers} if headers and model is models.Failure else {}
    )


def _content(model: type[BaseModel]) -> dict[str, Any]:
    return {"application/json": {"schema": {"$ref": REFERENCE.format(model=model.__name__)}}}


def _schemas() -> dict[str, Any]:
    every: set[type[BaseModel]] = {models.Failure, models.RunsQuery}
    for operation in OPERATIONS:
        every |= {*operation.answers.values()} | ({operation.body} if operation.body else set())
    ordered = sorted(every, key=str)
    _, found = models_json_schema(
        [(model, "validation") for model in ordered], ref_template=REFERENCE
    )
    schemas: dict[str, Any] = found["$defs"]
    return schemas
