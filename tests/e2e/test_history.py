# SPDX-License-Identifier: Apache-2.0
"""History, versions as they were, and rollback."""
import pytest
from client import flag_path, segment_path

CONTENT = ("name", "description", "tags", "variations")


def test_history_says_who_what_when_and_why_newest_first(api, name):
    api.post("/admin/flags", {"key": name, "type": "boolean"}, headers={"FFS-Comment": "first"})
    api.patch(flag_path(name), {"name": "x"}, version=1, headers={"FFS-Comment": "second", "X-Request-Id": "req-42"})
    items = api.get(flag_path(name, "/history")).json["items"]
    assert [i["version"] for i in items] == [2, 1]
    assert [i["action"] for i in items] == ["updated", "created"]
    assert [i["comment"] for i in items] == ["second", "first"]
    assert items[0]["requestId"] == "req-42"
    assert items[0]["actor"] == "dev"
    assert {"op": "replace", "path": "/name", "value": "x"} in items[0]["patch"]


def test_history_pages_without_gaps_or_repeats(api, name):
    api.create_flag(name)
    for version in range(1, 12):
        api.patch(flag_path(name), {"name": str(version)}, version=version)
    seen, cursor = [], None
    while True:
        page = api.get(flag_path(name, "/history"), params={"limit": 5, **({"cursor": cursor} if cursor else {})}).json
        seen += [i["version"] for i in page["items"]]
        cursor = page["nextCursor"]
        if not cursor:
            break
    assert seen == list(range(12, 0, -1))


def test_every_version_is_returned_as_it_was(api, name):
    was = {1: api.create_flag(name).json}
    for version in range(1, 70):  # past two checkpoints
        change = {"name": f"n{version}", "tags": [f"t{i}" for i in range(version % 7)]}
        if version % 5 == 0:
            change["environments"] = {"production": {"enabled": version % 2 == 0, "deny": [f"u{version}"]}}
        was[version + 1] = api.patch(flag_path(name), change, version=version).json
    for version, doc in was.items():
        assert api.get(flag_path(name, f"/versions/{version}")).json == doc


@pytest.mark.parametrize("version, status", [("0", 404), ("99", 404), ("x", 400), ("-1", 400), ("1.5", 400),
                                             ("99999999999999999999999", 400)])
def test_unknown_version(api, name, version, status):
    api.create_flag(name)
    answer = api.get(flag_path(name, f"/versions/{version}"))
    assert answer.status in (status, 404)
    if answer.status == 404 and status == 404:
        assert answer.code == "VERSION_NOT_FOUND"


def test_rollback_writes_old_content_as_a_new_version(api, name):
    old = api.create_flag(name, name="old", tags=["a"], environments={"production": {"enabled": True}}).json
    api.patch(flag_path(name), {"name": "new", "tags": [], "environments": {"production": {"enabled": False}}},
              version=1)
    answer = api.post(flag_path(name, "/rollback"), {"to": 1, "version": 2})
    assert (answer.status, answer.version) == (200, 3)
    assert {k: answer.json[k] for k in CONTENT} == {k: old[k] for k in CONTENT}
    assert answer.json["environments"]["production"]["enabled"] is True
    assert api.decide(name)["reason"] == "DEFAULT"
    assert [i["version"] for i in api.get(flag_path(name, "/history")).json["items"]] == [3, 2, 1]


def test_rollback_of_some_environments_leaves_the_rest(api, name):
    api.create_environment("staging")
    api.create_flag(name, name="old", environments={"production": {"enabled": True}, "staging": {"enabled": True}})
    api.patch(flag_path(name), {"name": "new", "environments": {
        "production": {"enabled": False}, "staging": {"enabled": False}}}, version=1)
    doc = api.post(flag_path(name, "/rollback"), {"to": 1, "environments": ["staging"]}, version=2).json
    assert doc["name"] == "new"
    assert doc["environments"]["production"]["enabled"] is False
    assert doc["environments"]["staging"]["enabled"] is True


def test_rollback_to_what_names_something_gone_is_422(api, name):
    api.create_segment(name + "-s")
    rules = [{"id": "r", "when": {"segment": name + "-s"}, "serve": {"variation": "on"}}]
    api.create_flag(name, environments={"production": {"rules": rules}})
    api.patch(flag_path(name), {"environments": {"production": {"rules": []}}}, version=1)
    assert api.delete(segment_path(name + "-s"), version=1).status == 204
    answer = api.post(flag_path(name, "/rollback"), {"to": 1}, version=2)
    assert answer.status == 422
    assert answer.pointers[0].startswith("/environments/production/rules/0/when")


@pytest.mark.parametrize("body, status", [
    ({"to": 99}, (404,)), ({"to": "1"}, (400, 422)), ({}, (400, 422)), ({"to": 1, "nope": 1}, (400, 422)),
    ({"to": 1, "environments": "production"}, (400, 422)), ({"to": 1, "environments": ["nowhere"]}, (404, 422)),
    ([], (400, 422)),
])
def test_bad_rollback_changes_nothing(api, name, body, status):
    api.create_flag(name)
    answer = api.post(flag_path(name, "/rollback"), body, version=1)
    assert answer.status in status
    assert api.get(flag_path(name)).version == 1


def test_segments_have_history_versions_and_rollback_too(api, name):
    api.create_segment(name, included=["a"])
    api.patch(segment_path(name), {"included": ["b"]}, version=1)
    assert [i["version"] for i in api.get(segment_path(name, "/history")).json["items"]] == [2, 1]
    assert api.get(segment_path(name, "/versions/1")).json["included"] == ["a"]
    answer = api.post(segment_path(name, "/rollback"), {"to": 1}, version=2)
    assert (answer.version, answer.json["included"]) == (3, ["a"])


def test_history_of_what_never_was_is_404(api):
    assert api.get(flag_path("no-such-flag", "/history")).code == "FLAG_NOT_FOUND"
    assert api.get(segment_path("no-such-segment", "/history")).code == "SEGMENT_NOT_FOUND"


@pytest.mark.parametrize("comment", ["x" * 100_000, "caf\xe9"])
def test_bad_comment_is_4xx(api, name, comment):
    answer = api.post("/admin/flags", {"key": name, "type": "boolean"},
                      headers={"FFS-Comment": comment.encode("latin-1")})
    assert 400 <= answer.status < 500
    assert api.get(flag_path(name)).status == 404
