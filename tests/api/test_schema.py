"""The interface keeps to its own description, whatever is sent to it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from schemathesis.specs.openapi.checks import positive_data_acceptance
from starlette.applications import Starlette
from starlette.testclient import TestClient

from lrlab.api import routes
from lrlab.api.openapi import description
from lrlab.api.operations import OPERATIONS
from lrlab.experiment import Experiment
from lrlab.runs import Store
from tests.experiments import specs
from tests.submitted import submit

SMALL = {"schedule": {"kind": "cosine"}, "epochs": 3, "train_examples": 512}
# Which objects are experiments is more than the description says.
LEFT_OUT = [positive_data_acceptance]
BOUNDED = settings(
    max_examples=12, deadline=None, derandomize=True, suppress_health_check=[*HealthCheck]
)


class Door:
    """An application that tests can name before there is a store behind it."""

    behind: Starlette

    async def __call__(self, *connection: Any) -> None:
        await self.behind(*connection)


door = Door()
schema = schemathesis.openapi.from_dict(description())
schema.app = door


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Starlette]:
    """The interface over a store with a few runs."""
    home = tmp_path_factory.mktemp("schema")
    store = Store(f"sqlite:///{home / 'lrlab.db'}")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LRLAB_HOME", str(home))
        for _ in range(3):
            submit(store, Experiment.parse(SMALL))
        door.behind = Starlette(routes=routes(store))
        yield door.behind
    store.close()


@schema.parametrize()
@BOUNDED
def test_what_is_answered_is_what_the_description_says(case: Any, app: Starlette) -> None:
    case.call_and_validate(excluded_checks=LEFT_OUT)


def test_the_description_names_every_operation_and_refusal() -> None:
    told = description()
    assert told["openapi"] == "3.1.0"
    named = {(method.upper(), path) for path, its in told["paths"].items() for method in its}
    assert named == {(each.method, f"/api/v1{each.path}") for each in OPERATIONS}
    submitted = told["paths"]["/api/v1/runs"]["post"]["responses"]
    assert {*submitted} == {"200", "201", "400", "403", "409", "413", "415", "422", "503"}


texts = st.text(max_size=8) | st.sampled_from(["\0", "\ud800", "a" * 200])
scalars = st.none() | st.booleans() | st.integers() | st.floats() | texts
anything = st.recursive(
    scalars, lambda inner: st.lists(inner) | st.dictionaries(texts, inner), max_leaves=5
)
WORDS = [
    "experiment", "schedule", "owner", "name", "anew", "parent", "run", "update", "lr",
    "scaled", "at", "steps_per_epoch", "note", "starred", "tags", "kind", "epochs", "children",
]  # fmt: skip
close = st.dictionaries(st.sampled_from(WORDS), anything, max_size=4)
bodies = anything | close | st.builds(
    lambda spec, more: {"experiment": spec} | more, specs(), close
)  # fmt: skip
TOLD = [each for each in OPERATIONS if each.body]


@pytest.mark.parametrize("operation", TOLD, ids=lambda each: each.name)
def test_whatever_json_is_sent_the_server_does_not_fail(operation: Any, app: Starlette) -> None:
    seen: set[int] = set()
    headers = {"Content-Type": "application/json"}
    path = f"/api/v1{operation.path}".format(run=1)

    @given(bodies)
    @settings(BOUNDED, max_examples=40)
    def send(body: Any) -> None:
        content = json.dumps(body).encode()
        answer = client.request(operation.method, path, content=content, headers=headers)
        seen.add(answer.status_code)
        assert answer.status_code < 500, answer.text
        if answer.status_code >= 400:
            error = answer.json()["error"]
            assert error["sentence"].endswith(".")
            assert "\n" not in error["sentence"]

    client = TestClient(app)
    send()
    assert seen >= {400, 422}
