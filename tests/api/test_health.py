"""Health: what Docker and proxies ask."""

from __future__ import annotations

import httpx

import lrlab


def test_a_lab_whose_store_can_be_read_is_well(server):
    response = httpx.get(f"{server}/api/health")
    assert response.status_code == 200
    report = response.json()
    assert report["ok"] is True
    assert report["version"] == lrlab.__version__


def test_a_store_that_is_damaged_is_told_in_one_sentence(server, store, tmp_path):
    store.close()
    for path in tmp_path.glob("lrlab.db*"):
        path.write_bytes(b"not a database" * 1000)
    response = httpx.get(f"{server}/api/health")
    assert response.status_code == 503
    report = response.json()
    assert report["ok"] is False
    assert report["error"].endswith(".")
