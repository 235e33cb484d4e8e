# SPDX-License-Identifier: Apache-2.0
"""POST /admin/evaluate: the decision, and why."""
import pytest
from client import flag_path

RULES = [{"id": "de", "when": {"all": [{"attribute": "country", "op": "in", "values": ["DE", "AT"]},
                                       {"attribute": "age", "op": "gte", "value": 18}]},
          "serve": {"variation": "on"}}]
CONFIG = {"production": {"enabled": True, "rules": RULES, "deny": ["u-bad"]}}


@pytest.fixture
def flag(api, name):
    api.create_flag(name, environments=CONFIG)
    return name


def explain(api, **body):
    return api.post("/admin/evaluate", body)


@pytest.mark.parametrize("context", [
    {"userID": "u-1", "attributes": {"country": "DE", "age": 20}},
    {"userID": "u-1", "attributes": {"country": "DE", "age": 3}},
    {"userID": "u-bad", "attributes": {"country": "DE", "age": 20}},
    {"userID": "u-1", "attributes": {}},
    {},
])
def test_decision_is_the_one_the_sdk_gets(api, flag, context):
    answer = explain(api, flagKey=flag, environment="production", context=context)
    assert answer.status == 200
    assert answer.json["decision"] == api.decide(flag, context.get("userID"), context.get("attributes"))
    assert answer.json["steps"]


def test_steps_say_what_was_seen(api, flag):
    steps = explain(api, flagKey=flag, context={"userID": "u-1", "attributes": {"country": "FR"}}).json["steps"]
    text = str(steps)
    assert "country" in text and "FR" in text and "de" in text


def test_draft_is_evaluated_and_not_stored(api, flag, name):
    draft = {"key": flag, "type": "boolean", "environments": {"production": {"enabled": True,
                                                                            "default": {"variation": "on"}}}}
    assert explain(api, flag=draft, context={"userID": "u-1"}).json["decision"]["value"] is True
    assert api.decide(flag)["value"] is False
    assert explain(api, flag={**draft, "key": name + "-new"}, context={}).json["decision"]["value"] is True
    assert api.get(flag_path(name + "-new")).status == 404


def test_faulty_draft_is_422_with_places(api, name):
    draft = {"key": name, "type": "boolean", "environments": {"production": {"enabled": 1}}}
    answer = explain(api, flag=draft, context={})
    assert answer.status == 422
    assert any(p.endswith("/environments/production/enabled") for p in answer.pointers)


@pytest.mark.parametrize("at, value", [("2030-01-01T00:00:00Z", True), ("2020-01-01T00:00:00Z", False),
                                       (1893456000000, True), (1577836800000, False)])
def test_time_can_be_chosen(api, name, at, value):
    api.create_flag(name, environments={"production": {"enabled": True, "rules": [
        {"id": "t", "when": {"attribute": "$now", "op": "after", "value": "2025-01-01T00:00:00Z"},
         "serve": {"variation": "on"}}]}})
    assert explain(api, flagKey=name, context={"userID": "u"}, at=at).json["decision"]["value"] is value


@pytest.mark.parametrize("body, status", [
    ({}, (400, 422)),
    ({"flagKey": "no-such-flag"}, (404,)),
    ({"flagKey": 1}, (400, 422)),
    ({"flagKey": "no-such-flag", "flag": {}}, (400, 422)),
    ([], (400, 422)),
])
def test_bad_request_is_refused(api, body, status):
    answer = api.post("/admin/evaluate", body)
    assert answer.status in status


@pytest.mark.parametrize("change, status", [
    ({"environment": "nowhere"}, (404,)), ({"environment": 1}, (400, 422)), ({"context": []}, (400, 422)),
    ({"context": {"userID": 1}}, (400, 422)), ({"context": {"attributes": []}}, (400, 422)),
    ({"at": "yesterday"}, (400, 422)), ({"nope": 1}, (400, 422)),
])
def test_bad_member_is_refused(api, flag, change, status):
    assert explain(api, **{"flagKey": flag, **change}).status in status
