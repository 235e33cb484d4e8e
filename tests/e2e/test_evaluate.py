# SPDX-License-Identifier: Apache-2.0
"""The SDK API: POST /v1/evaluate and GET /v1/flags/{key}."""
import json

import pytest

ON = {"production": {"enabled": True, "default": {"variation": "on"}}}


@pytest.fixture(scope="module")
def flags(api):
    api.create_flag("sdk-on", environments=ON)
    api.create_flag("sdk-off")
    api.create_flag("sdk-null", environments={"production": {"offVariation": None, "default": {"variation": "on"}}})
    api.create_flag("sdk-split", environments={"production": {"enabled": True, "default": {"rollout": 50}}})
    api.create_flag("sdk-typed", environments={"production": {"enabled": True, "rules": [
        {"id": "age", "when": {"attribute": "age", "op": "gte", "value": 18}, "serve": {"variation": "on"}},
        {"id": "beta", "when": {"attribute": "beta", "op": "eq", "value": True}, "serve": {"variation": "on"}},
        {"id": "os", "when": {"attribute": "device.os", "op": "eq", "value": "ios"}, "serve": {"variation": "on"}}]}})
    return ["sdk-on", "sdk-off", "sdk-null", "sdk-split", "sdk-typed"]


def test_decisions_come_in_one_answer(api, flags):
    answer = api.evaluate(["sdk-on", "sdk-off", "nope"])
    assert answer.json == {"revision": answer.revision, "decisions": {
        "sdk-on": {"value": True, "variation": "on", "reason": "DEFAULT", "version": 1},
        "sdk-off": {"value": False, "variation": "off", "reason": "DISABLED", "version": 1},
        "nope": {"reason": "ERROR", "errorCode": "FLAG_NOT_FOUND"}}}
    assert int(answer.headers["FFS-Age-Ms"]) >= 0


def test_null_off_variation_serves_nothing(api, flags):
    assert api.decide("sdk-null") == {"reason": "DISABLED", "version": 1}


def test_missing_unit_is_an_error_with_the_off_variation(api, flags):
    for user in (None, ""):
        decision = api.decide("sdk-split", user)
        assert (decision["reason"], decision["errorCode"]) == ("ERROR", "TARGETING_KEY_MISSING")
        assert decision["value"] is False


def test_without_keys_every_flag_is_decided(api, flags):
    for body in ({}, {"userID": "u"}, {"attributes": {}}):
        decisions = api.post("/v1/evaluate", body).json["decisions"]
        assert set(flags) <= set(decisions)
    assert api.evaluate([]).json["decisions"] == {}


def test_flag_key_is_an_alias(api, flags):
    for body in ({"flagKey": "sdk-on"}, {"flagKey": ["sdk-on"]}, {"flagKeys": "sdk-on"}, {"flagKeys": ["sdk-on"] * 3}):
        answer = api.post("/v1/evaluate", body)
        assert answer.status == 200
        assert list(answer.json["decisions"]) == ["sdk-on"]


def test_members_may_come_in_any_order_and_unknown_ones_are_ignored(api, flags):
    pairs = [("attributes", {"age": 20}), ("flagKeys", ["sdk-typed"]), ("userID", "u"), ("environment", "production"),
             ("tenant", "default"), ("unknown", {"deep": [1, {"a": None}]})]
    for shift in range(len(pairs)):
        body = dict(pairs[shift:] + pairs[:shift])
        assert api.post("/v1/evaluate", body).json["decisions"]["sdk-typed"]["ruleId"] == "age"


def test_nested_attributes_have_dotted_names_and_a_literal_one_wins(api, flags):
    assert api.decide("sdk-typed", attributes={"device": {"os": "ios"}})["ruleId"] == "os"
    assert api.decide("sdk-typed", attributes={"device.os": "ios", "device": {"os": "web"}})["ruleId"] == "os"
    assert api.decide("sdk-typed", attributes={"device": {"os": "ios"}, "device.os": "web"})["reason"] == "DEFAULT"


BAD_BODIES = [
    (b"", "empty"), (b"{", "cut"), (b"nope", "no JSON"), (b"[]", "list"), (b'"x"', "string"), (b"null", "null"),
    (b'{"userID": "u"} x', "trailing"), (b'{"userID": "u", "userID": "v"}', "duplicate"),
    (b'{"attributes": {"a": 1, "a": 2}}', "duplicate attribute"),
    (b'{"attributes": {"a": 1, "\\u0061": 2}}', "duplicate after unescaping"),
    (b'{"userID": 1}', "number as unit"), (b'{"userID": {}}', "object as unit"), (b'{"attributes": []}', "list"),
    (b'{"attributes": "x"}', "string"), (b'{"flagKeys": 1}', "number"), (b'{"flagKeys": [1]}', "number in list"),
    (b'{"flagKeys": {}}', "object"), (b'{"flagKeys": ["a"], "flagKey": "b"}', "both"),
    (b'{"environment": 1}', "number"), (b'{"tenant": []}', "list"),
    (b'{"userID": "\xff"}', "bad UTF-8"), (b'{"userID": "\xc0\xaf"}', "overlong UTF-8"),
    (b'{"userID": "\xed\xa0\x80"}', "surrogate in UTF-8"), (b'{"userID": "\\ud800"}', "lone surrogate"),
    (b'{"userID": "\\u0000"}', "escaped NUL"), (b'{"userID": "a\x00b"}', "raw NUL"), (b'{"userID": "a\nb"}', "control"),
    (b'{"attributes": {"a": 1e999}}', "number out of range"), (b'{"attributes": {"a": 01}}', "leading zero"),
    (b'{"attributes": {"a": +1}}', "plus"), (b'{"attributes": {"a": .5}}', "no digit"), (b"{'a': 1}", "quotes"),
    (b'{"attributes": {"a": NaN}}', "NaN"), (b'{"a": 1,}', "comma"), (b'\xef\xbb\xbf{}', "byte order mark"),
    (b"[" * 100_000, "deep"), (b'{"x":' + b"[" * 65 + b"]" * 65 + b"}", "65 levels in an unknown member"),
    (b'{"attributes": {"a": ' + b'{"b":' * 70 + b"1" + b"}" * 70 + b"}}", "70 levels"),
]


@pytest.mark.parametrize("body", [b for b, _ in BAD_BODIES], ids=[i for _, i in BAD_BODIES])
def test_bad_body_is_a_400_that_says_where(api, flags, body):
    answer = api.post("/v1/evaluate", body=body)
    assert answer.status == 400
    assert answer.code in ("MALFORMED_REQUEST", "PARSE_ERROR")
    assert answer.json["detail"]


def test_limits_of_a_context(api, flags):
    attributes = {f"a{i}": i for i in range(256)}
    assert api.post("/v1/evaluate", {"attributes": attributes}).status == 200
    assert api.post("/v1/evaluate", {"attributes": {**attributes, "more": 1}}).status == 400
    assert api.post("/v1/evaluate", {"attributes": {"a": "x" * 60_000}}).status in (200, 400)
    assert api.post("/v1/evaluate", {"attributes": {"a": "x" * (64 << 10)}}).status == 400
    assert api.post("/v1/evaluate", body=b'{"pad": "' + b"x" * (1 << 20) + b'"}').status == 413
    assert api.post("/v1/evaluate", body=b"{}" + b" " * ((1 << 20) - 2)).status == 200


def test_many_flag_keys(api, flags):
    keys = [f"k{i}" for i in range(20_000)]
    decisions = api.evaluate(keys + ["sdk-on"]).json["decisions"]
    assert len(decisions) == 20_001 and decisions["sdk-on"]["value"] is True


def test_odd_flag_keys_are_escaped_in_the_answer(api, flags):
    keys = ['"', "\\", "\u0001", "ä", "\U0001f600", "a\nb", " "]
    assert set(api.evaluate(keys).json["decisions"]) == set(keys)


@pytest.mark.parametrize("media, status", [("application/json", 200), ("application/json; charset=utf-8", 200),
                                           ("text/plain", 415), ("application/x-www-form-urlencoded", 415),
                                           (None, 415)])
def test_content_type(api, flags, media, status):
    assert api.post("/v1/evaluate", body=b"{}", media=media).status == status


def test_unknown_environment_or_foreign_tenant(api, flags):
    assert api.post("/v1/evaluate", {"environment": "nowhere"}).status in (400, 404)
    assert api.post("/v1/evaluate", {"tenant": "somebody-else"}).status == 403


# FFS-Min-Revision, FFS-Timeout-Ms

def test_own_write_is_read(api, flags, name):
    revision = api.create_flag(name, environments=ON).revision
    answer = api.evaluate([name], headers={"FFS-Min-Revision": str(revision)})
    assert answer.revision >= revision
    assert answer.json["decisions"][name]["value"] is True


def test_revision_that_is_not_there_is_503(api, flags):
    answer = api.post("/v1/evaluate", {}, headers={"FFS-Min-Revision": "999999999"})
    assert (answer.status, answer.code) == (503, "REVISION_UNAVAILABLE")


@pytest.mark.parametrize("headers", [
    {"FFS-Min-Revision": "x"}, {"FFS-Min-Revision": "-1"}, {"FFS-Min-Revision": "1.5"}, {"FFS-Min-Revision": "1" * 30},
    {"FFS-Timeout-Ms": "0"}, {"FFS-Timeout-Ms": "10001"}, {"FFS-Timeout-Ms": "x"}, {"FFS-Timeout-Ms": "-5"},
])
def test_bad_header_is_400(api, flags, headers):
    answer = api.post("/v1/evaluate", {}, headers=headers)
    assert answer.status == 400
    assert next(iter(headers)).lower() in answer.json["detail"].lower()


# GET /v1/flags/{key}

def test_one_flag(api, flags):
    answer = api.get("/v1/flags/sdk-on", params={"userID": "u"})
    assert answer.json == {"revision": answer.revision, "key": "sdk-on", "value": True, "variation": "on",
                           "reason": "DEFAULT", "version": 1}


@pytest.mark.parametrize("query, rule", [
    ("age:number=31", "age"), ("age:number=3.1e1", "age"), ("age:number=3", None), ("age=31", None),
    ("beta:boolean=true", "beta"), ("beta:boolean=false", None), ("beta=true", None), ("device.os=ios", "os"),
    ("device.os=%69os", "os"), ("", None), ("unknown=1&empty=", None),
])
def test_query_parameters_are_attributes(api, flags, query, rule):
    assert api.get(f"/v1/flags/sdk-typed?userID=u&{query}").json.get("ruleId") == rule


@pytest.mark.parametrize("query", [
    "a=%", "a=%zz", "a=%0", "a=%00", "a=1&a=2", "userID=a&userID=b", "a=%ff", "age:number=x", "age:number=",
    "beta:boolean=yes", "a:list=1", "age:number=1&age=1", "%00=1",
])
def test_bad_query_is_400(api, flags, query):
    answer = api.get("/v1/flags/sdk-typed?" + query)
    assert (answer.status, answer.code) == (400, "MALFORMED_REQUEST")


def test_unknown_flag_is_404(api, flags):
    answer = api.get("/v1/flags/no-such-flag")
    assert (answer.status, answer.code) == (404, "FLAG_NOT_FOUND")
    assert api.get("/v1/flags/" + "x" * 300).status in (400, 404)
    assert api.get("/v1/flags/%00").status in (400, 404)


def test_both_calls_decide_alike(api, flags):
    for i in range(50):
        one = api.get("/v1/flags/sdk-split", params={"userID": f"u-{i}"}).json
        many = api.decide("sdk-split", f"u-{i}")
        assert {k: one[k] for k in many} == many


def test_answers_do_not_depend_on_the_connection(api, flags):
    first = api.evaluate(["sdk-split"], "u-7").json["decisions"]
    for _ in range(20):
        api.session.close()
        assert api.evaluate(["sdk-split"], "u-7").json["decisions"] == first


def test_unit_may_be_any_text(api, flags):
    for unit in ("x" * 4096, "ä\u0001\"", " ", "\U0001f600", json.dumps({"a": 1})):
        assert api.decide("sdk-split", unit)["reason"] == "SPLIT"
