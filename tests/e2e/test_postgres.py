# SPDX-License-Identifier: Apache-2.0
"""The binary on PostgreSQL: migrated, served from, restarted, without its server, by two at once."""
import json
import subprocess
import time

import pytest
from client import Client, flag_path
from postgres import Postgres
from server import FFS_BIN, ROOT, ROOT_KEY, START_S, clean_environment, run_ffs


@pytest.fixture(scope="module")
def postgres():
    server = Postgres()
    try:
        yield server.start()
    finally:
        server.remove()


@pytest.fixture
def dsn(postgres):
    """An empty database."""
    return postgres.database()


@pytest.fixture
def migrated(dsn):
    result = run_ffs("migrate", "up", env={"PG_DSN": dsn})
    assert result.returncode == 0, result
    return dsn


@pytest.fixture
def make_client(make_server):
    clients = []

    def make(dsn, **kw):
        server = make_server(dev=False, env={"PG_DSN": dsn, "POLL_INTERVAL_MS": 20, **kw})
        clients.append(Client(server.url, key=ROOT_KEY))
        return server, clients[-1]

    yield make
    for client in clients:
        client.close()


def until(check):
    for _ in range(START_S * 20):
        answer = check()
        if answer:
            return answer
        time.sleep(0.05)
    raise AssertionError("it never came to be")


def test_flag_is_created_evaluated_changed_and_survives_a_restart(migrated, make_client, tmp_path):
    server, api = make_client(migrated)
    store = api.get("/readyz").json["dependencies"][0]
    assert (store["name"], store["adapter"], store["status"]) == ("store", "postgres", "up")
    created = api.create_flag("f", environments={"production": {"enabled": True}})
    assert created.version == 1
    before = api.decide("f")
    changed = api.patch(flag_path("f"), {"name": "new name"}, version=1)
    assert (changed.status, changed.version, changed.json["name"]) == (200, 2, "new name")
    assert api.patch(flag_path("f"), {"name": "late"}, version=1).status == 412
    server.stop()
    server.start()
    assert api.get(flag_path("f")).version == 2
    after = api.decide("f")
    assert (after["value"], after["variation"]) == (before["value"], before["variation"])
    history = api.get(flag_path("f", "/history")).json["items"]
    assert [h["version"] for h in history] == [2, 1]
    assert not (tmp_path / "data0" / "ffs.db").exists()


def test_migrations_go_up_and_down_and_are_told(dsn):
    env = {"PG_DSN": dsn}
    status = json.loads(run_ffs("migrate", "status", "--json", env=env).stdout)
    assert (status["version"], status["dirty"]) == (0, False)
    assert run_ffs("migrate", "up", env=env).returncode == 0
    status = json.loads(run_ffs("migrate", "status", "--json", env=env).stdout)
    assert status["version"] == status["latest"] > 0
    assert run_ffs("migrate", "down", str(status["latest"]), env=env).returncode == 0
    assert run_ffs("migrate", "version", env=env).stdout == "0\n"


def serve_once(dsn, *args):
    return subprocess.run([FFS_BIN, "serve", *args], env=clean_environment(
        {"PG_DSN": dsn, "FFS_ROOT_KEY": ROOT_KEY, "PORT": 0, "BIND_ADDR": "127.0.0.1"}), capture_output=True, text=True,
        timeout=START_S, check=False, stdin=subprocess.DEVNULL)


def test_serve_refuses_an_older_schema_and_a_dirty_one(postgres, dsn):
    for prepare in ((), ("up",), ("down", "1")):
        if prepare:
            assert run_ffs("migrate", *prepare, env={"PG_DSN": dsn}).returncode == 0
        if prepare != ("up",):
            refused = serve_once(dsn)
            assert refused.returncode == 1
            assert "ffs migrate up" in refused.stderr
    assert run_ffs("migrate", "up", env={"PG_DSN": dsn}).returncode == 0
    postgres.sql("UPDATE schema_migrations SET dirty = true", dsn)
    for args in ((), ("--migrate",)):
        refused = serve_once(dsn, *args)
        assert refused.returncode == 1
        assert "dirty" in refused.stderr


def test_dsn_that_is_none_is_refused_without_a_word_of_it(tmp_path):
    refused = serve_once("postgresql://ffs:geheim@x:geheim@h:geheim/db")
    assert refused.returncode != 0
    assert "PG_DSN" in refused.stderr and "geheim" not in refused.stderr
    shown = run_ffs("config", env={"PG_DSN": "host=h password=geheim"})
    assert shown.returncode == 0 and "geheim" not in shown.stdout


def test_two_instances_see_each_others_changes(migrated, make_client):
    _, one = make_client(migrated)
    _, other = make_client(migrated)
    created = one.create_flag("f", environments={"production": {"enabled": True}})
    decided = other.evaluate(["f"], headers={"FFS-Min-Revision": str(created.revision)})
    assert decided.json["decisions"]["f"]["version"] == 1
    assert other.patch(flag_path("f"), {"name": "x"}, version=1).status == 200
    until(lambda: one.decide("f")["version"] == 2)


def test_server_without_its_store_evaluates_and_recovers(migrated, make_client, postgres):
    _, api = make_client(migrated)
    api.create_flag("f", environments={"production": {"enabled": True}})
    value = api.decide("f")["value"]
    postgres.kill()
    try:
        until(lambda: api.get("/readyz").status == 503)
        assert api.decide("f")["value"] == value
        refused = api.post("/admin/flags", {"key": "g", "type": "boolean"})
        assert (refused.status, refused.code) == (503, "UNAVAILABLE")
        assert int(refused.headers["Retry-After"]) > 0
    finally:
        postgres.start()
    until(lambda: api.get("/readyz").status == 200)
    api.create_flag("g")


def test_server_starts_before_its_store_does(migrated, make_server, postgres):
    postgres.kill()
    server = make_server(start=False, dev=False, env={"PG_DSN": migrated, "POLL_INTERVAL_MS": 20})
    try:
        server.wait_ready = lambda: None
        server.start()
        api = Client(server.url, key=ROOT_KEY)

        def answers():
            try:
                return api.get("/readyz").status
            except OSError:
                return None

        assert until(answers) == 503
        assert api.get("/healthz").status == 200
        assert api.get("/admin/flags").status == 503
    finally:
        postgres.start()
    until(lambda: api.get("/readyz").status == 200)
    api.create_flag("f")
    api.close()


def test_devdata_is_there_to_work_with(migrated, make_client, postgres, tmp_path):
    postgres.sql((ROOT / "scripts/devdata.sql").read_text(encoding="utf-8"), migrated)
    _, api = make_client(migrated)
    for tenant, flag in (("acme", "new-checkout"), ("globex", "route-planner")):
        exported = tmp_path / f"{tenant}.json"
        assert run_ffs("export", "--tenant", tenant, str(exported), env={"PG_DSN": migrated}).returncode == 0
        assert flag in [f["key"] for f in json.loads(exported.read_text(encoding="utf-8"))["flags"]]
        again = run_ffs("import", "--tenant", tenant, str(exported), env={"PG_DSN": migrated})
        assert again.returncode == 0 and "0 created, 0 updated" in again.stdout, again
    assert api.get("/admin/flags").status == 200


def test_tenant_moves_from_the_embedded_store(migrated, make_server, make_client, tmp_path):
    embedded = make_server(dev=False)
    source = Client(embedded.url, key=ROOT_KEY)
    source.create_flag("f", environments={"production": {"enabled": True}})
    source.create_segment("s", name="Everybody")
    exported = tmp_path / "tenant.json"
    assert run_ffs("export", str(exported), env={"DATA_DIR": embedded.data_dir}).returncode == 0
    source.close()
    _, api = make_client(migrated)
    result = run_ffs("import", str(exported), env={"PG_DSN": migrated})
    assert result.returncode == 0, result
    until(lambda: api.get(flag_path("f")).status == 200)
    assert api.get("/admin/segments/s").json["name"] == "Everybody"
