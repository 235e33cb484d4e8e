# SPDX-License-Identifier: Apache-2.0
"""Lists: order, pages, filters."""
import pytest
from client import Client, flag_path

N = 23


@pytest.fixture(scope="module")
def full(tmp_path_factory):
    """A server with N flags and segments of known keys, besides the samples."""
    from server import Server
    server = Server(tmp_path_factory.mktemp("lists") / "data").start()
    client = Client(server.url)
    for i in range(N):
        client.create_flag(f"list-{i:02}", name=f"Flag {i}", description="Übung ROT" if i % 2 else "green",
                           tags=["odd"] if i % 2 else ["even"], archived=i % 5 == 0)
        client.create_segment(f"list-{i:02}", name=f"Segment {i}")
    yield client
    client.close()
    try:
        server.stop()
    finally:
        server.dispose()


def pages(client, path, **params):
    """The keys of each page."""
    found = []
    while True:
        page = client.get(path, params=params).json
        found.append([item["key"] for item in page["items"]])
        if not page["nextCursor"]:
            return found
        params["cursor"] = page["nextCursor"]


def keys(client, path, **params):
    return [key for page in pages(client, path, **params) for key in page]


@pytest.mark.parametrize("path", ["/admin/flags", "/admin/segments"])
@pytest.mark.parametrize("limit", [1, 7, N, 500])
def test_pages_have_everything_once_in_order(full, path, limit):
    found = pages(full, path, limit=limit)
    assert all(len(page) <= limit for page in found)
    flat = [key for page in found for key in page]
    assert flat == sorted(set(flat))
    assert {f"list-{i:02}" for i in range(N)} <= set(flat)


def test_default_limit_is_50(make_server):
    client = Client(make_server().url)
    for i in range(60):
        client.create_segment(f"s-{i:03}")
    page = client.get("/admin/segments").json
    assert len(page["items"]) == 50 and page["nextCursor"]
    client.close()


def test_cursor_survives_changes_between_pages(full):
    first = full.get("/admin/segments", params={"limit": 10}).json
    gone = first["items"][-1]
    assert full.delete(f"/admin/segments/{gone['key']}", version=gone["version"]).status == 204
    second = full.get("/admin/segments", params={"limit": 10, "cursor": first["nextCursor"]}).json
    assert second["items"][0]["key"] > gone["key"]
    assert full.create_segment(gone["key"], name=gone["name"]).status == 201


@pytest.mark.parametrize("params, expected", [
    ({"q": "flag 1"}, {1, *range(10, 20)}),
    ({"q": "LIST-0"}, set(range(10))),
    ({"q": "rot"}, {i for i in range(N) if i % 2}),
    ({"tag": "odd"}, {i for i in range(N) if i % 2}),
    ({"archived": "true"}, {i for i in range(N) if i % 5 == 0}),
    ({"tag": "even", "archived": "false", "q": "list-"}, {i for i in range(N) if i % 2 == 0 and i % 5}),
    ({"tag": "od"}, set()),
    ({"q": "no flag has this"}, set()),
])
def test_filters(full, params, expected):
    found = {int(key[5:]) for key in keys(full, "/admin/flags", limit=5, **params) if key.startswith("list-")}
    assert found == expected


@pytest.mark.parametrize("params", [
    {"limit": 0}, {"limit": 501}, {"limit": -1}, {"limit": "x"}, {"limit": "1.5"}, {"limit": ""},
    {"cursor": "%%%"}, {"cursor": "no such cursor!"}, {"archived": "maybe"},
])
def test_bad_parameter_is_400(full, params):
    answer = full.get("/admin/flags", params=params)
    assert (answer.status, answer.code) == (400, "MALFORMED_REQUEST")
    assert next(iter(params)) in answer.json["detail"]


def test_repeated_parameter_is_400(full):
    assert full.get("/admin/flags?limit=1&limit=2").status == 400


def test_cursor_needs_no_escaping(full):
    cursor = full.get("/admin/flags", params={"limit": 1}).json["nextCursor"]
    assert cursor and all(c.isalnum() or c in "-_.~" for c in cursor)


def test_list_shows_what_get_shows(full):
    for item in full.get("/admin/flags", params={"limit": 5}).json["items"]:
        assert full.get(flag_path(item["key"])).json == item
