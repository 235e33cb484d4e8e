# SPDX-License-Identifier: Apache-2.0
"""Bad luck: what the service cannot help, it says in one line, and it loses nothing."""
import concurrent.futures
import json
import os
import random
import signal
import socket
import sqlite3
import subprocess
import threading
import time

import pytest
import requests
from client import Client, flag_path
from server import FFS_BIN, clean_environment, run_ffs

KILLS = 20


def start_fails(data_dir, *words, port=0):
    """serve --dev ends with exit 1 and one log line that has these words."""
    result = run_ffs("serve", "--dev", env={"DATA_DIR": data_dir, "PORT": port, "LOG_LEVEL": "error"})
    assert (result.returncode, result.stdout) == (1, ""), result
    lines = [json.loads(line) for line in result.stderr.splitlines()]
    assert len(lines) == 1 and lines[0]["level"] == "error", lines
    for word in words:
        assert word in lines[0]["detail"], lines
    return lines[0]["detail"]


@pytest.fixture
def store(make_server, tmp_path):
    """A store with a flag in it, at rest."""
    data = tmp_path / "data"
    server = make_server(data_dir=data)
    client = Client(server.url)
    client.create_flag("kept")
    client.close()
    server.stop()
    return data


def test_port_in_use(make_server, tmp_path):
    server = make_server()
    start_fails(tmp_path / "other", str(server.port), port=server.port)
    assert requests.get(server.url + "/healthz", timeout=10).status_code == 200


def test_address_that_is_not_ours(tmp_path):
    result = run_ffs("serve", env={"DATA_DIR": tmp_path / "d", "PORT": 0, "BIND_ADDR": "192.0.2.1",
                                   "FFS_ROOT_KEY": run_ffs("keys", "root").stdout.strip()})
    assert result.returncode == 1
    assert "192.0.2.1" in json.loads(result.stderr)["detail"]


def test_data_dir_that_is_a_file(tmp_path):
    path = tmp_path / "file"
    path.write_text("")
    start_fails(path, str(path))


def test_data_dir_without_a_parent(tmp_path):
    start_fails(tmp_path / "no" / "such", str(tmp_path / "no" / "such"), "DATA_DIR")


@pytest.mark.skipif(os.geteuid() == 0 and not os.path.exists("/usr/bin/setpriv"), reason="root may write everywhere")
def test_data_dir_that_cannot_be_written(tmp_path):
    data = tmp_path / "data"
    data.mkdir()
    data.chmod(0o500)
    command = [FFS_BIN, "serve", "--dev"]
    if os.geteuid() == 0:
        for path in (tmp_path, *tmp_path.parents):
            if path.stat().st_uid == 0 and str(path).startswith("/tmp/"):
                path.chmod(0o755)
        data.chmod(0o555)
        command = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", *command]
    result = subprocess.run(command, env=clean_environment({"DATA_DIR": data, "PORT": 0}), capture_output=True,
                            text=True, timeout=60, check=False)
    assert result.returncode == 1, result
    # A build that counts its lines complains behind it that it may not write its counters either.
    assert str(data) in json.loads(result.stderr.splitlines()[0])["detail"]


@pytest.mark.parametrize("damage", ["overwritten", "truncated", "other bytes"])
def test_damaged_database_is_refused_and_left_alone(store, damage):
    file = store / "ffs.db"
    content = bytearray(file.read_bytes())
    if damage == "overwritten":
        for at in range(4096, len(content), 512):
            content[at:at + 64] = b"\xa5" * 64
    elif damage == "truncated":
        content = content[:len(content) // 2 + 100]
    else:
        content = bytearray(b"this is no database\n" * 1000)
    file.write_bytes(content)
    start_fails(store, str(file))
    assert file.read_bytes() == content


def test_database_of_another_program_is_refused(tmp_path):
    data = tmp_path / "data"
    data.mkdir()
    with sqlite3.connect(data / "ffs.db") as db:
        db.execute("CREATE TABLE recipes (name TEXT)")
        db.execute("INSERT INTO recipes VALUES ('soup')")
    db.close()
    start_fails(data, "ffs.db")
    with sqlite3.connect(data / "ffs.db") as db:
        assert db.execute("SELECT name FROM recipes").fetchall() == [("soup",)]
    db.close()


def test_database_of_a_newer_release_is_refused(store):
    with sqlite3.connect(store / "ffs.db") as db:
        db.execute("UPDATE schema_migrations SET version = 999")
    db.close()
    start_fails(store, "999")
    result = run_ffs("export", env={"DATA_DIR": store})
    assert (result.returncode, result.stdout) == (1, "") and "999" in result.stderr


def test_starts_without_the_first_environment(make_server, tmp_path):
    """`production` is only what a tenant begins with."""
    data = tmp_path / "data"
    server = make_server(data_dir=data, dev=False)
    client = Client(server.url, key=server.key)
    client.create_environment("live")
    assert client.delete("/admin/environments/production").status == 204
    client.create_flag("f", environments={"live": {"enabled": True}})
    client.close()
    server.stop()
    server = make_server(data_dir=data, dev=False)
    client = Client(server.url, key=server.key)
    assert client.decide("f", environment="live")["reason"] == "DEFAULT"
    client.close()


def mount_small(path, size):
    """The log stays on the large disk: it is beside the data, not in it."""
    path.mkdir()
    done = subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", path], capture_output=True,
                          check=False)
    if done.returncode != 0:
        pytest.skip("no right to mount a small disk")


def test_full_disk_loses_nothing_and_evaluation_goes_on(make_server, tmp_path):
    disk = tmp_path / "disk"
    mount_small(disk, "3m")
    try:
        server = make_server(data_dir=disk)
        client = Client(server.url)
        client.create_flag("kept", environments={"production": {"enabled": True, "default": {"variation": "on"}}})
        written, refused = [], None
        for i in range(400):
            answer = client.post("/admin/segments", {"key": f"s-{i}", "included": [f"{i}-{k}-{'x' * 80}" for k in range(300)]},
                                 check=False)
            if answer.status != 201:
                refused = answer
                break
            written.append(f"s-{i}")
        assert refused is not None and refused.status in (500, 503, 507), refused
        assert client.decide("kept")["value"] is True
        assert client.get("/healthz").status == 200
        assert client.get(f"/admin/segments/s-{len(written)}").status == 404
        for key in written:
            assert client.get(f"/admin/segments/{key}").status == 200
        client.close()
        server.stop()
        subprocess.run(["mount", "-o", "remount,size=64m", disk], check=True)
        server = make_server(data_dir=disk)
        client = Client(server.url)
        for key in written:
            assert client.get(f"/admin/segments/{key}").status == 200
        assert client.create_segment("after").status == 201
        client.close()
        server.stop()
    finally:
        subprocess.run(["umount", "-l", disk], check=False)


def write_until_killed(url, first, acknowledged, started):
    """Creates segments and changes a flag; notes what was acknowledged. Ends when the server is gone."""
    client = Client(url)
    try:
        version = client.get(flag_path("counter")).version
        for i in range(100_000):
            key = f"s-{first}-{i}"
            if client.post("/admin/segments", {"key": key}, check=False).status == 201:
                acknowledged["segments"].append(key)
            answer = client.request("PATCH", flag_path("counter"), {"name": f"{first}-{i}"}, version=version,
                                    media="application/merge-patch+json", check=False)
            if answer.status == 200:
                version = answer.version
                acknowledged["flag"] = (version, f"{first}-{i}")
            started.set()
    except requests.exceptions.RequestException:
        pass
    finally:
        client.close()


def test_kill_at_random_moments_loses_no_acknowledged_write(make_server, tmp_path):
    data = tmp_path / "data"
    acknowledged = {"segments": [], "flag": (1, "")}
    moments = random.Random(5)
    server = make_server(data_dir=data)
    client = Client(server.url)
    client.create_flag("counter")
    client.close()
    for kill in range(KILLS):
        started = threading.Event()
        writer = threading.Thread(target=write_until_killed, args=(server.url, kill, acknowledged, started))
        writer.start()
        assert started.wait(60)
        time.sleep(moments.uniform(0, 0.08))
        server.kill()
        writer.join()

        server = make_server(data_dir=data)
        client = Client(server.url)
        version, name = acknowledged["flag"]
        flag = client.get(flag_path("counter"))
        # One more than the last acknowledged may have been committed before its answer was sent.
        assert flag.version in (version, version + 1)
        if flag.version == version:
            assert flag.json["name"] == name
        items = client.get(flag_path("counter", "/history"), params={"limit": 500}).json["items"]
        versions = [item["version"] for item in items]
        assert versions == list(range(flag.version, flag.version - len(versions), -1))
        acknowledged["flag"] = (flag.version, flag.json["name"])
        client.close()
    client = Client(server.url)
    for key in acknowledged["segments"]:
        assert client.get(f"/admin/segments/{key}", check=False).status == 200, key
    client.close()


def test_sigterm_under_load_loses_no_request(make_server):
    """Each request that was sent before the stop is answered; after it, connections are refused, never cut."""
    server = make_server()
    stop = threading.Event()

    def evaluate():
        answered = 0
        session = requests.Session()
        session.trust_env = False
        while not stop.is_set():
            try:
                answer = session.post(server.url + "/v1/evaluate", json={"userID": "u"}, timeout=30)
            except requests.exceptions.ConnectionError as error:
                # Refused, or the idle connection was closed before anything was sent on it: no answer was begun.
                return answered, str(error)
            assert answer.status_code == 200
            assert answer.json()["decisions"]
            answered += 1
            if answer.headers.get("Connection") == "close":
                session.close()
                session = requests.Session()
                session.trust_env = False
        return answered, ""

    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        futures = [pool.submit(evaluate) for _ in range(8)]
        time.sleep(0.5)
        server.stop()
        stop.set()
        for future in futures:
            answered, error = future.result()
            assert answered > 0
            assert "Read timed out" not in error and "IncompleteRead" not in error


def test_request_in_flight_is_answered_before_the_end(make_server):
    """Half a request is there when the stop begins; the rest of it comes later."""
    server = make_server()
    body = b'{"userID": "u"}'
    with socket.create_connection(("127.0.0.1", server.port), timeout=30) as s:
        s.sendall(b"POST /v1/evaluate HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
                  b"Content-Length: " + str(len(body)).encode() + b"\r\n\r\n" + body[:5])
        # Once another connection is answered, ours has been accepted.
        requests.get(server.url + "/healthz", timeout=10)
        time.sleep(0.1)
        server.process.send_signal(signal.SIGTERM)
        time.sleep(0.2)
        s.sendall(body[5:])
        answer = b""
        while chunk := s.recv(65536):
            answer += chunk
    assert answer.startswith(b"HTTP/1.1 200 ")
    assert b"connection: close" in answer.lower()
    assert b'"decisions"' in answer
    assert server.process.wait(60) == 0


def wait_for_log(server, message):
    for _ in range(1000):
        if any(line["msg"] == message for line in server.logs()):
            return
        time.sleep(0.01)
    raise AssertionError(f"no line \"{message}\": {server.log_text()}")


def test_second_signal_ends_at_once(make_server):
    server = make_server(env={"SHUTDOWN_DELAY_S": 600})
    process, server.process = server.process, None
    try:
        process.send_signal(signal.SIGTERM)
        wait_for_log(server, "stopping")
        time.sleep(0.5)
        process.send_signal(signal.SIGINT)
        assert process.wait(30) == -signal.SIGINT
        wait_for_log(server, "a second signal; leaving at once")
    finally:
        process.kill()
        process.communicate()


def test_same_signal_twice_in_a_row_is_one(make_server):
    """As timeout(1) sends it: to the process and to its group."""
    server = make_server(env={"SHUTDOWN_DELAY_S": 1})
    server.process.send_signal(signal.SIGTERM)
    wait_for_log(server, "stopping")
    server.process.send_signal(signal.SIGTERM)
    assert server.process.wait(30) == 0


def test_stop_does_not_wait_for_a_stuck_client(make_server):
    """A client that never finishes its request is given SHUTDOWN_GRACE_S and no longer."""
    server = make_server(env={"SHUTDOWN_GRACE_S": 2})
    with socket.create_connection(("127.0.0.1", server.port), timeout=30) as s:
        s.sendall(b"POST /v1/evaluate HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{")
        requests.get(server.url + "/healthz", timeout=10)
        server.stop()


def test_closed_log_pipe_does_not_stop_the_service(tmp_path):
    """Whoever read stderr has gone: SIGPIPE must not end us."""
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        port = s.getsockname()[1]
    process = subprocess.Popen([FFS_BIN, "serve", "--dev"], stderr=subprocess.PIPE, stdout=subprocess.DEVNULL,
                               env=clean_environment({"PORT": port, "DATA_DIR": tmp_path / "d"}))
    try:
        for line in process.stderr:
            if b"serving" in line:
                break
        process.stderr.close()
        for _ in range(3):
            answer = requests.post(f"http://127.0.0.1:{port}/admin/flags", json={"key": "bad key"}, timeout=10)
            assert answer.status_code == 422
        process.send_signal(signal.SIGTERM)
        assert process.wait(60) == 0
    finally:
        process.kill()
        process.wait()
