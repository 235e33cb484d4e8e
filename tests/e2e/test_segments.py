# SPDX-License-Identifier: Apache-2.0
"""Segments and their members."""
import pytest
from client import flag_path, segment_path


def flag_for(api, name, segment):
    """A flag that is on for the segment."""
    api.create_flag(name, environments={"production": {"enabled": True, "rules": [
        {"id": "in", "when": {"segment": segment}, "serve": {"variation": "on"}}]}})


def test_create_get_and_location(api, name):
    created = api.create_segment(name, included=["a"], excluded=["b"],
                                 when={"attribute": "country", "op": "in", "values": ["DE", "AT"]})
    assert created.headers["Location"] == f"/admin/segments/{name}"
    got = api.get(segment_path(name))
    assert (got.json, got.version) == (created.json, 1)
    assert got.json["when"] == {"attribute": "country", "op": "in", "values": ["DE", "AT"]}


def test_excluded_wins_then_included_then_when(api, name):
    api.create_segment(name, included=["both", "in"], excluded=["both", "out"],
                       when={"attribute": "country", "op": "eq", "value": "DE"})
    flag_for(api, name, name)
    german = {"country": "DE"}
    assert api.decide(name, "both", german)["value"] is False
    assert api.decide(name, "out", german)["value"] is False
    assert api.decide(name, "in")["value"] is True
    assert api.decide(name, "other", german)["value"] is True
    assert api.decide(name, "other")["value"] is False


def test_change_of_a_segment_is_served_at_once(api, name):
    api.create_segment(name)
    flag_for(api, name, name)
    assert api.decide(name, "u")["value"] is False
    answer = api.put(segment_path(name), {"key": name, "included": ["u"]}, version=1)
    assert answer.version == 2
    assert api.decide(name, "u")["value"] is True


def test_members_are_added_and_removed(api, name):
    api.create_segment(name, included=["a", "b"], excluded=["c"])
    answer = api.post(segment_path(name, "/members"), {"add": ["c", "d", "a"], "remove": ["b", "nobody"]})
    assert answer.status == 200
    assert (sorted(answer.json["included"]), answer.json["excluded"]) == (["a", "c", "d"], [])


def test_members_check_a_version_that_is_given(api, name):
    api.create_segment(name)
    assert api.post(segment_path(name, "/members"), {"add": ["a"], "version": 7}).status == 409
    assert api.post(segment_path(name, "/members"), {"add": ["a"]}, version=7).status == 412
    assert api.post(segment_path(name, "/members"), {"add": ["a"], "version": 1}).version == 2


@pytest.mark.parametrize("body", [{"add": "a"}, {"add": [1]}, {"add": [""]}, {"nope": []}, [],
                                  {"add": ["a"], "remove": ["a"]}])
def test_bad_members_change_nothing(api, name, body):
    api.create_segment(name)
    assert api.post(segment_path(name, "/members"), body).status in (400, 422)
    assert api.get(segment_path(name)).version == 1


def test_members_of_an_unknown_segment_are_404(api):
    assert api.post(segment_path("no-such", "/members"), {"add": ["a"]}).code == "SEGMENT_NOT_FOUND"


def test_segment_in_use_stays(api, name):
    api.create_segment(name + "-inner")
    api.create_segment(name + "-outer", when={"segment": name + "-inner"})
    flag_for(api, name + "-flag", name + "-outer")
    for segment, user in ((name + "-inner", name + "-outer"), (name + "-outer", name + "-flag")):
        answer = api.delete(segment_path(segment), version=1)
        assert (answer.status, answer.code) == (409, "SEGMENT_IN_USE")
        assert user in answer.json["detail"]
    assert api.delete(flag_path(name + "-flag"), version=1).status == 204
    assert api.delete(segment_path(name + "-outer"), version=1).status == 204
    assert api.delete(segment_path(name + "-inner"), version=1).status == 204


def test_segments_in_a_circle_are_refused_and_spelled_out(api, name):
    a, b = name + "-a", name + "-b"
    api.create_segment(a)
    api.create_segment(b, when={"segment": a})
    answer = api.patch(segment_path(a), {"when": {"segment": b}}, version=1)
    assert answer.status == 422
    assert f"{a} → {b} → {a}" in str(answer.json)
    answer = api.patch(segment_path(a), {"when": {"segment": a}}, version=1)
    assert answer.status == 422 and answer.pointers == ["/when/segment"]


def test_segments_use_segments(api, name):
    api.create_segment(name + "-inner", included=["u"])
    api.create_segment(name + "-outer", when={"not": {"segment": name + "-inner"}})
    flag_for(api, name, name + "-outer")
    assert api.decide(name, "u")["value"] is False
    assert api.decide(name, "v")["value"] is True


@pytest.mark.parametrize("doc, pointer", [
    ({"included": "x"}, "/included"), ({"included": [1]}, "/included/0"), ({"excluded": [""]}, "/excluded/0"),
    ({"when": 1}, "/when"), ({"when": {"segment": "nope-nope"}}, "/when/segment"), ({"nope": 1}, "/nope"),
    ({"name": 1}, "/name"), ({"when": {"attribute": "a", "op": "matches", "value": "["}}, "/when/value"),
])
def test_fault_of_a_segment_has_its_place(api, name, doc, pointer):
    answer = api.post("/admin/segments", {"key": name, **doc})
    assert answer.status == 422
    assert pointer in answer.pointers


def test_versions_are_required_and_checked(api, name):
    api.create_segment(name)
    assert api.patch(segment_path(name), {"name": "x"}).status == 428
    assert api.delete(segment_path(name)).status == 428
    assert api.patch(segment_path(name), {"name": "x"}, version=9).status == 412
    assert api.patch(segment_path(name), {"name": "x", "version": 9}).status == 409
    assert api.post("/admin/segments", {"key": name}).code == "SEGMENT_EXISTS"


def test_deleted_segment_is_gone(api, name):
    api.create_segment(name)
    assert api.delete(segment_path(name), params={"version": 1}).status == 204
    assert api.get(segment_path(name)).code == "SEGMENT_NOT_FOUND"


def test_large_segment_is_taken_and_evaluated(api, name):
    units = [f"unit-{i:06}" for i in range(100_000)]
    assert api.create_segment(name, included=units).status == 201
    flag_for(api, name, name)
    assert api.decide(name, units[77_777])["value"] is True
    assert api.decide(name, "unit-x")["value"] is False
    answer = api.post(segment_path(name, "/members"), {"add": ["one-too-many"]})
    assert answer.status == 422
