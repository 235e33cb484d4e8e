# SPDX-License-Identifier: Apache-2.0
"""Keys: who may call what, and which tenant."""
import pytest
from client import OPENAPI, Client
from server import ROOT_KEY, Server

PUBLIC = {"/healthz", "/readyz", "/version"}
PROTECTED = sorted((m, p) for m, p, _ in OPENAPI.operations() if p not in PUBLIC)
ABSENT = {
    "no key": {},
    "empty bearer": {"Authorization": "Bearer "},
    "no scheme": {"Authorization": ROOT_KEY},
    "basic": {"Authorization": "Basic " + ROOT_KEY},
}
WRONG = {
    "wrong secret": {"Authorization": "Bearer " + ROOT_KEY[:-1] + "x"},
    "wrong id": {"Authorization": "Bearer ffs_root_" + "x" * 22 + "_" + "y" * 43},
    "cut": {"Authorization": "Bearer " + ROOT_KEY[:-1]},
    "longer": {"Authorization": "Bearer " + ROOT_KEY + "x"},
    "wrong X-API-Key": {"X-API-Key": "nope"},
    "huge": {"X-API-Key": "x" * 20_000},
    "case": {"X-API-Key": ROOT_KEY.upper()},
}


@pytest.fixture(scope="module")
def root_server(tmp_path_factory):
    server = Server(tmp_path_factory.mktemp("root") / "data", dev=False).start()
    yield server
    try:
        server.stop()
    finally:
        server.dispose()


@pytest.fixture(scope="module")
def anonymous(root_server):
    client = Client(root_server.url)
    yield client
    client.close()


@pytest.fixture(scope="module")
def root(root_server):
    client = Client(root_server.url, key=ROOT_KEY, tenant="default")
    yield client
    client.close()


def concrete(path):
    return path.replace("{key}", "x").replace("{environment}", "production").replace("{version}", "1")


@pytest.mark.parametrize("method, path", PROTECTED, ids=[f"{m} {p}" for m, p in PROTECTED])
def test_without_a_key_every_call_is_401(anonymous, method, path):
    answer = anonymous.request(method, concrete(path), body=b"{}" if method in ("POST", "PUT", "PATCH") else None)
    assert (answer.status, answer.code) == (401, "UNAUTHENTICATED")


@pytest.mark.parametrize("headers", ABSENT.values(), ids=ABSENT)
def test_no_key_is_401(anonymous, headers):
    answer = anonymous.get("/admin/flags", headers=headers)
    assert answer.status == 401
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")


@pytest.mark.parametrize("headers", WRONG.values(), ids=WRONG)
def test_wrong_key_is_401_and_all_read_alike(anonymous, headers):
    answer = anonymous.get("/admin/flags", headers=headers)
    assert answer.status == 401
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")
    assert answer.json["detail"] == anonymous.get("/admin/flags", headers={"X-API-Key": "other"}).json["detail"]


@pytest.mark.parametrize("path", sorted(PUBLIC))
def test_operations_need_no_key(anonymous, path):
    assert anonymous.get(path).status == 200


@pytest.mark.parametrize("headers", [{"Authorization": f"Bearer {ROOT_KEY}"}, {"authorization": f"bearer {ROOT_KEY}"},
                                     {"X-API-Key": ROOT_KEY}])
def test_root_key_in_either_header(anonymous, headers):
    assert anonymous.get("/admin/flags", headers=headers).status == 200


def test_root_names_the_tenant(root, root_server, name):
    root.create_flag(name)
    bare = Client(root_server.url, key=ROOT_KEY)
    assert bare.get(f"/admin/flags/{name}").status == 200
    assert bare.get(f"/admin/flags/{name}?tenant=default").status == 200
    answer = bare.get(f"/admin/flags/{name}?tenant=nobody")
    assert (answer.status, answer.code) == (404, "TENANT_NOT_FOUND")
    assert bare.post("/v1/evaluate", {"tenant": "default", "flagKeys": [name]}).status == 200
    assert bare.post("/v1/evaluate", {"tenant": "nobody"}).status in (403, 404)
    assert bare.get(f"/v1/flags/{name}?tenant=nobody").status in (403, 404)
    bare.close()


@pytest.mark.parametrize("tenant", ["*", "%2A", "a/b", "-x"])
def test_root_reaches_nothing_that_is_no_tenant(root_server, tenant):
    bare = Client(root_server.url, key=ROOT_KEY)
    for answer in (bare.get(f"/admin/segments?tenant={tenant}"),
                   bare.post(f"/admin/segments?tenant={tenant}", {"key": "s"}),
                   bare.get("/admin/segments", headers={"FFS-Tenant": tenant})):
        assert (answer.status, answer.code) == (404, "TENANT_NOT_FOUND")
    assert bare.post("/v1/evaluate", {"tenant": tenant}).status == 400
    bare.close()


def test_root_is_the_actor(root, name):
    root.create_flag(name)
    assert root.get(f"/admin/flags/{name}/history").json["items"][0]["actor"] == "root"


def test_no_sample_flags_without_dev(root):
    assert [i for i in root.get("/admin/flags").json["items"] if not i["key"].startswith("t")] == []


def test_key_is_never_logged(root, root_server, anonymous):
    anonymous.get("/admin/flags", headers={"X-API-Key": "ffs_root_secret"})
    root.get("/admin/flags")
    text = root_server.log_path.read_text()
    assert ROOT_KEY not in text and ROOT_KEY.split("_")[3] not in text and "ffs_root_secret" not in text


def test_dev_works_in_the_default_tenant_only(api):
    assert api.get("/admin/flags?tenant=default").status == 200
    assert api.get("/admin/flags?tenant=other").status in (403, 404)
