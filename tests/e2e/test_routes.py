# SPDX-License-Identifier: Apache-2.0
"""The binary and api/openapi.yaml know the same routes; other paths and methods are refused."""
import re
from pathlib import Path

import pytest
from client import OPENAPI

ROUTES = re.compile(r"\{\s*METHOD_([A-Z]+),\s*\"(/[^\"]*)\"")
SOURCES = Path(__file__).resolve().parents[2] / "src/transport/http"
PATHS = sorted(OPENAPI.paths)


def concrete(path):
    return re.sub(r"\{[^}]+\}", "1", path)


def nameless(path):
    return re.sub(r"\{[^}]+\}", "{}", path)


@pytest.mark.parametrize("path", PATHS)
def test_methods_are_those_of_the_document(api, path):
    documented = {m for m, p, _ in OPENAPI.operations() if p == path}
    if "GET" in documented:
        documented.add("HEAD")
    answer = api.request("DELETE" if "DELETE" not in documented else "TRACE", concrete(path))
    assert (answer.status, answer.code) == (405, "METHOD_NOT_ALLOWED")
    assert {m.strip() for m in answer.headers["Allow"].split(",")} - {"OPTIONS"} == documented


def test_every_route_of_the_source_is_documented():
    rows = {(m, nameless(p)) for file in SOURCES.rglob("*.c") for m, p in ROUTES.findall(file.read_text())}
    assert len(rows) > 20, "the route tables look different from what this test reads"
    assert rows == {(m, nameless(p)) for m, p, _ in OPENAPI.operations()}


@pytest.mark.parametrize("path", ["/", "/nope", "/admin", "/admin/", "/admin/flags/", "/v1", "/v1/flags", "/v1/flags/",
                                  "/admin/flags/a/b", "/admin/flags/a/environments", "//healthz", "/healthz/",
                                  "/admin/flags/a/environments/b/c", "/../etc/passwd", "/admin%2fflags"])
def test_unknown_path_is_404(api, path):
    answer = api.get(path)
    assert answer.status == 404
    assert answer.code.endswith("NOT_FOUND")


@pytest.mark.parametrize("method", ["TRACE", "CONNECT", "PROPFIND", "OPTIONS"])
def test_odd_methods_never_succeed_with_content(api, method):
    answer = api.request(method, "/admin/flags", check=False)
    assert answer.status in (204, 400, 405, 501)


def test_request_id_is_taken_if_sane_else_made(api):
    assert api.get("/healthz", headers={"X-Request-Id": "abc-123._~:/+="}).headers["X-Request-Id"] == "abc-123._~:/+="
    for bad in ("", "x" * 129, "a b", 'a"b', "<script>"):
        made = api.get("/healthz", headers={"X-Request-Id": bad}).headers["X-Request-Id"]
        assert made and made != bad
    assert api.get("/healthz").headers["X-Request-Id"] != api.get("/healthz").headers["X-Request-Id"]


def test_key_in_a_path_is_percent_decoded(api, name):
    api.create_flag(name + "-x")
    assert api.get(f"/admin/flags/{name}%2Dx").json["key"] == name + "-x"
    assert api.get("/admin/flags/%zz").status in (400, 404)
    assert api.get("/admin/flags/a%2Fb").code == "FLAG_NOT_FOUND"
