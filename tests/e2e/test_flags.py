# SPDX-License-Identifier: Apache-2.0
"""The flag resource: create, read, replace, patch, delete, and the versions that writes need."""
import pytest
from client import flag_path

SPLIT = {"split": [{"variation": "on", "percent": 12.5}, {"variation": "off", "percent": 87.5}]}


# Create

def test_create_answers_with_the_whole_document(api, name):
    answer = api.post("/admin/flags", {"key": name, "type": "boolean"})
    assert answer.status == 201
    assert answer.headers["Location"] == f"/admin/flags/{name}"
    assert answer.headers["ETag"] == '"1"'
    doc = answer.json
    assert doc["variations"] == [{"key": "on", "value": True}, {"key": "off", "value": False}]
    assert (doc["version"], doc["revision"]) == (1, answer.revision)
    assert doc["createdAt"] == doc["updatedAt"]
    assert doc["environments"]["production"] == {
        "version": 0, "enabled": False, "offVariation": "off", "prerequisites": [], "deny": [], "allow": {},
        "rules": [], "default": {"variation": "off"}}


def test_create_then_get_is_the_same_document(api, name):
    created = api.create_flag(name, name="A name", description="What for", tags=["a", "b"], owner="me", temporary=True,
                              environments={"production": {"enabled": True, "default": {"rollout": 25}}})
    got = api.get(flag_path(name))
    assert (got.status, got.json, got.headers["ETag"]) == (200, created.json, created.headers["ETag"])


def test_head_answers_like_get_without_a_body(api, name):
    api.create_flag(name)
    head = api.request("HEAD", flag_path(name))
    assert head.status == 200
    assert head.headers["ETag"] == '"1"'
    assert head.headers["Content-Length"] == api.get(flag_path(name)).headers["Content-Length"]


def test_what_was_read_can_be_written_back(api, name):
    doc = api.create_flag(name, environments={"production": {"enabled": True, "default": SPLIT}}).json
    again = api.put(flag_path(name), doc)
    assert again.status == 200
    kept = {k: v for k, v in doc.items() if k not in ("version", "revision", "updatedAt", "environments")}
    assert {k: again.json[k] for k in kept} == kept
    assert again.json["environments"]["production"]["default"] == doc["environments"]["production"]["default"]


def test_shorthands_are_returned_in_full(api, name):
    doc = api.create_flag(name, environments={"production": {
        "allow": ["u-1"], "default": {"rollout": 25},
        "rules": [{"when": {"attribute": "a", "op": "exists"}, "serve": {"rollout": 12.345}}]}}).json
    conf = doc["environments"]["production"]
    assert conf["allow"] == {"on": ["u-1"]}
    assert conf["default"]["split"] == [{"variation": "on", "percent": 25}, {"variation": "off", "percent": 75}]
    assert (conf["default"]["by"], conf["default"]["hash"]) == ("userID", "ffs1")
    assert conf["rules"][0]["serve"]["split"][0]["percent"] == 12.345
    assert conf["rules"][0]["id"]


@pytest.mark.parametrize("kind, variations", [
    ("string", [{"key": "a", "value": "héllo \u0001\"\\"}, {"key": "b", "value": ""}]),
    ("number", [{"key": "a", "value": 1}, {"key": "b", "value": -0.5}, {"key": "c", "value": 1e300}]),
    ("object", [{"key": "a", "value": {"x": [1, None, {"y": "z"}]}}, {"key": "b", "value": {}}]),
    ("boolean", [{"key": "yes", "value": True}, {"key": "no", "value": False}]),
])
def test_values_of_each_type_come_back_as_they_were(api, name, kind, variations):
    api.create_flag(name, type=kind, variations=variations,
                    environments={"production": {"enabled": True, "default": {"variation": variations[0]["key"]}}})
    assert api.get(flag_path(name)).json["variations"] == variations
    assert api.decide(name)["value"] == variations[0]["value"]


def test_numbers_keep_their_kind(api, name):
    body = b'{"key":"%s","type":"number","variations":[{"key":"i","value":1},{"key":"r","value":1.0}]}' % name.encode()
    assert api.post("/admin/flags", body=body).status == 201
    text = api.get(flag_path(name)).body
    assert b'{"key":"i","value":1}' in text and b'{"key":"r","value":1.0}' in text


def test_create_of_an_existing_key_conflicts(api, name):
    api.create_flag(name)
    answer = api.post("/admin/flags", {"key": name, "type": "string", "variations": [{"key": "a", "value": ""}]})
    assert (answer.status, answer.code) == (409, "FLAG_EXISTS")
    assert api.get(flag_path(name)).json["type"] == "boolean"


def test_keys_differ_by_case(api, name):
    api.create_flag(name + "-a")
    assert api.post("/admin/flags", {"key": name + "-A", "type": "boolean"}).status == 201


@pytest.mark.parametrize("key", ["", ".a", "-a", "a b", "a/b", "ä", "a" * 129, "a\u0000", "a%"])
def test_bad_key_is_refused(api, key):
    answer = api.post("/admin/flags", {"key": key, "type": "boolean"})
    assert answer.status in (400, 422)
    if answer.status == 422:
        assert "/key" in answer.pointers


def test_longest_key_is_accepted(api, name):
    key = (name + "x" * 128)[:128]
    assert api.create_flag(key).headers["Location"].endswith(key)
    assert api.decide(key)["reason"] == "DISABLED"


# Faults of the content: all of them, each with its place

@pytest.mark.parametrize("doc, pointer", [
    ({"type": "bool"}, "/type"),
    ({"type": 1}, "/type"),
    ({"type": None}, "/type"),
    ({"type": "string"}, "/variations"),
    ({"type": "boolean", "nope": 1}, "/nope"),
    ({"type": "boolean", "name": 1}, "/name"),
    ({"type": "boolean", "tags": "x"}, "/tags"),
    ({"type": "boolean", "tags": [1]}, "/tags/0"),
    ({"type": "boolean", "temporary": "yes"}, "/temporary"),
    ({"type": "boolean", "variations": []}, "/variations"),
    ({"type": "boolean", "variations": [{"key": "on", "value": "x"}]}, "/variations/0/value"),
    ({"type": "boolean", "variations": [{"key": "a", "value": True}, {"key": "a", "value": False}]},
     "/variations/1/key"),
    ({"type": "boolean", "environments": []}, "/environments"),
    ({"type": "boolean", "environments": {"nowhere": {}}}, "/environments/nowhere"),
    ({"type": "boolean", "environments": {"production": 1}}, "/environments/production"),
])
def test_fault_of_a_flag_has_its_place(api, name, doc, pointer):
    answer = api.post("/admin/flags", {"key": name, **doc})
    assert (answer.status, answer.code) == (422, "INVALID_CONTENT")
    assert pointer in answer.pointers
    assert api.get(flag_path(name)).status == 404


LEAF = {"attribute": "a", "op": "eq", "value": "x"}


def rule(when=LEAF, serve=None):
    return {"rules": [{"id": "r", "when": when, "serve": serve or {"variation": "on"}}]}


@pytest.mark.parametrize("conf, pointer", [
    ({"enabled": 1}, "/enabled"),
    ({"nope": 1}, "/nope"),
    ({"offVariation": "maybe"}, "/offVariation"),
    ({"offVariation": None}, "/default"),
    ({"default": {"variation": "maybe"}}, "/default/variation"),
    ({"default": {"variation": None}}, "/default/variation"),
    ({"default": {}}, "/default"),
    ({"default": {"rollout": 101}}, "/default/rollout"),
    ({"default": {"rollout": 0.0001}}, "/default/rollout"),
    ({"default": {"split": []}}, "/default/split"),
    ({"default": {"split": [{"variation": "on", "percent": 50}]}}, "/default/split"),
    ({"default": {"split": [{"variation": "on", "percent": -1}, {"variation": "off", "percent": 101}]}},
     "/default/split/0/percent"),
    ({"default": {**SPLIT, "hash": "md5"}}, "/default/hash"),
    ({"default": {**SPLIT, "traffic": 10}}, "/default/traffic"),
    ({"default": {**SPLIT, "salt": 1}}, "/default/salt"),
    ({"allow": {"on": ["u"], "off": ["u"]}}, "/allow/off/0"),
    ({"allow": {"maybe": ["u"]}}, "/allow/maybe"),
    ({"allow": {"on": [1]}}, "/allow/on/0"),
    ({"deny": "u"}, "/deny"),
    ({"prerequisites": [{"flag": "no-such-flag", "variations": ["on"]}]}, "/prerequisites/0/flag"),
    (rule(when={}), "/rules/0/when"),
    (rule(when={"all": 1}), "/rules/0/when/all"),
    (rule(when={"segment": "no-such-segment"}), "/rules/0/when/segment"),
    (rule(when={"attribute": "a", "op": "resembles", "value": 1}), "/rules/0/when/op"),
    (rule(when={"attribute": "a", "op": "x:eq", "value": 1}), "/rules/0/when/op"),
    (rule(when={"attribute": "a", "op": "in", "values": []}), "/rules/0/when/values"),
    (rule(when={"attribute": "a", "op": "eq", "values": [1, 2]}), "/rules/0/when/values"),
    (rule(when={"attribute": "a", "op": "lt", "value": "x"}), "/rules/0/when/value"),
    (rule(when={"attribute": "a", "op": "matches", "value": "("}), "/rules/0/when/value"),
    (rule(when={"attribute": "a", "op": "semver_gt", "value": "one"}), "/rules/0/when/value"),
    (rule(when={"attribute": "a", "op": "before", "value": "yesterday"}), "/rules/0/when/value"),
    (rule(when={"attribute": "a", "op": "cidr", "value": "10.0.0.0/33"}), "/rules/0/when/value"),
    (rule(when={"attribute": "$now", "op": "eq", "value": "x"}), "/rules/0/when/op"),
    (rule(when={"attribute": "a", "op": "eq", "value": "x", "extra": 1}), "/rules/0/when/extra"),
    (rule(serve={"variation": "maybe"}), "/rules/0/serve/variation"),
    ({"rules": [{"when": LEAF, "serve": {"variation": "on"}, "id": "r"}] * 2}, "/rules/1/id"),
    ({"rules": [{"serve": {"variation": "on"}}]}, "/rules/0/when"),
    ({"rules": [{"when": LEAF}]}, "/rules/0/serve"),
])
def test_fault_of_a_configuration_has_its_place(api, name, conf, pointer):
    answer = api.post("/admin/flags", {"key": name, "type": "boolean", "environments": {"production": conf}})
    assert (answer.status, answer.code) == (422, "INVALID_CONTENT")
    assert any(p.startswith("/environments/production" + pointer) for p in answer.pointers), answer.json["errors"]
    assert api.get(flag_path(name)).status == 404


def test_all_faults_are_listed_at_once(api, name):
    answer = api.post("/admin/flags", {"key": name, "type": "boolean", "tags": [1], "nope": 1, "environments": {
        "production": {"enabled": 1, "default": {"variation": "maybe"}}}})
    assert set(answer.pointers) >= {"/tags/0", "/nope", "/environments/production/enabled",
                                    "/environments/production/default/variation"}


def test_pointer_escapes_slash_and_tilde(api, name):
    answer = api.post("/admin/flags", {"key": name, "type": "boolean", "a/b~c": 1})
    assert "/a~1b~0c" in answer.pointers


# Versions

def test_write_without_version_is_refused(api, name):
    doc = api.create_flag(name).json
    del doc["version"]
    for answer in (api.put(flag_path(name), doc), api.patch(flag_path(name), {"name": "x"}),
                   api.delete(flag_path(name)), api.post(flag_path(name, "/rollback"), {"to": 1})):
        assert (answer.status, answer.code) == (428, "VERSION_REQUIRED")
    assert api.get(flag_path(name)).version == 1


def test_stale_if_match_is_412_and_stale_body_is_409(api, name):
    api.create_flag(name)
    assert api.patch(flag_path(name), {"name": "second"}, version=1).version == 2
    stale = api.patch(flag_path(name), {"name": "third"}, version=1)
    assert (stale.status, stale.code, stale.json["currentVersion"]) == (412, "VERSION_CONFLICT", 2)
    stale = api.patch(flag_path(name), {"name": "third", "version": 1})
    assert (stale.status, stale.code, stale.json["currentVersion"]) == (409, "VERSION_CONFLICT", 2)
    stale = api.delete(flag_path(name), params={"version": 1})
    assert (stale.status, stale.code, stale.json["currentVersion"]) == (409, "VERSION_CONFLICT", 2)
    assert api.get(flag_path(name)).json["name"] == "second"


def test_header_and_body_that_disagree_are_400(api, name):
    api.create_flag(name)
    assert api.patch(flag_path(name), {"name": "x", "version": 2}, version=1).status == 400
    assert api.patch(flag_path(name), {"name": "x", "version": 1}, version=1).status == 200


@pytest.mark.parametrize("value", ["1", '"x"', 'W/"1"', '"1", "2"', "*", '"-1"', '"99999999999999999999999"', '""'])
def test_bad_if_match_is_400(api, name, value):
    api.create_flag(name)
    answer = api.patch(flag_path(name), {"name": "x"}, headers={"If-Match": value})
    assert answer.status == 400
    assert api.get(flag_path(name)).version == 1


@pytest.mark.parametrize("version", ["1", 1.5, -1, None, True, [1]])
def test_version_of_the_wrong_type_is_refused(api, name, version):
    api.create_flag(name)
    assert api.patch(flag_path(name), {"name": "x", "version": version}).status in (400, 422, 428)
    assert api.get(flag_path(name)).version == 1


def test_every_write_raises_version_and_revision_by_one(api, name):
    answer = api.create_flag(name)
    for version in range(1, 6):
        later = api.patch(flag_path(name), {"name": f"n{version}"}, version=version)
        assert (later.version, later.revision) == (version + 1, answer.revision + 1)
        answer = later


def test_unchanged_since_is_304(api, name):
    api.create_flag(name)
    assert api.get(flag_path(name), headers={"If-None-Match": '"1"'}).status == 304
    assert api.get(flag_path(name), headers={"If-None-Match": '"2"'}).status == 200


# Replace

def test_put_replaces_shared_parts_and_mentioned_environments_only(api, name):
    api.create_environment("staging")
    api.create_flag(name, name="Old", tags=["x"], environments={
        "production": {"enabled": True, "default": {"variation": "on"}}, "staging": {"enabled": True}})
    answer = api.put(flag_path(name), {"key": name, "type": "boolean", "description": "New",
                                       "environments": {"staging": {"default": {"variation": "on"}}}}, version=1)
    assert answer.status == 200
    doc = answer.json
    assert (doc["name"], doc["tags"], doc["description"]) == ("", [], "New")
    assert doc["environments"]["production"]["enabled"] is True
    assert doc["environments"]["production"]["version"] == 1
    assert doc["environments"]["staging"]["enabled"] is False
    assert doc["environments"]["staging"]["version"] == 2


@pytest.mark.parametrize("change, pointer", [({"key": "other"}, "/key"), ({"type": "string"}, "/type")])
def test_key_and_type_never_change(api, name, change, pointer):
    doc = api.create_flag(name).json
    answer = api.put(flag_path(name), {**doc, **change})
    assert answer.status == 422
    assert pointer in answer.pointers


def test_put_of_an_unknown_flag_is_404(api, name):
    answer = api.put(flag_path(name), {"key": name, "type": "boolean"}, version=1)
    assert (answer.status, answer.code) == (404, "FLAG_NOT_FOUND")


# Patch

def test_merge_patch_changes_what_it_mentions(api, name):
    api.create_flag(name, name="Old", description="Kept", tags=["x"])
    for media in ("application/merge-patch+json", "application/json", "application/json; charset=utf-8"):
        version = api.get(flag_path(name)).version
        answer = api.patch(flag_path(name), {"name": media, "tags": None}, media=media, version=version)
        assert answer.status == 200
        assert (answer.json["name"], answer.json["description"], answer.json["tags"]) == (media, "Kept", [])


def test_merge_patch_replaces_default_serve_and_when_whole(api, name):
    api.create_flag(name, environments={"production": {"default": SPLIT}})
    answer = api.patch(flag_path(name), {"environments": {"production": {"default": {"variation": "on"}}}}, version=1)
    assert answer.status == 200
    assert answer.json["environments"]["production"]["default"] == {"variation": "on"}


def test_json_patch_applies_in_order(api, name):
    api.create_flag(name, tags=["a"])
    ops = [{"op": "test", "path": "/tags/0", "value": "a"}, {"op": "add", "path": "/tags/-", "value": "b"},
           {"op": "replace", "path": "/environments/production/enabled", "value": True},
           {"op": "move", "from": "/tags/0", "path": "/tags/1"}]
    answer = api.patch(flag_path(name), ops, media="application/json-patch+json", version=1)
    assert answer.status == 200
    assert answer.json["tags"] == ["b", "a"]
    assert answer.json["environments"]["production"]["enabled"] is True


@pytest.mark.parametrize("ops", [
    [{"op": "test", "path": "/name", "value": "not this"}],
    [{"op": "remove", "path": "/nope"}],
    [{"op": "replace", "path": "/tags/7", "value": "x"}],
    [{"op": "add", "path": "nope", "value": 1}],
    [{"op": "turn", "path": "/name"}],
    [{"op": "add", "path": "/name"}],
    [{"path": "/name", "value": 1}],
    {"op": "add"},
    ["x"],
])
def test_json_patch_that_fails_changes_nothing(api, name, ops):
    api.create_flag(name)
    answer = api.patch(flag_path(name), [{"op": "replace", "path": "/description", "value": "x"}, *ops]
                       if isinstance(ops, list) else ops, media="application/json-patch+json", version=1)
    assert answer.status in (400, 409, 422)
    assert (api.get(flag_path(name)).version, api.get(flag_path(name)).json["description"]) == (1, "")


def test_patch_that_makes_the_document_invalid_changes_nothing(api, name):
    api.create_flag(name)
    answer = api.patch(flag_path(name), {"environments": {"production": {"offVariation": "maybe"}}}, version=1)
    assert answer.status == 422
    assert "/environments/production/offVariation" in answer.pointers
    assert api.get(flag_path(name)).version == 1


# Delete

def test_deleted_flag_is_gone_and_its_key_goes_on_counting(api, name):
    api.create_flag(name)
    answer = api.delete(flag_path(name), version=1)
    assert answer.status == 204
    assert api.get(flag_path(name)).code == "FLAG_NOT_FOUND"
    assert api.decide(name) == {"reason": "ERROR", "errorCode": "FLAG_NOT_FOUND"}
    assert api.create_flag(name).version == 3


def test_delete_takes_the_version_from_the_query(api, name):
    api.create_flag(name)
    assert api.delete(flag_path(name), params={"version": "x"}).status == 400
    assert api.delete(flag_path(name), params={"version": 1}).status == 204


def test_flag_that_others_require_stays(api, name):
    api.create_flag(name + "-base")
    api.create_flag(name + "-user", environments={"production": {
        "prerequisites": [{"flag": name + "-base", "variations": ["on"]}]}})
    for answer in (api.delete(flag_path(name + "-base"), version=1),
                   api.patch(flag_path(name + "-base"), {"archived": True}, version=1),
                   api.patch(flag_path(name + "-base"), {"variations": [{"key": "off", "value": False}]}, version=1)):
        assert (answer.status, answer.code) == (409, "FLAG_IN_USE")
        assert name + "-user" in answer.json["detail"]
    assert api.delete(flag_path(name + "-user"), version=1).status == 204
    assert api.delete(flag_path(name + "-base"), version=1).status == 204


def test_prerequisites_in_a_circle_are_refused_and_spelled_out(api, name):
    a, b, c = (f"{name}-{x}" for x in "abc")
    api.create_flag(a)
    for flag, required in ((b, a), (c, b)):
        api.create_flag(flag, environments={"production": {"prerequisites": [{"flag": required, "variations": ["on"]}]}})
    answer = api.patch(flag_path(a), {"environments": {"production": {
        "prerequisites": [{"flag": c, "variations": ["on"]}]}}}, version=1)
    assert answer.status == 422
    text = str(answer.json)
    assert all(flag in text for flag in (a, b, c)) and "→" in text


def test_unknown_variation_of_a_prerequisite_is_refused(api, name):
    api.create_flag(name + "-base")
    answer = api.post("/admin/flags", {"key": name, "type": "boolean", "environments": {"production": {
        "prerequisites": [{"flag": name + "-base", "variations": ["maybe"]}]}}})
    assert answer.status == 422
    assert any(p.startswith("/environments/production/prerequisites/0/variations") for p in answer.pointers)


def test_archived_flag_is_not_evaluated(api, name):
    api.create_flag(name, environments={"production": {"enabled": True}})
    assert api.patch(flag_path(name), {"archived": True}, version=1).status == 200
    assert api.decide(name) == {"reason": "ERROR", "errorCode": "FLAG_NOT_FOUND"}
    assert name not in api.evaluate().json["decisions"]
    assert api.patch(flag_path(name), {"archived": False}, version=2).status == 200
    assert "value" in api.decide(name)


def test_reads_change_nothing(api, name):
    api.create_flag(name)
    before = api.get("/v1/flags/" + name).revision
    for path in (flag_path(name), "/admin/flags", flag_path(name, "/history"), flag_path(name, "/versions/1"),
                 flag_path(name, "/environments/production"), "/admin/environments", "/admin/segments"):
        assert api.get(path).json == api.get(path).json
    assert api.get("/v1/flags/" + name).revision == before
