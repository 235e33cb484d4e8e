# SPDX-License-Identifier: Apache-2.0
"""The command line: words, help, exit codes, configuration. What needs a server is in test_cli_flags.py."""
import json
import re
import subprocess

import pytest
from server import FFS_BIN, ROOT, ROOT_KEY, clean_environment, run_ffs

COMMANDS = ["serve", "flags", "flags list", "flags get", "flags set", "flags toggle", "flags rollout", "flags delete",
            "eval", "export", "import", "migrate", "migrate up", "migrate down", "migrate status", "migrate version",
            "migrate force", "keys", "keys create", "keys list", "keys revoke", "keys root", "tenants", "tenants list",
            "tenants create", "tenants delete", "config", "version", "completion", "completion bash",
            "completion zsh", "manual"]


def fails(result, code, *words):
    """Exit code, nothing on stdout, one line on stderr with these words."""
    assert result.returncode == code, result
    assert result.stdout == ""
    assert len(result.stderr.splitlines()) == 1, result.stderr
    for word in words:
        assert word in result.stderr


@pytest.mark.parametrize("command", ["", *COMMANDS])
def test_help_explains_each_command(command):
    words = command.split()
    result = run_ffs(*words, "--help")
    assert (result.returncode, result.stderr) == (0, "")
    assert result.stdout.startswith(" ".join(["ffs", *words]) + " - ")
    assert "Usage: ffs" in result.stdout and "--help" in result.stdout
    assert run_ffs(*words, "-h").stdout == result.stdout
    assert run_ffs("help", *words).stdout == result.stdout


def test_help_names_every_command():
    listed = set()
    for group in ("", "flags", "migrate", "keys", "tenants", "completion"):
        text = run_ffs(*group.split(), "--help").stdout.split("Commands:\n")[1].split("\n\n")[0]
        listed |= {f"{group} {line.split()[0]}".strip() for line in text.splitlines()}
    assert listed == set(COMMANDS)


@pytest.mark.parametrize("words, named", [
    ([], "command"),
    (["nonsense"], "nonsense"),
    (["--nonsense"], "--nonsense"),
    (["flags"], "command"),
    (["flags", "nonsense"], "nonsense"),
    (["help", "nonsense"], "nonsense"),
    (["serve", "--prot", "1"], "--prot"),
    (["serve", "extra"], "extra"),
    (["serve", "--dev", "--dev"], "--dev"),
    (["serve", "--dev=yes"], "--dev"),
    (["flags", "get"], "<key>"),
    (["flags", "get", "a", "b"], "\"b\""),
    (["flags", "list", "--url"], "--url"),
    (["flags", "toggle", "k", "maybe"], "maybe"),
    (["flags", "set", "k"], "--file"),
    (["flags", "list", "-x"], "-x"),
    (["eval"], "--file"),
    (["eval", "--file", "-"], "--flag"),
    (["migrate", "down", "x"], "\"x\""),
    (["migrate", "down", "0"], "\"0\""),
    (["migrate", "force", "-1"], "-1"),
    (["import"], "<file>"),
    (["version", "--jsn"], "--jsn"),
], ids=lambda v: " ".join(v) if isinstance(v, list) else None)
def test_wrong_words_are_named_on_one_line_with_exit_2(words, named):
    fails(run_ffs(*words), 2, named, "--help")


def test_version():
    assert re.fullmatch(r"ffs \d+\.\d+\.\d+ \(.+\)\n", run_ffs("version").stdout)
    assert set(json.loads(run_ffs("version", "--json").stdout)) == {"version", "revision", "compiler"}


def test_root_keys_are_new_each_time_and_serve_takes_them(make_server):
    keys = [run_ffs("keys", "root").stdout for _ in range(3)]
    assert len(set(keys)) == 3
    assert all(re.fullmatch(r"ffs_root_[0-9A-Za-z]{22}_[0-9A-Za-z]{43}\n", key) for key in keys)
    make_server(dev=False, key=keys[0].strip())


def test_config_shows_values_and_where_they_come_from():
    env = {"PORT": 9, "LOG_LEVEL": "debug", "FFS_ROOT_KEY": ROOT_KEY, "DATA_DIR": "", "FFS_KEY": "quite secret"}
    for args in ([], ["--json"]):
        text = run_ffs("config", *args, env=env).stdout
        assert ROOT_KEY not in text and "quite secret" not in text and "(set)" in text
    doc = json.loads(run_ffs("config", "--json", env=env).stdout)
    assert doc["PORT"] == {"value": 9, "from": "environment", "secret": False}
    assert doc["LOG_LEVEL"]["value"] == "debug"
    assert doc["DATA_DIR"] == {"value": "./data", "from": "default", "secret": False}
    assert doc["FFS_ROOT_KEY"] == {"value": "(set)", "from": "environment", "secret": True}
    dev = json.loads(run_ffs("config", "--json", "--dev").stdout)
    assert dev["BIND_ADDR"] == {"value": "127.0.0.1", "from": "--dev", "secret": False}


@pytest.mark.parametrize("command", [["config"], ["serve", "--dev"], ["export"], ["migrate", "status"]])
def test_all_bad_variables_are_named_at_once_with_exit_2(command, tmp_path):
    result = run_ffs(*command, env={"PORT": "http", "LOG_LEVEL": "loud", "MAX_CONNECTIONS": "0",
                                    "DATA_DIR": tmp_path / "d"})
    assert (result.returncode, result.stdout) == (2, "")
    lines = result.stderr.splitlines()
    assert len(lines) == 3
    for line, name in zip(lines, ["PORT", "LOG_LEVEL", "MAX_CONNECTIONS"]):
        assert f": {name}: must be " in line
    assert not (tmp_path / "d").exists()


def test_bad_secret_is_not_shown():
    result = run_ffs("serve", env={"FFS_ROOT_KEY": "hunter2"})
    fails(result, 2, "FFS_ROOT_KEY", "ffs keys root")
    assert "hunter2" not in result.stderr


def test_serve_without_a_key_says_what_to_do(tmp_path):
    result = run_ffs("serve", env={"DATA_DIR": tmp_path / "d"})
    fails(result, 2, "FFS_ROOT_KEY", "export FFS_ROOT_KEY=$(ffs keys root)", "ffs serve --dev")
    assert not (tmp_path / "d").exists()


def test_dev_refuses_to_listen_for_others(tmp_path):
    fails(run_ffs("serve", "--dev", env={"BIND_ADDR": "0.0.0.0", "DATA_DIR": tmp_path / "d"}), 2, "BIND_ADDR", "--dev")


def test_unknown_variable_of_ours_is_warned_of(make_server):
    server = make_server(env={"FFS_ROT_KEY": "x"})
    warned = [line for line in server.logs() if line.get("variable") == "FFS_ROT_KEY"]
    assert [line["level"] for line in warned] == ["warn"]


def test_reference_pages_are_what_the_binary_prints():
    for args, page in ((["config", "--markdown"], "docs/reference/configuration.md"), (["manual"], "docs/man/ffs.1")):
        assert run_ffs(*args).stdout == (ROOT / page).read_text(), f"ffs {' '.join(args)} > {page}"


def complete(*words):
    """What bash offers for the last of the words."""
    script = (f'source <("$FFS" completion bash); COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _ffs; '
              'printf "%s\\n" "${COMPREPLY[@]}"')
    return subprocess.run(["bash", "-c", script, "bash", *words], env=clean_environment({"FFS": FFS_BIN}),
                          capture_output=True, text=True, check=True).stdout.split()


def test_bash_completes_commands_and_options():
    assert complete("ffs", "fl") == ["flags"]
    assert set(complete("ffs", "flags", "")) >= {"list", "get", "set", "toggle", "rollout", "delete", "--help"}
    assert complete("ffs", "flags", "rollout", "key", "--vari") == ["--variation"]
    assert complete("ffs", "migrate", "st") == ["status"]


def test_zsh_script_names_every_command():
    text = run_ffs("completion", "zsh").stdout
    assert text.startswith("#compdef ffs\n")
    for command in COMMANDS:
        assert f"'ffs {command}'" in text


def test_result_that_cannot_be_written_is_a_failure():
    with open("/dev/full", "w", encoding="ascii") as full:
        result = subprocess.run([FFS_BIN, "config"], stdout=full, stderr=subprocess.PIPE, text=True, check=False,
                                env=clean_environment())
    assert result.returncode == 1
    assert "cannot write" in result.stderr
