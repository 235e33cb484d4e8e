# SPDX-License-Identifier: Apache-2.0
"""One environment of a flag, with a version of its own."""
import pytest
from client import flag_path

ON = {"enabled": True, "default": {"variation": "on"}}


@pytest.fixture
def flag(api, name):
    api.create_environment("staging")
    api.create_flag(name)
    return name


def conf(flag, environment="production"):
    return flag_path(flag, f"/environments/{environment}")


def test_never_configured_is_disabled_at_version_0(api, flag):
    answer = api.get(conf(flag))
    assert (answer.status, answer.version, answer.json["enabled"]) == (200, 0, False)


def test_two_environments_do_not_conflict(api, flag):
    assert api.put(conf(flag), ON, version=0).version == 1
    answer = api.put(conf(flag, "staging"), ON, version=0)
    assert (answer.status, answer.version) == (200, 1)
    assert api.get(flag_path(flag)).version == 3


def test_put_replaces_all_of_it(api, flag):
    api.put(conf(flag), {**ON, "deny": ["u-9"]}, version=0)
    answer = api.put(conf(flag), {"enabled": True}, version=1)
    assert (answer.json["deny"], answer.json["default"]) == ([], {"variation": "off"})


def test_merge_patch_changes_what_it_mentions(api, flag):
    api.put(conf(flag), {**ON, "deny": ["u-9"]}, version=0)
    answer = api.patch(conf(flag), {"enabled": False}, version=1)
    assert (answer.status, answer.version) == (200, 2)
    assert (answer.json["enabled"], answer.json["deny"]) == (False, ["u-9"])


def test_json_patch_changes_one_place(api, flag):
    api.put(conf(flag), {**ON, "deny": ["u-9"]}, version=0)
    answer = api.patch(conf(flag), [{"op": "add", "path": "/deny/-", "value": "u-8"}], version=1,
                       media="application/json-patch+json")
    assert answer.json["deny"] == ["u-9", "u-8"]


def test_change_is_served_at_once(api, flag):
    assert api.decide(flag)["reason"] == "DISABLED"
    api.put(conf(flag), ON, version=0)
    assert api.decide(flag) == {"value": True, "variation": "on", "reason": "DEFAULT", "version": 2}
    assert api.decide(flag, environment="staging")["reason"] == "DISABLED"


@pytest.mark.parametrize("how", ["If-Match", "body"])
def test_stale_version_is_refused(api, flag, how):
    api.put(conf(flag), ON, version=0)
    if how == "If-Match":
        answer = api.put(conf(flag), {"enabled": False}, version=0)
        assert answer.status == 412
    else:
        answer = api.put(conf(flag), {"enabled": False, "version": 0})
        assert answer.status == 409
    assert (answer.code, answer.json["currentVersion"]) == ("VERSION_CONFLICT", 1)
    assert api.get(conf(flag)).json["enabled"] is True


def test_version_is_required(api, flag):
    assert api.put(conf(flag), ON).status == 428
    assert api.patch(conf(flag), ON).status == 428


def test_faults_have_places_in_the_configuration(api, flag):
    answer = api.put(conf(flag), {"enabled": 1, "default": {"variation": "maybe"}}, version=0)
    assert answer.status == 422
    assert set(answer.pointers) == {"/enabled", "/default/variation"}


def test_unknown_flag_or_environment_is_404(api, flag):
    assert api.get(conf("no-such-flag")).code == "FLAG_NOT_FOUND"
    assert api.get(conf(flag, "nowhere")).code == "ENVIRONMENT_NOT_FOUND"
    assert api.put(conf(flag, "nowhere"), ON, version=0).code == "ENVIRONMENT_NOT_FOUND"


def test_reads_with_the_version_known_are_304(api, flag):
    assert api.get(conf(flag), headers={"If-None-Match": '"0"'}).status == 304
