# SPDX-License-Identifier: Apache-2.0
"""ffs flags, against a running server."""
import json
import threading

import pytest
from client import flag_path
from server import ROOT_KEY, free_port, run_ffs


@pytest.fixture
def flags(dev_server):
    def run(*args, **kw):
        return run_ffs("flags", *args, env={"FFS_URL": dev_server.url, **kw.pop("env", {})}, **kw)
    return run


def good(result):
    assert (result.returncode, result.stderr) == (0, ""), result
    return result.stdout


def bad(result, *words):
    assert (result.returncode, result.stdout) == (1, ""), result
    for word in words:
        assert word in result.stderr
    return result.stderr


def config_of(api, key, environment="production"):
    return api.get(flag_path(key)).json["environments"][environment]


def test_list_shows_a_line_for_each_flag(flags, api, name):
    api.create_flag(f"{name}.a", tags=[name, "x"], environments={"production": {"enabled": True}})
    api.create_flag(f"{name}.b", type="string", tags=[name], name="Second",
                    variations=[{"key": "v", "value": "ä"}, {"key": "w", "value": ""}])
    lines = good(flags("list", "--tag", name)).splitlines()
    assert lines[0].split() == ["KEY", "TYPE", "production", "SERVES", "RULES", "VERSION", "TAGS", "NAME"]
    assert lines[1].split()[:6] == [f"{name}.a", "boolean", "on", "off", "0", "1"]
    assert lines[2].split()[:3] == [f"{name}.b", "string", "off"]
    assert lines[2].endswith("Second")
    assert [line.index("boolean") if "boolean" in line else line.index("string") for line in lines[1:]] == \
        [lines[0].index("TYPE")] * 2


def test_list_json_has_every_page(flags, api, name):
    keys = [f"{name}-{i:03}" for i in range(120)]
    for key in keys:
        api.create_flag(key, tags=[name])
    assert [f["key"] for f in json.loads(good(flags("list", "--tag", name, "--json")))] == keys
    # More than one page of the largest size.
    everything = json.loads(good(flags("list", "--json")))
    assert len({f["key"] for f in everything}) == len(everything) >= 120


def test_list_filters(flags, api, name):
    api.create_flag(f"{name}-old", archived=True, tags=[name])
    api.create_flag(f"{name}-new", tags=[name])
    assert [f["key"] for f in json.loads(good(flags("list", "--archived", "--tag", name, "--json")))] == [f"{name}-old"]
    assert [f["key"] for f in json.loads(good(flags("list", "--q", f"{name}-new", "--json")))] == [f"{name}-new"]
    assert json.loads(good(flags("list", "--tag", "a & b/c", "--json"))) == []


def test_get_is_readable_and_json_is_the_document(flags, api, name):
    api.create_flag(name, name="A name", description="What it is for",
                    environments={"production": {"enabled": True, "allow": ["u-1"], "default": {"rollout": 12.5}}})
    text = good(flags("get", name))
    assert "A name" in text and "What it is for" in text and "12.5% on, 87.5% off" in text
    assert json.loads(good(flags("get", name, "--json"))) == api.get(flag_path(name)).json


def test_get_json_keeps_numbers_as_they_are(flags, api, name):
    api.create_flag(name, type="object", variations=[{"key": "v", "value": {"a": 0.1, "b": 1, "c": 1.5e300}},
                                                     {"key": "w", "value": {"x": [], "y": {}, "z": "a:{,}\"\\"}}])
    assert json.loads(good(flags("get", name, "--json"))) == api.get(flag_path(name)).json


def test_unknown_flag_is_exit_1(flags):
    for args in (["get", "no-such"], ["toggle", "no-such"], ["rollout", "no-such", "5"], ["delete", "no-such"]):
        assert len(bad(flags(*args), "no-such").splitlines()) == 1


def test_set_creates_then_replaces(flags, api, name, tmp_path):
    file = tmp_path / "f.json"
    file.write_text(json.dumps({"type": "boolean", "name": "first"}))
    assert "created" in good(flags("set", name, "--file", str(file)))
    assert api.get(flag_path(name)).json["name"] == "first"
    file.write_text(json.dumps({"key": name, "type": "boolean", "name": "second"}))
    assert "version 2" in good(flags("set", name, "--file", str(file), "--comment", "why not"))
    assert api.get(flag_path(name)).json["name"] == "second"
    assert api.get(flag_path(name, "/history")).json["items"][0]["comment"] == "why not"


def test_set_reads_stdin(flags, api, name, tmp_path):
    file = tmp_path / "f.json"
    file.write_text('{"type": "boolean"}')
    with open(file, encoding="utf-8") as stdin:
        good(flags("set", name, "--file", "-", stdin=stdin))
    assert api.get(flag_path(name)).version == 1


def test_set_with_a_version_does_not_overwrite_others(flags, api, name, tmp_path):
    api.create_flag(name)
    file = tmp_path / "f.json"
    file.write_text(good(flags("get", name, "--json")))
    api.patch(flag_path(name), {"name": "theirs"}, version=1)
    bad(flags("set", name, "--file", str(file)), "version")
    assert api.get(flag_path(name)).json["name"] == "theirs"


@pytest.mark.parametrize("text, words", [
    ("", ["f.json"]),
    ("{", ["f.json"]),
    ('{"type": "boolean", "type": "boolean"}', ["f.json"]),
    ("[]", ["object"]),
    ('{"key": "other", "type": "boolean"}', ["key"]),
    ('{"key": 5, "type": "boolean"}', ["key"]),
])
def test_set_refuses_what_is_no_document(flags, api, name, tmp_path, text, words):
    file = tmp_path / "f.json"
    file.write_text(text)
    bad(flags("set", name, "--file", str(file)), *words)
    assert api.get(flag_path(name)).status == 404


def test_set_shows_every_fault_with_its_place(flags, name, tmp_path):
    file = tmp_path / "f.json"
    file.write_text(json.dumps({"type": "boolean", "nonsense": 1, "tags": [5]}))
    lines = bad(flags("set", name, "--file", str(file))).splitlines()
    assert len(lines) == 2
    assert "/nonsense: " in lines[0] and "/tags/0: " in lines[1]


def test_set_names_the_file_that_is_missing(flags, name):
    bad(flags("set", name, "--file", "/no/such/file"), "/no/such/file")


def test_toggle(flags, api, name):
    api.create_flag(name)
    assert "is on in production" in good(flags("toggle", name))
    assert config_of(api, name)["enabled"] is True
    assert "as it was" in good(flags("toggle", name, "on"))
    assert api.get(flag_path(name)).version == 2
    assert "is off in production" in good(flags("toggle", name, "--comment", "c"))
    assert json.loads(good(flags("toggle", name, "on", "--json")))["enabled"] is True
    bad(flags("toggle", name, "--environment", "no-such"), "no-such")


def test_toggle_of_another_environment(flags, api, name):
    api.create_environment("staging")
    api.create_flag(name)
    good(flags("toggle", name, "on", "--environment", "staging"))
    assert config_of(api, name, "staging")["enabled"] is True
    assert config_of(api, name)["enabled"] is False


@pytest.mark.parametrize("percent, parts", [("0", [0, 100]), ("100", [100, 0]), ("12.5", [12.5, 87.5]),
                                            ("0.001", [0.001, 99.999]), ("33.333", [33.333, 66.667])])
def test_rollout(flags, api, name, percent, parts):
    api.create_flag(name, environments={"production": {"enabled": True}})
    assert f"{parts[0]:g}% on, {parts[1]:g}% off" in good(flags("rollout", name, percent))
    split = config_of(api, name)["default"]["split"]
    assert [(p["variation"], p["percent"]) for p in split] == [("on", parts[0]), ("off", parts[1])]


@pytest.mark.parametrize("percent", ["101", "100.001", "-5", "1.2345", "x", "", "5%", "1e1", ".5", "5."])
def test_rollout_refuses_other_percentages(flags, name, percent):
    result = flags("rollout", "--", name, percent)
    assert (result.returncode, result.stdout) == (2, "")
    assert percent in result.stderr


def test_rollout_grows_without_moving_anybody_out(flags, api, name):
    """Also where the split was by organization, salted, and written the other way round."""
    api.create_flag(name, environments={"production": {"enabled": True, "default": {
        "split": [{"variation": "off", "percent": 70}, {"variation": "on", "percent": 30}],
        "by": "organizationId", "salt": "s"}}})

    def having():
        return {o for o in range(300) if api.decide(name, attributes={"organizationId": f"o-{o}"})["value"]}
    before = having()
    good(flags("rollout", name, "60"))
    after = having()
    assert before < after
    default = config_of(api, name)["default"]
    assert (default["by"], default["salt"]) == ("organizationId", "s")


def test_rollout_of_another_variation(flags, api, name):
    api.create_flag(name, type="string", environments={"production": {"enabled": True, "offVariation": "red"}},
                    variations=[{"key": "red", "value": "r"}, {"key": "blue", "value": "b"}])
    good(flags("rollout", name, "40", "--variation", "blue", "--by", "team"))
    assert config_of(api, name)["default"]["by"] == "team"
    bad(flags("rollout", name, "40"), "on")
    bad(flags("rollout", name, "40", "--variation", "red"), "red", "--variation")


def test_rollout_of_a_disabled_flag_says_so(flags, api, name):
    api.create_flag(name)
    assert f"ffs flags toggle {name} on" in good(flags("rollout", name, "5"))


def test_racing_changes_are_all_done(flags, api, name):
    """Read, decide and write again when somebody came between."""
    environments = [f"{name}-{i}" for i in range(4)]
    for environment in environments:
        api.create_environment(environment)
    api.create_flag(name)
    results = []
    threads = [threading.Thread(target=lambda e=e: results.append(flags("toggle", name, "on", "--environment", e)))
               for e in environments]
    threads += [threading.Thread(target=lambda p=p: results.append(flags("rollout", name, p))) for p in ("10", "20")]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    assert [r.returncode for r in results] == [0] * 6, results
    doc = api.get(flag_path(name)).json
    assert all(doc["environments"][e]["enabled"] for e in environments)
    assert doc["environments"]["production"]["version"] == 2
    for environment in environments:
        good(flags("toggle", name, "off", "--environment", environment))
        api.delete(f"/admin/environments/{environment}")


def test_delete(flags, api, name):
    api.create_flag(name)
    assert json.loads(good(flags("delete", name, "--json"))) == {"deleted": name, "version": 1}
    assert api.get(flag_path(name)).status == 404
    api.create_flag(name)
    assert "deleted" in good(flags("delete", name))


def test_delete_of_a_required_flag_is_refused(flags, api, name):
    api.create_flag(name)
    api.create_flag(f"{name}-2", environments={"production": {
        "prerequisites": [{"flag": name, "variations": ["on"]}]}})
    bad(flags("delete", name), f"{name}-2")


def test_keys_with_odd_characters_cannot_leave_their_place(flags):
    for key in ("../../healthz", "a/b", "a?b", "%2e%2e", "ä", "a b"):
        assert flags("get", key).returncode == 1


def test_control_characters_of_others_do_not_reach_the_terminal(flags, api, name):
    api.create_flag(name, name="evil \x1b[2J name", description="\x1b]0;title\x07", tags=[name])
    for args in (["list", "--tag", name], ["get", name]):
        assert "\x1b" not in good(flags(*args))


def test_comment_of_two_lines_is_refused(flags, api, name):
    api.create_flag(name)
    result = flags("toggle", name, "--comment", "a\r\nX-Evil: 1")
    assert result.returncode == 2
    assert "--comment" in result.stderr


def test_no_server_is_one_clear_line(flags):
    port = free_port()
    lines = bad(flags("list", env={"FFS_URL": f"http://127.0.0.1:{port}"}), str(port), "ffs serve").splitlines()
    assert len(lines) == 1


def test_url_option_wins_over_the_variable(flags, dev_server):
    good(flags("list", "--url", dev_server.url + "/", env={"FFS_URL": "http://127.0.0.1:1"}))


def test_proxy_of_the_environment_is_not_asked_for_this_machine(flags):
    good(flags("list", env={"http_proxy": "http://127.0.0.1:1", "ALL_PROXY": "http://127.0.0.1:1"}))


def test_key_is_needed_and_comes_from_either_variable(make_server):
    server = make_server(dev=False)
    url = {"FFS_URL": server.url}
    bad(run_ffs("flags", "list", env=url), "FFS_KEY")
    bad(run_ffs("flags", "list", env={**url, "FFS_KEY": ROOT_KEY[:-1] + "x"}))
    good(run_ffs("flags", "list", env={**url, "FFS_KEY": ROOT_KEY}))
    good(run_ffs("flags", "list", env={**url, "FFS_ROOT_KEY": ROOT_KEY}))
    good(run_ffs("flags", "list", "--tenant", "default", env={**url, "FFS_KEY": ROOT_KEY}))
    bad(run_ffs("flags", "list", "--tenant", "nobody", env={**url, "FFS_KEY": ROOT_KEY}), "nobody")
