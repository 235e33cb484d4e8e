# SPDX-License-Identifier: Apache-2.0
"""tests/golden/http-hostile.json against the binary: raw bytes, in one piece, in halves, and one at a time."""
import base64
import json
import re
import socket
import time
from pathlib import Path

import pytest
import requests

GOLDEN = json.loads((Path(__file__).resolve().parents[1] / "golden/http-hostile.json").read_text(encoding="utf-8"))
CASES = [(c["name"], base64.b64decode(c["raw"]), c["expect"]) for c in GOLDEN["cases"]]
STATUS = re.compile(rb"HTTP/1\.1 (\d{3}) ")


def split(raw, how):
    if how == "whole":
        return [raw]
    if how == "halves":
        return [raw[:len(raw) // 2], raw[len(raw) // 2:]]
    return [raw[i:i + 1] for i in range(len(raw))]


def answers(server, pieces):
    """What comes back until the server closes or stays silent; (bytes, closed)."""
    with socket.create_connection(("127.0.0.1", server.port), timeout=10) as s:
        s.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for piece in pieces:
            try:
                s.sendall(piece)
            except (BrokenPipeError, ConnectionResetError):
                break
            if len(pieces) == 2:
                time.sleep(0.02)
        received = b""
        s.settimeout(10)
        while True:
            try:
                data = s.recv(65536)
            except socket.timeout:
                return received, False
            except ConnectionResetError:
                return received, True
            if not data:
                return received, True
            received += data
            s.settimeout(0.3)


@pytest.mark.parametrize("how", ["whole", "halves", "bytes"])
@pytest.mark.parametrize("case, raw, expect", CASES, ids=[c[0] for c in CASES])
def test_hostile_request(dev_server, case, raw, expect, how):
    if how == "bytes" and len(raw) > 2000:
        pytest.skip("long: whole and halves are enough")
    received, closed = answers(dev_server, split(raw, how))
    statuses = [int(s) for s in STATUS.findall(received)]
    if expect == "reject":
        assert len(statuses) == 1 and (400 <= statuses[0] < 500 or statuses[0] in (501, 505)), received[:500]
        assert closed
        assert b"application/problem+json" in received
    else:
        assert statuses and all(s < 500 or s in (501, 505) for s in statuses), received[:500]
        requests_sent = 2 if case in ("pipelined 2", "GET with body") else 1
        finals = [s for s in statuses if s != 100]
        assert len(finals) <= requests_sent
    assert b"/smug" not in received


def test_server_is_well_after_all_that(dev_server):
    assert requests.get(dev_server.url + "/healthz", timeout=10).status_code == 200


def test_many_idle_connections_do_not_stop_others(dev_server):
    idle = [socket.create_connection(("127.0.0.1", dev_server.port)) for _ in range(500)]
    try:
        assert requests.get(dev_server.url + "/healthz", timeout=10).status_code == 200
    finally:
        for s in idle:
            s.close()
