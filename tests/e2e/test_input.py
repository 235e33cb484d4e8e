# SPDX-License-Identifier: Apache-2.0
"""Hostile bodies on every write of the Admin API: a 4xx problem that says where, and nothing changes."""
import pytest
from client import OPENAPI, Client
from server import ROOT_KEY, Server

WRITES = sorted((method, path) for method, path, op in OPENAPI.operations() if "requestBody" in op
                and path.startswith("/admin"))

BAD = {
    "empty": b"",
    "cut": b'{"key": "x"',
    "no JSON": b"key=x",
    "trailing": b'{"key": "x"} {}',
    "duplicate": b'{"key": "x", "type": "boolean", "type": "string"}',
    "bad UTF-8": b'{"key": "x", "name": "\xff\xfe"}',
    "overlong UTF-8": b'{"key": "x", "name": "\xc0\x80"}',
    "lone surrogate": b'{"key": "x", "name": "\\udc00"}',
    "escaped NUL": b'{"key": "x", "name": "a\\u0000b"}',
    "raw NUL": b'{"key": "x", "name": "a\x00b"}',
    "control": b'{"key": "x", "name": "a\x01b"}',
    "deep list": b"[" * 200_000,
    "deep object": b'{"a":' * 200_000,
    "deep but closed": b'{"variations": ' + b"[" * 1000 + b"]" * 1000 + b"}",
    "huge number": b'{"version": 1e999999}',
    "wrong type": b"17",
    "null": b"null",
    "text": b'"x"',
}
SYNTAX = {"empty", "cut", "no JSON", "trailing", "duplicate", "bad UTF-8", "overlong UTF-8", "lone surrogate",
          "escaped NUL", "raw NUL", "control", "deep list", "deep object"}


@pytest.fixture(scope="module")
def things(tmp_path_factory):
    """What the paths of all writes name, for somebody who may write all of it."""
    server = Server(tmp_path_factory.mktemp("server") / "data", dev=False).start()
    root = Client(server.url, key=ROOT_KEY)
    root.create_flag("hostile")
    root.create_segment("hostile")
    yield root
    root.close()
    try:
        server.stop()
    finally:
        server.dispose()


def concrete(path):
    return path.replace("{key}", "hostile").replace("{environment}", "production")


@pytest.mark.parametrize("method, path", WRITES, ids=[f"{m} {p}" for m, p in WRITES])
@pytest.mark.parametrize("kind", BAD)
def test_bad_body_is_a_4xx_that_says_where(things, method, path, kind):
    before = things.get("/v1/flags/hostile").revision
    answer = things.request(method, concrete(path), body=BAD[kind])
    assert answer.status == 400 if kind in SYNTAX else answer.status in (400, 422, 428), answer
    assert answer.json["detail"]
    assert things.get("/v1/flags/hostile").revision == before


@pytest.mark.parametrize("method, path", WRITES, ids=[f"{m} {p}" for m, p in WRITES])
def test_other_content_types_are_415(things, method, path):
    for media in ("text/plain", "application/xml", "application/json-seq", None):
        assert things.request(method, concrete(path), body=b"{}", media=media).status == 415


@pytest.mark.parametrize("method, path", WRITES, ids=[f"{m} {p}" for m, p in WRITES])
def test_body_past_8_mib_is_413(things, method, path):
    answer = things.request(method, concrete(path), body=b" " * ((8 << 20) + 1))
    assert (answer.status, answer.code) == (413, "CONTENT_TOO_LARGE")


def test_parse_error_says_line_and_column_or_byte(things):
    answer = things.post("/admin/flags", body=b'{\n  "key": "x",\n  "type": boolean\n}')
    assert (answer.status, answer.code) == (400, "PARSE_ERROR")
    assert any(word in answer.json["detail"] for word in ("line 3", "byte"))


def test_largest_string_is_taken_and_a_longer_one_is_not(things, name):
    assert things.create_flag(name, description="x" * 4096).status == 201
    answer = things.post("/admin/flags", {"key": name + "-2", "type": "boolean", "description": "x" * 4097})
    assert answer.pointers == ["/description"]


@pytest.mark.parametrize("pattern", ["(a+)+$", "(a|a)*$", "(.*)*x", "^(([a-z])+.)+[A-Z]([a-z])+$"])
def test_regex_bomb_is_bounded(things, name, pattern):
    things.create_flag(name, environments={"production": {"enabled": True, "rules": [
        {"id": "bomb", "when": {"attribute": "a", "op": "matches", "value": pattern}, "serve": {"variation": "on"}}]}})
    for _ in range(20):
        assert things.decide(name, attributes={"a": "a" * 50_000 + "!"})["reason"] in ("DEFAULT", "RULE_MATCH")
