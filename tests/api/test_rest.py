"""Each verb of the HTTP interface, what it refuses, and who may not use it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from lrlab import Schedule
from lrlab.api import routes
from lrlab.experiment import Experiment
from lrlab.runs import State, Store
from lrlab.schedules import catalogue
from tests.submitted import submit

COSINE = {"kind": "cosine"}
RUNS = "/api/v1/runs"


@pytest.fixture
def client(store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[TestClient]:
    monkeypatch.setenv("LRLAB_HOME", str(tmp_path))
    with TestClient(Starlette(routes=routes(store))) as client:
        yield client


def error(answer: Any, status: int) -> dict[str, Any]:
    """Return what an answer refuses."""
    assert answer.status_code == status, answer.text
    assert answer.json().keys() == {"error"}
    found: dict[str, Any] = answer.json()["error"]
    return found


def test_a_run_is_queued_and_the_same_again_is_answered_by_it(
    client: TestClient, store: Store
) -> None:
    body = {"schedule": COSINE, "owner": "ada", "name": "mine"}
    first = client.post(RUNS, json=body)
    assert (first.status_code, first.json()) == (201, {"run": 1, "stored": False})
    again = client.post(RUNS, json=body)
    assert (again.status_code, again.json()) == (200, {"run": 1, "stored": True})
    anew = client.post(RUNS, json={"experiment": {"schedule": COSINE, "seed": 0}, "anew": True})
    assert (anew.status_code, anew.json()) == (201, {"run": 2, "stored": False})
    run = store.run(1)
    assert run is not None
    assert (run.owner, run.name, run.priority) == ("ada", "mine", 0)
    assert run.experiment == Experiment.parse({"schedule": COSINE})


def test_a_run_is_shown_with_everything_it_recorded(client: TestClient, writer: Any) -> None:
    held = writer()
    for _ in range(5):
        held.write()
    shown = client.get(f"{RUNS}/{held.run}").json()
    assert (shown["run"], shown["state"]) == (held.run, "running")
    assert [point["update"] for point in shown["points"]] == [50, 100, 150, 200, 250]
    assert [each["epoch"] for each in shown["evaluations"]] == [1]
    assert {each["name"] for each in shown["measures"]} == {"gradient_norm", "sharpness"}


def test_runs_are_listed_page_by_page(client: TestClient, store: Store) -> None:
    one = Experiment.parse({"schedule": COSINE})
    for owner in ("ada", "bob", "ada", "ada"):
        submit(store, one, owner)
    store.cancel(3)
    first = client.get(RUNS, params={"limit": 3}).json()
    assert [each["run"] for each in first["runs"]] == [4, 3, 2]
    rest = client.get(RUNS, params={"limit": 3, "before": first["next"]}).json()
    assert ([each["run"] for each in rest["runs"]], rest["next"]) == ([1], None)
    ada = client.get(RUNS, params={"owner": "ada", "state": ["queued", "paused"]}).json()
    assert [each["run"] for each in ada["runs"]] == [4, 1]


def test_a_run_is_paused_resumed_and_cancelled(client: TestClient, store: Store) -> None:
    number = submit(store, Experiment.parse({"schedule": COSINE}))
    for command, state in (("pause", "paused"), ("resume", "queued"), ("cancel", "cancelled")):
        answer = client.post(f"{RUNS}/{number}/{command}", json={})
        assert answer.status_code == 200
        assert answer.json() == {"run": number, "state": state, "command": command}
    run = store.run(number)
    assert run is not None
    assert run.state is State.CANCELLED


def test_a_rate_is_set_by_hand_and_handed_back(client: TestClient, store: Store) -> None:
    number = submit(store, Experiment.parse({"schedule": COSINE}))
    assert client.post(f"{RUNS}/{number}/set-lr", json={"lr": 0.25}).status_code == 200
    assert client.post(f"{RUNS}/{number}/hand-back", json={"scaled": True}).status_code == 200
    kinds = [(each.kind, each.argument) for each in store.commands(number)]
    assert kinds == [("set-lr", 0.25), ("hand-back-scaled", None)]


def test_a_run_is_labelled_and_what_is_left_out_stays(client: TestClient, store: Store) -> None:
    number = submit(store, Experiment.parse({"schedule": COSINE}), "", "before")
    said = client.patch(f"{RUNS}/{number}", json={"starred": True, "tags": ["b", "a"]}).json()
    assert (said["name"], said["starred"], said["tags"]) == ("before", True, ["a", "b"])


def test_a_branch_is_queued_from_a_checkpoint_only(client: TestClient, store: Store) -> None:
    number = submit(store, Experiment.parse({"schedule": COSINE}))
    body = {"schedule": COSINE, "parent": {"run": number, "update": 235}}
    fault = error(client.post(RUNS, json=body), 422)
    assert fault["field"] == "update"
    assert f"run {number} has checkpoints at updates none" in fault["sentence"]


def test_a_preview_is_what_the_schedule_says(client: TestClient) -> None:
    schedule = Schedule.parse(COSINE)
    found = client.post("/api/v1/preview", json={"schedule": COSINE}).json()
    assert found["t"] == list(range(30))
    assert found["lr"] == schedule.rates(epochs=30).tolist()
    assert found["summary"]["peak"] == max(found["lr"])
    at = client.post("/api/v1/preview", json={"schedule": COSINE, "at": [0, 2.5]}).json()
    assert at["lr"] == schedule.at([0, 2.5], 30).tolist()
    long = {"schedule": COSINE, "clock": "step", "epochs": 1000}
    fault = error(client.post("/api/v1/preview", json={"experiment": long}), 422)
    assert fault["sentence"] == "epochs makes 235000 rates; allowed are 100000, or use at."


def test_schedules_and_health_are_the_ones_of_elsewhere(client: TestClient) -> None:
    assert client.get("/api/v1/schedules").json()["schedules"] == catalogue()
    health = client.get("/api/v1/health")
    assert health.json() == client.get("/api/health").json()
    assert client.head("/api/v1/health").status_code == 200


def test_what_cannot_be_trained_is_named_with_field_value_and_sentence(client: TestClient) -> None:
    fault = error(client.post(RUNS, json={"experiment": {"schedule": COSINE, "epochs": 0}}), 422)
    assert fault["field"] == "epochs"
    assert fault["sentence"].startswith("epochs is 0; allowed is")
    fault = error(client.post(RUNS, json={"schedule": COSINE, "owner": 5}), 422)
    assert (fault["field"], fault["value"]) == ("owner", 5)
    fault = error(client.post(RUNS, json={"schedule": COSINE, "colour": 5}), 422)
    assert "is not a known field; allowed is experiment, schedule, owner" in fault["sentence"]
    for body in ({}, {"schedule": COSINE, "experiment": {"schedule": COSINE}}):
        assert error(client.post(RUNS, json=body), 422)["field"] == "experiment"


@pytest.mark.parametrize("number", ["7", "0", "-1", "x", "99999999999999999999999", "١"])
def test_a_run_that_is_not_there_is_404(client: TestClient, number: str) -> None:
    assert error(client.get(f"{RUNS}/{number}"), 404)["field"] == "run"
    assert error(client.post(f"{RUNS}/{number}/cancel", json={}), 404)["field"] == "run"


def test_a_run_that_has_ended_is_not_steered(client: TestClient, store: Store) -> None:
    number = submit(store, Experiment.parse({"schedule": COSINE}))
    store.cancel(number)
    for command, body in (("pause", {}), ("resume", {}), ("set-lr", {"lr": 0.1})):
        fault = error(client.post(f"{RUNS}/{number}/{command}", json=body), 409)
        assert "which has cancelled" in fault["sentence"]


def test_an_owner_past_a_limit_is_told_which(client: TestClient, tmp_path: Path) -> None:
    (tmp_path / "lab.toml").write_text("[limits]\nqueued = 1\n")
    body = {"schedule": COSINE, "owner": "ada", "anew": True}
    assert client.post(RUNS, json=body).status_code == 201
    assert "limits.queued" in error(client.post(RUNS, json=body), 409)["sentence"]


@pytest.mark.parametrize("text", [b"{", b"\xff", b"[NaN]", b'{"owner": "\\ud800"}', b"[" * 5000])
def test_what_is_no_json_is_400(client: TestClient, text: bytes) -> None:
    headers = {"Content-Type": "application/json"}
    assert error(client.post(RUNS, content=text, headers=headers), 400)["field"] == "body"


def test_a_body_that_is_too_large_is_413(client: TestClient) -> None:
    headers = {"Content-Type": "application/json"}
    error(client.post(RUNS, content=b" " * 1_000_001, headers=headers), 413)


def test_other_addresses_and_methods_are_refused_in_json(client: TestClient) -> None:
    error(client.get("/api/v1/nowhere"), 404)
    answer = client.delete(f"{RUNS}/1")
    assert error(answer, 405)["field"] == "method"
    assert answer.headers["allow"] == "GET, PATCH"
    error(client.post("/api/v1/openapi.json", json={}), 405)


COMMANDS = [("POST", RUNS), ("PATCH", f"{RUNS}/1"), ("POST", f"{RUNS}/1/cancel")]


@pytest.mark.parametrize(("method", "path"), COMMANDS)
def test_a_page_of_another_site_drives_nothing(
    client: TestClient, store: Store, method: str, path: str
) -> None:
    submit(store, Experiment.parse({"schedule": COSINE}))
    body = {"schedule": COSINE, "anew": True} if path == RUNS else {}
    for origin in ("http://evil.example", "null", "http://testserver:81", "http://[",
                   "http://testserver.evil.example"):  # fmt: skip
        error(client.request(method, path, json=body, headers={"Origin": origin}), 403)
    error(client.request(method, path, json=body, headers={"Sec-Fetch-Site": "cross-site"}), 403)
    for kind in ("text/plain", "application/x-www-form-urlencoded", ""):
        content = {"content": b"{}", "headers": {"Content-Type": kind}}
        error(client.request(method, path, **content), 415)
    run = store.run(1)
    assert run is not None
    assert (run.state, len(store.list())) == (State.QUEUED, 1)
    own = {"Origin": "http://testserver", "Content-Type": "application/json; charset=utf-8"}
    assert client.request(method, path, json=body, headers=own).status_code < 300


def test_a_store_that_cannot_be_used_is_503_and_to_be_tried_again(
    client: TestClient, store: Store, tmp_path: Path
) -> None:
    store.close()
    for path in tmp_path.glob("lrlab.db*"):
        path.write_bytes(b"not a database" * 1000)
    for answer in (client.get(RUNS), client.post(RUNS, json={"schedule": COSINE})):
        assert "is not a database" in error(answer, 503)["sentence"]
        assert int(answer.headers["retry-after"]) > 0
    assert client.get("/api/metrics").status_code == 503


def test_what_fails_unforeseen_shows_no_traceback(
    client: TestClient, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store, "submit", None)
    fault = error(client.post(RUNS, json={"schedule": COSINE}), 500)
    assert fault["sentence"] == "request failed here; the server's log says why."
