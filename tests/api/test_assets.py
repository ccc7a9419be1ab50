"""Files for the browser: as they are on disk, kept by entity tag, and no others."""

from __future__ import annotations

import subprocess
from importlib.resources import files

import httpx
import pytest

from lrlab.api.assets import STATIC

ADDRESSES = ["/lab/plotly.min.js", "/lab/schedules.js", "/lab/static/live.js"]


def test_plotly_is_the_file_that_the_plotly_package_ships(server):
    shipped = files("plotly") / "package_data" / "plotly.min.js"
    assert httpx.get(f"{server}/lab/plotly.min.js").content == shipped.read_bytes()


def test_every_static_file_is_served_as_it_is_on_disk(server):
    paths = [path for path in STATIC.iterdir() if path.is_file()]
    for path in paths:
        response = httpx.get(f"{server}/lab/static/{path.name}")
        assert response.content == path.read_bytes()
        kind = "text/css" if path.suffix == ".css" else "text/javascript"
        assert response.headers["content-type"].startswith(kind)
    assert paths


@pytest.mark.parametrize("address", ADDRESSES)
def test_a_browser_that_holds_a_file_is_not_sent_it_again(server, address):
    first = httpx.get(server + address)
    again = httpx.get(server + address, headers={"If-None-Match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    other = httpx.get(server + address, headers={"If-None-Match": 'W/"other"'})
    assert other.content == first.content


@pytest.mark.parametrize("address", ADDRESSES)
def test_a_client_that_cannot_unpack_gets_the_plain_file(server, address):
    plain = httpx.get(server + address, headers={"Accept-Encoding": "identity"})
    assert "content-encoding" not in plain.headers
    assert plain.content == httpx.get(server + address).content


def test_a_changed_file_is_served_changed(server, tmp_path, monkeypatch):
    monkeypatch.setattr("lrlab.api.assets.STATIC", tmp_path)
    (tmp_path / "a.js").write_text("export const a = 1;")
    before = httpx.get(f"{server}/lab/static/a.js")
    (tmp_path / "a.js").write_text("export const a = 2;")
    after = httpx.get(
        f"{server}/lab/static/a.js", headers={"If-None-Match": before.headers["etag"]}
    )
    assert after.text == "export const a = 2;"


def test_a_file_that_is_not_for_browsers_is_not_served(server, tmp_path, monkeypatch):
    monkeypatch.setattr("lrlab.api.assets.STATIC", tmp_path)
    (tmp_path / "secret.py").write_text("password = 1")
    assert httpx.get(f"{server}/lab/static/secret.py").status_code == 404


@pytest.mark.parametrize(
    "name", ["nothing.js", "..", "%2e%2e%2fstore.py", "..%5cshell.py", "live", ".js", "a%00.js"]
)
def test_no_other_file_can_be_asked_for(server, name):
    curl = ["curl", "-s", "-o", "/dev/null", "-w", "%{http_code}", "--path-as-is"]
    answer = subprocess.run([*curl, f"{server}/lab/static/{name}"], capture_output=True, text=True)
    assert answer.stdout == "404"
