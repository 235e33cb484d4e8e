# SPDX-License-Identifier: Apache-2.0
"""Idempotency-Key: a write happens once, and whoever repeats it gets its answer again."""
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from client import Client, flag_path, segment_path

REPLAYED = "Idempotency-Replayed"


def key(value):
    return {"Idempotency-Key": value}


def assert_replay(again, first):
    assert again.headers[REPLAYED] == "true"
    assert REPLAYED not in first.headers
    assert (again.status, again.body) == (first.status, first.body)
    for field in ("ETag", "FFS-Revision", "Location", "Content-Type"):
        assert again.headers.get(field) == first.headers.get(field), field


def test_creation_is_repeated_without_effect(api, name):
    def create():
        return api.post("/admin/flags", {"key": name, "type": "boolean"}, headers=key(f"create-{name}"))

    first = create()
    assert first.status == 201
    assert_replay(create(), first)
    api.patch(flag_path(name), {"name": "later"}, version=1)
    assert_replay(create(), first)
    assert api.get(flag_path(name)).json["name"] == "later"


def test_each_verb_is_repeated_without_effect(api, name):
    flag, segment = flag_path(name), segment_path(name)
    calls = [
        lambda h: api.create_flag(name) and api.create_segment(name) and api.create_environment(name),
        lambda h: api.put(flag, {"name": "A"}, version=1, headers=h),
        lambda h: api.patch(flag, {"name": "B", "version": 2}, headers=h),
        lambda h: api.patch(flag, [{"op": "add", "path": "/name", "value": "C"}], version=3, headers=h,
                            media="application/json-patch+json"),
        lambda h: api.put(flag + "/environments/production", {"enabled": True}, version=0, headers=h),
        lambda h: api.patch(flag + "/environments/production", {"enabled": False}, version=1, headers=h),
        lambda h: api.post(flag + "/rollback", {"to": 1}, version=6, headers=h),
        lambda h: api.put(segment, {"name": "S"}, version=1, headers=h),
        lambda h: api.post(segment + "/members", {"add": ["u-1"]}, headers=h),
        lambda h: api.delete(segment, params={"version": 3}, headers=h),
        lambda h: api.delete(f"/admin/environments/{name}", headers=h),
        lambda h: api.delete(flag, version=7, headers=h),
    ]
    calls[0](None)
    for i, call in enumerate(calls[1:]):
        first = call(key(f"{name}-{i}"))
        assert first.status in (200, 204), first
        again = call(key(f"{name}-{i}"))
        assert_replay(again, first)


@pytest.mark.parametrize("change", ["method", "target", "query", "condition", "body"])
def test_another_request_with_the_key_is_refused(api, name, change):
    api.create_flag(name)
    api.create_flag(name + "-2")
    h = key(f"reuse-{name}")
    assert api.patch(flag_path(name), {"name": "A"}, version=1, headers=h).status == 200
    again = {
        "method": lambda: api.put(flag_path(name), {"name": "A"}, version=1, headers=h),
        "target": lambda: api.patch(flag_path(name + "-2"), {"name": "A"}, version=1, headers=h),
        "query": lambda: api.patch(flag_path(name), {"name": "A"}, version=1, headers=h, params={"x": "1"}),
        "condition": lambda: api.patch(flag_path(name), {"name": "A"}, version=2, headers=h),
        "body": lambda: api.patch(flag_path(name), {"name": "B"}, version=1, headers=h),
    }[change]()
    assert (again.status, again.code) == (422, "IDEMPOTENCY_KEY_REUSED")
    assert api.get(flag_path(name)).version == 2


def test_failure_is_not_kept(api, name):
    h = key(f"failure-{name}")
    assert api.patch(flag_path(name), {"name": "A"}, version=1, headers=h).status == 404
    api.create_flag(name)
    done = api.patch(flag_path(name), {"name": "A"}, version=1, headers=h)
    assert (done.status, done.headers.get(REPLAYED)) == (200, None)


@pytest.mark.parametrize("bad", ["", "k" * 129, "caf\xe9", "tab\there"])
def test_bad_key_is_refused_on_writes_only(api, name, bad):
    value = {"Idempotency-Key": bad.encode("latin-1")}
    answer = api.post("/admin/flags", {"key": name, "type": "boolean"}, headers=value)
    assert answer.status == 400
    assert api.get(flag_path(name)).status == 404
    api.create_flag(name)
    if bad != "tab\there":
        assert api.get(flag_path(name), headers=value).status == 200


@pytest.mark.parametrize("good", ["k", "k" * 128, "! ~ \"quoted\" {}", "8e03978e-40d5-43e8-bc93-6894a57f9324"])
def test_good_key_is_taken(api, name, good):
    h = key(good + name if len(good) < 100 else good)
    first = api.post("/admin/flags", {"key": name, "type": "boolean"}, headers=h)
    assert first.status == 201
    assert_replay(api.post("/admin/flags", {"key": name, "type": "boolean"}, headers=h), first)


def test_of_many_twins_one_does_it(dev_server, api, name):
    n, barrier = 8, threading.Barrier(8)

    def create(_):
        client = Client(dev_server.url)
        try:
            barrier.wait(60)
            while True:
                answer = client.post("/admin/segments", {"key": name}, headers=key(f"twins-{name}"))
                if answer.status != 409:
                    return answer
                assert answer.code == "IDEMPOTENCY_IN_PROGRESS"
        finally:
            client.close()

    with ThreadPoolExecutor(n) as pool:
        answers = list(pool.map(create, range(n)))
    assert {(a.status, a.body, a.revision) for a in answers} == {(201, answers[0].body, answers[0].revision)}
    assert sum(REPLAYED not in a.headers for a in answers) == 1
    assert api.get(segment_path(name)).version == 1


def test_outcome_survives_a_kill(make_server, tmp_path):
    data = tmp_path / "data"
    server = make_server(data_dir=data)
    client = Client(server.url)
    first = client.post("/admin/flags", {"key": "f", "type": "boolean"}, headers=key("before"))
    assert first.status == 201
    client.close()
    server.kill()
    client = Client(make_server(data_dir=data).url)
    assert_replay(client.post("/admin/flags", {"key": "f", "type": "boolean"}, headers=key("before")), first)
    assert len(client.get(flag_path("f", "/history")).json["items"]) == 1
    client.close()
