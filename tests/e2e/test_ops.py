# SPDX-License-Identifier: Apache-2.0
"""/healthz, /readyz, /version, start and stop."""
import signal

import pytest
import requests
from client import Client


def test_healthz(api):
    assert api.get("/healthz").json["status"] == "ok"


def test_readyz_names_its_dependencies(api):
    doc = api.get("/readyz").json
    store = next(d for d in doc["dependencies"] if d["name"] == "store")
    assert store["required"] is True


def test_version(api):
    assert api.get("/version").json["version"]


def test_head(api):
    for path in ("/healthz", "/readyz", "/version"):
        assert api.request("HEAD", path).status == 200


@pytest.mark.parametrize("sig", [signal.SIGTERM, signal.SIGINT])
def test_stops_cleanly(make_server, sig):
    server = make_server()
    requests.get(server.url + "/healthz", timeout=10)
    server.stop(sig)


def test_readyz_says_503_while_it_drains(make_server):
    server = make_server(env={"SHUTDOWN_DELAY_S": 3})
    client = Client(server.url)
    server.process.send_signal(signal.SIGTERM)
    answer = client.get("/readyz")
    for _ in range(100):
        if answer.status == 503:
            break
        answer = client.get("/readyz")
    assert answer.status == 503
    assert client.get("/healthz").status == 200
    assert client.post("/v1/evaluate", {}).status == 200
    client.close()
    server.stop(sig=None)


def test_logs_tell_where_it_listens(make_server):
    server = make_server()
    assert any(str(server.port) in str(line) for line in server.logs())


def test_dev_listens_on_loopback_only(make_server):
    server = make_server()
    listening = set()
    for table in ("/proc/net/tcp", "/proc/net/tcp6"):
        with open(table, encoding="ascii") as f:
            for line in f.readlines()[1:]:
                local, state = line.split()[1], line.split()[3]
                address, port = local.split(":")
                if int(port, 16) == server.port and state == "0A":
                    listening.add(address)
    assert listening == {"0100007F"}
