# SPDX-License-Identifier: Apache-2.0
"""
Fixtures of the end-to-end tests. They run the binary named by FFS_BIN (default: build/ffs).

api          a client of a server that the tests of one file share (--dev); keys of flags: take `name`
make_server  starts servers of a test's own: make_server(dev=…, env=…, data_dir=…)
name         a word that no other test uses, to build keys from
"""
import itertools
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from client import Client  # noqa: E402
from server import FFS_BIN, Server  # noqa: E402

NUMBERS = itertools.count(1)


def pytest_configure():
    if not FFS_BIN.exists():
        pytest.exit(f"{FFS_BIN} is not there: run make build", 2)


@pytest.fixture(scope="module")
def dev_server(tmp_path_factory):
    server = Server(tmp_path_factory.mktemp("server") / "data").start()
    yield server
    try:
        server.stop()
    finally:
        server.dispose()


@pytest.fixture(scope="module")
def api(dev_server):
    client = Client(dev_server.url)
    yield client
    client.close()


@pytest.fixture
def make_server(tmp_path):
    servers = []

    def make(start=True, data_dir=None, **kw):
        server = Server(data_dir or tmp_path / f"data{len(servers)}", **kw)
        servers.append(server)
        return server.start() if start else server

    yield make
    try:
        for server in servers:
            server.stop()
    finally:
        for server in servers:
            server.dispose()


@pytest.fixture
def name():
    return f"t{next(NUMBERS)}"
