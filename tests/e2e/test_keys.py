# SPDX-License-Identifier: Apache-2.0
"""Keys and tenants: what each kind and role may, that nothing crosses tenants, how keys come and go."""
import json
import re
import time
from datetime import datetime, timedelta, timezone

import pytest
from client import OPENAPI, Client
from postgres import Postgres
from server import ROOT_KEY, run_ffs, Server

WAIT_S = 60
PUBLIC = {"/healthz", "/readyz", "/version"}
ROLES = ["viewer", "editor", "admin"]
NAMES = [*ROLES, "server", "client"]
# The least that each call needs; what is not here reads (viewer), or writes (editor).
NEEDS = {"/admin/keys": "admin", "/admin/keys/{id}": "admin", "/admin/tenants": "root", "/admin/tenants/{key}": "root",
         "/admin/evaluate": "viewer"}
SECRETS = []


def needs(method, path):
    if path.startswith("/v1/"):
        return "sdk"
    if path in NEEDS:
        return NEEDS[path]
    if method == "GET":
        return "viewer"
    return "admin" if path.startswith("/admin/environments") else "editor"


def may(who, need):
    if need == "sdk":
        return who in ("server", "client")
    return who in ROLES and need in ROLES and ROLES.index(who) >= ROLES.index(need)


def concrete(path, tenant):
    return re.sub(r"\{key\}", f"{tenant}-only", path).replace("{environment}", "production") \
        .replace("{version}", "1").replace("{id}", "x" * 22)


class Hall:
    """A server with two tenants, each with a flag of its own and a key of every kind."""

    def __init__(self, server):
        self.server = server
        self.root = Client(server.url, key=ROOT_KEY)
        self.keys = {}
        for tenant in ("acme", "bolt"):
            assert self.root.post("/admin/tenants", {"key": tenant, "name": tenant.title()}).status == 201
            admin = Client(server.url, key=ROOT_KEY, tenant=tenant)
            admin.create_flag(f"{tenant}-only", environments={"production": {"enabled": True}})
            admin.create_flag("seen", clientVisible=True, environments={"production": {"enabled": True}})
            admin.create_environment("staging")
            for role in ROLES:
                self.keys[tenant, role] = self.make(tenant, kind="admin", role=role)
            for kind in ("server", "client"):
                self.keys[tenant, kind] = self.make(tenant, kind=kind, environment="production")
            admin.close()

    def make(self, tenant, **doc):
        answer = self.root.post(f"/admin/keys?tenant={tenant}", {"name": "n", **doc})
        assert answer.status == 201, answer
        SECRETS.append(answer.json["key"].split("_")[3])
        return answer.json

    def client(self, tenant, name):
        return Client(self.server.url, key=self.keys[tenant, name]["key"])


@pytest.fixture(scope="module")
def postgres():
    server = Postgres()
    try:
        yield server.start()
    finally:
        server.remove()


@pytest.fixture(scope="module", params=["sqlite", "postgres"])
def env(request):
    """What chooses the store; on both, nothing may cross."""
    env = {"POLL_INTERVAL_MS": 100}
    if request.param == "postgres":
        env["PG_DSN"] = request.getfixturevalue("postgres").database()
        assert run_ffs("migrate", "up", env=env).returncode == 0
    return env


@pytest.fixture(scope="module")
def hall(tmp_path_factory, env):
    server = Server(tmp_path_factory.mktemp("keys") / "data", dev=False, env=env).start()
    yield Hall(server)
    try:
        server.stop()
        text = server.log_path.read_text()
        assert SECRETS and not [s for s in SECRETS if s in text]
    finally:
        server.dispose()


def wait_for(condition):
    end = time.monotonic() + WAIT_S
    while not condition():
        assert time.monotonic() < end, "it never came about"
        time.sleep(0.02)


OPERATIONS = sorted((m, p) for m, p, _ in OPENAPI.operations() if p not in PUBLIC)


@pytest.mark.parametrize("method, path", OPERATIONS, ids=[f"{m} {p}" for m, p in OPERATIONS])
def test_grid_of_calls_roles_and_tenants_has_no_leak(hall, method, path):
    need = needs(method, path)
    body = b"{}" if method in ("POST", "PUT", "PATCH") else None
    for who in NAMES:
        client = hall.client("acme", who)
        # Its own tenant, about things that only the other tenant has: they are not there.
        answer = client.request(method, concrete(path, "bolt"), body=body)
        assert (answer.status == 403) == (not may(who, need)), (who, answer)
        assert answer.status != 401, (who, answer)
        assert b"Bolt" not in answer.body and b'"bolt-only":{"value"' not in answer.body, (who, answer)
        # The other tenant, and one that does not exist, named in every way: refused, and alike.
        for way in ("query", "header"):
            refused = []
            for tenant in ("bolt", "nope"):
                where = {"params": {"tenant": tenant}} if way == "query" else {"headers": {"FFS-Tenant": tenant}}
                answer = client.request(method, concrete(path, "bolt"), body=body, **where)
                expected = (403, "FORBIDDEN") if not may(who, need) or need == "sdk" else (404, "TENANT_NOT_FOUND")
                assert (answer.status, answer.code) == expected, (who, way, answer)
                refused.append(answer.json["detail"].replace(tenant, "?"))
            assert refused[0] == refused[1]
        client.close()


@pytest.mark.parametrize("who", ["server", "client"])
def test_sdk_bodies_cannot_leave_tenant_or_environment(hall, who):
    client = hall.client("acme", who)
    assert client.post("/v1/evaluate", {"tenant": "acme", "environment": "production"}).status == 200
    for body in ({"tenant": "bolt"}, {"tenant": "nope"}, {"environment": "staging"}, {"environment": "nope"}):
        answer = client.post("/v1/evaluate", body)
        assert (answer.status, answer.code) == (403, "FORBIDDEN"), body
    assert client.get("/v1/flags/seen?environment=staging").status == 403
    client.close()


def test_server_key_defaults_to_its_environment(hall):
    staging = Client(hall.server.url, key=hall.make("acme", kind="server", environment="staging")["key"])
    assert staging.get("/v1/flags/seen").json["reason"] == "DISABLED"
    assert staging.decide("seen")["reason"] == "DISABLED"
    staging.close()


def test_client_keys_see_only_flags_that_are_client_visible(hall):
    client, server = hall.client("acme", "client"), hall.client("acme", "server")
    assert set(server.evaluate().json["decisions"]) == {"acme-only", "seen"}
    assert set(client.evaluate().json["decisions"]) == {"seen"}
    hidden, missing = (client.decide(key) for key in ("acme-only", "nope"))
    assert hidden == missing == {"reason": "ERROR", "errorCode": "FLAG_NOT_FOUND"}
    answers = [client.get(f"/v1/flags/{key}") for key in ("acme-only", "nope")]
    assert [(a.status, a.code) for a in answers] == [(404, "FLAG_NOT_FOUND")] * 2
    assert client.get("/v1/flags/seen").status == server.get("/v1/flags/acme-only").status == 200
    client.close()
    server.close()


def test_invalid_keys_read_alike(hall):
    revoked, expired = hall.make("acme", kind="admin", role="viewer"), None
    soon = (datetime.now(timezone.utc) + timedelta(milliseconds=300)).isoformat().replace("+00:00", "Z")
    expired = hall.make("acme", kind="admin", role="viewer", expiresAt=soon)
    assert hall.root.delete(f"/admin/keys/{revoked['id']}?tenant=acme").status == 204
    good = hall.keys["acme", "viewer"]["key"]
    other_kind = good.replace("ffs_admin_", "ffs_server_")
    wrong = good[:-1] + ("a" if good[-1] != "a" else "b")
    unknown = "ffs_admin_" + "z" * 22 + "_" + "z" * 43

    def ask(key):
        answer = hall.root.get("/admin/flags", headers={"Authorization": f"Bearer {key}"})
        return answer.status, answer.json.get("detail")

    wait_for(lambda: ask(expired["key"])[0] == 401)
    answers = {ask(key) for key in ("nonsense", unknown, wrong, other_kind, revoked["key"], expired["key"])}
    assert len(answers) == 1 and answers.pop()[0] == 401
    assert ask(good)[0] == 200


def test_rotation_keeps_both_keys_until_the_first_is_revoked(hall):
    first, second = (hall.make("acme", kind="server", environment="production") for _ in range(2))
    a, b = (Client(hall.server.url, key=k["key"]) for k in (first, second))
    assert a.get("/v1/flags/seen").status == b.get("/v1/flags/seen").status == 200
    assert hall.root.delete(f"/admin/keys/{first['id']}?tenant=acme").status == 204
    assert a.get("/v1/flags/seen").status == 401
    assert b.get("/v1/flags/seen").status == 200
    assert hall.root.delete(f"/admin/keys/{first['id']}?tenant=acme").code == "KEY_NOT_FOUND"
    a.close()
    b.close()


def test_lists_have_no_secret_and_nothing_of_others(hall):
    answer = hall.client("acme", "admin").get("/admin/keys")
    assert not [s for s in SECRETS if s.encode() in answer.body]
    ids = {k["id"] for k in answer.json["items"]}
    assert hall.keys["acme", "server"]["id"] in ids and hall.keys["bolt", "server"]["id"] not in ids
    assert answer.json["items"][0]["createdBy"] == "root"
    assert hall.client("acme", "admin").delete(f"/admin/keys/{hall.keys['bolt', 'server']['id']}").status == 404
    assert hall.client("bolt", "server").get("/v1/flags/seen").status == 200


def test_repeated_creation_makes_one_key_and_tells_no_secret_twice(hall, name):
    admin = hall.client("acme", "admin")
    doc = {"kind": "server", "name": name, "environment": "production"}
    first, again = (admin.post("/admin/keys", doc, headers={"Idempotency-Key": name}) for _ in range(2))
    SECRETS.append(first.json["key"].split("_")[3])
    assert again.headers["Idempotency-Replayed"] == "true" and again.status == 201
    assert again.json == {k: v for k, v in first.json.items() if k != "key"}
    assert [k["name"] for k in admin.get("/admin/keys?limit=500").json["items"]].count(name) == 1
    first, again = (admin.delete(f"/admin/keys/{again.json['id']}", headers={"Idempotency-Key": name + "-d"})
                    for _ in range(2))
    assert (first.status, again.status, again.revision) == (204, 204, first.revision)
    for _ in range(2):
        answer = hall.root.post("/admin/tenants", {"key": name}, headers={"Idempotency-Key": name})
        assert answer.status == 201
    for _ in range(2):
        assert hall.root.delete(f"/admin/tenants/{name}", headers={"Idempotency-Key": name + "-d"}).status == 204
    admin.close()


def test_changes_are_by_the_key(hall, name):
    editor = hall.client("acme", "editor")
    editor.create_flag(name)
    assert editor.get(f"/admin/flags/{name}/history").json["items"][0]["actor"] == \
        "key:" + hall.keys["acme", "editor"]["id"]
    editor.close()


@pytest.mark.parametrize("doc, pointer", [
    ({"kind": "root", "name": "n"}, "/kind"),
    ({"kind": "admin", "name": "n"}, "/role"),
    ({"kind": "admin", "name": "n", "role": "god"}, "/role"),
    ({"kind": "server", "name": "n", "environment": "nope"}, "/environment"),
    ({"kind": "client", "name": "n", "environment": "production", "origins": ["x"]}, "/origins/0"),
    ({"kind": "server", "name": "n", "environment": "production", "expiresAt": "2001-01-01T00:00:00Z"}, "/expiresAt"),
])
def test_bad_keys_are_not_made(hall, doc, pointer):
    answer = hall.client("acme", "admin").post("/admin/keys", doc)
    assert answer.status == 422 and pointer in answer.pointers


def test_environment_with_keys_is_in_use(hall, name):
    admin = hall.client("acme", "admin")
    admin.create_environment(name)
    key = hall.make("acme", kind="server", environment=name)
    assert admin.delete(f"/admin/environments/{name}").code == "ENVIRONMENT_IN_USE"
    assert admin.delete(f"/admin/keys/{key['id']}").status == 204
    assert admin.delete(f"/admin/environments/{name}").status == 204
    admin.close()


def test_deleted_tenant_takes_its_keys_along(hall, name):
    assert hall.root.post("/admin/tenants", {"key": name}).status == 201
    key = hall.make(name, kind="server", environment="production")["key"]
    client = Client(hall.server.url, key=key)
    assert client.evaluate().json["decisions"] == {}
    assert name in [t["key"] for t in hall.root.get("/admin/tenants").json["items"]]
    assert hall.root.delete(f"/admin/tenants/{name}").status == 204
    assert client.post("/v1/evaluate", {}).status == 401
    assert name not in [t["key"] for t in hall.root.get("/admin/tenants").json["items"]]
    assert hall.root.post("/admin/tenants", {"key": name}).code == "TENANT_EXISTS"
    assert hall.root.delete(f"/admin/tenants/{name}").code == "TENANT_NOT_FOUND"
    client.close()


def test_keys_and_last_uses_survive_a_restart(make_server):
    server = make_server(dev=False)
    root = Client(server.url, key=ROOT_KEY)
    key = root.post("/admin/keys", {"kind": "server", "name": "n", "environment": "production"}).json
    client = Client(server.url, key=key["key"])
    assert root.get("/admin/keys").json["items"][0]["lastUsedAt"] is None
    assert client.post("/v1/evaluate", {}).status == 200
    server.stop()
    server.start()
    assert client.post("/v1/evaluate", {}).status == 200
    assert root.get("/admin/keys").json["items"][0]["lastUsedAt"] is not None


def test_keys_come_and_go_on_every_instance(postgres, make_server):
    env = {"PG_DSN": postgres.database(), "POLL_INTERVAL_MS": 20}
    assert run_ffs("migrate", "up", env=env).returncode == 0
    a, b = (make_server(dev=False, env=env) for _ in range(2))
    root = Client(a.url, key=ROOT_KEY)
    key = root.post("/admin/keys", {"kind": "server", "name": "n", "environment": "production"}).json
    there = Client(b.url, key=key["key"])
    assert there.post("/v1/evaluate", {}).status == 200  # made elsewhere, known at once
    assert root.delete(f"/admin/keys/{key['id']}").status == 204
    wait_for(lambda: there.post("/v1/evaluate", {}).status == 401)


def test_dev_has_all_but_tenants_and_takes_keys(api):
    assert api.get("/admin/tenants").code == "FORBIDDEN"
    key = api.post("/admin/keys", {"kind": "client", "name": "web", "environment": "production"}).json["key"]
    held = Client(api.url, key=key)
    assert held.get("/admin/flags").status == 403
    assert set(held.evaluate().json["decisions"]) < set(api.evaluate().json["decisions"])
    held.close()


def attempts(client, n, headers=None):
    return [client.get("/admin/flags", headers={"X-API-Key": "guess", **(headers or {})}).status for _ in range(n)]


def test_guessing_is_slowed_and_valid_keys_are_not(make_server):
    server = make_server(dev=False)
    guesser, root = Client(server.url), Client(server.url, key=ROOT_KEY)
    statuses = attempts(guesser, 60)
    assert statuses[:20] == [401] * 20 and 429 in statuses
    answer = guesser.get("/admin/flags", headers={"X-API-Key": "guess"})
    if answer.status == 429:
        assert answer.code == "RATE_LIMITED" and int(answer.headers["Retry-After"]) >= 1
    assert {root.get("/admin/flags").status for _ in range(100)} == {200}
    assert guesser.get("/admin/flags").status == 401  # no key is no guess
    # One that this process has never seen is found all the same.
    key = root.post("/admin/keys", {"kind": "admin", "role": "viewer", "name": "n"}).json["key"]
    assert Client(server.url, key=key).get("/admin/flags").status == 200


def test_address_is_told_by_trusted_proxies_only(make_server):
    def wrong(client, address, n):
        return attempts(client, n, {"X-Forwarded-For": address})

    server = make_server(dev=False, env={"TRUSTED_PROXIES": "10.0.0.0/8, 127.0.0.1"})
    client = Client(server.url)
    assert 429 in wrong(client, "203.0.113.7", 60)
    assert wrong(client, "203.0.113.7, 198.51.100.1, 10.1.2.3", 1) == [401]
    assert 429 in wrong(client, "198.51.100.2, 203.0.113.7, 10.1.2.3", 3)
    untrusting = Client(make_server(dev=False).url)
    assert 429 in wrong(untrusting, "203.0.113.7", 60)
    assert 429 in wrong(untrusting, "198.51.100.1", 3)


def test_bad_trusted_proxies_are_named(tmp_path):
    outcome = run_ffs("serve", "--dev", env={"TRUSTED_PROXIES": "10.0.0.0/8,x", "DATA_DIR": str(tmp_path)})
    assert outcome.returncode == 2 and "TRUSTED_PROXIES" in outcome.stderr


def test_commands_make_list_and_revoke(make_server, name):
    server = make_server(dev=False)
    env = {"FFS_URL": server.url, "FFS_ROOT_KEY": ROOT_KEY}

    def run(*args, code=0):
        outcome = run_ffs(*args, env=env)
        assert outcome.returncode == code, outcome
        return outcome.stdout if code == 0 else outcome.stderr

    assert run("tenants", "create", name, "A name") == f"created {name}, with the environment production\n"
    assert [t["key"] for t in json.loads(run("tenants", "list", "--json"))] == ["default", name]
    key = run("keys", "create", "server", "checkout", "--environment", "production", "--tenant", name).strip()
    assert re.fullmatch(r"ffs_server_[0-9A-Za-z]{22}_[0-9A-Za-z]{43}", key)
    client = Client(server.url, key=key)
    assert client.post("/v1/evaluate", {}).status == 200
    listed = run("keys", "list", "--tenant", name)
    assert key.split("_")[2] in listed and key.split("_")[3] not in listed
    assert run("keys", "revoke", key.split("_")[2], "--tenant", name) == f"revoked {key.split('_')[2]}\n"
    assert client.post("/v1/evaluate", {}).status == 401
    assert "role" in run("keys", "create", "admin", "n", code=1)
    assert "keys create" in run("keys", "create", "admin", code=2)
    web = json.loads(run("keys", "create", "client", "web", "--environment", "production", "--origins",
                         "https://a.example, https://b.example", "--json"))
    assert web["origins"] == ["https://a.example", "https://b.example"]
    assert run("tenants", "delete", name) == f"deleted {name}\n"
    client.close()
