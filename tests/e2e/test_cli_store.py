# SPDX-License-Identifier: Apache-2.0
"""ffs eval, export, import, migrate: what works on files."""
import json
import os
import stat

import pytest
from client import Client
from server import ROOT, run_ffs

SAMPLES = ROOT / "src/app/samples.json"
FLAG = {"key": "f", "type": "boolean", "environments": {"production": {"enabled": True, "rules": [
    {"id": "de", "when": {"attribute": "country", "op": "eq", "value": "DE"}, "serve": {"variation": "on"}}]}}}


def good(result):
    assert (result.returncode, result.stderr) == (0, ""), result
    return result.stdout


def bad(result, *words, code=1):
    assert (result.returncode, result.stdout) == (code, ""), result
    for word in words:
        assert word in result.stderr
    return result.stderr


def evaluate(*args, **kw):
    return run_ffs("eval", *args, **kw)


@pytest.fixture
def flag_file(tmp_path):
    path = tmp_path / "flags.json"
    path.write_text(json.dumps(FLAG))
    return str(path)


@pytest.mark.parametrize("wrap", [lambda f: f, lambda f: [f], lambda f: {"flags": [f]},
                                  lambda f: {"flags": [f], "segments": [], "environments": []}],
                         ids=["one flag", "list", "flags", "tenant"])
def test_eval_takes_every_shape_of_file(tmp_path, wrap):
    path = tmp_path / "flags.json"
    path.write_text(json.dumps(wrap(FLAG)))
    out = json.loads(good(evaluate("--file", str(path), "--flag", "f", "--json", "--context",
                                   '{"userID": "u", "attributes": {"country": "DE"}}')))
    assert out["decision"]["value"] is True
    assert out["decision"]["ruleId"] == "de"
    assert out["steps"]


def test_eval_explains_for_people(flag_file):
    text = good(evaluate("--file", flag_file, "--flag", "f", "--context", '{"attributes": {"country": "FR"}}'))
    assert "value: false" in text and "reason: DEFAULT" in text
    assert "country" in text


def test_eval_agrees_with_the_server(api):
    for user in range(30):
        for country in ("DE", "FR"):
            context = {"userID": f"u-{user}", "attributes": {"country": country, "email": "a@example.org"}}
            offline = json.loads(good(evaluate("--file", str(SAMPLES), "--flag", "new-checkout", "--json", "--context",
                                               json.dumps(context))))
            online = api.decide("new-checkout", context["userID"], context["attributes"])
            assert {k: v for k, v in online.items() if k != "version"} == \
                {k: v for k, v in offline["decision"].items() if k != "version"}


def test_eval_at_a_time(tmp_path):
    path = tmp_path / "f.json"
    path.write_text(json.dumps({"key": "f", "type": "boolean", "environments": {"production": {
        "enabled": True, "rules": [{"id": "later", "when": {"attribute": "$now", "op": "after",
                                                            "value": "2030-01-01T00:00:00Z"},
                                    "serve": {"variation": "on"}}]}}}))
    for at, value in (("2029-12-31T23:59:59Z", False), ("2030-01-01T00:00:01Z", True), ("1893456001000", True)):
        out = json.loads(good(evaluate("--file", str(path), "--flag", "f", "--at", at, "--json")))
        assert out["decision"]["value"] is value
    bad(evaluate("--file", str(path), "--flag", "f", "--at", "tomorrow"), "at", code=2)


def test_eval_in_another_environment(flag_file):
    out = json.loads(good(evaluate("--file", flag_file, "--flag", "f", "--environment", "qa", "--json")))
    assert out["decision"]["reason"] == "DISABLED"


@pytest.mark.parametrize("context", ["{", "[]", '"x"', '{"userID": 5}', '{"userID": "a", "userID": "b"}',
                                     '{"attributes": []}'])
def test_eval_refuses_bad_contexts(flag_file, context):
    bad(evaluate("--file", flag_file, "--flag", "f", "--context", context), code=2)


def test_eval_refuses_bad_files(tmp_path, flag_file):
    bad(evaluate("--file", str(tmp_path / "none"), "--flag", "f"), "none")
    bad(evaluate("--file", str(tmp_path), "--flag", "f"), str(tmp_path))
    bad(evaluate("--file", flag_file, "--flag", "other"), "other")
    for text in ("", "{", "[1]", '{"flags": 5}', '{"key": "f", "type": "boolean", "nonsense": 1}', "\xff"):
        path = tmp_path / "bad.json"
        path.write_text(text, encoding="latin-1")
        bad(evaluate("--file", str(path), "--flag", "f"))


def test_export_and_import_bring_a_tenant_back(tmp_path):
    a, b = {"DATA_DIR": tmp_path / "a"}, {"DATA_DIR": tmp_path / "b"}
    assert "created" in good(run_ffs("import", str(SAMPLES), env=a))
    backup = tmp_path / "backup.json"
    good(run_ffs("export", str(backup), env=a))
    assert stat.S_IMODE(backup.stat().st_mode) == 0o600
    good(run_ffs("import", str(backup), env=b))
    one, two = (json.loads(good(run_ffs("export", env=env))) for env in (a, b))

    def content(doc):
        server_set = {"version", "revision", "createdAt", "updatedAt"}
        if isinstance(doc, dict):
            return {k: content(v) for k, v in doc.items() if k not in server_set}
        return [content(v) for v in doc] if isinstance(doc, list) else doc
    assert content(one) == content(two)
    assert one["flags"] and one["segments"] and len(one["environments"]) == 2


def test_import_twice_changes_nothing(tmp_path):
    env = {"DATA_DIR": tmp_path / "d"}
    first = json.loads(good(run_ffs("import", str(SAMPLES), "--json", env=env)))
    second = json.loads(good(run_ffs("import", str(SAMPLES), "--json", env=env)))
    assert first["created"] > 0
    assert (second["created"], second["updated"], second["revision"]) == (0, 0, first["revision"])


def test_import_is_all_or_nothing(tmp_path):
    env = {"DATA_DIR": tmp_path / "d"}
    good(run_ffs("import", str(SAMPLES), env=env))
    before = good(run_ffs("export", env=env))
    doc = json.loads(SAMPLES.read_text())
    doc["flags"][0]["name"] = "changed"
    doc["flags"][1]["nonsense"] = 1
    doc["flags"][2]["type"] = "colour"
    broken = tmp_path / "broken.json"
    broken.write_text(json.dumps(doc))
    lines = bad(run_ffs("import", str(broken), env=env)).splitlines()
    assert any("/flags/1/nonsense" in line for line in lines) and any("/flags/2/type" in line for line in lines)
    assert good(run_ffs("export", env=env)) == before


def test_import_reaches_a_running_server(make_server, tmp_path):
    data = tmp_path / "data"
    server = make_server(data_dir=data, env={"POLL_INTERVAL_MS": 20})
    client = Client(server.url)
    client.create_flag("theirs")
    before = client.evaluate().json["revision"]
    file = tmp_path / "f.json"
    file.write_text(json.dumps({"format": "ffs-tenant/1", "flags": [{"key": "imported", "type": "boolean"}]}))
    good(run_ffs("import", str(file), env={"DATA_DIR": data}))
    answer = client.post("/v1/evaluate", {"flagKeys": ["imported"]}, headers={"FFS-Min-Revision": str(before + 1)})
    assert answer.json["decisions"]["imported"]["reason"] == "DISABLED"
    client.close()


def test_export_of_a_running_server(make_server, tmp_path):
    data = tmp_path / "data"
    make_server(data_dir=data)
    assert len(json.loads(good(run_ffs("export", "-", env={"DATA_DIR": data})))["flags"]) > 3


def test_export_without_a_store_makes_none(tmp_path):
    for command in (["export"], ["migrate", "status"], ["migrate", "version"], ["migrate", "down"]):
        bad(run_ffs(*command, env={"DATA_DIR": tmp_path / "none"}), "none", "DATA_DIR")
    assert not (tmp_path / "none").exists()


def test_unknown_tenant_is_exit_1(tmp_path):
    env = {"DATA_DIR": tmp_path / "d"}
    good(run_ffs("migrate", "up", env=env))
    bad(run_ffs("export", "--tenant", "nobody", env=env), "nobody")


def test_export_keeps_the_old_file_when_it_cannot_write(tmp_path):
    env = {"DATA_DIR": tmp_path / "d"}
    good(run_ffs("import", str(SAMPLES), env=env))
    bad(run_ffs("export", str(tmp_path / "no/such/dir.json"), env=env), "no/such/dir.json")
    assert sorted(os.listdir(tmp_path)) == ["d"]


def test_migrate_up_down_status(tmp_path):
    env = {"DATA_DIR": tmp_path / "d"}
    good(run_ffs("migrate", "up", env=env))
    latest = int(good(run_ffs("migrate", "version", env=env)))
    assert latest >= 3
    assert "0 migrations applied" in good(run_ffs("migrate", "up", env=env))
    doc = json.loads(good(run_ffs("migrate", "status", "--json", env=env)))
    assert (doc["version"], doc["latest"], doc["dirty"]) == (latest, latest, False)
    assert all(m["applied"] for m in doc["migrations"])
    good(run_ffs("migrate", "down", env=env))
    assert "pending" in good(run_ffs("migrate", "status", env=env))
    good(run_ffs("migrate", "down", str(latest), env=env))
    assert good(run_ffs("migrate", "version", env=env)) == "0\n"
    good(run_ffs("migrate", "up", env=env))
    good(run_ffs("import", str(SAMPLES), env=env))


def test_migrate_force(tmp_path):
    env = {"DATA_DIR": tmp_path / "d"}
    good(run_ffs("migrate", "up", env=env))
    good(run_ffs("migrate", "force", "2", env=env))
    assert good(run_ffs("migrate", "version", env=env)) == "2\n"
    bad(run_ffs("migrate", "force", "99", env=env), "99")


def test_data_dir_is_for_its_owner_only(tmp_path):
    good(run_ffs("migrate", "up", env={"DATA_DIR": tmp_path / "d"}))
    assert stat.S_IMODE((tmp_path / "d").stat().st_mode) == 0o700
