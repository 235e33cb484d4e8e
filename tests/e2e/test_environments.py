# SPDX-License-Identifier: Apache-2.0
"""Environments of a tenant."""
import pytest
from client import flag_path


@pytest.fixture
def own(make_server):
    """A server whose environments are the test's own."""
    from client import Client
    client = Client(make_server().url)
    yield client
    client.close()


def keys(client):
    return [e["key"] for e in client.get("/admin/environments").json["items"]]


def test_new_tenant_has_production(own):
    assert "production" in keys(own)


def test_created_environment_is_listed_and_evaluated(own):
    answer = own.post("/admin/environments", {"key": "testing", "name": "Testing"})
    assert answer.status == 201
    assert answer.json["name"] == "Testing"
    assert "testing" in keys(own)
    own.create_flag("in-two", environments={"testing": {"enabled": True, "default": {"variation": "on"}}})
    assert own.decide("in-two", environment="testing")["value"] is True
    assert own.decide("in-two")["reason"] == "DISABLED"


def test_flags_show_every_environment(own):
    own.create_flag("f")
    own.post("/admin/environments", {"key": "testing"})
    assert own.get(flag_path("f")).json["environments"]["testing"]["version"] == 0


def test_existing_environment_conflicts(own):
    answer = own.post("/admin/environments", {"key": "production"})
    assert (answer.status, answer.code) == (409, "ENVIRONMENT_EXISTS")


@pytest.mark.parametrize("body", [{}, {"key": ""}, {"key": "a b"}, {"key": 1}, {"key": "x", "nope": 1}, [], "x",
                                  {"key": "x", "name": 1}])
def test_bad_environment_is_refused(own, body):
    before = keys(own)
    assert own.post("/admin/environments", body).status in (400, 422)
    assert keys(own) == before


def test_deleted_environment_is_gone_with_its_configurations(own):
    own.post("/admin/environments", {"key": "testing"})
    own.create_flag("f", environments={"testing": {"deny": ["u"]}})
    assert own.delete("/admin/environments/testing").status == 204
    assert "testing" not in own.get(flag_path("f")).json["environments"]
    assert own.post("/v1/evaluate", {"environment": "testing"}).status in (400, 404)
    own.post("/admin/environments", {"key": "testing"})
    assert own.get(flag_path("f")).json["environments"]["testing"]["deny"] == []


def test_environment_in_which_a_flag_is_on_stays(own):
    own.post("/admin/environments", {"key": "testing"})
    own.create_flag("f", environments={"testing": {"enabled": True}})
    answer = own.delete("/admin/environments/testing")
    assert (answer.status, answer.code) == (409, "ENVIRONMENT_IN_USE")
    assert "f" in answer.json["detail"]


def test_unknown_environment_is_404(own):
    assert own.delete("/admin/environments/nowhere").code == "ENVIRONMENT_NOT_FOUND"


def test_there_are_at_most_64(own):
    for i in range(64 - len(keys(own))):
        assert own.post("/admin/environments", {"key": f"e{i}"}).status == 201
    assert own.post("/admin/environments", {"key": "one-more"}).status == 422
    assert len(keys(own)) == 64
