# SPDX-License-Identifier: Apache-2.0
"""What was acknowledged is there after a restart."""
from client import Client, flag_path, segment_path


def everything(client):
    return {path: client.get(path, params={"limit": 500} if "environments" not in path else None).json
            for path in ("/admin/flags", "/admin/segments", "/admin/environments")}


def test_restart_keeps_everything(make_server, tmp_path):
    data = tmp_path / "data"
    server = make_server(data_dir=data)
    client = Client(server.url)
    client.create_environment("staging")
    client.create_segment("s", included=["u"])
    client.create_flag("f", environments={"production": {"enabled": True, "rules": [
        {"id": "r", "when": {"segment": "s"}, "serve": {"variation": "on"}}]}})
    client.patch(flag_path("f"), {"name": "second"}, version=1)
    before = everything(client), client.evaluate(user="u").json, client.get(flag_path("f", "/history")).json
    client.close()
    server.stop()

    client = Client(make_server(data_dir=data).url)
    assert (everything(client), client.evaluate(user="u").json, client.get(flag_path("f", "/history")).json) == before
    assert client.patch(flag_path("f"), {"name": "third"}, version=2).version == 3
    client.close()


def test_samples_come_only_at_the_first_start(make_server, tmp_path):
    data = tmp_path / "data"
    server = make_server(data_dir=data)
    client = Client(server.url)
    samples = client.get("/admin/flags", params={"limit": 500}).json["items"]
    assert samples
    # Those that others require go last.
    left = samples
    for _ in samples:
        left = [f for f in left if client.delete(flag_path(f["key"]), version=f["version"]).status != 204]
    assert left == []
    client.close()
    server.stop()
    client = Client(make_server(data_dir=data).url)
    assert client.get("/admin/flags").json["items"] == []
    client.close()


def test_what_was_acknowledged_survives_a_kill(make_server, tmp_path):
    data = tmp_path / "data"
    for round_number in range(3):
        server = make_server(data_dir=data)
        client = Client(server.url)
        for i in range(10):
            assert client.create_segment(f"s-{round_number}-{i}").status == 201
        client.close()
        server.kill()
    client = Client(make_server(data_dir=data).url)
    for round_number in range(3):
        for i in range(10):
            assert client.get(segment_path(f"s-{round_number}-{i}")).version == 1
    client.close()
